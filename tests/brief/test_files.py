"""JSON, Markdown and Excel say what the page says; files appear complete or not at all."""

from __future__ import annotations

import json
import math
import os
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from ytterby.brief import Brief
from ytterby.brief.answer import Answers
from ytterby.brief.files import as_json, as_markdown, check_folder, file_names, write_all, write_excel
from ytterby.brief.page import render
from ytterby.world import World
from ytterby.world.errors import InputError

CONTRACT = {
    "id", "group", "claim", "premise", "verdict", "because", "value", "unit", "low", "high", "sources",
}  # fmt: skip
"""Keys that others read."""


@pytest.fixture(scope="module")
def data(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "kazakhstan.json").read_text(encoding="utf-8"))
    return found


def test_the_folder_holds_the_four_files(folder: Path, brief: Brief) -> None:
    assert sorted(p.name for p in folder.iterdir()) == sorted(file_names(brief))
    assert [p.name for p in folder.parent.iterdir()] == [folder.name]


def test_json_keeps_its_contract(data: dict[str, Any]) -> None:
    assert len(data["claims"]) == 13
    for claim in data["claims"]:
        assert set(claim) >= CONTRACT
        assert claim["premise"] in ("established", "unverified", "contradicted")
        assert claim["verdict"] in ("holds", "holds in part", "does not hold", "cannot be tested")
        assert claim["low"] <= claim["value"] <= claim["high"]
        assert claim["sources"]
        assert all({"source", "title", "address", "confidence"} <= set(s) for s in claim["sources"])


def test_json_knows_no_nan(folder: Path) -> None:
    def refuse(text: str) -> float:
        raise AssertionError(text)

    json.loads((folder / "kazakhstan.json").read_text(encoding="utf-8"), parse_constant=refuse)


def test_markdown_says_the_same(folder: Path, data: dict[str, Any]) -> None:
    text = (folder / "kazakhstan.md").read_text(encoding="utf-8")
    parts = text.split("\n### ")[1:]
    assert len(parts) == len(data["claims"])
    for claim, part in zip(data["claims"], parts, strict=True):
        assert part.startswith(claim["claim"])
        assert f"*Verdict:* **{claim['verdict']}**. {claim['because']}" in part
        assert f"*Premise:* **{claim['premise']}**. {claim['premise_because']}" in part


def test_excel_says_the_same(folder: Path, data: dict[str, Any]) -> None:
    book = openpyxl.load_workbook(folder / "kazakhstan.xlsx")
    head, *rows = book["claims"].iter_rows(values_only=True)
    table = [dict(zip(head, row, strict=True)) for row in rows]
    assert [(r["id"], r["premise"], r["verdict"], r["because"]) for r in table] == [
        (c["id"], c["premise"], c["verdict"], c["because"]) for c in data["claims"]
    ]
    _, *rows = book["numbers"].iter_rows(values_only=True)
    numbers = {(r[0], r[1]): r[3] for r in rows}
    for claim in data["claims"]:
        for name, number in claim["numbers"].items():
            value = numbers[(claim["id"], name)]
            if number["value"] is None:
                assert value is None
            else:
                assert isinstance(value, int | float)
                assert math.isclose(value, number["value"], rel_tol=1e-12)


def test_the_same_answers_give_the_same_bytes(
    brief: Brief, answers: Answers, shipped: World, folder: Path, html: str, tmp_path: Path
) -> None:
    write_excel(tmp_path / "again.xlsx", brief, answers.answered, shipped)
    assert (tmp_path / "again.xlsx").read_bytes() == (folder / "kazakhstan.xlsx").read_bytes()
    assert render(brief, answers, shipped, command="ytterby brief kazakhstan --samples 2 --seed 1") == html
    told = as_json(brief, answers.answered, shipped, answers.meta)
    assert told == as_json(brief, answers.answered, shipped, answers.meta)
    markdown = as_markdown(brief, answers.answered, shipped, answers.meta)
    assert markdown == (folder / "kazakhstan.md").read_text(encoding="utf-8")


def test_outputs_name_no_place_or_time_of_their_making(folder: Path) -> None:
    for name in ("kazakhstan.html", "kazakhstan.json", "kazakhstan.md"):
        text = (folder / name).read_text(encoding="utf-8")
        assert str(Path.home()) + "/" not in text
        assert str(Path.cwd()) not in text


def test_a_brief_written_again_replaces_the_old_one(
    brief: Brief, answers: Answers, shipped: World, tmp_path: Path
) -> None:
    place = tmp_path / "out"
    for html in ("first", "second"):
        write_all(place, brief, answers.answered[:1], shipped, answers.meta, html)
    assert (place / "kazakhstan.html").read_text(encoding="utf-8") == "second"
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_a_folder_with_other_files_is_left_alone(brief: Brief, tmp_path: Path) -> None:
    (tmp_path / "thesis.doc").write_text("years of work", encoding="utf-8")
    with pytest.raises(InputError, match="other files"):
        check_folder(tmp_path, brief)
    with pytest.raises(InputError, match="a file"):
        check_folder(tmp_path / "thesis.doc", brief)
    assert [p.name for p in tmp_path.iterdir()] == ["thesis.doc"]


@pytest.mark.skipif(os.name != "posix", reason="needs a place that nobody can write to")
def test_a_folder_that_cannot_be_written_is_told_at_once(brief: Brief, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(InputError, match="can be written"):
        check_folder(tmp_path / "file" / "out", brief)
    with pytest.raises(InputError, match="can be written"):
        check_folder(Path("/proc/nowhere/out"), brief)


def test_what_fails_half_way_leaves_nothing(
    brief: Brief, answers: Answers, shipped: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("ytterby.brief.files.write_excel", stop)
    with pytest.raises(KeyboardInterrupt):
        write_all(tmp_path / "out", brief, answers.answered[:1], shipped, answers.meta, "page")
    assert list(tmp_path.iterdir()) == []
