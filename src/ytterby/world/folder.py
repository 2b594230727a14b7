"""Writing so that nothing is ever half-written: beside the goal first, then renamed into place."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ytterby.world.errors import Fault, InputError


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file as a whole or not at all; raises InputError where the place cannot be written."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, beside = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    except OSError as error:
        raise unwritable(path, error) from error
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.chmod(beside, 0o644)
        os.replace(beside, path)
    except OSError as error:
        raise unwritable(path, error) from error
    finally:
        Path(beside).unlink(missing_ok=True)


def write_text(path: Path, content: str) -> None:
    """Write a UTF-8 text file as a whole or not at all; line ends stay as they are."""
    write_bytes(path, content.encode("utf-8"))


@contextmanager
def new_folder(path: Path, *, replace: bool = False) -> Iterator[Path]:
    """Yield an empty folder beside ``path``; when the block ends well it is renamed to ``path``, else
    removed.

    Raises InputError where ``path`` exists (unless ``replace``) or cannot be written.
    """
    path = Path(os.path.abspath(path))
    if path.exists() and not replace and not (path.is_dir() and not any(path.iterdir())):
        raise InputError("will not overwrite", [Fault(str(path), "something is there already", "a new folder's name")])
    if path.exists() and not path.is_dir():
        raise InputError("will not overwrite", [Fault(str(path), "a file", "a folder's name")])
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=path.parent))
    except OSError as error:
        raise unwritable(path, error) from error
    try:
        yield beside
        os.chmod(beside, 0o755)
        try:
            _swap(beside, path)
        except OSError as error:
            raise unwritable(path, error) from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _swap(beside: Path, path: Path) -> None:
    if not path.exists():
        os.replace(beside, path)
        return
    old = Path(tempfile.mkdtemp(prefix=f".{path.name}.old.", dir=path.parent))
    os.replace(path, old / path.name)
    try:
        os.replace(beside, path)
    except BaseException:
        os.replace(old / path.name, path)
        raise
    finally:
        shutil.rmtree(old, ignore_errors=True)


def unwritable(path: Path, error: OSError) -> InputError:
    """Return the error for a place that cannot be written."""
    return InputError("cannot write", [Fault(str(path), error.strerror or str(error), "a place that can be written")])
