"""``ytterby exporter``: the tax or quota that suits the dominant exporter best, and what rivals would sell."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from ytterby.cli.case import ScenarioOption, case_of
from ytterby.cli.console import JsonOption, QuietOption, WorldOption, print_json, print_table, progress


class Levying(StrEnum):
    """How less is let go."""

    tax = "tax"
    quota = "quota"


def exporter(
    product: Annotated[
        list[str] | None, typer.Option("--product", "-p", help="Products on which it falls; default: a setting.")
    ] = None,
    instrument: Annotated[
        Levying,
        typer.Option(help="tax: a share of the price untaxed; quota: the share of free exports that is let go."),
    ] = Levying.tax,
    longer: Annotated[
        bool, typer.Option("--longer", help="Buyers have had three years, and plants are built where they pay.")
    ] = False,
    most: Annotated[float | None, typer.Option(help="Highest tax, or largest quota, that is tried.")] = None,
    cournot: Annotated[
        bool,
        typer.Option(
            "--cournot",
            help="Instead: all places that export each product, as rivals who know that they move its price.",
        ),
    ] = False,
    scenario: ScenarioOption = None,
    world: WorldOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """The export tax or quota that makes the dominant exporter's welfare largest: curve, optimum, who loses."""
    from ytterby.world import World

    facts = World.load(world)
    case = case_of(scenario)
    if cournot:
        _rivals(facts, case, product or [], longer, as_json, quiet)
        return
    from ytterby.strategy.exporter import exporter as find

    with progress("exporter", quiet or as_json) as tell:
        found = find(facts, product or [], instrument.value, scenario=case, longer=longer, most=most, progress=tell)
    if as_json:
        print_json(found)
        return
    columns = {
        "level": instrument.value, "gain_usd": f"gain of {found.place}, M USD", "surplus_usd": "its buyers",
        "rents_usd": "its makers", "taxes_usd": "its taxes", "outside_usd": "all others", "world_usd": "world",
        "exported_t": "exported, t",
    }  # fmt: skip
    curve = found.curve.copy()
    for column in [c for c in curve.columns if c.endswith("_usd")]:
        curve[column] /= 1e6
    print_table(curve, f"Welfare a year against the {instrument.value} on {', '.join(found.products)}", columns)
    typer.echo(f"optimum: {instrument.value} {found.level:.4g}, gain {found.gain_usd / 1e6:,.2f} M USD a year")
    places = found.places.assign(**{c: found.places[c] / 1e6 for c in found.places.columns if c.endswith("_usd")})
    moved = places[places["change_usd"].abs() > 5e-3].round(4)
    shown = {
        "place": "place", "change_usd": "change, M USD", "surplus_usd": "buyers", "rents_usd": "makers and permits",
        "taxes_usd": "taxes",
    }  # fmt: skip
    print_table(moved, "Who gains and who loses at the optimum, a year", shown)
    print_table(found.prices, "Prices, USD/kg net of VAT")
    proof = found.certificate
    typer.echo(
        f"certificate: a step of {proof.step:g} lower {proof.below_usd:,.0f} USD, higher {proof.above_usd:,.0f} USD, "
        f"best of the curve {proof.curve_usd:,.0f} USD (each at most {proof.rounding_usd:,.0f}); worst residual of "
        f"{len(found.curve)} markets {proof.worst_residual:.1e} of its tolerance"
    )
    if not quiet:
        for note in found.notes:
            typer.echo(f"note: {note}")


def _rivals(facts: object, case: object, products: list[str], longer: bool, as_json: bool, quiet: bool) -> None:
    """Print each product's exporters as price-takers and as Cournot rivals."""
    from ytterby.strategy.exporter import rivalries

    with progress("rivals", quiet or as_json) as tell:
        found = rivalries(facts, products, scenario=case, longer=longer, progress=tell)  # type: ignore[arg-type]
    if as_json:
        print_json(found)
        return
    for product, (before, after) in found.items():
        table = after.exporters.merge(before.exporters[["exporter", "sold_t"]], on="exporter", suffixes=("", "_taking"))
        columns = {
            "exporter": "exporter", "sold_t_taking": "t, price taken", "sold_t": "t, Cournot", "share": "share",
            "margin": "margin", "profit_usd": "profit, USD",
        }  # fmt: skip
        print_table(table, f"{product}: exporters who know that they move the price", columns)
        typer.echo(
            f"price abroad {before.price_usd_per_t / 1e3:,.1f} -> {after.price_usd_per_t / 1e3:,.1f} USD/kg, sold "
            f"{before.total_t:,.0f} -> {after.total_t:,.0f} t; certificate: first-order conditions within "
            f"{max(after.certificate.gain_left, after.certificate.loss_borne, after.certificate.bounds):.1e}"
        )
