"""Excel, Parquet, CSV: out and in again, the same bytes; nothing half-written."""

from __future__ import annotations

import datetime
import os
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ytterby.world import World
from ytterby.world.canonical import table_text
from ytterby.world.check import check_world
from ytterby.world.compare import compare_worlds, coverage
from ytterby.world.errors import InputError
from ytterby.world.excel import BARRED, read_workbook, workbook_bytes
from ytterby.world.exchange import copy_world, export_world, import_world
from ytterby.world.folder import new_folder, write_text
from ytterby.world.parquet import read_parquet, schema_types, write_parquet

NASTY = st.one_of(
    st.sampled_from(["=1+1", "+3", "-x", "@a", "'quoted'", '"', ",", "a\nb", " lead", "trail ", "1e5", "2024-01-01"]),
    st.sampled_from(["TRUE", "https://example.org", "mailto:x", "{=A1}", "NULL", "nan", "\t", "0012", "Ňd₂O₃ 稀土"]),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r"), max_size=12).filter(
        lambda text: not BARRED.search(text)
    ),
)
NUMBERS = st.one_of(st.none(), st.floats(allow_nan=False, allow_infinity=False))


def nasty_world(
    root: Path, rows: list[tuple[str, float | None, int | None, datetime.date | None, bool | None]]
) -> World:
    world = World.load(root)
    sites = world.table("sites").iloc[:0].reindex(range(len(rows)))
    for name in ("name", "stage", "source", "confidence", "note"):
        sites[name] = ""
    sites["site"] = [f"s{i:03d}" for i in range(len(rows))]
    sites["note"] = [row[0] for row in rows]
    sites["cost"] = [float("nan") if row[1] is None else row[1] for row in rows]
    sites["crew"] = pd.array([row[2] for row in rows], dtype="Int64")
    sites["opened"] = pd.to_datetime(pd.Series([row[3] for row in rows], dtype=object))
    sites["active"] = pd.array([row[4] for row in rows], dtype="boolean")
    return world.with_tables({"sites": sites[world.schema("sites").field_names]})


ROWS = st.lists(
    st.tuples(
        NASTY,
        NUMBERS,
        st.none() | st.integers(-(2**62), 2**62),
        st.none() | st.dates(datetime.date(1700, 1, 1), datetime.date(2200, 1, 1)),
        st.none() | st.booleans(),
    ),
    min_size=1,
    max_size=4,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ROWS)
def test_any_table_comes_back_from_excel_and_parquet_byte_for_byte(root: Path, tmp_path: Path, rows: list) -> None:
    world = nasty_world(root, rows)
    schema = world.schema("sites")
    text = table_text(world.table("sites"), schema)
    (tmp_path / "x.xlsx").write_bytes(workbook_bytes(world, ["sites"]))
    assert read_workbook(tmp_path / "x.xlsx", world.schemas)["sites"] == text
    write_parquet(world.table("sites"), tmp_path / "x.parquet", schema_types(schema))
    assert table_text(read_parquet(tmp_path / "x.parquet"), schema) == text


def test_whole_worlds_come_back_byte_for_byte(world: World, root: Path, tmp_path: Path) -> None:
    for goal, form in (("w.xlsx", "csv"), ("csv", "csv"), ("parquet", "parquet")):
        export_world(world, tmp_path / goal, form)
        back = tmp_path / f"back-{goal}"
        import_world(world, tmp_path / goal, back)
        for name in world.table_names:
            assert (back / "tables" / f"{name}.csv").read_bytes() == (root / "tables" / f"{name}.csv").read_bytes()
        assert check_world(back) == []


def test_a_workbook_is_the_same_bytes_every_time(world: World, tmp_path: Path) -> None:
    assert workbook_bytes(world) == workbook_bytes(world)
    for name in ("a", "b"):
        export_world(world, tmp_path / name, "parquet")
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()


def test_cells_are_typed_and_formulas_stay_texts(world: World, tmp_path: Path) -> None:
    sites = world.table("sites")
    sites.loc[0, "note"] = "=HYPERLINK(1)"
    path = tmp_path / "w.xlsx"
    path.write_bytes(workbook_bytes(world.with_tables({"sites": sites})))
    sheet = openpyxl.load_workbook(path)["sites"]
    header = [cell.value for cell in sheet[1]]
    row = dict(zip(header, sheet[2], strict=True))
    assert row["note"].data_type == "s"
    assert row["capacity"].value == 1000
    assert row["opened"].value == datetime.datetime(2001, 5, 1)
    assert row["active"].value is True


def test_a_workbook_that_was_edited_badly_is_refused_with_every_fault(world: World, tmp_path: Path) -> None:
    path = tmp_path / "w.xlsx"
    path.write_bytes(workbook_bytes(world))
    book = openpyxl.load_workbook(path)
    sheet = book["sites"]
    header = [cell.value for cell in sheet[1]]
    sheet.cell(2, header.index("cost") + 1).value = datetime.datetime(2024, 5, 3)
    sheet.cell(3, header.index("opened") + 1).value = 45658
    book.create_sheet("stes")
    book.save(path)
    with pytest.raises(InputError) as error:
        import_world(world, path, tmp_path / "back")
    said = [str(fault) for fault in error.value.faults]
    assert len(said) == 3
    assert any("row 2, column cost" in text and "not a date" in text for text in said)
    assert any("row 3, column opened" in text for text in said)
    assert any("sites" in text and "stes" in text for text in said)
    assert not (tmp_path / "back").exists()


def test_importing_into_a_world_changes_all_tables_or_none(world: World, root: Path, tmp_path: Path) -> None:
    prices = world.table("prices")
    prices["value"] = prices["value"] * 2
    export_world(world.with_tables({"prices": prices}), tmp_path / "x.xlsx")
    goal = tmp_path / "goal"
    copy_world(world, goal)
    import_world(world, tmp_path / "x.xlsx", goal)
    found = compare_worlds(world, World.load(goal))
    assert {(item.table, item.key, item.field, item.before, item.after) for item in found} == {
        ("prices", "oxide|2023", "value", "80", "160"),
        ("prices", "oxide|2024", "value", "60", "120"),
    }


def test_a_copy_is_the_same_world_and_never_overwrites(world: World, tmp_path: Path) -> None:
    copy_world(world, tmp_path / "copy")
    assert World.load(tmp_path / "copy").hash == world.hash
    with pytest.raises(InputError, match="already"):
        copy_world(world, tmp_path / "copy")


def test_rows_added_and_removed_are_told(world: World) -> None:
    legs = world.table("legs")
    found = compare_worlds(world, world.with_tables({"legs": legs[legs["leg"] != "bg"]}))
    assert [(item.table, item.key, item.what) for item in found] == [("legs", "bg|", "removed")]


def test_coverage_counts_grades(world: World) -> None:
    table = coverage(world).set_index("table")
    assert table.loc["sites", list("ABCD")].tolist() == [1, 1, 0, 1]
    assert table.loc["sites", "share_assumed"] == pytest.approx(1 / 3)
    assert table.loc["all", "rows"] == table["rows"].iloc[:-1].sum()


def test_an_interrupted_write_leaves_nothing(tmp_path: Path) -> None:
    def interrupted() -> None:
        with new_folder(tmp_path / "run") as beside:
            write_text(beside / "half.txt", "half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_an_unwritable_place_is_a_clear_error_for_a_user(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(InputError, match="cannot write"):
        write_text(tmp_path / "x", "x")


def test_a_place_under_a_file_is_a_clear_error(world: World, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="cannot write"):
        export_world(world, tmp_path / "file" / "w.xlsx")
    with pytest.raises(InputError):
        copy_world(world, tmp_path / "file")
