"""``ytterby path``: year after year of the market, with what is built."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from ytterby.cli.case import ScenarioOption, case_of
from ytterby.cli.console import JsonOption, QuietOption, WorldOption, print_json, print_table, progress
from ytterby.cli.drawing import PictureOption, PlacesOption, ProductsOption, check_picture, draw


class Expecting(StrEnum):
    """What builders expect."""

    myopic = "myopic"
    announced = "announced"
    foresight = "foresight"


def path(
    to: Annotated[int, typer.Option("--to", help="Last year; the first is the world's base year.")],
    scenario: ScenarioOption = None,
    expectations: Annotated[
        Expecting,
        typer.Option(
            help="myopic: what would pay if today's rules and last year's growth went on is begun; "
            "announced: what is announced comes on its day, with the chance that such plants have; "
            "foresight: all years are one programme, and what it is best off with is begun."
        ),
    ] = Expecting.myopic,
    unbounded: Annotated[
        bool, typer.Option("--unbounded", help="New supply may grow faster than was ever seen.")
    ] = False,
    every: Annotated[
        int | None,
        typer.Option(help="With foresight: solve every so many years, each for those about it; default: a setting."),
    ] = None,
    product: ProductsOption = None,
    place: PlacesOption = None,
    picture: PictureOption = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Save the path as a run folder.")] = None,
    world: WorldOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Solve every year to a last one: prices, who makes what, and which plants are begun."""
    import pandas as pd

    from ytterby.studies.path import path as follow
    from ytterby.studies.path.show import output_by_side, price_paths, prices_picture
    from ytterby.world import World

    check_picture(picture)
    facts = World.load(world)
    case = case_of(scenario)
    with progress("path", quiet or as_json) as tell:
        found = follow(
            facts, case, last=to, expectations=expectations.value, bounded=not unbounded, every=every, progress=tell
        )
        if out is not None:
            found.save(out)
    prices = price_paths(found, facts, product, place)
    if picture is not None:
        draw(picture, prices_picture(prices, str(found.meta["scenario"]["title"])))
    written = [str(p) for p in (out, picture) if p is not None]
    if as_json:
        print_json(
            {
                "meta": found.meta,
                "prices": prices,
                "output": output_by_side(found),
                "plants": found.plants,
                "support": found.support,
                "outputs": written,
            }
        )
        return
    wide = prices.pivot_table(index="period", columns=["product", "place"], values="usd_per_kg")
    wide.columns = [", ".join(pair) for pair in wide.columns.to_flat_index()]
    print_table(wide.reset_index(), "Prices, USD/kg net of VAT, mean by what passes")
    print_table(output_by_side(found), "Output, t a year, and the share made outside the dominant producer")
    print_table(found.plants, "Plants begun (capacity t a year; counted with their chance)")
    if found.meta.get("mothballed"):
        print_table(pd.DataFrame(found.meta["mothballed"]), "Plants that were mothballed or reopened")
    if len(found.support):
        paid = found.support.assign(musd=found.support["usd"] / 1e6)
        wide = paid.pivot_table(index="period", columns="contract", values="musd").reset_index()
        print_table(wide, "Paid by price floors, million USD a year (negative: a share of the upside)")
    proof = found.certificates.drop(columns="period").max()
    typer.echo(
        f"certificates of {len(found.certificates)} years, worst: primal {proof['primal']:.1e}, dual "
        f"{proof['dual']:.1e}, complementarity {proof['complementarity']:.1e}, gap {proof['gap']:.1e}, element balance "
        f"{proof['mass_balance']:.1e}"
    )
    if not quiet:
        for note in found.meta["notes"]:
            typer.echo(f"note: {note}")
    for name in written:
        typer.echo(f"wrote {name}")
