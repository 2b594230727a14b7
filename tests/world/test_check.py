"""Every fault of a world in one run, with file, row and column."""

from __future__ import annotations

import json
import time
from pathlib import Path

from ytterby.world import SHIPPED
from ytterby.world.check import check_world
from ytterby.world.errors import Fault


def replace(root: Path, table: str, old: str, new: str) -> None:
    path = root / "tables" / f"{table}.csv"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8", newline="")


def test_a_sound_world_has_no_fault(root: Path) -> None:
    assert check_world(root) == []


def test_twenty_planted_faults_are_all_reported_in_one_run(root: Path) -> None:
    sites = root / "tables" / "sites.csv"
    sites.write_bytes(
        b"site,name,lat,stage,capacity,capacity_low,capacity_high,cost,opened,crew,active,source,confidence,note\n"
        b"alpha,Alpha,45.5,mine,2000,800,1300,10,2001-05-01,12,true,gazette,A,\n"  # 1: point outside its band
        b"beta,B\xe9ta,-20,separation,-500,,,20.25,,,false,paper,B,\n"  # 2: encoding; 3: negative capacity
        b"gamma,Gamma,91,mine,,,,,45658,3,,assumption,D,\n"  # 4: latitude; 5: serial date; 6: no reason
        b"delta,Delta,0,smelter,,,,2024-05-03,2001-13-01,1.5,yes,,B,\n"
        # 7: stage; 8: a date for a number; 9: bad date; 10: half a crew; 11: yes; 12: no source
        b"delta,Delta,0,mine,1000,1300,800,1.234,,,,hearsay,B,\n"
        # 13: duplicate key; 14: low above high; 15: no such source
        b"epsilon,Epsilon,0,mine,,,,,,,,paper,C\n"  # 16: a cell short
    )
    replace(root, "shares", "red,La,60", "red,La,65")  # 17: shares
    replace(root, "legs", "bg,beta,gamma", "bg,beta,nowhere")  # 18: a leg to nowhere
    replace(root, "legs", "40,2024-01-01,,", "40,2024-01-01,2023-01-01,")  # 19: ends before it begins
    replace(root, "prices", "USD/kg,80", "USD/kilo,80")  # 20: unit text
    replace(root, "cells", "sites,beta,cost", "sites,betta,costs")  # 21, 22: a cell of nothing
    (root / "regimes" / "rule.toml").write_text("title = \n", encoding="utf-8")  # 23: not TOML
    expected = {
        ("tables/sites.csv", 2, "capacity"),
        ("tables/sites.csv", 3, "name"),
        ("tables/sites.csv", 3, "capacity"),
        ("tables/sites.csv", 4, "lat"),
        ("tables/sites.csv", 4, "opened"),
        ("tables/sites.csv", 4, "note"),
        ("tables/sites.csv", 5, "stage"),
        ("tables/sites.csv", 5, "cost"),
        ("tables/sites.csv", 5, "opened"),
        ("tables/sites.csv", 5, "crew"),
        ("tables/sites.csv", 5, "active"),
        ("tables/sites.csv", 5, "source"),
        ("tables/sites.csv", 6, "site"),
        ("tables/sites.csv", 6, "capacity_low,capacity_high"),
        ("tables/sites.csv", 6, "source"),
        ("tables/sites.csv", 7, ""),
        ("tables/shares.csv", 2, "share_pct"),
        ("tables/legs.csv", 4, "destination"),
        ("tables/legs.csv", 3, "valid_to"),
        ("tables/prices.csv", 2, "unit"),
        ("tables/cells.csv", 2, "key"),
        ("tables/cells.csv", 2, "field"),
        ("regimes/rule.toml", None, ""),
    }
    faults = check_world(root)
    found = {(fault.file, fault.row, fault.column) for fault in faults}
    assert found == expected
    assert all(fault.found and fault.expected and fault.file in fault.where for fault in faults)
    said = {(fault.row, fault.column): str(fault) for fault in faults if fault.file == "tables/sites.csv"}
    assert "2025-01-01" in said[(4, "opened")]
    assert "a date" in said[(5, "cost")]
    assert "0xe9" in said[(3, "name")]


def test_marks_and_line_ends_of_other_programs_are_faults(root: Path) -> None:
    path = root / "tables" / "sites.csv"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    faults = check_world(root)
    assert [fault.found for fault in faults] == ["a byte order mark", "line ends of Windows (CR LF)"]


def test_an_open_quote_does_not_hide_the_other_tables(root: Path) -> None:
    replace(root, "sites", '"Beta, old"', '"Beta, old')
    replace(root, "shares", "red,La,60", "red,La,61")
    files = {fault.file for fault in check_world(root)}
    assert {"tables/sites.csv", "tables/shares.csv"} <= files


def test_texts_out_of_spreadsheets_are_recognised(root: Path) -> None:
    replace(root, "sites", "alpha,Alpha", "alpha,#REF!")
    replace(root, "sites", 'beta,"Beta, old",-20,separation,500', 'beta, Beta,-20,separation,"1,500"')
    said = [str(fault) for fault in check_world(root) if fault.file == "tables/sites.csv"]
    assert len(said) == 3
    assert any("spreadsheet's error" in text for text in said)
    assert any("thousands separators" in text for text in said)
    assert any("blanks around" in text for text in said)


def test_missing_unknown_and_double_columns_are_faults_of_the_header(root: Path) -> None:
    replace(root, "shares", "ore,element,share_pct", "ore,elemnt,share_pct")
    faults = check_world(root)
    assert {(f.row, f.column) for f in faults if f.file == "tables/shares.csv"} == {
        (1, "elemnt"),
        (1, "element"),
    }
    assert any("element" in f.expected for f in faults if f.column == "elemnt")


def test_a_table_without_schema_and_a_schema_without_table_are_faults(root: Path) -> None:
    (root / "tables" / "extra.csv").write_text("a\n1\n", encoding="utf-8")
    (root / "tables" / "shares.csv").unlink()
    files = {fault.file for fault in check_world(root)}
    assert files == {"tables/extra.csv", "tables/shares.csv"}


def test_schemas_need_words_keys_units_and_references_that_lead_somewhere(root: Path) -> None:
    path = root / "schemas" / "shares.json"
    schema = json.loads(path.read_text())
    schema["fields"][2]["unit"] = "percents"
    schema["fields"][0]["description"] = ""
    schema["foreignKeys"].append({"fields": "ore", "reference": {"resource": "oars", "fields": "ore"}})
    path.write_text(json.dumps(schema))
    found = [fault.found for fault in check_world(root)]
    assert sorted(found) == ["no description", "reference to table 'oars'", "unit 'percents'"]


def test_rooms_check_their_own_data_files(root: Path) -> None:
    def regimes(file: str, content: object) -> list[Fault]:
        return [Fault.at(file, "a rule", "another rule")]

    assert [fault.file for fault in check_world(root, {"regimes": regimes})] == ["regimes/rule.toml"]


def test_the_shipped_world_is_checked_in_seconds() -> None:
    start = time.perf_counter()
    check_world(SHIPPED / "world")
    assert time.perf_counter() - start < 15
