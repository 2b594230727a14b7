"""Wall time and peak memory of the main job and of one solve, each in a fresh process, beside their limits.

    python benchmarks/main_job.py

The peer is what any Python model must pay first: importing pandas, linopy and HiGHS and loading nothing.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

THREADS = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
PEER = [sys.executable, "-c", "import pandas, linopy, highspy"]
JOBS = {
    "ytterby brief kazakhstan": (60.0, 1.5),
    "ytterby solve": (5.0, 1.5),
    "ytterby --help": (1.0, 1.5),
}
"""Limits: seconds, GB."""


def measured(command: list[str], folder: Path) -> tuple[float, float]:
    """Seconds and peak memory, GB, of a command and what it starts."""
    before = time.perf_counter()
    child = subprocess.Popen(command, cwd=folder, env={**os.environ, **THREADS}, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    seconds = time.perf_counter() - before
    if os.waitstatus_to_exitcode(status) != 0:
        raise SystemExit(f"{' '.join(command)} failed")
    return seconds, usage.ru_maxrss / 2**20


def main() -> None:
    """Print one line a job."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        peer, _ = measured(PEER, folder)
        print(f"{'peer: importing pandas, linopy, HiGHS':40}{peer:8.1f} s")
        for words, (limit_s, limit_gb) in JOBS.items():
            command = [sys.executable, "-m", *words.split(), *(["--quiet"] if "help" not in words else [])]
            seconds, gb = measured(command, folder)
            print(f"{words:40}{seconds:8.1f} s of {limit_s:.0f}{gb:8.2f} GB of {limit_gb}{seconds / peer:8.1f} x peer")


if __name__ == "__main__":
    main()
