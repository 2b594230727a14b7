"""``ytterby rules``: what the export controls and origin rules say about a shipment, on any day."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ytterby.cli.console import JsonOption, QuietOption, WorldOption, print_json, print_table, progress
from ytterby.world.errors import Fault, InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ytterby.rules import DecisionTree, Rules, Shipment

app = typer.Typer(
    help="Export controls and origin rules: decide a shipment, read a regime, watch the calendar.",
    no_args_is_help=True,
)

OnOption = Annotated[str, typer.Option("--on", metavar="DATE", help="Day to decide on; default: today.")]
KnownOption = Annotated[str, typer.Option("--known", metavar="DATE", help="Count only what was known on that day.")]
SwitchOption = Annotated[
    list[str] | None,
    typer.Option("--switch", metavar="NAME=OPTION", help="Settle what is open, e.g. cn70=revived; may be repeated."),
]
ForceOption = Annotated[
    list[str] | None,
    typer.Option("--force", metavar="REGIME=STATE", help="What if, e.g. cn-61-2025='in force'; may be repeated."),
]


def day(text: str, name: str = "--on") -> datetime.date:
    """Read a date option; blank is today."""
    if not text:
        return datetime.date.today()
    try:
        return datetime.date.fromisoformat(text)
    except ValueError as error:
        raise InputError("not a date", [Fault(name, repr(text), "YYYY-MM-DD")]) from error


def settings(pairs: list[str] | None, name: str) -> dict[str, str]:
    """Read NAME=VALUE options."""
    found = {}
    for pair in pairs or []:
        key, equals, value = pair.partition("=")
        if not equals:
            raise InputError("option cannot be read", [Fault(name, repr(pair), "NAME=VALUE")])
        found[key.strip()] = value.strip()
    return found


def load_rules(
    world: str | None, on: str, switch: list[str] | None, force: list[str] | None = None, known: str = ""
) -> Rules:
    """Rules of a world as the common options ask."""
    from typing import get_args

    from ytterby.rules import Rules
    from ytterby.rules.model import LawState
    from ytterby.world import World

    states: dict[str, Any] = settings(force, "--force")
    for name, state in states.items():
        if state not in get_args(LawState):
            raise InputError("unknown state", [Fault(f"--force {name}", repr(state), ", ".join(get_args(LawState)))])
    return Rules(
        World.load(world),
        day(on),
        settings(switch, "--switch"),
        known=day(known, "--known") if known else None,
        regimes=states,
    )


@app.command()
def check(
    file: Annotated[Path, typer.Argument(help="shipment.toml (one, or several [[shipments]]) or shipments.csv")],
    on: OnOption = "",
    known: KnownOption = "",
    switch: SwitchOption = None,
    force: ForceOption = None,
    evidence: Annotated[
        Path | None,
        typer.Option("--evidence", metavar="FILE", help="Write the evidence pack: .html or .xlsx."),
    ] = None,
    world: WorldOption = None,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Decide shipments under every regime, with reasons, gaps and branches."""
    from ytterby.rules.files import read_frame, read_shipments

    rules = load_rules(world, on, switch, force, known)
    if file.suffix.lower() == ".csv":
        with progress("deciding", quiet):
            frame = read_frame(file)
            table = rules.table(frame)
        if json:
            print_json({"on": rules.on, "world": rules.world.hash, "shipments": table})
        else:
            shown = table.assign(row=range(2, len(table) + 2))
            print_table(
                shown.head(200),
                f"{len(table)} shipments on {rules.on}",
                {
                    "row": "row",
                    "decision": "decision",
                    "clauses": "clauses",
                    "missing": "missing",
                    "branches": "branches",
                },
            )
        return
    shipments = read_shipments(file)
    with progress("deciding", quiet):
        trees = rules.explain_many(shipments)
    if evidence is not None:
        write_evidence(evidence, rules, shipments)
    if json:
        print_json([as_json(tree) for tree in trees])
        return
    for tree in trees:
        show(tree)


def write_evidence(path: Path, rules: Rules, shipments: Sequence[Shipment]) -> None:
    """Write the evidence pack of shipments as its ending says."""
    from ytterby.rules.evidence import write_excel, write_html

    write = {".html": write_html, ".xlsx": write_excel}.get(path.suffix.lower())
    if write is None:
        raise InputError("unknown kind of evidence pack", [Fault("--evidence", str(path), ".html or .xlsx")])
    try:
        write(path, [(rules.explain(s), s) for s in shipments], rules.world)
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
        "findings": [f for f in tree.findings if f.applies != "no"],
        "world": tree.world_hash,
    }


def show(tree: DecisionTree) -> None:
    """Print a decision tree for people."""
    from rich.console import Console
    from rich.tree import Tree

    root = Tree(f"[bold]{tree.label}[/bold], {tree.on}: [bold]{tree.decision.value}[/bold]")
    for label, decision in tree.branches.items():
        root.add(f"if {label}: {decision.value}")
    if tree.missing:
        root.add("missing, what settles most first: " + ", ".join(tree.missing))
    if tree.lead_days:
        counted = f"; not granted when last counted: {tree.refusal_probability:.0%}" if tree.refusal_probability else ""
        root.add(f"an answer takes about {tree.lead_days:g} days{counted}")
    for finding in tree.findings:
        if finding.applies == "no":
            continue
        decided = finding.finding or " or ".join(d.value for d in finding.decisions)
        state = "; ".join(f"{s} if {r}" for r, s in finding.states.items()) or finding.state
        node = root.add(f"{finding.reference} \\[{finding.clause}; {state}]: {decided}")
        for fact in finding.facts:
            node.add(f"{fact.condition}: {fact.answer}")
        if finding.caveat:
            node.add(finding.caveat)
    for item in tree.sensitivity:
        root.add(f"if {item.switch} were {item.option} instead of {item.default}: {item.decision.value}")
    for conflict in tree.conflicts:
        root.add(f"conflict: {conflict}")
    Console().print(root)


@app.command("list")
def list_(on: OnOption = "", switch: SwitchOption = None, world: WorldOption = None, json: JsonOption = False) -> None:
    """All regimes with their state on a day."""
    import pandas as pd

    rules = load_rules(world, on, switch)
    law = rules.asking().law
    rows = pd.DataFrame(
        [
            {
                "regime": r.regime,
                "jurisdiction": r.jurisdiction,
                "title": r.title,
                "instrument": r.instrument,
                "state": law.state(r)[0],
                "clauses": len(r.clauses),
                "confidence": r.confidence,
            }
            for r in rules.regimes.values()
        ]
    )
    if json:
        print_json({"on": rules.on, "regimes": rows})
    else:
        print_table(rows, f"Regimes on {rules.on}")


@app.command("show")
def show_(
    regime: Annotated[str, typer.Argument(help="Key of a regime: see `ytterby rules list`.")],
    on: OnOption = "",
    switch: SwitchOption = None,
    world: WorldOption = None,
    json: JsonOption = False,
) -> None:
    """One regime: clauses, conditions in words, states, sources."""
    from rich.console import Console
    from rich.tree import Tree

    from ytterby.rules.wording import in_words
    from ytterby.world.errors import UnknownNameError

    rules = load_rules(world, on, switch)
    if regime not in rules.regimes:
        raise UnknownNameError("regime", regime, rules.regimes)
    found = rules.regimes[regime]
    if json:
        print_json(found.model_dump(mode="json", by_alias=True, exclude_none=True))
        return
    law = rules.asking().law
    root = Tree(f"[bold]{found.title}[/bold], {found.instrument} ({found.jurisdiction})")
    for label in ("address", "threshold", "users", "policy", "exemptions", "evidence", "note"):
        if getattr(found, label):
            root.add(f"{label}: {getattr(found, label)}")
    for clause in found.clauses:
        node = root.add(
            f"[bold]{clause.reference}[/bold] \\[{clause.clause}]: {law.state(found, clause)[0]} on {rules.on}"
        )
        node.add(clause.summary)
        for condition in clause.conditions:
            node.add(f"if {in_words(condition)}")
        for outcome in found.outcomes_of(clause):
            when = " and ".join(in_words(c) for c in outcome.conditions) or "otherwise"
            node.add(f"then {outcome.decision.value} ({outcome.reference or clause.reference}): {when}")
        for state in found.states_of(clause):
            node.add(
                f"{state.state} from {state.from_}, known on {state.known_on} (source {state.source}) {state.note}"
            )
    Console().print(root)


@app.command("calendar")
def calendar_(
    since: Annotated[str, typer.Option("--since", metavar="DATE", help="First day; default: the world's.")] = "",
    until: Annotated[str, typer.Option("--until", metavar="DATE", help="Last day; default: the world's.")] = "",
    switch: SwitchOption = None,
    world: WorldOption = None,
    json: JsonOption = False,
) -> None:
    """What changes when."""
    from ytterby.rules.watch import calendar
    from ytterby.world.choices import choice

    rules = load_rules(world, "", switch)
    since = since or choice(rules.world, "calendar-first-day")
    until = until or choice(rules.world, "calendar-last-day")
    table = calendar(rules, day(since, "--since"), day(until, "--until"))
    if json:
        print_json({"calendar": table})
    else:
        print_table(table.astype({"date": str, "known_on": str}).drop(columns=["source"]), "Changes of legal states")


@app.command()
def diff(
    first: Annotated[str, typer.Argument(help="First day.")],
    second: Annotated[str, typer.Argument(help="Second day.")],
    shipments: Annotated[
        Path | None, typer.Option("--shipments", help="TOML file: show which decisions change.")
    ] = None,
    switch: SwitchOption = None,
    against: Annotated[
        str | None, typer.Option("--against", metavar="DIR", help="Second world, for the second day.")
    ] = None,
    world: WorldOption = None,
    json: JsonOption = False,
) -> None:
    """What differs between two days, or between two versions of the world."""
    from ytterby.rules.files import read_shipments
    from ytterby.rules.watch import compare, compare_decisions

    one, two = load_rules(world, first, switch), load_rules(against or world, second, switch)
    clauses = compare(one, two)
    decisions = None if shipments is None else compare_decisions(one, two, read_shipments(shipments))
    if json:
        print_json({"clauses": clauses, "decisions": decisions})
        return
    print_table(clauses, f"{one.on} and {two.on}")
    if decisions is not None:
        print_table(decisions, "Shipments decided differently")


@app.command()
def example(
    path: Annotated[Path, typer.Argument(help="Where to write the example.")] = Path("shipment.toml"),
    json: JsonOption = False,
) -> None:
    """Write an example shipment to start from."""
    from ytterby.world.load import SHIPPED

    write_example(SHIPPED / "examples" / "shipment.toml", path, f"ytterby rules check {path}", json)


def write_example(source: Path, path: Path, then: str, json: bool) -> None:
    """Copy a shipped example to a new file and say what to do next."""
    if path.exists():
        raise InputError("file is there already", [Fault(str(path), "a file", "a new name")])
    try:
        path.write_bytes(source.read_bytes())
    except OSError as error:
        raise InputError("example cannot be written", [Fault(str(path), str(error), "a folder that exists")]) from error
    if json:
        print_json({"file": path, "next": then})
    else:
        typer.echo(f"wrote {path}; next: {then}")
