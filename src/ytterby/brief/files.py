"""A brief's files: HTML, JSON, Markdown and Excel with the same content, put in place together."""

from __future__ import annotations

import json
import math
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from ytterby.brief.answer import Answered
from ytterby.brief.claims import Brief
from ytterby.brief.page import figures, tally
from ytterby.world import World
from ytterby.world.errors import Fault, InputError
from ytterby.world.folder import new_folder, unwritable

EXCEL_EPOCH = pd.Timestamp("1980-01-01").to_pydatetime()
"""Creation date written into workbooks, fixed so that the same answer gives the same bytes."""


def as_json(brief: Brief, answered: Sequence[Answered], world: World, meta: Mapping[str, Any]) -> dict[str, Any]:
    """Return the brief's answer as plain data: the contract of ``ytterby brief NAME --json``."""
    sources = world.table("sources").set_index("source")

    def source(key: str) -> dict[str, str]:
        row = sources.loc[key]
        return {"source": key, **{c: str(row[c]) for c in ("title", "year", "address", "confidence")}}

    def number(value: float) -> float | None:
        return float(value) if math.isfinite(value) else None

    claims = []
    for a in answered:
        head = a.answer.numbers.get(a.claim.headline)
        keys = dict.fromkeys([a.claim.origin, *a.premise_sources, *a.answer.sources])
        claims.append(
            {
                "id": a.claim.id,
                "group": a.claim.group,
                "claim": a.claim.claim,
                "premise": a.premise.value,
                "premise_because": a.premise_because,
                "verdict": a.verdict.value,
                "because": a.because,
                "label": head.label if head else None,
                "value": number(head.value) if head else None,
                "unit": head.unit if head else None,
                "low": number(head.low) if head else None,
                "high": number(head.high) if head else None,
                "numbers": {
                    k: {
                        "label": n.label, "value": number(n.value), "unit": n.unit, "low": number(n.low),
                        "high": number(n.high), "basis": n.basis,
                    }
                    for k, n in a.answer.numbers.items()
                },
                "details": list(a.answer.details),
                "caveats": list(a.answer.caveats),
                "sources": [source(k) for k in keys if k in sources.index],
            }
        )  # fmt: skip
    return {"brief": brief.id, "title": brief.title, "claims": claims, "meta": dict(meta)}


def as_markdown(brief: Brief, answered: Sequence[Answered], world: World, meta: Mapping[str, Any]) -> str:
    """Return the brief as Markdown."""
    sources = world.table("sources").set_index("source")
    lines = [f"# {brief.title}", "", brief.standfirst, "", tally(answered), ""]
    for group in brief.groups:
        lines += [f"## {group.title}", ""]
        for a in answered:
            if a.claim.group != group.id:
                continue
            lines += [
                f"### {a.claim.claim}",
                "",
                f"*Premise:* **{a.premise.value}**. {a.premise_because}",
                "",
            ]
            lines += [f"*Verdict:* **{a.verdict.value}**. {a.because}", ""]
            if a.answer.numbers:
                lines += ["| what | value | unit | range | range is |", "|---|---:|---|---:|---|"]
                for n in a.answer.numbers.values():
                    band = "" if n.low == n.high == n.value else f"{figures(n.low)} to {figures(n.high)}"
                    lines.append(f"| {n.label} | {figures(n.value)} | {n.unit} | {band} | {n.basis} |")
                lines.append("")
            lines += [*(f"{d}\n" for d in a.answer.details), *(f"- {c}" for c in a.answer.caveats), ""]
            keys = dict.fromkeys([a.claim.origin, *a.premise_sources, *a.answer.sources])
            for key in keys:
                if key in sources.index:
                    row = sources.loc[key]
                    address = f" <{row['address']}>" if row["address"] else ""
                    lines.append(f"- [{row['confidence']}] {row['title']} ({row['year']}){address}")
            lines.append("")
    lines += ["---", "", *(f"{k}: {v}  " for k, v in meta.items()), ""]
    return "\n".join(lines)


def write_excel(path: Path, brief: Brief, answered: Sequence[Answered], world: World) -> None:
    """Write the brief as a workbook: claims, numbers, one sheet a table, sources."""
    import xlsxwriter

    book = xlsxwriter.Workbook(
        str(path), {"strings_to_formulas": False, "strings_to_urls": False, "nan_inf_to_errors": False}
    )
    book.set_properties({"title": brief.title, "created": EXCEL_EPOCH})
    bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
    wrap = book.add_format({"text_wrap": True, "valign": "top"})

    def sheet(name: str, frame: pd.DataFrame, widths: Sequence[int] = ()) -> None:
        page = book.add_worksheet(name[:31])
        for column, title in enumerate(frame.columns):
            page.write_string(0, column, str(title), bold)
            page.set_column(column, column, widths[column] if column < len(widths) else 18)
        for r, row in enumerate(frame.itertuples(index=False), start=1):
            for c, value in enumerate(row):
                if isinstance(value, bool) or not isinstance(value, int | float):
                    page.write_string(r, c, "" if pd.isna(value) else str(value), wrap)
                elif math.isfinite(value):
                    page.write_number(r, c, float(value), wrap)
                else:
                    page.write_blank(r, c, None, wrap)
        page.freeze_panes(1, 0)

    claims = [
        (
            a.claim.id,
            a.claim.claim,
            a.premise.value,
            a.verdict.value,
            a.because,
            a.premise_because,
        )
        for a in answered
    ]
    columns = ["id", "claim", "premise", "verdict", "because", "premise because"]
    sheet("claims", pd.DataFrame(claims, columns=columns), [22, 44, 14, 16, 70, 60])
    numbers = [
        (a.claim.id, k, n.label, n.value, n.low, n.high, n.unit, n.basis)
        for a in answered
        for k, n in a.answer.numbers.items()
    ]
    sheet(
        "numbers",
        pd.DataFrame(numbers, columns=["claim", "number", "what", "value", "low", "high", "unit", "range is"]),
    )
    for a in answered:
        for i, table in enumerate(a.answer.tables, start=1):
            sheet(f"{a.claim.id[:27]}-{i}", table.frame)
    used = sorted({k for a in answered for k in (a.claim.origin, *a.premise_sources, *a.answer.sources)})
    sources = world.table("sources")
    sheet("sources", sources[sources["source"].isin(used)], [34, 60, 20, 10, 60, 14, 10, 40])
    book.close()


def file_names(brief: Brief) -> list[str]:
    """Names of a brief's files."""
    return [f"{brief.id}.html", f"{brief.id}.json", f"{brief.id}.md", f"{brief.id}.xlsx"]


def check_folder(folder: Path, brief: Brief) -> None:
    """Raise InputError where a folder cannot take a brief's files: before anything is computed."""
    if folder.exists() and (not folder.is_dir() or any(p.name not in file_names(brief) for p in folder.iterdir())):
        found = "other files in it" if folder.is_dir() else "a file"
        raise InputError(
            "the output folder is in use",
            [Fault(str(folder), found, "a new folder, or one that holds this brief only")],
        )
    parent = folder.resolve().parent
    while not parent.exists():
        parent = parent.parent
    try:
        Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=parent)).rmdir()
    except OSError as error:
        raise unwritable(folder, error) from error


def write_all(
    folder: Path, brief: Brief, answered: Sequence[Answered], world: World, meta: Mapping[str, Any], html: str
) -> list[Path]:
    """Write the four files into a folder that appears complete or not at all; returns their paths.

    Raises InputError where the folder cannot be written, or holds something that is no brief.
    """
    names = file_names(brief)
    check_folder(folder, brief)
    data = as_json(brief, answered, world, meta)
    with new_folder(folder, replace=True) as draft:
        (draft / names[0]).write_text(html, encoding="utf-8")
        (draft / names[1]).write_text(json.dumps(data, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        (draft / names[2]).write_text(as_markdown(brief, answered, world, meta), encoding="utf-8")
        write_excel(draft / names[3], brief, answered, world)
    return [folder / n for n in names]
