"""A table as its text stands, before any type: bytes, line ends, header, rows."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path

from ytterby.world.errors import Fault, nearest
from ytterby.world.schema import TableSchema


@dataclass(frozen=True)
class TextTable:
    """A table as its text stands: header and numbered rows, not yet typed."""

    schema: TableSchema
    file: str
    header: list[str]
    rows: list[tuple[int, list[str]]]
    """(row number as a spreadsheet counts, cells); short and long rows are left out."""

    def column(self, name: str) -> list[str]:
        """Cells of one column."""
        at = self.header.index(name)
        return [cells[at] for _, cells in self.rows]

    def has(self, *names: str) -> bool:
        """Say whether all these columns are there."""
        return all(name in self.header for name in names)


def read_text_table(root: Path, schema: TableSchema) -> tuple[TextTable | None, list[Fault]]:
    """Read one table as text, and what is wrong with its bytes, its header and the length of its rows."""
    file = f"tables/{schema.name}.csv"
    try:
        raw = (root / file).read_bytes()
    except OSError as error:
        return None, [Fault.at(file, error.strerror or str(error), "the table that schemas/ describes")]
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return None, [Fault.at(file, "UTF-16", "UTF-8", row=1)]
    text, faults = _decoded(raw, file)
    lines, broken = _lines(text, file)
    faults += broken
    if not lines:
        return None, [*faults, Fault.at(file, "an empty file", ",".join(schema.field_names), row=1)]
    header = lines[0][1]
    faults += _header(file, header, schema)
    good: list[tuple[int, list[str]]] = []
    for number, cells in lines[1:]:
        if not cells:
            faults.append(Fault.at(file, "an empty line", "a row, or nothing", row=number))
        elif len(cells) != len(header):
            expected = f"{len(header)} cells, as the header has"
            faults.append(Fault.at(file, f"{len(cells)} cells", expected, row=number))
        else:
            good.append((number, cells))
    return TextTable(schema, file, header, good), faults


def _decoded(raw: bytes, file: str) -> tuple[str, list[Fault]]:
    """Text of a file, bytes that are not UTF-8 replaced and reported line by line; line ends made LF."""
    faults: list[Fault] = []
    if raw.startswith(b"\xef\xbb\xbf"):
        faults.append(Fault.at(file, "a byte order mark", "UTF-8 without one", row=1))
        raw = raw[3:]
    text = raw.decode("utf-8", errors="replace")
    if "\ufffd" in text:
        for number, line in enumerate(raw.split(b"\n"), start=1):
            try:
                line.decode("utf-8")
            except UnicodeDecodeError as error:
                column = _column_at(raw, line, error.start)
                found = f"byte 0x{line[error.start]:02x}, which is not UTF-8"
                faults.append(Fault.at(file, found, "a file saved as UTF-8", row=number, column=column))
    if "\r" in text:
        number = text[: text.index("\r")].count("\n") + 1
        faults.append(Fault.at(file, "line ends of Windows (CR LF)", "LF alone", row=number))
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text, faults


def _lines(text: str, file: str) -> tuple[list[tuple[int, list[str]]], list[Fault]]:
    """Numbered rows of a CSV text, header first; a quote out of place is reported."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        return list(enumerate(reader, start=1)), []
    except csv.Error as error:
        expected = "every quote closed, and doubled inside a quoted cell"
        fault = Fault.at(file, str(error), expected, row=reader.line_num)
        return list(enumerate(csv.reader(io.StringIO(text, newline="")), start=1)), [fault]


def _column_at(raw: bytes, line: bytes, at: int) -> str:
    names = raw.split(b"\n", 1)[0].decode("utf-8", errors="replace").strip().split(",")
    before = next(csv.reader([line[:at].decode("utf-8", errors="replace")]), [""])
    return names[len(before) - 1] if len(before) <= len(names) else ""


def _header(file: str, header: list[str], schema: TableSchema) -> list[Fault]:
    faults = [
        Fault.at(file, f"unknown column {name!r}", nearest(name, schema.field_names), row=1, column=name)
        for name in header
        if name not in schema.field_names
    ]
    faults += [
        Fault.at(file, f"column {name!r} twice", "each column once", row=1, column=name)
        for name in schema.field_names
        if header.count(name) > 1
    ]
    faults += [
        Fault.at(file, "no such column", "every column of the schema", row=1, column=name)
        for name in schema.field_names
        if name not in header
    ]
    return faults
