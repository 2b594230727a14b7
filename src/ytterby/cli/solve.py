"""``ytterby solve``: one year of the market under a scenario."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ytterby.cli.case import ScenarioOption, case_of
from ytterby.cli.console import JsonOption, QuietOption, WorldOption, print_json, print_table, progress


def solve(
    scenario: ScenarioOption = None,
    year: Annotated[int | None, typer.Option(help="Year; default: the world's base year.")] = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Save the outcome as a run folder.")] = None,
    world: WorldOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Solve the market of one year and print prices, production and the certificate."""
    from ytterby.cli.market import print_two_prices
    from ytterby.market.report import as_contract
    from ytterby.studies import solve as solve_case
    from ytterby.world import World

    facts = World.load(world)
    case = case_of(scenario)
    with progress("solve", quiet or as_json) as tell:
        outcome = solve_case(facts, case, year, progress=tell)
        if out is not None:
            outcome.save(out)
    if as_json:
        print_json(as_contract(outcome, outcome.network) | {"outputs": [str(out)] if out else []})
        return
    prices = outcome.prices
    shown = prices[prices["point"].notna() & (prices["traded_t"] > 0)].sort_values(["commodity", "place", "origin_tag"])
    columns = {
        "commodity": "product",
        "place": "place",
        "origin_tag": "origin",
        "low": "low",
        "point": "one tonne more",
        "high": "high",
        "paid": "paid by volume",
        "traded_t": "t a year",
    }
    print_table(shown, f"Prices, {outcome.meta['year']}, {outcome.meta['label']}, USD/kg net of VAT", columns)
    print_two_prices(outcome)
    made = outcome.production.groupby(["stage", "place"], as_index=False)[["level_t"]].sum()
    made = made[(made["level_t"] > 1.0) & (made["stage"] != "use")]
    print_table(made, "Production", {"stage": "stage", "place": "place", "level_t": "t a year"})
    for paid in outcome.meta.get("support", []):
        typer.echo(
            f"price floor {paid['contract']}: {paid['holder']} pays {paid['paid_usd_per_kg']:,.2f} USD/kg on "
            f"{paid['t']:,.0f} t {paid['commodity']}, {paid['usd'] / 1e6:,.1f} million USD a year"
        )
    proof = outcome.certificate
    typer.echo(
        f"certificate: primal {proof.primal:.1e}, dual {proof.dual:.1e}, complementarity {proof.complementarity:.1e}, "
        f"gap {proof.gap:.1e}, element balance {proof.mass_balance:.1e}"
    )
    if not quiet:
        for note in outcome.network.notes:
            typer.echo(f"note: {note}")
    if out is not None:
        typer.echo(f"wrote {out}")
