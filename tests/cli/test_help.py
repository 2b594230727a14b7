"""The command line as a table of contents: every command explains itself, quickly, and speaks JSON."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from ytterby import __version__

HEAVY = ("altair", "duckdb", "highspy", "linopy", "pandas", "scipy", "vl_convert")
ASK_ALL = f"""
import contextlib, io, json, sys
from typer.main import get_command
from ytterby.cli import app
from ytterby.cli.console import guarded

def commands(command, path=()):
    yield path, not hasattr(command, "commands")
    for name, inner in getattr(command, "commands", {{}}).items():
        yield from commands(inner, (*path, name))

for path, leaf in commands(get_command(app)):
    told = io.StringIO()
    with contextlib.redirect_stdout(told):
        code = guarded(lambda standalone_mode: app([*path, "--help"], standalone_mode=standalone_mode))
    loaded = sorted(set({HEAVY!r}) & set(sys.modules))
    print(json.dumps(dict(path=" ".join(path), leaf=leaf, code=code, text=told.getvalue(), loaded=loaded)))
"""


@pytest.fixture(scope="module")
def helps() -> list[dict[str, Any]]:
    """What every command says to ``--help``, asked in one fresh process."""
    done = subprocess.run([sys.executable, "-c", ASK_ALL], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_every_command_explains_itself(helps: list[dict[str, Any]]) -> None:
    assert len(helps) > 30
    assert [told["path"] for told in helps if told["code"] != 0 or "Usage: " not in told["text"]] == []
    assert {
        "brief",
        "solve",
        "compare",
        "why",
        "verify",
        "separate",
        "route",
        "rules check",
        "bom trace",
        "world check",
    } <= {told["path"] for told in helps}


def test_no_explanation_loads_a_heavy_library(helps: list[dict[str, Any]]) -> None:
    assert {told["path"]: told["loaded"] for told in helps if told["loaded"]} == {}


def test_every_command_speaks_json(helps: list[dict[str, Any]]) -> None:
    assert [told["path"] for told in helps if told["leaf"] and "--json" not in told["text"]] == []


def ask(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "ytterby", *words], capture_output=True, text=True, check=False)


def test_the_installed_command_answers() -> None:
    done = ask("--help")
    assert done.returncode == 0, done.stderr
    assert "The rooms" in done.stdout


def test_the_installed_command_tells_its_version() -> None:
    done = ask("--version")
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == __version__
