"""A computation in a process of its own, beside what goes on; it ends with the one who asked for it."""

from __future__ import annotations

import multiprocessing
import pickle
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from typing import Generic, TypeVar

Given = TypeVar("Given")
Result = TypeVar("Result")


class Aside(Generic[Given, Result]):
    """Starts ``function(given)``, both picklable, in a new process; :meth:`result` waits for it."""

    def __init__(self, function: Callable[[Given], Result], given: Given) -> None:
        task = pickle.dumps((function, given))
        context = multiprocessing.get_context("spawn")
        self._line, far_end = context.Pipe()
        self._process = context.Process(target=_compute, args=(far_end,), daemon=True)
        with _not_to_be_interrupted():
            self._process.start()
        far_end.close()
        threading.Thread(target=_hand_over, args=(self._line, task), daemon=True).start()

    def result(self) -> Result:
        """The function's answer; raises what it raised, RuntimeError where its process was killed."""
        try:
            found: Result | BaseException = self._line.recv()
        except (EOFError, OSError) as error:
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
def _not_to_be_interrupted() -> Iterator[None]:
    """What starts here takes no notice of Ctrl-C, from its first moment on: it is ended by whoever started it."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    handler = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)


def _hand_over(line: Connection, task: bytes) -> None:
    """Send the task, which is more than the line holds: it waits until the new process is awake."""
    with suppress(OSError):
        line.send_bytes(task)


def _compute(line: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        function, given = pickle.loads(line.recv_bytes())
        found = function(given)
    except Exception as error:
        found = error
    line.send(found)
