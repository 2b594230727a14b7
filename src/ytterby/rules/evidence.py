"""The evidence pack of a decision: what an auditor asks for, on one printable page and as a workbook."""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from ytterby.rules.decision import ClauseFinding, DecisionTree
from ytterby.rules.law import read_switches
from ytterby.rules.page import STYLE, html_table
from ytterby.rules.shipment import Shipment

if TYPE_CHECKING:
    from ytterby.world import World

DISCLAIMER = "A model of rules, not legal advice."
LINKS = frozenset({"text", "address"})
"""Columns whose addresses are shown as links."""


FOR_EVERY_PART = ("Switches", "Sources")
"""Tables that a page on several parts shows once, at its end."""


class Pack(NamedTuple):
    """One decision with the facts it stands on."""

    tree: DecisionTree
    shipment: Shipment
    tables: Mapping[str, pd.DataFrame] = {}
    """Further tables, by title: what is inside the part, price moves that would flip it."""


def tables_of(pack: Pack, world: World) -> Mapping[str, pd.DataFrame]:
    """The tables of an evidence pack, by title; those without rows are left out."""
    tree = pack.tree
    applying = [f for f in tree.findings if f.applies != "no"]
    asked = [f for f in tree.findings if f.applies == "no"]
    sources = world.table("sources").set_index("source")
    switches = read_switches(world)
    tables = {
        "Clauses": pd.DataFrame([_clause(f) for f in applying]),
        "Tests and answers": pd.DataFrame(
            [
                {"clause": f.clause, "test": used.condition, "found": used.found, "answer": used.answer}
                for f in applying
                for used in f.facts
            ]
        ),
        "Facts as given": _facts(pack.shipment),
        **pack.tables,
        "Gaps": pd.DataFrame([{"order": str(n), "missing": m} for n, m in enumerate(tree.missing, 1)]),
        "Remarks": pd.DataFrame([{"remark": note} for note in tree.notes]),
        "Conflicts of law": pd.DataFrame([{"conflict": c} for c in tree.conflicts]),
        "Sensitivity": pd.DataFrame([_sensitivity(s) for s in tree.sensitivity]),
        "Switches": pd.DataFrame(
            [
                {"switch": name, "option": option, "means": f"{switches[name].title}: {switches[name].options[option]}"}
                for name, option in tree.switches.items()
                if name in switches
            ]
        ),
        "Asked and not met": pd.DataFrame(
            [{"clause": f.clause, "reference": f.reference, "state": _state(f), "because": _because(f)} for f in asked]
        ),
        "Sources": _sources(applying, sources),
    }
    return {title: table for title, table in tables.items() if len(table)}


def _clause(finding: ClauseFinding) -> dict[str, str]:
    return {
        "clause": finding.clause,
        "reference": finding.reference,
        "says": finding.finding or " or ".join(d.value for d in finding.decisions),
        "state": _state(finding),
        "applies": finding.applies,
        "summary": " ".join(x for x in (finding.summary, finding.caveat) if x),
        "text": finding.address,
        "grade": finding.confidence,
    }


def _state(finding: ClauseFinding) -> str:
    return "; ".join(f"{s} if {r}" for r, s in finding.states.items()) or finding.state


def _because(finding: ClauseFinding) -> str:
    """The first test that a clause does not pass."""
    failed = next((used for used in finding.facts if used.answer == "no"), None)
    if failed is None:
        return ""
    return f"{failed.condition}: no" + (f" ({failed.found})" if failed.found else "")


def _sensitivity(item: Any) -> dict[str, str]:
    return {
        "switch": item.switch,
        "if": item.option,
        "instead of": item.default,
        "decision": item.decision.value,
        "branches": "; ".join(f"{k}: {v.value}" for k, v in item.branches.items()),
    }


def _facts(shipment: Shipment) -> pd.DataFrame:
    """Facts with the document that shows them; a fact for which none is named says so."""
    raw = shipment.model_dump(exclude_none=True, exclude_defaults=True)
    shown = raw.pop("evidence", {})
    raw.pop("label", None)
    rows = []
    for name, value in _flat(raw):
        known = next((shown[key] for key in (name, name.split(".", 1)[0].split(" ", 1)[0]) if key in shown), "")
        rows.append({"fact": name, "value": value, "shown by": known or "declared, no document named"})
    return pd.DataFrame(rows)


def _sources(findings: Sequence[ClauseFinding], sources: pd.DataFrame) -> pd.DataFrame:
    names = [name for name in dict.fromkeys(f.source for f in findings) if name in sources.index]
    kept = sources.loc[names, ["title", "publisher", "year", "address", "confidence"]]
    return kept.reset_index().fillna("").rename(columns={"confidence": "grade"})


def write_html(path: Path, packs: Sequence[Pack | tuple[DecisionTree, Shipment]], world: World) -> Path:
    """Write one self-contained page for one or more shipments; the file is replaced only when complete."""
    told = [Pack(*pack) for pack in packs]
    places = [f"part-{number}" for number in range(1, len(told) + 1)]
    index = html_table(_index(told), LINKS, places) if len(told) > 1 else ""
    head = f"<h1>Evidence pack: {len(told)} parts</h1>{index}" if index else ""
    title = f"{len(told)} parts" if index else html.escape(told[0].tree.label) if told else "no parts"
    body = "".join(_section(pack, world, number if index else 0) for number, pack in enumerate(told, 1))
    if index:
        body += (
            "<section><h2 class=part>For every part</h2>"
            + "".join(
                f"<h3 class=fact>{name}</h3>{html_table(_once(told, name, world), LINKS)}" for name in FOR_EVERY_PART
            )
            + "</section>"
        )
    page = (
        "<!doctype html><html lang=en><meta charset=utf-8>"
        "<meta name=viewport content='width=device-width,initial-scale=1'>"
        f"<title>Evidence pack: {title}</title><style>{STYLE}</style>"
        f"<main>{head}{body}</main><footer><p class=small>{DISCLAIMER}</p></footer></html>"
    )
    unfinished = path.with_name(path.name + ".part")
    unfinished.write_text(page, encoding="utf-8")
    return unfinished.replace(path)


def _once(packs: Sequence[Pack], name: str, world: World) -> pd.DataFrame:
    """One table of several packs, each row once."""
    return pd.concat([tables_of(pack, world)[name] for pack in packs]).drop_duplicates(ignore_index=True)


def _index(packs: Sequence[Pack]) -> pd.DataFrame:
    return pd.concat([_headline(pack.tree) for pack in packs], ignore_index=True)[
        ["shipment", "decision", "branches", "missing"]
    ]


def write_excel(path: Path, packs: Sequence[Pack | tuple[DecisionTree, Shipment]], world: World) -> Path:
    """Write a workbook: one sheet a table, a column saying which shipment; text stays text."""
    import xlsxwriter

    told = [Pack(*pack) for pack in packs]
    unfinished = path.with_name(path.name + ".part")
    book = xlsxwriter.Workbook(str(unfinished), {"strings_to_formulas": False, "strings_to_urls": False})
    head = book.add_format({"bold": True, "text_wrap": True, "bottom": 1, "bg_color": "#F4F2EE", "valign": "top"})
    wrap = book.add_format({"text_wrap": True, "valign": "top"})
    combined: dict[str, list[pd.DataFrame]] = {"Decision": [_headline(pack.tree) for pack in told]}
    for pack in told:
        for title, table in tables_of(pack, world).items():
            labels = pd.DataFrame({"shipment": [pack.tree.label] * len(table)})
            combined.setdefault(title, []).append(pd.concat([labels, table.reset_index(drop=True)], axis=1))
    for title, tables in combined.items():
        sheet = book.add_worksheet(title[:31])
        frame = pd.concat(tables, ignore_index=True)
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, len(frame), len(frame.columns) - 1)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        for column, name in enumerate(frame.columns):
            texts = [_text(value) for value in frame[name]]
            sheet.set_column(column, column, min(max([len(str(name)) + 3, *(len(t) for t in texts)]), 48))
            sheet.write_string(0, column, str(name), head)
            for row, (value, text) in enumerate(zip(frame[name], texts, strict=True), 1):
                if isinstance(value, float | int) and text:
                    sheet.write_number(row, column, float(value), wrap)
                else:
                    sheet.write_string(row, column, text, wrap)
    book.add_worksheet("Note").write_string(0, 0, DISCLAIMER)
    book.close()
    return unfinished.replace(path)


def _text(value: object) -> str:
    if isinstance(value, float):
        return "" if pd.isna(value) else f"{value:.6g}"
    return str(value)


def _headline(tree: DecisionTree) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "shipment": tree.label,
                "decision": tree.decision.value,
                "possible": "; ".join(d.value for d in tree.possible),
                "branches": "; ".join(f"{k}: {v.value}" for k, v in tree.branches.items()),
                "missing": "; ".join(tree.missing),
                "on": str(tree.on),
                "known": str(tree.known),
                "lead_days": f"{tree.lead_days:g}",
                "not_granted_share": f"{tree.refusal_probability:.2f}",
                "world": tree.world_hash,
            }
        ]
    )


def _section(pack: Pack, world: World, number: int) -> str:
    tree, esc = pack.tree, html.escape
    branches = "".join(f"<br><small>{esc(k)}: {esc(v.value)}</small>" for k, v in tree.branches.items())
    level, inner_level = ("h2", "h3") if number else ("h1", "h2")
    title = f"<{level} class=part>{f'{number}. ' if number else ''}{esc(tree.label)}</{level}>"
    parts = [
        f"<section{f' id=part-{number}' if number else ''}>{title}",
        f"<p class=small>Rules as of {tree.on}, as known on {tree.known}. World {tree.world_hash}</p>",
        f"<div class='verdict {tree.decision.value.replace(' ', '-')}'>{esc(tree.decision.value)}{branches}</div>",
    ]
    if tree.lead_days:
        parts.append(f"<p>An answer takes about {tree.lead_days:g} days.{_not_granted(tree)}</p>")
    for name, table in tables_of(pack, world).items():
        if number and name in FOR_EVERY_PART:
            continue
        inner = html_table(table, LINKS)
        heading = f"{esc(name)} ({len(table)})"
        if name == "Asked and not met":
            parts.append(f"<details><summary>{heading}</summary>{inner}</details>")
        else:
            parts.append(f"<{inner_level} class=fact>{esc(name)}</{inner_level}>{inner}")
    return "".join(parts) + "</section>"


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


def _not_granted(tree: DecisionTree) -> str:
    if tree.refusal_probability <= 0:
        return ""
    return f" Of applications last counted {tree.refusal_probability:.0%} were not granted: refused or pending."
