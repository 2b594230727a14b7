"""The world that ships has no fault, and stands in canonical form."""

from __future__ import annotations

from pathlib import Path

from ytterby.cli.world import _document_checks
from ytterby.world import SHIPPED, Scenario, World
from ytterby.world.canonical import canonical_text
from ytterby.world.check import check_world
from ytterby.world.excel import read_workbook, workbook_bytes
from ytterby.world.format import format_world


def test_the_shipped_world_has_no_fault() -> None:
    faults = check_world(SHIPPED / "world", _document_checks())
    assert not faults, "\n".join(str(fault) for fault in faults[:50])


def test_the_shipped_world_is_in_canonical_form() -> None:
    assert format_world(SHIPPED / "world", write=False) == ([], [])


def test_every_shipped_table_comes_back_from_excel_byte_for_byte(tmp_path: Path) -> None:
    world = World.load()
    path = tmp_path / "world.xlsx"
    path.write_bytes(workbook_bytes(world))
    texts = read_workbook(path, world.schemas)
    for name in world.table_names:
        own = world.path(name).read_text(encoding="utf-8")
        assert texts[name] == canonical_text(own, world.schema(name)), name


def test_every_shipped_scenario_fits_the_shipped_world() -> None:
    world = World.load()
    for name in Scenario.names():
        Scenario.load(name).apply(world)
