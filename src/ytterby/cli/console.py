"""How every command talks: tables for people, JSON for programs, progress, errors and exit codes."""

from __future__ import annotations

import json
import operator
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ytterby.world.errors import YtterbyError

if TYPE_CHECKING:
    import pandas as pd

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="No progress, no remarks.")]
WorldOption = Annotated[
    str | None, typer.Option("--world", metavar="DIR", help="World folder; default: the shipped one.")
]

EXIT_OK, EXIT_FAILED, EXIT_BAD_INPUT, EXIT_INTERRUPTED = 0, 1, 2, 130
PIPED_WIDTH = 160
"""Columns of a table where no terminal says how wide it is."""
INTERRUPTED = "interrupted: nothing half-written was left"


def guarded(command: Callable[..., Any]) -> int:
    """Run a Typer app; a YtterbyError becomes one message on standard error and exit code 2, Ctrl-C 130."""
    try:
        code = command(standalone_mode=False)
    except YtterbyError as error:
        return _report(f"error: {error}", EXIT_BAD_INPUT)
    except KeyboardInterrupt:
        code = EXIT_INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_OK
    except Exception as error:
        # Typer vendors Click in newer releases: its own usage errors carry `format_message` and `exit_code`.
        if hasattr(error, "format_message") and hasattr(error, "show"):
            error.show()
            return int(getattr(error, "exit_code", EXIT_BAD_INPUT))
        if type(error).__name__ != "Abort":
            raise
        code = EXIT_INTERRUPTED
    if code == EXIT_INTERRUPTED:
        return _report(INTERRUPTED, EXIT_INTERRUPTED)
    return code if isinstance(code, int) else EXIT_OK


def _report(message: str, code: int) -> int:
    print(message, file=sys.stderr)
    return code


def print_json(data: Any) -> None:
    """Print data as JSON: keys in the order given, NaN as null, UTF-8."""
    print(json.dumps(plain(data), ensure_ascii=False, indent=2, allow_nan=False))


def plain(value: Any) -> Any:
    """Turn numpy, pandas, dates and dataclasses into what JSON knows; NaN and NaT become None."""
    import dataclasses
    import enum

    if isinstance(value, enum.Enum):
        return value.value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if hasattr(value, "to_dict") and hasattr(value, "columns"):
        return [{str(k): plain(v) for k, v in row.items()} for row in value.to_dict("records")]
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, Sequence | set | frozenset) and not isinstance(value, str):
        return [plain(v) for v in (sorted(value) if isinstance(value, set | frozenset) else value)]
    return _plain_cell(value)


def _plain_cell(value: Any) -> Any:
    """Turn one number, date, text or array into what JSON knows; what does not equal itself is missing."""
    import datetime
    import math

    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if hasattr(value, "item") and getattr(value, "ndim", None) == 0:
        return plain(value.item())
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    if operator.eq(value, value) is not True:
        return None
    return value.isoformat()[:10] if isinstance(value, datetime.date) else str(value)


def print_table(frame: pd.DataFrame, title: str = "", columns: Mapping[str, str] | None = None) -> None:
    """Print a table for people; ``columns`` picks and renames columns; numbers are shown to four figures."""
    from rich.console import Console
    from rich.table import Table

    names = dict(columns) if columns else {str(c): str(c) for c in frame.columns}
    table = Table(title=title or None, title_justify="left", header_style="bold")
    for name, label in names.items():
        table.add_column(label, justify="right" if frame[name].dtype.kind in "fiu" else "left", overflow="fold")
    for row in frame[list(names)].itertuples(index=False):
        table.add_row(*(show(v) for v in row))
    told = sys.stdout.isatty() or "COLUMNS" in os.environ
    Console(markup=False, emoji=False, width=None if told else PIPED_WIDTH).print(table)


def show(value: Any) -> str:
    """One cell as text: four figures, thousands separated, blanks for what is missing."""
    value = plain(value)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
    if isinstance(value, list | tuple):
        return ", ".join(show(v) for v in value)
    return str(value)


@contextmanager
def progress(message: str, quiet: bool = False) -> Iterator[Callable[[float, str], None]]:
    """Show a progress bar on standard error; call the yielded function with a share done and a remark."""
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True, disable=quiet) as bars:
        task = bars.add_task(message, total=1.0)

        def update(done: float, remark: str = "") -> None:
            bars.update(task, completed=done, description=f"{message} {remark}".rstrip())

        yield update
