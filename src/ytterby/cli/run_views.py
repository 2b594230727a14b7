"""What ``ytterby runs draw`` shows: of one year's outcome, of a path of years or months, of a replay."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ytterby.world.errors import Fault, InputError, UnknownNameError

if TYPE_CHECKING:
    import pandas as pd

    from ytterby.market import Outcome
    from ytterby.pictures import Picture
    from ytterby.studies.path import PathOutcome
    from ytterby.world import World

USUAL_PRODUCT = "ndpr-oxide"


@dataclass(frozen=True)
class View:
    """A table of a run, and how it is drawn."""

    title: str
    table: pd.DataFrame
    draw: Callable[[], Picture]


def view(
    folder: Path, what: str, world: World, products: list[str], places: list[str] | None, element: str,
    period: str | None,
) -> View:  # fmt: skip
    """What is asked of a run; raises InputError where that kind of run does not have it."""
    from ytterby.market import Outcome
    from ytterby.runs import read_manifest
    from ytterby.studies.path import PathOutcome
    from ytterby.studies.path.record import KIND

    faults = [
        Fault("--product", ", ".join(products), "one product of a cost curve")
        for _ in range(what == "cost-curve" and len(products) > 1)
    ]
    over_time = read_manifest(folder).get("kind") == KIND
    if not over_time:
        if what in ("prices", "score"):
            faults.append(Fault(str(folder), "one year", "a path of years or months, or a replay"))
        if period is not None:
            faults.append(Fault("--period", period, "none: the run is one year"))
    if faults:
        raise InputError("this run cannot be drawn so", faults)
    names = {str(k): str(v) for k, v in world.table("places").set_index("place")["name"].items()}
    product = products[0] if products else USUAL_PRODUCT
    if not over_time:
        outcome = Outcome.load(folder)
        return _of_a_year(outcome, product, names) if what == "cost-curve" else _chain_of(outcome, element, names)
    if what == "score":
        return _score(folder, world)
    found = PathOutcome.load(folder)
    if what == "prices":
        return _prices(found, world, products, places)
    return _of_a_path(found, what, product, element, period, names)


def _chain_of(outcome: Outcome, element: str, names: Mapping[str, str]) -> View:
    from ytterby.market.pictures import chain_flows, chain_picture

    title = f"{element} through the chain, t of oxide, {outcome.meta['year']}, {outcome.meta['label']}"
    return View(title, chain_flows(outcome, element), lambda: chain_picture(outcome, names, element))


def _of_a_year(outcome: Outcome, product: str, names: Mapping[str, str]) -> View:
    from ytterby.market.pictures import cost_curve, cost_curve_picture

    title = f"Who supplies {product}, {outcome.meta['year']}, {outcome.meta['label']}"
    return View(title, cost_curve(outcome, product), lambda: cost_curve_picture(outcome, product, names))


def _score(folder: Path, world: World) -> View:
    from ytterby import runs
    from ytterby.studies.episode.keep import score_of
    from ytterby.studies.episode.show import named, score_picture

    run = runs.read(folder)
    scored = score_of(run)
    if scored is None:
        fault = Fault(str(folder), "no table score", "a run that `ytterby backtest --out` wrote")
        raise InputError("this run has no score", [fault])
    title = str(run.manifest.get("title", ""))
    columns = ["kind", "good", "where", "when", "observed", "modelled", "unit", "log_error"]
    table = named(world, scored.table)[columns]
    return View(title, table, lambda: score_picture(world, scored.table, title))


def _prices(found: PathOutcome, world: World, products: list[str], places: list[str] | None) -> View:
    from ytterby.studies.path.show import price_paths, prices_picture

    table = price_paths(found, world, products or None, places)
    title = _title(found)
    return View(f"Prices, {title}", table, lambda: prices_picture(table, title))


def _of_a_path(
    found: PathOutcome, what: str, product: str, element: str, period: str | None, names: Mapping[str, str]
) -> View:
    """Chain or cost curve of one period."""
    from ytterby.market.curves import element_flows
    from ytterby.market.pictures import curve_picture, flows_picture
    from ytterby.market.report import known

    if found.made.empty:
        fault = Fault("run", "no tables made, curves, contents", "a run written by this version")
        raise InputError("this run was written before its periods could be drawn", [fault])
    labels = list(dict.fromkeys(found.prices["period"].astype(str)))
    at = period or labels[-1]
    if at not in labels:
        raise UnknownNameError("period of the run", at, labels)
    of = {
        n: t[t["period"].astype(str) == at].drop(columns="period") for n, t in found.tables().items() if "period" in t
    }
    when = f"{at}, {_title(found)}"
    if what == "chain":
        flows = element_flows(of["made"], of["flows"], of["contents"], element)
        if flows.empty:
            fault = Fault("--element", element, "a chain with mines, separators and magnets; this run has oxides only")
            raise InputError("nothing of it flows through the chain", [fault])
        return View(
            f"{element} through the chain, t of oxide, {when}",
            flows,
            lambda: flows_picture(flows, names, element, when),
        )
    product = known("product", product, of["curves"]["product"])
    curve = of["curves"][of["curves"]["product"] == product].drop(columns="product").reset_index(drop=True)
    return View(
        f"Who supplies {product}, {when}", curve, lambda: curve_picture(curve, of["prices"], product, names, when)
    )


def _title(found: PathOutcome) -> str:
    return str(found.meta.get("title") or found.meta["scenario"]["title"])
