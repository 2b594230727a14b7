"""``ytterby project compare``: published studies re-computed from their own inputs, or re-priced to one deck."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from ytterby.cli.case import ScenarioOption
from ytterby.cli.console import JsonOption, QuietOption, WorldOption, print_json, print_table
from ytterby.cli.project_value import solved
from ytterby.world.errors import Fault, InputError

if TYPE_CHECKING:
    import pandas as pd

    from ytterby.world.load import World
    from ytterby.world.terms import PriceDeck

PriceOption = Annotated[
    list[str] | None,
    typer.Option("--price", metavar="OXIDE=USD", help="Price in USD/kg, for example ndpr-oxide=55; several times."),
]
MARKET = "market"
BANDS = (
    "NPV and IRR band: every input that a study does not print set to the worst, and to the best, of the same list of "
    "conventions for all (table study_conventions); the point beside it is computed by one rule and never moved"
)


def given_deck(world: World, prices: list[str]) -> PriceDeck:
    """Read prices given as OXIDE=USD; raises InputError with all that cannot be, names that are not sold among them."""
    from ytterby.world.errors import nearest
    from ytterby.world.terms import PriceDeck

    sold = {str(name) for name in world.table("commodities")["commodity"]}

    values: dict[str, float] = {}
    faults = []
    for item in prices:
        name, sign, number = item.partition("=")
        try:
            values[name.strip()] = float(number)
        except ValueError:
            sign = ""
        if not sign or not values.get(name.strip(), -1.0) >= 0:
            faults.append(Fault("--price", repr(item), "OXIDE=USD of at least 0, as ndpr-oxide=55"))
        elif name.strip() not in sold:
            faults.append(Fault("--price", repr(name.strip()), nearest(name.strip(), sold)))
    if faults:
        raise InputError("price cannot be read", faults)
    return PriceDeck("user", 0, values, "as given", "net", "given on the command line")


def compare(
    deck: Annotated[
        str | None, typer.Option(help="Place of an observed deck (china, europe), or `market`: both sides as solved.")
    ] = None,
    year: Annotated[int | None, typer.Option(help="Year of the deck; default: the world's base year.")] = None,
    price: PriceOption = None,
    scenario: ScenarioOption = None,
    discount: Annotated[float | None, typer.Option(help="Discount rate, fraction; default: the world's.")] = None,
    curve: Annotated[bool, typer.Option("--curve", help="The cost curve by break-even NdPr price.")] = False,
    world: WorldOption = None,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Re-price studies to one deck, rate and tax engine; without a deck, re-compute them from their own inputs."""
    from ytterby import projects
    from ytterby.world.load import World

    loaded = World.load(world)
    faults = []
    if scenario and deck != MARKET:
        faults.append(Fault("--scenario", "given", "--deck market with it"))
    alone = {"--year": year is not None, "--discount": discount is not None, "--curve": curve}
    if not price and not deck:
        faults += [Fault(o, "given", "--deck or --price with it") for o, given in alone.items() if given]
    if discount is not None and not 0 <= discount < 1:
        faults.append(Fault("--discount", f"{discount:g}", "a fraction of 0 to below 1, as 0.08"))
    if faults:
        raise InputError("studies cannot be compared so", faults)
    if not price and not deck:
        _recomputed(loaded, json, quiet)
        return
    decks = {"given": given_deck(loaded, price or [])}
    if deck == MARKET:
        from ytterby.studies.appraise import market_decks

        inside, outside = market_decks(loaded, solved(loaded, scenario, year, quiet or json))
        decks = {"inside": inside.deck, "outside": outside.deck}
    elif deck:
        seen = projects.observed_deck(loaded, deck, year)
        decks = {deck: replace(seen, usd_per_kg={**seen.usd_per_kg, **decks["given"].usd_per_kg})}
    if curve:
        _curves({n: projects.cost_curve(loaded, d) for n, d in decks.items()}, json)
        return
    tables = {name: projects.reprice(loaded, d, discount) for name, d in decks.items()}
    first = next(iter(tables.values()))
    table = first.rename(columns={"npv_musd": f"npv_{next(iter(tables))}"})
    for name, other in list(tables.items())[1:]:
        table[f"npv_{name}"] = other["npv_musd"]
    if json:
        print_json(table)
        return
    valued = table[table["why_not"] == ""]
    columns = {
        "study": "study", "basket_usd_per_kg": "basket", "opex_usd_per_kg": "cost",
        **{f"npv_{n}": f"NPV {n}" for n in tables}, "published_npv_musd": "published",
        "breakeven_ndpr_usd_per_kg": "break-even NdPr", "polymetallic": "by-products left out",
    }  # fmt: skip
    print_table(valued, "Studies on one deck, one rate and one tax engine, M USD", columns)
    if not quiet:
        typer.echo(f"{len(table) - len(valued)} studies print too little to be valued; --json says what is missing")


def _curves(curves: dict[str, pd.DataFrame], json: bool) -> None:
    if json:
        print_json(curves)
        return
    for name, curve in curves.items():
        print_table(curve, f"Who breaks even at which price of NdPr oxide, other prices {name}")


def _recomputed(world: World, json: bool, quiet: bool) -> None:
    """Print studies re-computed from their own inputs, before and after tax apart, and those that cannot be."""
    import pandas as pd

    from ytterby import projects

    results = projects.recompute(world)
    table = pd.DataFrame(
        [
            {
                "study": r.study, "basis": r.basis, "npv": r.npv_musd, "published": r.published_npv_musd,
                "error_pct": round(100.0 * r.npv_error, 1), "irr": r.irr_pct, "published_irr": r.published_irr_pct,
                "met": _words(r.npv_met, r.irr_met),
                "npv_low": r.npv_low_musd, "npv_high": r.npv_high_musd, "irr_low": r.irr_low_pct,
                "irr_high": r.irr_high_pct, "npv_inside": r.npv_inside, "irr_inside": r.irr_inside,
                "npv_band": f"{r.npv_low_musd:,.0f} to {r.npv_high_musd:,.0f}",
                "irr_band": f"{r.irr_low_pct:.0f} to {r.irr_high_pct:.0f}",
                "inside": _words(r.npv_inside, r.irr_inside),
                "unprinted": ", ".join(r.unprinted), "assumed": "; ".join(r.assumed), "reason": r.reason,
            }
            for r in results
        ]
    )  # fmt: skip
    counts, missing = projects.counts(results), projects.left_out(world)
    complete = projects.completeness(world, results)
    if json:
        moves = {f"{r.study}, {r.basis}": r.moves for r in results}
        plain = table.drop(columns=["npv_band", "irr_band", "inside"])
        print_json({"studies": plain, "moves": moves, "complete": complete, "met": counts, "left_out": missing})
        return
    shown = {
        "study": "study", "npv": "NPV", "published": "printed", "error_pct": "error, %", "irr": "IRR, %",
        "published_irr": "printed IRR", "met": "met", "npv_band": "NPV band", "irr_band": "IRR band",
        "inside": "printed inside",
    }  # fmt: skip
    if not quiet:
        typer.echo(BANDS)
    for basis, group in table.groupby("basis", sort=False):
        print_table(
            group, f"Studies re-computed from their own printed inputs, {basis}, M USD of the study year", shown
        )
    for row in complete[complete["studies"].isin(["complete", "one input short", "all"])].to_dict("records"):
        typer.echo(
            f"{row['basis']}, {row['studies']}: NPV within 15 % at {row['npv_met']} of {row['npv_of']}, "
            f"IRR within 3 points at {row['irr_met']} of {row['irr_of']}; inside the band of what is not printed: "
            f"NPV {row['npv_inside']} of {row['npv_of']}, IRR {row['irr_inside']} of {row['irr_of']}"
        )
    if not quiet:
        missed = table[table["reason"] != ""]
        columns = {"study": "study", "basis": "basis", "unprinted": "complete needs", "reason": "why"}
        print_table(missed, "Studies whose value or rate is missed, and what inputs not printed could move", columns)
        print_table(complete, "How many are met among the studies that print an input")
        print_table(counts, "How many are met with one convention changed for all")
        print_table(
            missing,
            "Studies with a printed value that do not print enough",
            {"study": "study", "published_npv_musd": "published, M USD", "missing": "why not"},
        )


def _words(value: bool, rate: bool | None) -> str:
    """Which of value and rate; a rate that is not printed is not spoken of."""
    return " ".join(["NPV" if value else "-", *([] if rate is None else ["IRR" if rate else "-"])])
