"""Hostile and broken input: one clear error, bounded memory, nothing half-read."""

import datetime
import json
import tracemalloc
import zipfile

import numpy as np
import openpyxl
import pandas as pd
import pytest

from ytterby.rules import Item, Rules, Shipment
from ytterby.rules.bom import bom_of_frame, check, read_bom
from ytterby.rules.bom.read import EXAMPLE
from ytterby.rules.files import read_frame, read_shipments
from ytterby.rules.value import price_deck
from ytterby.world.errors import InputError

MOST_BYTES = 60_000_000
"""What refusing a small hostile file may take."""


def refused(read, says):
    tracemalloc.start()
    try:
        with pytest.raises(InputError, match=says) as error:
            read()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < MOST_BYTES
    assert len(str(error.value)) < 20_000
    return error.value


def test_cell_far_out_does_not_make_a_sheet_of_billions(world, tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["parent", "part", "quantity"])
    book.active["XFD1048576"] = 1
    book.save(tmp_path / "bom.xlsx")
    refused(lambda: read_bom(tmp_path / "bom.xlsx", world), "A1:XFD1048576")


def test_workbook_that_unpacks_to_gigabytes_is_not_unpacked(world, tmp_path):
    with (
        zipfile.ZipFile(tmp_path / "bom.xlsx", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open("xl/worksheets/sheet1.xml", "w") as part,
    ):
        for _ in range(205):
            part.write(b" " * 1_000_000)
    refused(lambda: read_bom(tmp_path / "bom.xlsx", world), "unpacks to too much")


def test_deep_entities_are_not_expanded(world, tmp_path):
    levels = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    bomb = f'<?xml version="1.0"?><!DOCTYPE p [<!ENTITY e0 "boom">{levels}]><Product name="&e11;"/>'
    (tmp_path / "x.xml").write_text(bomb)
    refused(lambda: read_bom(tmp_path / "x.xml", world), "DOCTYPE")


def test_elements_a_million_deep_are_refused_at_the_limit(world, tmp_path):
    (tmp_path / "x.xml").write_bytes(b"<Product>" * 1_000_000)
    refused(lambda: read_bom(tmp_path / "x.xml", world), "nested too deep")


def test_circle_of_a_million_parts_is_told_in_one_line():
    n = 1_000_000
    names = np.arange(n).astype(str)
    lines = pd.DataFrame({"parent": np.roll(names, 1), "part": names, "quantity": 1})
    with pytest.raises(InputError, match="goes in a circle") as error:
        bom_of_frame(lines)
    assert len(str(error.value)) < 1000


def test_part_inside_itself_is_refused():
    with pytest.raises(InputError, match="a contains a"):
        bom_of_frame(pd.DataFrame({"parent": ["", "a"], "part": ["a", "a"], "quantity": 1}))


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("b.csv", b"parent,part,quantity\n,a,1\na,L\xe4ufer,1\n", "line 3"),
        ("b.csv", "parent,part,quantity\n,a,1\n".encode("utf-16"), "UTF-8"),
        ("b.csv", b"parent,part,quantity\n,a,1\nb,\xe2\x82\xac \xe4,1\n", "UTF-8"),
        ("b.csv", b"", "cannot be read"),
        ("b.csv", b"part\n", "no column parent"),
        ("b.csv", b"parent,part,quantity\n,,1\n", "a part number"),
        ("b.csv", b'parent,part,quantity\n,"a,1\n', "cannot be read"),
        ("b.json", b"[" * 200_000, "deep|no JSON"),
        ("b.json", b'{"lines": 3}', "no lines"),
        ("b.json", b'[{"parent": "", "part": {"x": 1}, "quantity": 1}]', "nested"),
        ("b.json", b"not json", "no JSON"),
        ("b.parquet", b"PAR1 no", "cannot be read"),
        ("b.xlsx", b"PK no", "cannot be read"),
        ("b.exe", b"", "not known"),
    ],
)
def test_broken_bill_is_refused_with_its_place(world, tmp_path, name, content, says):
    (tmp_path / name).write_bytes(content)
    refused(lambda: read_bom(tmp_path / name, world), says)


def test_merged_header_formulas_and_error_cells_are_named_together(world, tmp_path):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["parent", "part", "quantity", "value"])
    sheet.append(["", "a", 1, "=SUM(1,2)"])
    sheet.append(["a", "b", 2, "#REF!"])
    sheet["D3"].data_type = "e"
    sheet.merge_cells("A1:B1")
    book.save(tmp_path / "bom.xlsx")
    error = refused(lambda: read_bom(tmp_path / "bom.xlsx", world), "cannot be taken")
    assert {f.where.split("!")[1] for f in error.faults} == {"A1:B1", "D2", "D3"}


def test_header_with_the_same_column_twice_is_refused(world, tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["parent", "part", "quantity", "part"])
    book.save(tmp_path / "bom.xlsx")
    refused(lambda: read_bom(tmp_path / "bom.xlsx", world), "twice")


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("s.toml", b'ship_from = "CHN\n', "cannot be parsed"),
        ("s.toml", b'shp_from = "CHN"\n', "shp_from"),
        ("s.json", b'{"ship_from": ["CHN"]}', "ship_from"),
        ("s.json", b"[" * 100_000, "deep|parsed"),
        ("s.json", b"[]", "no shipments"),
        ("s.json", b'"CHN"', "does not fit"),
        ("s.json", b'{"value_share": -1}', "value_share"),
        ("s.yaml", b"", "not known"),
    ],
)
def test_broken_shipment_is_refused_with_its_place(tmp_path, name, content, says):
    (tmp_path / name).write_bytes(content)
    refused(lambda: read_shipments(tmp_path / name), says)


def test_bad_number_in_a_row_is_named(tmp_path):
    (tmp_path / "s.csv").write_text("form,value_share\noxide,0.1\noxide,ten\n")
    error = refused(lambda: read_frame(tmp_path / "s.csv"), "bad numbers")
    assert "row 3" in error.faults[0].where


def test_shipments_in_toml_and_json_are_the_same(tmp_path):
    (tmp_path / "s.toml").write_text('ship_from = "CHN"\n[item]\nform = "oxide"\nelements = ["Dy"]\n')
    (tmp_path / "s.json").write_text(json.dumps({"ship_from": "CHN", "item": {"form": "oxide", "elements": ["Dy"]}}))
    assert read_shipments(tmp_path / "s.toml") == read_shipments(tmp_path / "s.json")


def test_countries_are_read_by_code_or_name_and_nothing_else(world):
    """A country that no rule names would be free of all of them: what is no country is refused, both ends at once."""
    rules = Rules(world, datetime.date(2025, 12, 24))
    bom, deck = read_bom(EXAMPLE, world), price_deck(world, "china", 2025)
    by_code = check(rules, bom, deck, ship_from="CHN", ship_to="USA").parts
    by_name = check(rules, bom, deck, ship_from="China", ship_to="usa").parts
    assert by_code.equals(by_name)
    with pytest.raises(InputError) as found:
        check(rules, bom, deck, ship_from="Germny", ship_to="Atlantis")
    assert [fault.where for fault in found.value.faults] == ["ship_from", "ship_to"]
    assert "Germany" in found.value.faults[0].expected


def test_a_shipment_between_what_are_no_countries_is_refused(world):
    """One or a table; blank and ``?`` stay unknown."""
    rules = Rules(world, datetime.date(2025, 12, 24))
    table = pd.DataFrame({"form": ["magnet"] * 3, "ship_from": ["CHN", "?", "China"], "ship_to": ["USA", "", "usa"]})
    assert len(rules.table(table.iloc[:2])) == 2
    for ask in (lambda: rules.table(table), lambda: rules.facts(table)):
        with pytest.raises(InputError, match="unknown country") as found:
            ask()
        assert [(f.where, f.found) for f in found.value.faults] == [("ship_from", "'China'"), ("ship_to", "'usa'")]
    with pytest.raises(InputError, match="unknown country"):
        rules.decide(Shipment(item=Item(form="magnet"), ship_from="Atlantis"))
