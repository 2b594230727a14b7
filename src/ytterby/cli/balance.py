"""``ytterby world balance YEAR``: one balanced year, every adjustment and residual."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ytterby.cli.console import JsonOption, QuietOption, WorldOption, print_json, print_table, progress

if TYPE_CHECKING:
    import pandas as pd

    from ytterby.balance import BalancedYear

YearArgument = Annotated[int, typer.Argument(help="Year to balance, for example 2024.")]
WithoutOption = Annotated[
    list[str] | None, typer.Option("--without", metavar="PUBLISHER", help="Leave out a publisher; may be repeated.")
]
SensitivityOption = Annotated[
    bool, typer.Option("--sensitivity", help="What key totals become when each publisher in turn is left out.")
]
FlowsOption = Annotated[bool, typer.Option("--flows", help="Print every balanced flow as well.")]
OutOption = Annotated[
    Path | None, typer.Option("--out", metavar="DIR", help="Write balanced.csv and residuals.csv into this folder.")
]


def balance(
    year: YearArgument,
    without: WithoutOption = None,
    sensitivity: SensitivityOption = False,
    flows: FlowsOption = False,
    out: OutOption = None,
    world: WorldOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Balance a year: what is published does not close; one least-squares balance, every adjustment shown."""
    from ytterby.balance import leave_one_out, reconcile
    from ytterby.world.load import World

    loaded = World.load(world)
    with progress("balancing", quiet or as_json):
        balanced = reconcile(loaded, year, without=without or ())
        left_out = leave_one_out(loaded, year) if sensitivity else None
    if out is not None:
        _write(balanced, out)
    if as_json:
        print_json(
            {
                "year": balanced.year,
                "summary": balanced.summary,
                "totals": balanced.totals,
                "flows": balanced.flows,
                "residuals": balanced.residuals,
                "notes": balanced.notes,
                "sensitivity": left_out,
            }
        )
        return
    _print(balanced, flows, quiet)
    if left_out is not None:
        print_table(left_out[left_out["change_share"].abs() > 0.01], "Left out one at a time: changes over 1 %")


def _write(balanced: BalancedYear, out: Path) -> None:
    from ytterby.world.errors import Fault, InputError

    try:
        out.mkdir(parents=True, exist_ok=True)
        for name, frame in (("balanced", balanced.flows), ("residuals", balanced.residuals)):
            half = out / f".{name}.csv.part"
            frame.to_csv(half, index=False, lineterminator="\n")
            half.replace(out / f"{name}.csv")
    except OSError as error:
        raise InputError("cannot write", [Fault(str(out), str(error), "a folder that can be written")]) from error


def _print(balanced: BalancedYear, flows: bool, quiet: bool) -> None:
    print_table(balanced.totals, f"Balanced {balanced.year}: t REO, magnets t, with 90 % bands")
    dug = balanced.flows[balanced.flows["kind"].isin(("mine", "unrecorded"))]
    wide = dug.pivot_table(index="country", columns="kind", values="t", aggfunc="sum", fill_value=0.0)
    wide["mined"] = wide.sum(axis=1)
    print_table(wide.sort_values("mined", ascending=False).reset_index(), "Mined by country, t REO")
    print_table(
        _by_place(balanced), "By place: separated, of it NdPr, unsold, used outside magnets (t REO); magnets (t)"
    )
    used = balanced.residuals[balanced.residuals["status"].isin(("used", "carried", "left out"))]
    used = used.loc[used["standardised"].abs().sort_values(ascending=False).index]
    used = used.assign(figure=_named(used))
    columns = ["figure", "unit", "observed", "fitted", "adjustment", "standardised"]
    print_table(used[columns], "Figures, what the balance makes of them, and by how many standard errors")
    moved = balanced.flows[balanced.flows["prior"].notna() & (balanced.flows["adjustment"].abs() >= 1.0)]
    moved = moved.loc[moved["adjustment"].abs().sort_values(ascending=False).index]
    parts = ["kind", "country", "place", "destination", "ore", "element"]
    moved = moved.assign(flow=moved[parts].apply(lambda row: " ".join(part for part in row if part), axis=1))
    title = "Flows moved from what was expected, t" + ("" if flows else ": the first 20, all with --flows")
    print_table((moved if flows else moved.head(20))[["flow", "prior", "t", "adjustment", "status"]], title)
    if flows:
        print_table(balanced.flows.drop(columns=["prior", "adjustment"]), "Every flow")
    aside = balanced.residuals[~balanced.residuals["status"].isin(("used", "carried", "left out"))]
    if not quiet:
        print_table(aside[["observation", "observed", "unit", "status", "reason"]], "Figures kept beside the balance")
        s = balanced.summary
        print(
            f"{s['figures']:.0f} figures, chi-square {s['chi_square']:.1f}; {s['expectations']:.0f} soft shares, "
            f"chi-square {s['chi_square_of_expectations']:.1f}; {s['balances']:.0f} exact balances of "
            f"{s['unknowns']:.0f} flows, worst {s['worst_balance']:.0e} (relative)"
        )
        for note in balanced.notes:
            print(f"- {note}")


def _named(used: pd.DataFrame) -> pd.Series:
    """A figure in words: series, area, item, publisher and year."""
    arrow = used["area"].where(used["destination"].eq(""), used["area"] + " to " + used["destination"])
    said = used["series"].str.replace("-", " ") + ", " + arrow + ", " + used["item"]
    year = used["year"].astype(str).where(used["status"].ne("carried"), used["year"].astype(str) + ", carried")
    return said + " (" + used["publisher"] + " " + year + ")"


def _by_place(balanced: BalancedYear) -> pd.DataFrame:
    import pandas as pd

    places = sorted(set(balanced.flows.loc[balanced.flows["kind"].isin(("separated", "magnets", "use")), "place"]))
    rows = [
        (
            place,
            balanced.separated(place),
            balanced.separated(place, "ndpr-oxide"),
            balanced.separated(place, "lace-carbonate"),
            balanced.use(place),
            balanced.magnets(place),
            balanced.use(place, "ndfeb"),
        )
        for place in places
    ]
    names = ["place", "oxides", "NdPr", "unsold La-Ce", "other use", "magnets", "magnet use"]
    return pd.DataFrame(rows, columns=names).sort_values("oxides", ascending=False, ignore_index=True)
