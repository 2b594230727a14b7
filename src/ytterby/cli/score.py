"""``ytterby score``: what the market was told, what it was fitted to, and how well it answers the rest."""

from __future__ import annotations

from typing import Annotated

import typer

from ytterby.cli.console import JsonOption, QuietOption, WorldOption, print_json, print_table, progress

app = typer.Typer(help="Score the market: what was forced, what was fitted, what was tested and how well.")


@app.command()
def score(
    worst: Annotated[
        int,
        typer.Option("--worst", "-n", min=0, help="How many of the worst misses to show, of prices and of quantities."),
    ] = 8,
    in_full: Annotated[
        bool, typer.Option("--all", help="Show every price, place and margin, not only the counts.")
    ] = False,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    world: WorldOption = None,
) -> None:
    """Score the market: what was forced, what was fitted, what was tested and how well.

    Forced and fitted figures score nothing. The years around the base year are solved with only their own exogenous
    rows changed; each oxide's price is predicted from the year before; margins are taken at observed prices. Beside
    every test stands the answer that nothing changed.
    """
    from ytterby.studies.scores import scores
    from ytterby.world import World

    with progress("scoring", quiet or as_json) as tell:
        found = scores(World.load(world) if world else World.load(), tell)
    if as_json:
        print_json(
            {"base_year": found.base_year, **found.tables(), "worst": found.worst(worst), "count": dict(found.count)}
        )
        return
    given = found.forced
    print_table(
        given,
        "Told beforehand, so scored nothing",
        {"what": "what", "status": "status", "count": "figures", "amount": "t", "taken_from": "from"},
    )
    c = found.count
    print(
        f"{c['fitted_parameters']} fitted parameters and {c['anchored_prices']} anchored prices "
        f"against {c['observations_tested']} observations that test the answer.\n"
    )
    print_table(
        found.summary,
        "Tested: hits within 10 % or the spread of the sources, Wilson's 95 % interval, beside no change",
        {
            "test": "test",
            "answers": "answers",
            "hits": "hits",
            "low": "share from",
            "high": "to",
            "hits_no_change": "no change hits",
            "right_way": "right way",
            "asked_way": "of",
            "mean_abs_log_error": "mean |log error|",
            "mean_abs_log_error_no_change": "no change",
        },
    )
    lost = found.margins[~(found.margins["margin_usd_per_kg"] >= 0)]
    print_table(
        lost,
        f"Margins at the prices of {found.base_year}, USD/kg REO: "
        f"{len(lost)} of {len(found.margins)} operating sites do not pay",
        {
            "name": "site",
            "stage": "stage",
            "value_usd_per_kg": "value",
            "own_cost_usd_per_kg": "own cost",
            "upstream_usd_per_kg": "upstream",
            "margin_usd_per_kg": "margin",
            "reason": "because",
        },
    )
    if worst:
        print_table(found.worst(worst), "Worst misses")
    if in_full:
        columns = {
            n: n.replace("_", " ")
            for n in ("year", "product", "place", "status", "modelled", "observed", "no_change", "hit", "remark")
        }
        for name, table in (
            ("base year", found.base_prices),
            ("other years", found.years),
            ("each price withheld", found.withheld),
        ):
            print_table(table, f"Prices, {name}, USD/kg of {found.base_year}", columns)
        print_table(found.places.drop(columns=["source", "hit_low", "hit_high"]), "Production and trade, t")
        print_table(found.margins.drop(columns=["name", "reason"]), "Margins, USD/kg REO")
    elif not quiet:
        print("Every row: ytterby score --all, or --json.")
