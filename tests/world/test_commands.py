"""The world's commands: what they print, their exit codes, and that they start light."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from ytterby.cli.console import guarded
from ytterby.cli.world import app

HEAVY = ("pandas", "scipy", "linopy", "altair", "duckdb", "frictionless")


def call(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["world", *map(str, arguments)])
    return guarded(app)


@pytest.mark.parametrize(
    "code", ["import ytterby", "import ytterby.cli, sys; sys.argv = ['y', '--help']; ytterby.cli.main()"]
)
def test_importing_and_asking_for_help_load_no_heavy_library(code: str) -> None:
    script = (
        f"import sys\ntry:\n    exec({code!r})\nexcept SystemExit:\n    pass\n"
        f"print('LOADED', [name for name in {HEAVY} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=60)
    assert done.stdout.splitlines()[-1] == "LOADED []", done.stdout + done.stderr


def test_check_says_what_is_wrong_and_exits_with_one(root: Path, monkeypatch, capsys) -> None:
    assert call(monkeypatch, "check", root, "--quiet") == 0
    path = root / "tables" / "sites.csv"
    path.write_text(path.read_text().replace("gazette", "gazete"), encoding="utf-8")
    capsys.readouterr()
    assert call(monkeypatch, "check", root, "--json") == 1
    faults = json.loads(capsys.readouterr().out)["faults"]
    assert [(f["file"], f["row"], f["column"]) for f in faults] == [("tables/sites.csv", 2, "source")]


def test_fmt_check_changes_nothing(root: Path, monkeypatch, capsys) -> None:
    path = root / "tables" / "sites.csv"
    path.write_text(path.read_text().replace("1000", "1000.0"), encoding="utf-8")
    assert call(monkeypatch, "fmt", root, "--check") == 1
    assert "1000.0" in path.read_text()
    assert call(monkeypatch, "fmt", root) == 0
    assert "1000.0" not in path.read_text()
    assert call(monkeypatch, "fmt", root, "--check") == 0


def test_source_and_show_answer_in_json(root: Path, monkeypatch, capsys) -> None:
    assert call(monkeypatch, "source", "sites", "beta", "cost", "--world", root, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["source"], told["band"]["low"]) == ("gazette", 19)
    assert call(monkeypatch, "show", "legs", "--where", "usd_per_t=40", "--world", root, "--json") == 0
    assert [row["leg"] for row in json.loads(capsys.readouterr().out)] == ["ab"]
    for arguments in (["show"], ["coverage"]):
        assert call(monkeypatch, *arguments, "--world", root, "--json") == 0
        json.loads(capsys.readouterr().out)


def test_bad_input_is_one_message_and_exit_code_two(root: Path, tmp_path: Path, monkeypatch, capsys) -> None:
    for arguments, words in [
        (["show", "stes", "--world", root], "sites"),
        (["show", "sites", "--where", "site=alpa", "--world", root], "alpha"),
        (["source", "sites", "alpha", "costs", "--world", root], "cost"),
        (["show", "sites", "--scenario", "basline", "--world", root], "baseline"),
        (["show", "--world", tmp_path / "nowhere"], "not a world"),
        (["check", tmp_path / "nowhere"], "not a world"),
        (["init", root], "already"),
        (["import", tmp_path / "absent.xlsx", tmp_path / "new", "--world", root], "no such file"),
    ]:
        assert call(monkeypatch, *arguments) == 2, arguments
        assert words in capsys.readouterr().err


def test_init_export_import_and_diff_go_round(root: Path, tmp_path: Path, monkeypatch, capsys) -> None:
    copy, book, back = tmp_path / "copy", tmp_path / "w.xlsx", tmp_path / "back"
    assert call(monkeypatch, "init", copy, "--world", root) == 0
    assert call(monkeypatch, "export", book, "--world", copy, "--quiet") == 0
    assert call(monkeypatch, "import", book, back, "--world", copy, "--quiet") == 0
    assert call(monkeypatch, "diff", root, back) == 0
    path = back / "tables" / "sites.csv"
    path.write_text(path.read_text().replace("1000", "1100"), encoding="utf-8")
    capsys.readouterr()
    assert call(monkeypatch, "diff", root, back, "--json") == 1
    assert json.loads(capsys.readouterr().out)["rows"] == [{"table": "sites", "what": "changed", "rows": 1}]
    assert call(monkeypatch, "scenarios", "--json") == 0
