"""The page of the mathematics is the code's: up to date, and every symbol has its line, column and table."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ytterby.market import mathematics
from ytterby.world.errors import InputError

ROOT = Path(__file__).parents[2]


def test_the_page_is_up_to_date() -> None:
    shipped = (ROOT / "docs" / "mathematics.md").read_text("utf-8")
    assert shipped == mathematics.page(ROOT), "run: python -m ytterby.market.mathematics > docs/mathematics.md"


def test_every_link_leads_to_a_file_and_a_line() -> None:
    page = mathematics.page(ROOT)
    targets = {part.split(")")[0] for part in page.split("](../")[1:]}
    assert len(targets) > 40
    for target in targets:
        path, _, line = target.partition("#L")
        text = (ROOT / path).read_text("utf-8")
        assert not line or 1 <= int(line) <= len(text.splitlines())


def test_a_symbol_without_its_line_column_or_table_stops_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    section = mathematics.SECTIONS[0]
    lost = replace(section.symbols[0], column="nodes.nod", code="model: nowhere", world=("commodities.nothing",))
    monkeypatch.setattr(mathematics, "SECTIONS", (replace(section, symbols=(lost,)),))
    with pytest.raises(InputError) as caught:
        mathematics.page(ROOT)
    assert len(caught.value.faults) == 3
