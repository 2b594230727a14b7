"""How every command talks: JSON for programs, figures for people, one message for a mistake."""

from __future__ import annotations

import datetime
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import typer

from ytterby.cli.console import EXIT_BAD_INPUT, EXIT_INTERRUPTED, EXIT_OK, guarded, plain, print_json, print_table, show
from ytterby.world.errors import Fault, InputError
from ytterby.world.terms import Stage


@dataclass(frozen=True)
class Answer:
    value: float
    parts: tuple[int, ...]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (np.float64("nan"), None),
        (float("inf"), None),
        (pd.NaT, None),
        (pd.NA, None),
        (np.int64(3), 3),
        (np.bool_(True), True),
        (True, True),
        (pd.Timestamp("2025-11-10"), "2025-11-10"),
        (datetime.date(2025, 11, 10), "2025-11-10"),
        (Stage.MINE, "mine"),
        (Path("a") / "b", str(Path("a") / "b")),
        ({3, 1, 2}, [1, 2, 3]),
        (np.array([[1.0, np.nan]]), [[1.0, None]]),
        (np.array(2.0), 2.0),
        (pd.Series([1, 2]), [1, 2]),
        (pd.DataFrame({"a": [1, 2], "b": ["x", None]}), [{"a": 1, "b": "x"}, {"a": 2, "b": None}]),
        (Answer(1.5, (1, 2)), {"value": 1.5, "parts": [1, 2]}),
        ({"k": {1: Answer(float("nan"), ())}}, {"k": {"1": {"value": None, "parts": []}}}),
    ],
)
def test_anything_becomes_what_json_knows(given: Any, told: Any) -> None:
    assert plain(given) == told
    assert json.loads(json.dumps(plain(given), allow_nan=False)) == told


def test_json_keeps_order_and_signs(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"z": 1, "a": "Kasachstan – Қазақстан"})
    out = capsys.readouterr().out
    assert list(json.loads(out)) == ["z", "a"]
    assert "Қазақстан" in out


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1234567.0, "1,234,567"),
        (0.0123456, "0.01235"),
        (float("nan"), ""),
        (None, ""),
        (True, "yes"),
        (["a", 2], "a, 2"),
    ],
)
def test_people_see_four_figures(value: Any, text: str) -> None:
    assert show(value) == text


def test_a_table_shows_the_columns_that_are_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(pd.DataFrame({"a": [1.0], "hidden": ["x"]}), "A title", {"a": "Amount"})
    out = capsys.readouterr().out
    assert "A title" in out
    assert "Amount" in out
    assert "hidden" not in out


def run(work: Any) -> int:
    app = typer.Typer()
    app.command()(work)
    return guarded(lambda standalone_mode: app([], standalone_mode=standalone_mode))


def test_every_fault_reaches_the_person_in_one_message(capsys: pytest.CaptureFixture[str]) -> None:
    def work() -> None:
        raise InputError("two mistakes", [Fault("here", "a", "b"), Fault("there", "c", "d")])

    assert run(work) == EXIT_BAD_INPUT
    err = capsys.readouterr().err
    assert "here: found a; expected b" in err
    assert "there: found c; expected d" in err
    assert "Traceback" not in err


def interrupted() -> None:
    raise KeyboardInterrupt


def test_an_interruption_is_exit_code_130() -> None:
    assert run(interrupted) == EXIT_INTERRUPTED


def test_an_interruption_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    run(interrupted)
    assert "nothing half-written" in capsys.readouterr().err


def test_a_command_says_its_own_exit_code() -> None:
    def work() -> None:
        raise typer.Exit(1)

    assert run(work) == 1
    assert run(lambda: None) == EXIT_OK


def test_a_fault_of_ours_is_not_hidden() -> None:
    def work() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run(work)


def test_unknown_words_are_exit_code_2(capsys: pytest.CaptureFixture[str]) -> None:
    from ytterby.cli import app

    assert guarded(lambda standalone_mode: app(["slove"], standalone_mode=standalone_mode)) == EXIT_BAD_INPUT
    assert "slove" in capsys.readouterr().err
