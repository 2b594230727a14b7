"""One way to write every value: reading it back gives the same value, writing it again the same bytes."""

from __future__ import annotations

import csv
import io
import math
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ytterby.world import World
from ytterby.world.canonical import (
    canonical_cell,
    canonical_text,
    csv_text,
    number_text,
    read_csv_text,
    table_text,
)
from ytterby.world.errors import InputError
from ytterby.world.format import format_world

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r"), max_size=20)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_the_shortest_float_reads_back_to_the_same_double(value: float) -> None:
    text = number_text(value)
    assert float(text) == value
    assert len(text) <= len(repr(value))
    assert canonical_cell(text, "number") == text


@given(st.lists(st.lists(TEXT, min_size=3, max_size=3), max_size=5))
def test_any_text_survives_the_csv_writer(rows: list[list[str]]) -> None:
    text = csv_text(["a", "b", "c"], rows)
    assert list(csv.reader(io.StringIO(text, newline=""), strict=True)) == [["a", "b", "c"], *rows]
    assert read_csv_text(text)[1:] == rows


@pytest.mark.parametrize(
    ("text", "kind", "canonical"),
    [
        ("5.0", "number", "5"),
        ("1E3", "number", "1000"),
        ("-0", "number", "0"),
        (" 7 ", "integer", "7"),
        ("7.0", "integer", "7"),
        ("12345678901234567890", "integer", "12345678901234567890"),
        ("TRUE", "boolean", "true"),
        ("20240131", "date", "2024-01-31"),
        ("n/a", "number", "n/a"),
        ("1_000", "number", "1_000"),
        ("inf", "number", "inf"),
        ("31/01/2024", "date", "31/01/2024"),
        ("a\r\nb", "string", "a\nb"),
        ("", "number", ""),
    ],
)
def test_cells_become_canonical_and_what_does_not_fit_stays(text: str, kind: str, canonical: str) -> None:
    assert canonical_cell(text, kind) == canonical


def test_formatting_sorts_rows_by_key_orders_columns_and_is_idempotent(root: Path) -> None:
    path = root / "tables" / "prices.csv"
    canonical = path.read_bytes()
    header, *rows = canonical.decode().splitlines()
    order = [8, 0, 1, 2, 3, 4, 5, 6, 7]
    shuffled = [",".join(line.split(",")[i] for i in order) for line in (header, *reversed(rows))]
    path.write_bytes(b"\xef\xbb\xbf" + "\r\n".join(shuffled).replace("80,", "80.00,").encode())
    assert format_world(root, write=False)[0] == ["tables/prices.csv"]
    assert path.read_bytes() != canonical
    assert format_world(root) == (["tables/prices.csv"], [])
    assert path.read_bytes() == canonical
    assert format_world(root) == ([], [])


def test_numbers_in_a_key_sort_as_numbers(root: Path) -> None:
    schema = World.load(root).schema("prices")
    text = "product,year,unit,value,low,high,source,confidence,note\n" + "".join(
        f"oxide,{year},,,,,paper,B,\n" for year in (10, 9, 100)
    )
    years = [line.split(",")[1] for line in canonical_text(text, schema).splitlines()[1:]]
    assert years == ["9", "10", "100"]


def test_a_foreign_header_is_refused_with_the_nearest_names(root: Path) -> None:
    schema = World.load(root).schema("shares")
    with pytest.raises(InputError, match="one of element"):
        canonical_text("ore,elemnt,share_pct,source,confidence,note\n", schema)


def test_what_fmt_cannot_read_it_leaves_alone_and_reports(root: Path) -> None:
    path = root / "tables" / "shares.csv"
    path.write_bytes(b"ore,element,share_pct,source,confidence,note\nred,L\xe4,60,paper,B,\n")
    changed, faults = format_world(root)
    assert changed == []
    assert [fault.file for fault in faults] == ["tables/shares.csv"]


def test_a_loaded_table_writes_back_its_own_bytes(world: World) -> None:
    for name in world.table_names:
        assert table_text(world.table(name), world.schema(name)).encode() == world.path(name).read_bytes()


def test_loading_types_columns_and_reports_every_cell_that_does_not_fit(world: World, root: Path) -> None:
    sites = world.table("sites")
    assert sites["capacity"].dtype == "float64"
    assert math.isnan(sites["capacity"][2])
    assert sites["crew"].dtype == "Int64"
    assert sites["opened"][0] == pd.Timestamp("2001-05-01")
    assert sites["note"][0] == ""
    path = root / "tables" / "sites.csv"
    path.write_text(path.read_text().replace(",12,true", ",1.5,yes").replace("1999-01-01", "1999"), encoding="utf-8")
    with pytest.raises(InputError) as error:
        World.load(root).table("sites")
    assert len(error.value.faults) == 3
