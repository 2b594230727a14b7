"""How a decision on a shipment is shown: a tree for people, JSON for programs, an evidence pack for auditors."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ytterby.world.errors import Fault, InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ytterby.rules import DecisionTree, Rules
    from ytterby.rules.evidence import Pack


def write_evidence(path: Path, rules: Rules, packs: Sequence[Pack]) -> None:
    """Write the evidence pack of decisions as its ending says."""
    from ytterby.rules.evidence import write_excel, write_html

    write = {".html": write_html, ".xlsx": write_excel}.get(path.suffix.lower())
    if write is None:
        raise InputError("unknown kind of evidence pack", [Fault("--evidence", str(path), ".html or .xlsx")])
    try:
        write(path, packs, rules.world)
    except OSError as error:
        raise InputError("evidence pack cannot be written", [Fault(str(path), str(error), "a folder")]) from error


def as_json(tree: DecisionTree) -> dict[str, Any]:
    """A decision tree as JSON; the keys are a contract."""
    return {
        "label": tree.label,
        "on": tree.on,
        "decision": tree.decision,
        "possible": tree.possible,
        "branches": tree.branches,
        "missing": tree.missing,
        "reasons": tree.reasons,
        "clauses": tree.clauses,
        "lead_days": tree.lead_days,
        "refusal_probability": tree.refusal_probability,
        "switches": tree.switches,
        "sensitivity": tree.sensitivity,
        "conflicts": tree.conflicts,
        "remarks": tree.notes,
        "findings": [f for f in tree.findings if f.applies != "no"],
        "world": tree.world_hash,
    }


def show(tree: DecisionTree) -> None:
    """Print a decision tree for people."""
    from rich.console import Console
    from rich.markup import escape
    from rich.tree import Tree

    root = Tree(f"[bold]{escape(tree.label)}[/bold], {tree.on}: [bold]{tree.decision.value}[/bold]")
    for label, decision in tree.branches.items():
        root.add(f"if {label}: {decision.value}")
    if tree.missing:
        root.add("missing, what settles most first: " + ", ".join(tree.missing))
    if tree.lead_days:
        counted = f"; not granted when last counted: {tree.refusal_probability:.0%}" if tree.refusal_probability else ""
        root.add(f"an answer takes about {tree.lead_days:g} days{counted}")
    for note in tree.notes:
        root.add(f"mind: {escape(note)}")
    for finding in tree.findings:
        if finding.applies == "no":
            continue
        decided = finding.finding or " or ".join(d.value for d in finding.decisions)
        state = "; ".join(f"{s} if {r}" for r, s in finding.states.items()) or finding.state
        node = root.add(f"{finding.reference} \\[{finding.clause}; {state}]: {decided}")
        for fact in finding.facts:
            found = f" ({escape(fact.found)})" if fact.found else ""
            node.add(f"{fact.condition}: {fact.answer}{found}")
        if finding.caveat:
            node.add(finding.caveat)
    for item in tree.sensitivity:
        root.add(f"if {item.switch} were {item.option} instead of {item.default}: {item.decision.value}")
    for conflict in tree.conflicts:
        root.add(f"conflict: {conflict}")
    Console().print(root)
