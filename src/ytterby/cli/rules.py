"""``ytterby rules``: what the export controls and origin rules say about a shipment, on any day."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ytterby.cli.console import JsonOption, QuietOption, WorldOption, print_json, print_table, progress
from ytterby.cli.decisions import as_json, show, write_evidence
from ytterby.cli.rule_options import (
    EvidenceOption,
    ForceOption,
    KnownOption,
    OnOption,
    SinceOption,
    SwitchOption,
    UntilOption,
    load_rules,
    span,
)
from ytterby.world.errors import Fault, InputError

if TYPE_CHECKING:
    from ytterby.rules import Rules
    from ytterby.rules.facts import Facts

app = typer.Typer(
    help="Export controls and origin rules: decide a shipment, read a regime, watch the calendar.",
    no_args_is_help=True,
)

ShipmentsOption = Annotated[
    Path | None,
    typer.Option(
        "--shipments", metavar="FILE", help="Your shipments (.toml, .json, .csv, .parquet): what changes for them."
    ),
]


@app.command()
def check(
    file: Annotated[
        Path, typer.Argument(help="One or several shipments in .toml or .json; many, one a row, in .csv or .parquet")
    ],
    on: OnOption = "",
    known: KnownOption = "",
    switch: SwitchOption = None,
    force: ForceOption = None,
    evidence: EvidenceOption = None,
    world: WorldOption = None,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Decide shipments under every regime, with reasons, gaps and branches."""
    from ytterby.rules.evidence import Pack
    from ytterby.rules.files import ROWS, read_frame, read_shipments

    rules = load_rules(world, on, switch, force, known)
    if file.suffix.lower() in ROWS:
        if evidence is not None:
            raise InputError(
                "no evidence pack of rows", [Fault("--evidence", str(file), "shipments in .toml or .json")]
            )
        with progress("deciding", quiet):
            frame = read_frame(file)
            table = rules.table(frame)
        with progress("comparing names with the lists", quiet):
            table["remarks"] = rules.remarks(frame)
        if json:
            print_json({"on": rules.on, "world": rules.world.hash, "shipments": table})
            return
        shown = table.assign(row=range(2, len(table) + 2))
        columns = ("row", "decision", "clauses", "missing", "branches", "remarks")
        print_table(shown.head(200), f"{len(table)} shipments on {rules.on}", {c: c for c in columns})
        return
    shipments = read_shipments(file)
    with progress("deciding", quiet):
        trees = rules.explain_many(shipments)
    if evidence is not None:
        write_evidence(evidence, rules, [Pack(t, s) for t, s in zip(trees, shipments, strict=True)])
    if json:
        print_json([as_json(tree) for tree in trees])
        return
    for tree in trees:
        show(tree)


def _facts(rules: Rules, path: Path) -> tuple[Facts, list[str]]:
    """Facts of the shipments in a file, and what each is called."""
    from ytterby.rules.files import ROWS, read_frame, read_shipments

    if path.suffix.lower() in ROWS:
        frame = read_frame(path)
        names = frame["label"].astype(str) if "label" in frame.columns else [f"row {n + 2}" for n in range(len(frame))]
        return rules.facts(frame), list(names)
    shipments = read_shipments(path)
    names = [s.label or s.item.name or s.item.commodity or f"shipment {n}" for n, s in enumerate(shipments, 1)]
    return rules.facts(shipments), names


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
    since: SinceOption = "",
    until: UntilOption = "",
    shipments: ShipmentsOption = None,
    switch: SwitchOption = None,
    world: WorldOption = None,
    json: JsonOption = False,
) -> None:
    """What changes when: in the law, or with --shipments in the decisions on them."""
    from ytterby.rules.watch import calendar, product_calendar

    rules = load_rules(world, "", switch)
    first, last = span(rules.world, since, until)
    if shipments is None:
        table = calendar(rules, first, last).astype({"date": str, "known_on": str})
    else:
        table = product_calendar(rules, *_facts(rules, shipments), first, last).astype({"date": str})
    if json:
        print_json({"calendar": table})
    else:
        print_table(table.drop(columns=["source"], errors="ignore"), f"What changes from {first} to {last}")


@app.command()
def returns(
    shipments: Annotated[Path, typer.Argument(help="Your shipments: .toml, .json, .csv or .parquet")],
    on: OnOption = "",
    switch: SwitchOption = None,
    world: WorldOption = None,
    json: JsonOption = False,
) -> None:
    """What if a suspended, announced or unknown regime came into force on that day: each alone, the rest standing."""
    from ytterby.rules.watch import if_returned

    rules = load_rules(world, on, switch)
    table = if_returned(rules, *_facts(rules, shipments))
    if json:
        print_json({"on": rules.on, "returns": table})
        return
    print_table(table[table["shipment"] != ""], f"If it came into force on {rules.on}")
    quiet = table.loc[table["shipment"] == "", "regime"]
    typer.echo("no decision would change if these came: " + (", ".join(quiet) or "none"))


@app.command()
def diff(
    first: Annotated[str, typer.Argument(help="First day.")],
    second: Annotated[str, typer.Argument(help="Second day.")],
    shipments: ShipmentsOption = None,
    switch: SwitchOption = None,
    force: ForceOption = None,
    against: Annotated[
        str | None, typer.Option("--against", metavar="DIR", help="Second world, for the second day.")
    ] = None,
    world: WorldOption = None,
    json: JsonOption = False,
) -> None:
    """What differs between two days, between two versions of the world, or with --force on the second day."""
    from ytterby.rules.watch import compare, compare_facts

    one, two = load_rules(world, first, switch), load_rules(against or world, second, switch, force)
    clauses = compare(one, two)
    decisions = None if shipments is None else compare_facts(one, two, *_facts(one, shipments))
    if json:
        print_json({"clauses": clauses, "decisions": decisions})
        return
    print_table(clauses, f"{one.on} and {two.on}")
    if decisions is not None:
        print_table(decisions, "Shipments decided differently")


@app.command()
def classify(
    form: Annotated[str, typer.Option("--form", help="magnet, oxide, metal, alloy, compound, concentrate ...")],
    elements: Annotated[str, typer.Option("--elements", help="Rare earths that it holds, e.g. Nd,Dy.")] = "",
    tariff: Annotated[str, typer.Option("--tariff", metavar="ISO3", help="Whose tariff; default: all.")] = "",
    world: WorldOption = None,
    json: JsonOption = False,
) -> None:
    """Customs codes that an item may fall under, the more specific first. Indicative: a ruling decides."""
    import pandas as pd

    from ytterby.rules import Item
    from ytterby.rules.hs import classify as codes_of
    from ytterby.world import World

    loaded = World.load(world)
    item = Item(form=form, elements=tuple(e.strip() for e in elements.replace(";", ",").split(",") if e.strip()))
    tariffs = [tariff] if tariff else sorted(set(loaded.table("hs_codes")["jurisdiction"]))
    table = pd.DataFrame([{"tariff": t} | vars(code) for t in tariffs for code in codes_of(loaded, t, item)])
    if json:
        print_json({"codes": table})
    elif len(table):
        print_table(table.drop(columns=["source"]), "Codes that fit")
    else:
        typer.echo("no code of these tariffs fits")


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
