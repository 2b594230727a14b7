"""The documents: every command that they show parses, and prints the rows that they show.

Commands that take long run only with ``pytest tests/test_documents.py --slow``.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import click
import pytest
import typer
from typer.testing import CliRunner

from ytterby.cli import app

ROOT = Path(__file__).parents[1]
SLOW = {"brief", "solve", "path", "months", "backtest", "calibrate", "exporter", "alternatives", "leverage", "score"}


@dataclass
class Example:
    """A command as a document shows it, with the rows shown under it, each as its cells."""

    line: str
    words: list[str]
    rows: list[list[str]] = field(default_factory=list)


def examples(document: Path) -> Iterator[list[Example]]:
    """Blocks of a document that hold commands of ytterby (lines after ``$``), in order."""
    for block in re.findall(r"^```\n(.*?)^```$", document.read_text(encoding="utf-8"), re.S | re.M):
        told: list[Example] = []
        for line in block.splitlines():
            if line.startswith("$ "):
                commands = [shlex.split(part, comments=True) for part in line[2:].split(" && ")]
                told += [Example(line, words) for words in commands if words[:1] == ["ytterby"]]
            elif line.startswith("│") and told:
                told[-1].rows.append(_cells(line))
        if told:
            yield told


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in re.split("[│┃]", line) if cell.strip()]


def _holds(row: list[str], shown: list[str]) -> bool:
    """Whether the cells shown stand in the row, in this order; others may stand between them."""
    rest = iter(row)
    return all(cell in rest for cell in shown)


BLOCKS = [
    pytest.param(block, id=f"{document.stem}-{' '.join(block[0].words[1:3])}")
    for document in (ROOT / "README.md", ROOT / "docs" / "guide.md")
    for block in examples(document)
]


@pytest.mark.parametrize("block", BLOCKS)
def test_commands_parse(block: list[Example]) -> None:
    for example in block:
        command = typer.main.get_command(app)
        words = example.words[1:]
        context = command.make_context("ytterby", list(words), resilient_parsing=False)
        while isinstance(command, click.Group):
            name, found, words = command.resolve_command(context, [*context.protected_args, *context.args])
            assert found is not None, example.line
            command = found
            context = command.make_context(name, list(words), parent=context)


@pytest.mark.parametrize("block", BLOCKS)
def test_rows_are_printed(
    block: list[Example], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pytestconfig: pytest.Config
) -> None:
    if not pytestconfig.getoption("slow") and any(example.words[1] in SLOW for example in block):
        pytest.skip("takes long: run with --slow")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "400")
    for example in block:
        answer = CliRunner().invoke(app, example.words[1:])
        assert answer.exit_code in (0, 1), f"{example.line}\n{answer.output}"
        printed = [_cells(line) for line in answer.output.splitlines()]
        lost = [shown for shown in example.rows if not any(_holds(row, shown) for row in printed)]
        assert not lost, f"{example.line}\nprints no such rows: {lost}\n{answer.output}"
