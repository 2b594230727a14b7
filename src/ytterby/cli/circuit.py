"""`ytterby circuit`: the stages behind a split, what its products are, and how long it takes to start."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ytterby.cli.console import JsonOption, QuietOption, WorldOption, print_json, print_table, progress
from ytterby.world.errors import Fault, InputError

if TYPE_CHECKING:
    import pandas as pd

    from ytterby.separation import CircuitDesign

FLOW_COLUMNS = {
    "cut": "cut",
    "split": "between",
    "beta": "beta",
    "feed_mol": "feed, mol",
    "S_min": "least S",
    "S": "S",
    "W": "W",
}
STAGE_COLUMNS = {
    "cut": "cut",
    "extraction_stages": "extr.",
    "scrub_stages": "scrub",
    "strip_stages": "strip",
    "wash_stages": "wash",
    "saponification_stages": "sapon.",
    "real_stages": "real",
    "raffinate_purity": "raff. %",
    "organic_purity": "org. %",
}
PRODUCT_COLUMNS = {
    "product": "product",
    "mol": "mol",
    "purity": "purity, %",
    "recovery": "recovery, %",
    "impurity": "main impurity",
    "impurity_share": "its share, ppm",
}
SHARES = ("purity", "recovery", "raffinate_purity", "organic_purity")
START_COLUMNS = {
    "cut": "cut",
    "locked_up_days": "locked up",
    "constant_days": "constant draws",
    "controlled_days": "controlled draws",
    "reflux_days": "total reflux first",
}


def circuit(
    name: Annotated[str, typer.Argument(help="Circuit file of the world; not needed with --cuts.")] = "cn-p507",
    feed: Annotated[
        str, typer.Option("--feed", metavar="FEED", help="Ore, `scrap`, `La=0.3,Ce=0.5,...` or a CSV of oxide shares.")
    ] = "bayan-obo",
    cuts: Annotated[str, typer.Option("--cuts", metavar="Nd|Sm,Ce|Pr", help="Cuts of your own, in order.")] = "",
    extractant: Annotated[str, typer.Option("--extractant", help="Extractant of --cuts.")] = "p507",
    linked: Annotated[bool, typer.Option("--linked", help="Link the cuts of --cuts.")] = False,
    purity: Annotated[float | None, typer.Option("--purity", help="Mole fraction asked of every product.")] = None,
    recovery: Annotated[float, typer.Option("--recovery", help="Share that each side of a cut keeps.")] = 0.99,
    margin: Annotated[float | None, typer.Option("--margin", help="S over its minimum.")] = None,
    per_cut: Annotated[bool, typer.Option("--per-cut", help="Ask the purity of cuts, not of products.")] = False,
    cut: Annotated[str, typer.Option("--cut", help="Cut whose profile and start are drawn or written.")] = "",
    throughput: Annotated[float, typer.Option("--throughput", help="t REO a year, for volumes.")] = 5000.0,
    quick: Annotated[bool, typer.Option("--quick", help="Shortcut stages, no simulation.")] = False,
    start_up: Annotated[bool, typer.Option("--start-up", help="Days from first fill to steady products.")] = False,
    total_reflux: Annotated[
        float | None, typer.Option("--total-reflux", metavar="DAYS", help="Days of it; default the lock-up.")
    ] = None,
    picture: Annotated[
        Path | None, typer.Option("--picture", metavar="FILE.svg", help="Stage profile as SVG or PNG.")
    ] = None,
    start_picture: Annotated[
        Path | None, typer.Option("--start-picture", metavar="FILE.svg", help="Start-up as SVG or PNG.")
    ] = None,
    table: Annotated[
        Path | None, typer.Option("--table", metavar="FILE.csv|xlsx", help="Stages, streams, products, profile.")
    ] = None,
    world: WorldOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Design a circuit for an ore or a feed of your own: stages, purities of products, acid, volumes, start-up."""
    from ytterby.separation import design
    from ytterby.separation.plausibility import check_design, mixer_table
    from ytterby.separation.starting import commissioning_table
    from ytterby.world import World

    _check(throughput, total_reflux)
    loaded = World.load(world)
    with progress("designing", quiet or as_json):
        built = design(
            _feed(feed),
            [c.strip() for c in cuts.split(",")] if cuts else name,
            purity=purity,
            recovery=recovery,
            margin=margin,
            extractant=extractant,
            linked=linked,
            hold="cuts" if per_cut else "products",
            simulate=not quick,
            world=loaded,
        )
    drawn = _known_cut(built, cut)
    findings = check_design(built, loaded, throughput)
    starts = None
    if start_up:
        with progress("starting up", quiet or as_json):
            starts = commissioning_table(built, total_reflux)
    _write(built, drawn, picture, start_picture, table, total_reflux)
    volumes = mixer_table(built, loaded, throughput)
    if as_json:
        answer: dict[str, Any] = {
            "circuit": built.circuit.name,
            "feed": built.feed.name,
            "route": built.route.name,
            "cuts": built.stage_table(),
            "products": built.simulate().products(),
            "streams": built.stream_table(),
            "reagents": built.inventory().reagents,
            "volumes": volumes,
            "findings": findings,
            "skipped": built.skipped,
        }
        print_json(answer if starts is None else answer | {"start_up": starts})
        return
    title = f"{built.circuit.title}: {built.feed.name} by {built.route.name}"
    stages = _readable(built.stage_table())
    print_table(stages, f"{title}; S and W in mol per mol fed to the cut", FLOW_COLUMNS)
    print_table(stages, "Stages: theoretical, and all real ones with their service", STAGE_COLUMNS)
    print_table(
        _readable(built.simulate().products()), "Products, per mol RE in the liquor, as simulated", PRODUCT_COLUMNS
    )
    print_table(_reagents(built), "Reagents bought, t of 100 % per t REO fed")
    print_table(volumes, f"Volumes at {throughput:,.0f} t REO a year, m3")
    if starts is not None:
        print_table(_readable(starts), "Start-up: days of feed locked up, days to steady products", START_COLUMNS)
    for f in findings:
        if not f.kept:
            typer.echo(f"{f.severity}: {f.cut}: {f.check} {f.found:.3g}, allowed {f.low:g} to {f.high:g}: {f.reason}")
    for skipped in built.skipped:
        typer.echo(f"cut {skipped}: nothing to split in this feed")


def _readable(frame: pd.DataFrame) -> pd.DataFrame:
    """Purities and recoveries in per cent with all their nines, traces in ppm, days without decimals."""
    shown = frame.copy()
    for column in shown.columns:
        if column in SHARES:
            shown[column] = [_nines(v) for v in frame[column]]
        elif column == "impurity_share":
            shown[column] = [f"{1e6 * v:,.3g}" for v in frame[column]]
        elif column.endswith("_days"):
            shown[column] = [
                f"{v:,.2g}" if v < 10 else f"{v:,.0f}" if v < float("inf") else "> 10 years" for v in frame[column]
            ]
    return shown


def _nines(share: float) -> str:
    """A share in per cent, with two figures of what is missing to a hundred."""
    from math import ceil, isfinite, log10

    if not isfinite(share):
        return "-"
    missing = max(100 * (1 - share), 1e-6)
    return f"{100 * share:.{max(2 - ceil(log10(missing)), 1)}f}"


def _check(throughput: float, total_reflux: float | None) -> None:
    faults = []
    if not throughput > 0:
        faults.append(Fault("--throughput", f"{throughput:g}", "t REO a year above 0"))
    if total_reflux is not None and not total_reflux >= 0:
        faults.append(Fault("--total-reflux", f"{total_reflux:g}", "days of 0 or more"))
    if faults:
        raise InputError("circuit", faults)


def _feed(text: str) -> str | dict[str, float]:
    """An ore's name as it is; shares from ``La=0.3,Ce=0.7`` or from a CSV file with columns element and share."""
    if text.endswith(".csv"):
        return _feed_file(Path(text))
    if "=" not in text:
        return text
    shares: dict[str, float] = {}
    faults = []
    for part in text.split(","):
        element, _, share = (x.strip() for x in part.partition("="))
        try:
            shares[element] = shares.get(element, 0.0) + float(share)
        except ValueError:
            faults.append(Fault("--feed", repr(part), "an element and its share of oxide, such as La=0.3"))
    if faults:
        raise InputError("feed cannot be read", faults)
    return shares


def _feed_file(path: Path) -> dict[str, float]:
    import pandas as pd

    if not path.is_file():
        raise InputError("feed cannot be read", [Fault("--feed", str(path), "a CSV file that exists")])
    frame = pd.read_csv(path)
    if list(frame.columns[:2]) != ["element", "share"]:
        found = ", ".join(map(str, frame.columns))
        raise InputError("feed cannot be read", [Fault.at(path.name, found, "columns element and share", row=1)])
    shares = pd.to_numeric(frame["share"], errors="coerce")
    faults = [
        Fault.at(path.name, repr(v), "a share of oxide from 0 to 1", row=k + 2, column="share")
        for k, (v, number) in enumerate(zip(frame["share"], shares, strict=True))
        if pd.isna(number)
    ]
    if faults:
        raise InputError("feed cannot be read", faults)
    return {str(e): float(s) for e, s in shares.groupby(frame["element"].astype(str), sort=False).sum().items()}


def _reagents(built: CircuitDesign) -> pd.DataFrame:
    import pandas as pd

    inventory = built.inventory()
    rows = [(k, v) for k, v in sorted(inventory.reagents.items())]
    return pd.DataFrame(rows, columns=["reagent", "t/t REO"])


def _known_cut(built: CircuitDesign, cut: str) -> str:
    from ytterby.world.errors import UnknownNameError

    if not built.cuts:
        raise InputError("circuit", [Fault("feed", built.feed.name, "elements on both sides of at least one cut")])
    if cut and cut not in built.cuts:
        raise UnknownNameError("cut", cut, built.cuts)
    return cut or built.longest


def _write(
    built: CircuitDesign,
    cut: str,
    picture: Path | None,
    start_picture: Path | None,
    table: Path | None,
    total_reflux: float | None,
) -> None:
    if picture is not None:
        _draw(built.plot(cut), picture)
    if start_picture is not None:
        from ytterby.separation.charts import start_up_picture

        constant = built.start_up(cut, controlled=False)
        closed = constant.locked_up_days if total_reflux is None else total_reflux
        starts = {
            "draws as at steady state": constant,
            "draws after the composition inside": built.start_up(cut),
            f"total reflux of {closed:.3g} d first": built.start_up(cut, total_reflux_days=closed),
        }
        _draw(start_up_picture(starts), start_picture)
    if table is not None:
        built.write(table, cut)


def _draw(drawing: Any, path: Path) -> None:
    if path.suffix == ".png":
        drawing.png(path)
    else:
        path.write_text(drawing.svg(), encoding="utf-8")
