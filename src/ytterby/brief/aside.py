"""A computation in a process of its own, beside what goes on; it ends with the one who asked for it."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Generic, TypeVar

Given = TypeVar("Given")
Result = TypeVar("Result")


class Aside(Generic[Given, Result]):
    """Starts ``function(given)``, both picklable, in a new process; :meth:`result` waits for it."""

    def __init__(self, function: Callable[[Given], Result], given: Given) -> None:
        context = multiprocessing.get_context("spawn")
        self._answers, answers = context.Pipe(duplex=False)
        self._process = context.Process(target=_compute, args=(answers, function, given), daemon=True)
        with _undisturbed():
            self._process.start()
        answers.close()

    def result(self) -> Result:
        """The function's answer; raises what it raised, RuntimeError where its process was killed."""
        try:
            found: Result | BaseException = self._answers.recv()
        except EOFError as error:
            raise RuntimeError("a process beside the brief was killed before it had an answer") from error
        finally:
            self.stop()
        if isinstance(found, BaseException):
            raise found
        return found

    def stop(self) -> None:
        """End the process, finished or not."""
        self._process.terminate()
        self._process.join()


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Keep Ctrl-C waiting: a process that is half started would complain about it."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _compute(answers: Connection, function: Callable[[Given], Result], given: Given) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        found: Result | BaseException = function(given)
    except Exception as error:
        found = error
    answers.send(found)
