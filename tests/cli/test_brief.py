"""``ytterby brief``: mistakes are told before the work begins."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ytterby.cli import app
from ytterby.cli.console import EXIT_BAD_INPUT, guarded

Ask = Callable[..., tuple[int, str]]


@pytest.fixture
def ask(capsys: pytest.CaptureFixture[str]) -> Ask:
    """Run ``ytterby brief`` with some words; returns exit code and errors."""

    def run(*words: str) -> tuple[int, str]:
        code = guarded(lambda standalone_mode: app(["brief", *words], standalone_mode=standalone_mode))
        return code, capsys.readouterr().err

    return run


def test_an_unknown_brief_is_exit_code_2_with_the_nearest(ask: Ask) -> None:
    code, err = ask("kazakstan")
    assert code == EXIT_BAD_INPUT
    assert "kazakhstan" in err


def test_a_brief_with_mistakes_is_exit_code_2_and_names_them(ask: Ask, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text('title = "Mine"\n[[claims]]\nid = "one"\n', encoding="utf-8")
    code, err = ask(str(tmp_path / "mine.toml"), "--out", str(tmp_path / "out"))
    assert code == EXIT_BAD_INPUT
    assert "mine.toml" in err
    assert not (tmp_path / "out").exists()


def test_an_unwritable_folder_is_told_before_anything_is_solved(
    ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def answer(*_: object, **__: object) -> None:
        raise AssertionError("the work began")

    monkeypatch.setattr("ytterby.brief.run.answer", answer)
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    code, err = ask("kazakhstan", "--out", str(tmp_path / "file" / "folder"))
    assert code == EXIT_BAD_INPUT
    assert str(tmp_path / "file") in err
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
