"""Running a function over samples: a pool of processes, results in the samples' order, finished ones kept."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import pickle
from collections.abc import Callable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from pathlib import Path
from typing import Any

import pandas as pd

from ytterby.world.canonical import frame_text
from ytterby.world.errors import Fault, InputError
from ytterby.world.folder import unwritable, write_bytes, write_text

Progress = Callable[[float, str], None]
"""Told the share of samples done, and a remark."""
Task = Callable[[pd.Series], Mapping[str, float]]
"""A picklable function of one sample's numbers (a row of the draws): what it answers, by name."""

_task: list[Task] = []


def _start(task: bytes) -> None:
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _task[:] = [pickle.loads(task)]


def _one(row: pd.Series) -> dict[str, float]:
    return dict(_task[0](row))


def run(
    function: Task,
    draws: pd.DataFrame,
    *,
    workers: int = 2,
    folder: Path | None = None,
    label: str = "",
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Apply a function to every sample; returns a row a sample, a column an answer, in the samples' order.

    The answer does not depend on the number of workers nor on who finishes first: each sample is computed
    alone. With a ``folder``, each finished sample is stored there and an interrupted run goes on where it
    stopped; ``label`` names what the function does (a scenario's hash, a world's hash), so that a folder of
    another question is refused. An error in the function stops the run and is raised; Ctrl-C leaves the
    finished samples in the folder.
    """
    if workers < 1:
        raise InputError("no workers", [Fault("workers", str(workers), "one or more")])
    done = _stored(folder, draws, label) if folder is not None else {}
    open_ = [int(i) for i in range(len(draws)) if i not in done]
    tell = progress or (lambda _share, _remark: None)
    tell(len(done) / max(len(draws), 1), f"{len(done)} of {len(draws)}")

    def keep(number: int, answer: dict[str, float]) -> None:
        done[number] = answer
        if folder is not None:
            write_text(_sample_file(folder, number), json.dumps(answer))
        tell(len(done) / len(draws), f"{len(done)} of {len(draws)}")

    if open_ and workers == 1:
        for number in open_:
            keep(number, dict(function(draws.iloc[number])))
    elif open_:
        _pooled(function, draws, open_, workers, keep)
    return pd.DataFrame([done[i] for i in range(len(draws))], index=draws.index)


def _pooled(
    function: Task,
    draws: pd.DataFrame,
    numbers: list[int],
    workers: int,
    keep: Callable[[int, dict[str, float]], None],
) -> None:
    """Hand samples out a few at a time, so that a stop loses at most what is under way."""
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_start, initargs=(pickle.dumps(function),))
    waiting = iter(numbers)
    under_way: dict[Future[dict[str, float]], int] = {}

    def hand_out() -> None:
        for number in waiting:
            under_way[pool.submit(_one, draws.iloc[number])] = number
            if len(under_way) >= 2 * workers:
                return

    try:
        hand_out()
        while under_way:
            finished, _ = wait(under_way, return_when=FIRST_COMPLETED)
            for future in sorted(finished, key=lambda f: under_way[f]):
                keep(under_way.pop(future), future.result())
            hand_out()
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        for process in list((pool._processes or {}).values()):
            process.terminate()
        raise
    pool.shutdown()


def _sample_file(folder: Path, number: int) -> Path:
    return folder / "samples" / f"{number:06d}.json"


def _stored(folder: Path, draws: pd.DataFrame, label: str) -> dict[int, dict[str, float]]:
    """Return what an earlier start finished; raises InputError where the folder holds another question."""
    mark = hashlib.sha256(f"{label}\n{frame_text(draws)}".encode()).hexdigest()
    path = folder / "question.json"
    if path.is_file():
        if json.loads(path.read_text(encoding="utf-8")).get("question") != mark:
            fault = Fault(str(folder), "samples of another question", "the same draws and label, or a new folder")
            raise InputError("cannot go on", [fault])
    else:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise unwritable(folder, error) from error
        write_bytes(path, json.dumps({"question": mark, "samples": len(draws)}).encode())
    done: dict[int, dict[str, float]] = {}
    for number in range(len(draws)):
        sample = _sample_file(folder, number)
        if sample.is_file():
            answer: dict[str, Any] = json.loads(sample.read_text(encoding="utf-8"))
            done[number] = {name: float(value) for name, value in answer.items()}
    return done
