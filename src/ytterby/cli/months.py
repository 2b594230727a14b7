"""``ytterby months``: a scenario month by month or quarter by quarter, with stocks and licences as granted."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from ytterby.cli.case import ScenarioOption, case_of
from ytterby.cli.console import JsonOption, QuietOption, WorldOption, print_json, print_table, progress
from ytterby.cli.drawing import PictureOption, PlacesOption, ProductsOption, check_picture, draw


class Length(StrEnum):
    """How long a period is."""

    month = "month"
    quarter = "quarter"
    half_year = "half-year"


def months(
    first: Annotated[str, typer.Option("--from", help="First month, as 2026-11; also 2026-Q4, 2026-H2 or 2026.")],
    last: Annotated[str, typer.Option("--to", help="Last month, written likewise.")],
    scenario: ScenarioOption = None,
    by: Annotated[
        Length, typer.Option(help="Length of a period; of a longer one every month counts by its own law.")
    ] = Length.month,
    begins: Annotated[str | None, typer.Option(help="Month in which the scenario begins; default: the first.")] = None,
    without: Annotated[
        list[str] | None,
        typer.Option(help="Leave a part out: licences, inspections, stocks, hoarding, waiting. Several may be given."),
    ] = None,
    product: ProductsOption = None,
    place: PlacesOption = None,
    picture: PictureOption = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Save the months as a run folder.")] = None,
    world: WorldOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Solve a scenario month by month or quarter by quarter: stocks are drawn, licences come as granted, sales wait."""
    from ytterby.studies.episode import months as follow
    from ytterby.studies.episode import parts
    from ytterby.studies.episode.show import shortfalls
    from ytterby.studies.path.show import price_paths, prices_picture
    from ytterby.world import World

    check_picture(picture)
    left_out = parts(without or [])
    facts = World.load(world)
    case = case_of(scenario)
    with progress("months", quiet or as_json) as tell:
        found = follow(
            facts,
            case,
            first=first,
            last=last,
            by=by.value,
            begins=begins,
            without=left_out,
            progress=tell,
        )
        if out is not None:
            found.save(out)
    prices = price_paths(found, facts, product, place)
    short = shortfalls(found)
    if picture is not None:
        draw(picture, prices_picture(prices, str(found.meta["scenario"]["title"])))
    written = [str(p) for p in (out, picture) if p is not None]
    if as_json:
        print_json({"meta": found.meta, "prices": prices, "shortfalls": short, "outputs": written})
        return
    wide = prices.pivot_table(index="period", columns=["product", "place"], values="usd_per_kg")
    wide.columns = [", ".join(pair) for pair in wide.columns.to_flat_index()]
    print_table(wide.reset_index(), "Prices, USD/kg net of VAT, mean by what passes")
    print_table(short, "Magnets bought over what is needed, and what users hold over what they held before")
    if not quiet:
        for note in found.meta["notes"]:
            typer.echo(f"note: {note}")
    for name in written:
        typer.echo(f"wrote {name}")
