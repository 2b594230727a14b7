"""The command line of the routes room."""

import json

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


def test_no_way_left_is_exit_code_1(capsys):
    code, out, _ = _run(["karaganda", "houston", "--form", "concentrate", "--avoid", "CN,RU,AZ"], capsys)
    assert code == 1
    assert "no lawful way" in out


def test_an_unknown_place_is_exit_code_2_with_near_matches(capsys):
    code, _, err = _run(["karaganda", "port of houstn"], capsys)
    assert code == 2
    assert "houston" in err


@pytest.mark.parametrize("command", ["compare", "resilience"])
def test_comparison_and_resilience_speak_json(command, capsys):
    code, out, _ = _run([command, "kuirektykol", "fort worth", "--json"], capsys)
    assert code == 0
    assert json.loads(out)


def test_files_are_written(tmp_path, capsys):
    places = [tmp_path / "ways.geojson", tmp_path / "ways.xlsx"]
    code, _, _ = _run(["karaganda", "rotterdam", "-q", "--geojson", str(places[0]), "--excel", str(places[1])], capsys)
    assert code == 0
    assert all(path.stat().st_size > 100 for path in places)
