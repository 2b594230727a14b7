"""A run that is stopped: no half-written folder, no process left behind, and no long wait."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ytterby.brief.aside import Aside
from ytterby.world.errors import InputError


def double(number: int) -> int:
    return 2 * number


def sleep(seconds: float) -> None:
    time.sleep(seconds)


def refuse(word: str) -> None:
    raise InputError(word)


def die(code: int) -> None:
    os._exit(code)


def test_what_runs_aside_gives_its_answer() -> None:
    assert Aside(double, 21).result() == 42


def test_what_fails_aside_is_raised_here() -> None:
    with pytest.raises(InputError, match="no such thing"):
        Aside(refuse, "no such thing").result()


def test_what_dies_aside_is_told() -> None:
    with pytest.raises(RuntimeError, match="killed"):
        Aside(die, 3).result()


def test_what_runs_aside_can_be_stopped_at_once() -> None:
    aside = Aside(sleep, 600.0)
    started = time.monotonic()
    aside.stop()
    assert time.monotonic() - started < 5.0


@pytest.mark.skipif(os.name != "posix", reason="signals")
@pytest.mark.parametrize("seconds", [3.0, 9.0])
def test_ctrl_c_ends_the_run_and_all_it_started(tmp_path: Path, seconds: float) -> None:
    words = ("brief", "--samples", "4", "--out", str(tmp_path / "out"))
    run = subprocess.Popen(
        [sys.executable, "-c", "from ytterby.cli import main; print('begun', flush=True); main()", *words],
        start_new_session=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert run.stdout is not None
    assert run.stdout.readline() == "begun\n"
    time.sleep(seconds)
    run.send_signal(signal.SIGINT)
    _, err = run.communicate(timeout=60)
    assert run.returncode == 130
    assert "interrupted" in err
    assert "Traceback" not in err
    assert list(tmp_path.iterdir()) == []
    deadline = time.monotonic() + 10.0
    while (left := _alive(run.pid)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert left == []


def _alive(group: int) -> list[str]:
    """Processes of a session that still run: state by /proc, where zombies do not count."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, _, session = stat.read_text().rpartition(")")[2].split()[:4]
        except OSError:
            continue
        if int(session) == group and state not in ("Z", "X"):
            found.append(stat.parent.name)
    return found
