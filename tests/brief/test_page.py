"""The page: one file that needs nothing else, with every claim on it."""

from __future__ import annotations

import re
from collections import Counter
from html.parser import HTMLParser

import pytest

from ytterby.brief import Brief
from ytterby.brief.answer import Answers
from ytterby.brief.page import figures, render
from ytterby.world import World

VOID = {"meta", "link", "br", "hr", "img", "input", "col", "source", "base", "area", "wbr", "embed", "track"}
LOADERS = {"link", "img", "iframe", "embed", "object", "source", "video", "audio", "base", "image", "use", "feimage"}


class Page(HTMLParser):
    """What stands on a page: tags in order, ids, text; and where tags are not closed as they were opened."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.crossed: list[str] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.crossed.append(f"</{tag}> at {self.getpos()}")

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", "".join(self.words))


@pytest.fixture(scope="module")
def page(html: str) -> Page:
    return Page(html)


def test_the_page_is_well_formed(page: Page, html: str) -> None:
    assert html.startswith("<!doctype html>")
    assert page.crossed == []
    assert page.open == []


def test_the_page_loads_nothing(page: Page, html: str) -> None:
    assert not [tag for tag, _ in page.tags if tag in LOADERS]
    assert not [attrs for tag, attrs in page.tags if tag == "script" and attrs]
    for tag, attrs in page.tags:
        for name, value in attrs.items():
            address = re.match(r"\s*(https?:)?//", value or "")
            assert not address or (tag, name) == ("a", "href") or name.startswith("xmlns"), (tag, name, value)
    assert not re.search(r"url\(\s*['\"]?(?!#)", html)
    assert "@import" not in html
    assert not re.search(r"\b(fetch|XMLHttpRequest|WebSocket|sendBeacon)\b", html)


def test_ids_are_unique_and_links_within_the_page_arrive(page: Page, html: str) -> None:
    ids = Counter(attrs["id"] for _, attrs in page.tags if "id" in attrs)
    assert [name for name, count in ids.items() if count > 1] == []
    goals = {str(attrs["href"])[1:] for tag, attrs in page.tags if str(attrs.get("href", "")).startswith("#")}
    assert goals | set(re.findall(r"url\(#([^)]+)\)", html)) <= set(ids)


def test_every_claim_stands_at_a_glance_and_at_length(page: Page, answers: Answers) -> None:
    rows = [attrs for tag, attrs in page.tags if tag == "a" and attrs.get("class") == "row"]
    articles = [attrs for tag, attrs in page.tags if tag == "article"]
    names = [a.claim.id for a in answers.answered]
    assert [str(r["href"])[1:] for r in rows] == names
    assert [a["id"] for a in articles] == names
    for a in answers.answered:
        assert page.text.count(a.claim.claim) >= 2
        assert re.sub(r"\s+", " ", a.because) in page.text
        assert re.sub(r"\s+", " ", a.premise_because) in page.text


def test_pictures_are_drawn_for_both_widths_and_told_in_words(page: Page, answers: Answers) -> None:
    pictures = [*answers.front, *(p for a in answers.answered for p in a.answer.pictures)]
    drawings = [attrs for tag, attrs in page.tags if tag == "div" and attrs.get("role") == "img"]
    assert len(answers.front) == 3
    assert [d["class"] for d in drawings] == ["wide", "narrow"] * len(pictures)
    assert all(d["aria-label"] for d in drawings)
    assert sum(1 for tag, _ in page.tags if tag == "svg") == 2 * len(pictures)
    for picture in pictures:
        assert picture.source_line in page.text


def test_every_source_of_an_answer_is_named(page: Page, answers: Answers, shipped: World) -> None:
    titles = shipped.table("sources").set_index("source")["title"]
    for a in answers.answered:
        for key in (a.claim.origin, *a.premise_sources, *a.answer.sources):
            if key in titles.index:
                assert re.sub(r"\s+", " ", str(titles[key])).strip() in page.text, key


def test_what_a_claim_says_is_text_not_markup(brief: Brief, answers: Answers, shipped: World) -> None:
    spoiled = answers.answered[0].claim.model_copy(update={"claim": "<script>alert(1)</script> & more"})
    first = type(answers.answered[0])(
        spoiled,
        answers.answered[0].premise,
        "<img src=x>",
        answers.answered[0].verdict,
        answers.answered[0].answer,
    )
    changed = type(answers)((first,), (), (), (), answers.meta, "")
    text = render(brief, changed, shipped, command="x")
    assert "<script>alert" not in text
    assert "<img" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; more" in text


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0.0, "0"),
        (float("nan"), ""),
        (0.00071, "0.00071"),
        (7.0, "7"),
        (0.5071, "0.507"),
        (-3.14159, "-3.14"),
        (999.4, "999"),
        (28570.0, "28,600"),
        (85026.0, "85,000"),
        (4.17e6, "4.17 M"),
        (2.857e10, "28.6 bn"),
    ],
)
def test_numbers_are_written_to_three_figures(value: float, words: str) -> None:
    assert figures(value) == words
