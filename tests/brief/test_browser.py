"""The page in a browser: nothing is wider than the screen, nothing is fetched, paper has what stands open."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars",
)  # fmt: skip
MEASURE = """
<script>
addEventListener("load", () => {
  document.querySelectorAll("details").forEach(d => { d.open = true; });
  const wide = innerWidth;
  const inside = e => e.closest(".scroll") !== null;
  const out = [...document.body.querySelectorAll("*")].filter(e => {
    const box = e.getBoundingClientRect();
    return box.width > 0 && (box.right > wide + 1 || box.left < -1) && !inside(e) && !e.closest("svg");
  }).map(e => e.tagName + "." + e.className);
  const cut = [...document.querySelectorAll("figure svg")].filter(s => s.clientWidth > 0).flatMap(s => {
    const frame = s.getBoundingClientRect();
    return [...s.querySelectorAll("text")].filter(t => {
      const box = t.getBoundingClientRect();
      return box.width > 0 && (box.left < frame.left - 2 || box.right > frame.right + 2);
    }).map(t => t.textContent);
  });
  const found = {
    width: wide, page: document.documentElement.scrollWidth, out: out, cut: cut,
    drawings: [...document.querySelectorAll("figure svg")].filter(s => s.clientWidth > 0).length,
    fetched: performance.getEntriesByType("resource").map(r => r.name),
  };
  const note = document.createElement("pre");
  note.id = "measured";
  note.textContent = JSON.stringify(found);
  document.body.append(note);
});
</script>
"""

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")


def browse(profile: Path, *words: str) -> str:
    assert CHROMIUM is not None
    done = subprocess.run(
        [CHROMIUM, *FLAGS, f"--user-data-dir={profile}", *words], capture_output=True, text=True, timeout=60, check=True
    )
    return done.stdout


@pytest.fixture(scope="module", params=[1280, 390])
def measured(request: pytest.FixtureRequest, html: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The page as a window of some width shows it: in a frame, because a window has a least width."""
    place = tmp_path_factory.mktemp("browser")
    (place / "page.html").write_text(html.replace("</body>", MEASURE + "</body>"), encoding="utf-8")
    (place / "frame.html").write_text(
        f'<body style="margin:0"><iframe id="f" src="page.html" width="{request.param}" height="900" frameborder="0">'
        "</iframe><script>addEventListener('load',()=>{document.body.append(document.getElementById('f')"
        ".contentDocument.getElementById('measured'))})</script>",
        encoding="utf-8",
    )
    words = ("--allow-file-access-from-files", "--window-size=1400,1000", "--virtual-time-budget=4000", "--dump-dom")
    dom = browse(place / "profile", *words, (place / "frame.html").as_uri())
    note = re.search(r'<pre id="measured">(.*?)</pre>', dom, re.DOTALL)
    assert note is not None, dom[-2000:]
    text = note.group(1).replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">")
    found: dict[str, Any] = json.loads(text)
    assert found["width"] == request.param
    return found


def test_nothing_is_wider_than_the_screen(measured: dict[str, Any]) -> None:
    assert measured["out"] == []
    assert measured["page"] <= measured["width"]


def test_no_label_is_cut_off(measured: dict[str, Any]) -> None:
    assert measured["cut"] == []


def test_each_picture_shows_one_of_its_drawings(measured: dict[str, Any], html: str) -> None:
    assert measured["drawings"] == html.count("<figure")


def test_the_page_fetches_nothing(measured: dict[str, Any]) -> None:
    assert measured["fetched"] == []


def test_the_page_prints(folder: Path, tmp_path: Path) -> None:
    paper = tmp_path / "page.pdf"
    browse(tmp_path / "profile", f"--print-to-pdf={paper}", (folder / "kazakhstan.html").as_uri())
    assert paper.read_bytes().startswith(b"%PDF")


def test_paper_has_what_the_reader_has_opened(folder: Path, tmp_path: Path) -> None:
    """Sources are printed always, tables as the reader has opened them: with everything opened there are more pages."""
    closed = (folder / "kazakhstan.html").read_text(encoding="utf-8")
    pages = []
    for name, text in (("closed", closed), ("opened", re.sub(r"<details (?!.* open)", "<details open ", closed))):
        (tmp_path / f"{name}.html").write_text(text, encoding="utf-8")
        paper = tmp_path / f"{name}.pdf"
        browse(tmp_path / "profile", f"--print-to-pdf={paper}", (tmp_path / f"{name}.html").as_uri())
        pages.append(len(re.findall(rb"/Type\s*/Page\b", paper.read_bytes())))
    assert 0 < pages[0] < pages[1]
