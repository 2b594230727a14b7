"""The commands that read runs: what they print and how they end."""

from __future__ import annotations

import json

import pytest

from ytterby.cli.console import guarded
from ytterby.cli.market import app
from ytterby.market import Outcome


@pytest.fixture(scope="module")
def runs(outcome: Outcome, lesser: Outcome, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    folder = tmp_path_factory.mktemp("runs")
    return str(outcome.save(folder / "a")), str(lesser.save(folder / "b"))


def told(*words: str) -> int:
    return guarded(lambda standalone_mode: app([*words], standalone_mode=standalone_mode))


def test_verify_compare_and_why_print_json(runs: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    a, b = runs
    assert told("verify", a, "--json") == 0
    assert json.loads(capsys.readouterr().out)["holds"] is True
    assert told("compare", a, b, "--json") == 0
    assert {"prices", "causes", "welfare", "costs"} <= set(json.loads(capsys.readouterr().out))
    assert told("why", "price", a, "--product", "Dy oxide", "--place", "p03", "--json") == 0
    answer = json.loads(capsys.readouterr().out)
    assert sum(row["usd_per_kg"] for row in answer["marginal"]) == pytest.approx(answer["price_usd_per_kg"], rel=1e-6)


def test_tables_for_people(runs: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    a, b = runs
    assert told("compare", a, b) == 0
    assert told("verify", a) == 0
    assert told("why", "price", a, "--product", "ndpr-metal", "--place", "p01") == 0
    assert "The certificate holds" in capsys.readouterr().out


def test_bad_names_and_folders_end_with_two(runs: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert told("verify", runs[0] + "-nowhere") == 2
    assert told("why", "price", runs[0], "--product", "dy-oxid", "--place", "p03") == 2
    assert "dy-oxide" in capsys.readouterr().err


def test_alternatives_are_told_and_bad_questions_end_with_two(capsys: pytest.CaptureFixture[str]) -> None:
    from ytterby.cli import app as ytterby

    def asked(*words: str) -> int:
        return guarded(lambda standalone_mode: ytterby(["alternatives", *words], standalone_mode=standalone_mode))

    assert asked("--json", "--stage", "metal", "--budget", "2", "--plans", "1") == 0
    answer = json.loads(capsys.readouterr().out)
    assert {"cost_usd", "ranges", "difference", "plans"} <= set(answer)
    for row in answer["ranges"]:
        assert row["least_t"] <= row["optimum_t"] <= row["most_t"]
    assert asked("--budget", "-1") == 2
    assert asked("--stage", "smelting") == 2
    assert "smelting" in capsys.readouterr().err
