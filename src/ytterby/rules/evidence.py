"""The evidence pack of a decision: what an auditor asks for, on one printable page and as a workbook."""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from ytterby.rules.decision import DecisionTree
from ytterby.rules.shipment import Shipment

if TYPE_CHECKING:
    from ytterby.world import World

DISCLAIMER = "A model of rules, not legal advice."

STYLE = """
body{font:15px/1.5 Georgia,serif;color:#1d1d1b;max-width:62rem;
margin:2rem auto;padding:0 1.2rem}
h1{font-size:1.7rem;line-height:1.2;
margin:0 0 .2rem}
h2{font-size:1.1rem;margin:1.6rem 0 .4rem;border-bottom:1px solid #bbb}
.verdict{font:600 1.25rem/1.3 sans-serif;padding:.6rem .9rem;
border-left:.5rem solid #777;
background:#f4f2ee;margin:1rem 0}
.allowed{border-color:#2b7a4b}
.licence,.case-by-case{border-color:#b7791f}
.denied-in-principle{border-color:#a12622}
table{border-collapse:collapse;width:100%;font:13px/1.4 sans-serif}
th,td{text-align:left;
vertical-align:top;padding:.3rem .5rem;border-bottom:1px solid #ddd}
th{background:#f4f2ee}
.small{font:12px/1.4 sans-serif;color:#555}td.n{white-space:nowrap}
@media print{body{margin:0;max-width:none;font-size:11pt}tr{break-inside:avoid}}
@media(max-width:40rem){table,tbody,tr,td{display:block}
thead{display:none}td{border:0}
td::before{content:attr(data-label) ' ';color:#777;font-size:11px;display:inline-block;min-width:5.5rem}
td:empty{display:none}tr{
border-bottom:1px solid #bbb;padding:.4rem 0}}
"""


def tables_of(tree: DecisionTree, shipment: Shipment, world: World) -> Mapping[str, pd.DataFrame]:
    """The tables of an evidence pack, by title."""
    sources = world.table("sources").set_index("source")
    applying = [f for f in tree.findings if f.applies != "no"]
    clauses = pd.DataFrame(
        [
            {
                "clause": f.clause,
                "reference": f.reference,
                "says": f.finding or " or ".join(d.value for d in f.decisions),
                "state": "; ".join(f"{s} if {r}" for r, s in f.states.items()) or f.state,
                "applies": f.applies,
                "summary": " ".join(x for x in (f.summary, f.caveat) if x),
                "text": f.address,
                "source": f"{sources['title'].get(f.source, f.source)} ({f.confidence})",
            }
            for f in applying
        ]
    )
    facts = pd.DataFrame(
        [{"clause": f.clause, "test": used.condition, "answer": used.answer} for f in applying for used in f.facts]
    )
    raw = shipment.model_dump(exclude_none=True, exclude_defaults=True)
    given = pd.DataFrame([{"fact": name, "value": value} for name, value in _flat(raw)])
    switches = pd.DataFrame([{"switch": k, "option": v} for k, v in tree.switches.items()])
    sensitivity = pd.DataFrame(
        [
            {
                "switch": s.switch,
                "if": s.option,
                "instead of": s.default,
                "decision": s.decision.value,
                "branches": "; ".join(f"{k}: {v.value}" for k, v in s.branches.items()),
            }
            for s in tree.sensitivity
        ]
    )
    gaps = pd.DataFrame([{"order": n, "missing": m} for n, m in enumerate(tree.missing, 1)])
    conflicts = pd.DataFrame([{"conflict": c} for c in tree.conflicts])
    return {
        "Clauses": clauses, "Tests and answers": facts, "Facts as given": given, "Gaps": gaps,
        "Switches": switches, "Sensitivity": sensitivity, "Conflicts of law": conflicts,
    }  # fmt: skip


def write_html(path: Path, packs: Sequence[tuple[DecisionTree, Shipment]], world: World) -> Path:
    """Write one self-contained page for one or more shipments; the file is replaced only when complete."""
    body = "".join(_section(tree, shipment, world) for tree, shipment in packs)
    page = (
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>"
        f"<title>Evidence pack</title><style>{STYLE}</style>{body}<p class=small>{DISCLAIMER}</p></html>"
    )
    unfinished = path.with_name(path.name + ".part")
    unfinished.write_text(page, encoding="utf-8")
    return unfinished.replace(path)


def write_excel(path: Path, packs: Sequence[tuple[DecisionTree, Shipment]], world: World) -> Path:
    """Write a workbook: one sheet a table, a column saying which shipment; text stays text."""
    import xlsxwriter

    unfinished = path.with_name(path.name + ".part")
    book = xlsxwriter.Workbook(str(unfinished), {"strings_to_formulas": False, "strings_to_urls": False})
    head = book.add_format({"bold": True, "text_wrap": True, "bottom": 1})
    wrap = book.add_format({"text_wrap": True, "valign": "top"})
    combined: dict[str, list[pd.DataFrame]] = {"Decision": [_headline(tree) for tree, _ in packs]}
    for tree, shipment in packs:
        for title, table in tables_of(tree, shipment, world).items():
            if len(table):
                combined.setdefault(title, []).append(table.assign(shipment=tree.label))
    for title, tables in combined.items():
        sheet = book.add_worksheet(title[:31])
        frame = pd.concat(tables, ignore_index=True)
        sheet.set_column(0, len(frame.columns), 28)
        sheet.freeze_panes(1, 0)
        for column, name in enumerate(frame.columns):
            sheet.write_string(0, column, str(name), head)
            for row, value in enumerate(frame[name], 1):
                sheet.write_string(row, column, str(value), wrap)
    book.add_worksheet("Note").write_string(0, 0, DISCLAIMER)
    book.close()
    return unfinished.replace(path)


def _headline(tree: DecisionTree) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "shipment": tree.label,
                "decision": tree.decision.value,
                "possible": "; ".join(d.value for d in tree.possible),
                "branches": "; ".join(f"{k}: {v.value}" for k, v in tree.branches.items()),
                "on": str(tree.on),
                "lead_days": f"{tree.lead_days:g}",
                "not_granted_share": f"{tree.refusal_probability:.2f}",
                "world": tree.world_hash,
            }
        ]
    )


def _section(tree: DecisionTree, shipment: Shipment, world: World) -> str:
    esc = html.escape
    branches = "".join(f"<br><small>{esc(k)}: {esc(v.value)}</small>" for k, v in tree.branches.items())
    parts = [
        f"<h1>{esc(tree.label)}</h1><p class=small>Rules as of {tree.on}; world {tree.world_hash[:16]}</p>",
        f"<div class='verdict {tree.decision.value.replace(' ', '-')}'>{esc(tree.decision.value)}{branches}</div>",
    ]
    if tree.lead_days:
        parts.append(f"<p>An answer takes about {tree.lead_days:g} days.{_not_granted(tree)}</p>")
    for title, table in tables_of(tree, shipment, world).items():
        if len(table):
            parts.append(f"<h2>{esc(title)}</h2>{_html_table(table)}")
    return "".join(parts)


def _flat(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Nested facts as (dotted name, text) pairs; a list of plain values is one text."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _flat(inner, f"{name}.{key}" if name else str(key))
    elif isinstance(value, list | tuple) and any(isinstance(v, Mapping) for v in value):
        for number, inner in enumerate(value, 1):
            yield from _flat(inner, f"{name} {number}")
    elif isinstance(value, list | tuple):
        yield name, ", ".join(str(v) for v in value)
    else:
        yield name, f"{value:.6g}" if isinstance(value, float) else str(value)


def _html_table(table: pd.DataFrame) -> str:
    labels = [html.escape(str(c)) for c in table.columns]
    head = "".join(f"<th>{label}</th>" for label in labels)
    rows = "".join(
        "<tr>" + "".join(f"<td data-label='{n}'>{_cell(v)}</td>" for n, v in zip(labels, row, strict=True)) + "</tr>"
        for row in table.itertuples(index=False)
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def _cell(value: object) -> str:
    text = html.escape(str(value))
    return f"<a href='{text}'>text</a>" if text.startswith(("http://", "https://")) else text


def _not_granted(tree: DecisionTree) -> str:
    if tree.refusal_probability <= 0:
        return ""
    return f" Of applications last counted {tree.refusal_probability:.0%} were not granted: refused or pending."
