"""The command line of the routes room."""

import json

import pandas as pd
import pytest

from ytterby.cli.console import guarded
from ytterby.cli.route import app


def _run(arguments, capsys):
    code = guarded(lambda standalone_mode: app(arguments, standalone_mode=standalone_mode))
    told = capsys.readouterr()
    return code, told.out, told.err


def test_two_places_are_enough(capsys):
    code, out, _ = _run(["karaganda", "port of houston", "--form", "oxide", "--on", "2025-12-01", "--json"], capsys)
    told = json.loads(out)
    assert code == 0
    assert told["on"] == "2025-12-01"
    assert all(way["lawful"] for way in told["ways"])
    assert all(way["legs"][-1]["destination"] == "houston" for way in told["ways"])
    assert [row["way"] for row in told["corridors"]] == list(range(1, len(told["ways"]) + 1))


def test_form_and_day_come_from_the_settings_where_none_is_named(capsys):
    code, out, _ = _run(["karaganda", "rotterdam"], capsys)
    assert code == 0
    assert "carbonate, 2025-12-01" in out


def test_no_way_left_is_exit_code_1_and_names_the_smallest_cut(capsys):
    code, out, _ = _run(["karaganda", "houston", "--form", "concentrate", "--avoid", "CN,RU,AZ"], capsys)
    assert code == 1
    assert "no lawful way" in out
    cut = next(line for line in out.splitlines() if "smallest cut" in line)
    assert all(word in cut for word in ("AZE avoided", "CHN avoided", "RUS avoided"))


def test_every_mistake_of_a_question_is_told_at_once(capsys, tmp_path):
    arguments = [
        "karaganda", "port of houstn", "--form", "oxid", "--avoid", "Atlantis", "--closed", "sues", "--on",
        "2025-13-01", "--criteria", "cost,speed", "--epsilon", "3", "--out", str(tmp_path / "ways.doc"),
    ]  # fmt: skip
    code, out, err = _run(arguments, capsys)
    assert code == 2
    assert not out
    for word in ("houston", "oxide", "Atlantis", "suez", "YYYY-MM-DD", "days", "epsilon < 1", ".geojson"):
        assert word in err
    assert len(err.strip().splitlines()) == 9
    assert not list(tmp_path.iterdir())


def test_a_way_from_a_place_to_itself_is_refused(capsys):
    code, _, err = _run(["karaganda", "karaganda"], capsys)
    assert code == 2
    assert "to itself" in err


@pytest.mark.parametrize("command", ["compare", "resilience", "months"])
def test_every_command_speaks_json(command, capsys):
    code, out, _ = _run([command, "kuirektykol", "fort worth", "--json"], capsys)
    assert code == 0
    assert json.loads(out)


def test_a_comparison_tells_an_assertion_its_band_and_what_decides_it(capsys):
    arguments = ["compare", "kuirektykol", "fort worth", "--cheaper", "20", "--faster", "7", "-q"]
    code, out, _ = _run(arguments, capsys)
    assert code == 0
    assert '"20% cheaper and 7 days faster"' in out
    assert "cost is decided by" in out
    assert "time is decided by" in out
    assert "[D]" in out


def test_three_ways_are_compared_by_their_hubs(capsys):
    vias = ["--via", "dostyk", "--via", "aktau-alat-ferry", "--via", "st-petersburg"]
    code, out, _ = _run(["compare", "kuirektykol", "fort worth", *vias, "--json"], capsys)
    told = json.loads(out)
    assert code == 0
    assert len(told["comparisons"]) == 2
    assert len(told["corridors"]) == 3


def test_files_are_written_by_their_endings(tmp_path, capsys):
    places = [tmp_path / f"ways{ending}" for ending in (".geojson", ".xlsx", ".html", ".png")]
    outs = [word for path in places for word in ("--out", str(path))]
    code, _, _ = _run(["karaganda", "rotterdam", "-q", "--most", "3", *outs], capsys)
    assert code == 0
    assert all(path.stat().st_size > 100 for path in places)
    assert list(pd.read_excel(places[1], sheet_name=None)) == ["corridors", "ways", "legs", "sources"]
