"""``ytterby solve``: its contract, and what it says to the person who made a mistake."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from ytterby.cli import app
from ytterby.cli.console import EXIT_BAD_INPUT, EXIT_INTERRUPTED, EXIT_OK, guarded
from ytterby.runs import store
from ytterby.studies.solve import Base

Ask = Callable[..., tuple[int, str, str]]
STATUSES = {"by construction", "fitted", "tested", ""}
"""The last: nothing was observed."""
FAULTY = """
title = "Three mistakes"
[[changes]]
table = "transit_policy"
where = { policy = "russia-closed" }
set = { active = true }
because = "the table is called transit_policies"
[[changes]]
table = "taxes"
where = { contry = "CHN" }
set = { rate_pct = 5.0 }
because = "the column is called country"
[[changes]]
table = "model_settings"
where = { setting = "new-plants" }
set = { valeu = 1.0 }
because = "the column is called value"
"""


@pytest.fixture
def ask(capsys: pytest.CaptureFixture[str], base: Base) -> Ask:
    """Run ``ytterby`` with some words; the base year is solved already. Returns exit code, output and errors."""

    def run(*words: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = guarded(lambda standalone_mode: app(list(words), standalone_mode=standalone_mode))
        told = capsys.readouterr()
        return code, told.out, told.err

    return run


def test_the_json_of_a_solve_keeps_its_contract(ask: Ask) -> None:
    code, out, _ = ask("solve", "--scenario", "baseline", "--year", "2024", "--json")
    assert code == EXIT_OK
    told = json.loads(out)
    assert {"primal", "dual", "complementarity", "gap", "mass_balance"} <= set(told["certificate"])
    for row in told["prices"]:
        assert {"product", "place", "tax", "incoterm", "low", "point", "high", "observed", "status"} <= set(row)
        assert row["status"] in STATUSES
    for row in told["production"]:
        assert {"stage", "country", "modelled", "observed", "status"} <= set(row)
        assert row["status"] in STATUSES
    assert {row["product"] for row in told["prices"] if row["observed"]} >= {"ndpr-oxide", "dy-oxide", "ndfeb-sh"}


def test_every_price_of_the_contract_lies_in_its_interval(ask: Ask) -> None:
    told = json.loads(ask("solve", "--json")[1])
    rows = [row for row in told["prices"] if row["low"] is not None and row["high"] is not None]
    assert len(rows) > 50
    outside = [row for row in rows if not row["low"] - 1e-9 <= row["point"] <= row["high"] + 1e-9]
    assert [(row["product"], row["place"]) for row in outside] == []


def test_people_get_tables_and_the_certificate(ask: Ask) -> None:
    code, out, _ = ask("solve", "--quiet")
    assert code == EXIT_OK
    assert "dy-oxide" in out
    assert "certificate" in out


def test_an_unknown_scenario_is_exit_code_2_with_the_nearest(ask: Ask) -> None:
    code, out, err = ask("solve", "--scenario", "china-refuses-transits", "--json")
    assert (code, out) == (EXIT_BAD_INPUT, "")
    assert "china-refuses-transit" in err


def test_every_fault_of_a_users_scenario_is_told_at_once(ask: Ask, tmp_path: Path) -> None:
    (tmp_path / "faulty.toml").write_text(FAULTY, encoding="utf-8")
    code, _, err = ask("solve", "--scenario", str(tmp_path / "faulty.toml"))
    assert code == EXIT_BAD_INPUT
    for wrong, right in (("transit_policy", "transit_policies"), ("contry", "country"), ("valeu", "value")):
        (line,) = (line for line in err.splitlines() if f"'{wrong}'" in line)
        assert "faulty.toml, change" in line
        assert right in line.split("expected", 1)[1]


def test_a_scenario_that_is_not_toml_is_exit_code_2(ask: Ask, tmp_path: Path) -> None:
    (tmp_path / "broken.toml").write_text("title = ", encoding="utf-8")
    code, _, err = ask("solve", "--scenario", str(tmp_path / "broken.toml"))
    assert code == EXIT_BAD_INPUT
    assert "broken.toml" in err


def test_a_run_is_written_whole(ask: Ask, tmp_path: Path) -> None:
    code, out, _ = ask("solve", "--json", "--out", str(tmp_path / "run"))
    assert code == EXIT_OK
    assert json.loads(out)["outputs"] == [str(tmp_path / "run")]
    code, out, _ = ask("verify", str(tmp_path / "run"), "--json")
    assert code == EXIT_OK
    assert json.loads(out)["holds"]
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_an_unwritable_place_is_exit_code_2_and_nothing_is_written(ask: Ask, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "letter").write_text("mine too", encoding="utf-8")
    for place in ("file/run", "file", "folder"):
        code, _, err = ask("solve", "--quiet", "--out", str(tmp_path / place))
        assert code == EXIT_BAD_INPUT
        assert str(tmp_path / place) in err
    left = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*")}
    assert left == {"file", "folder", "folder/letter"}
    assert (tmp_path / "file").read_text(encoding="utf-8") == "mine"


def test_an_interruption_while_writing_leaves_nothing(
    ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C after the third table."""
    written: list[Path] = []
    write = store.write_parquet

    def interrupted(frame: object, path: Path) -> None:
        if len(written) == 3:
            raise KeyboardInterrupt
        write(frame, path)  # type: ignore[arg-type]
        written.append(path)

    monkeypatch.setattr(store, "write_parquet", interrupted)
    code, _, _ = ask("solve", "--quiet", "--out", str(tmp_path / "run"))
    assert code == EXIT_INTERRUPTED
    assert len(written) == 3
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGINT to send")
def test_ctrl_c_while_solving_leaves_nothing(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-X", "importtime", "-m", "ytterby", "solve", "--quiet", "--out", str(tmp_path / "run")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    while "ytterby.studies" not in (line := process.stderr.readline()):
        assert line, "it ended before it began"
    time.sleep(1.0)
    process.send_signal(signal.SIGINT)
    try:
        out, err = process.communicate(timeout=2.0)
    except subprocess.TimeoutExpired:
        # Python drops an interruption that arrives inside a finaliser; a user presses once more.
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode == EXIT_INTERRUPTED, err
    assert out == ""
    assert "Traceback" not in err
    assert list(tmp_path.iterdir()) == []
