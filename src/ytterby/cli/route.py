"""`ytterby route`: lawful ways between two places, compared, and what happens when one more border shuts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from ytterby.cli.console import print_json, print_table, progress
from ytterby.cli.route_question import Question, asking, listed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ytterby.routes import Comparison
    from ytterby.world.terms import Freight


class WaysByDefault(TyperGroup):
    """Without a subcommand's name, the words are an origin and a destination."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put ``ways`` before two places."""
        if args and args[0] not in self.commands and not args[0].startswith("-"):
            args = ["ways", *args]
        return super().parse_args(ctx, args)


app = typer.Typer(cls=WaysByDefault, help="Lawful ways between two places: cost, time, risk.", no_args_is_help=True)

OutOption = Annotated[
    list[Path] | None,
    typer.Option("--out", metavar="FILE", help="Write the ways; by its ending .html, .geojson, .xlsx or .png."),
]
SurfaceOption = Annotated[bool, typer.Option("--surface/--with-air", help="Leave out air for the cuts?")]
DrawsOption = Annotated[int, typer.Option(min=100, help="Random draws.")]
SeedOption = Annotated[int, typer.Option(help="Seed of the draws.")]


def _write(asked: Question, ways: Sequence[Freight], files: Sequence[Path]) -> None:
    from ytterby.routes.page import write_files

    if files:
        write_files(asked.router, ways, files, title=f"Ways from {asked.words}")


@app.command("ways")
@asking
def ways(
    asked: Question,
    criteria: Annotated[str, typer.Option(help="Any of cost,days,risk,carbon.")] = "cost,days,risk",
    epsilon: Annotated[float, typer.Option(help="How much worse a way may be and still stand for another.")] = 0.03,
    most: Annotated[int, typer.Option(min=1, help="Most ways shown.")] = 8,
    class7: Annotated[
        bool | None,
        typer.Option("--class7/--not-class7", help="Radioactive (Class 7)? Default: what the form says."),
    ] = None,
    out: OutOption = None,
) -> None:
    """Show the lawful ways that are worth comparing (the default command)."""
    from ytterby.routes import corridor_table, legs_table
    from ytterby.routes.asking import share
    from ytterby.routes.page import written_by_ending
    from ytterby.routes.router import criterion

    asked.mistakes.each(criterion, listed(criteria) or [""])
    asked.mistakes.of(lambda: share(epsilon, "epsilon"), 0.0)
    asked.mistakes.each(written_by_ending, out or [])
    asked.check()
    found = asked.router.ways(
        asked.origin, asked.destination, asked.form, avoid=asked.avoid, closed=asked.closed,
        criteria=listed(criteria), epsilon=epsilon, most=most, class7=class7,
    )  # fmt: skip
    if found[0].lawful:
        _write(asked, found, out or [])
    if asked.as_json:
        table = corridor_table(asked.router, found) if found[0].lawful else None
        told = {"on": asked.router.on, "epsilon": epsilon, "criteria": listed(criteria)}
        print_json({**told, "ways": found, "corridors": table})
        return
    if not found[0].lawful:
        typer.echo("\n".join(found[0].reasons))
        raise typer.Exit(1)
    _print_corridors(asked, found, f"{asked.words} (epsilon {epsilon:g})")
    if not asked.quiet:
        print_table(
            legs_table(found),
            "Legs",
            {"way": "way", "leg": "leg", "mode": "mode", "distance_km": "km", "usd_per_t": "USD/t",
             "days_low": "days", "days_high": "to", "countries": "countries", "source": "source",
             "confidence": "grade"},
        )  # fmt: skip
        for number, way in enumerate(found, start=1):
            for reason in way.reasons:
                typer.echo(f"way {number}: {reason}")


def _print_corridors(asked: Question, found: Sequence[Freight], title: str) -> None:
    from ytterby.routes import corridor_table

    shown = corridor_table(asked.router, found)
    shown["band"] = [f"{a:,.0f}-{b:,.0f}" for a, b in zip(shown["low"], shown["high"], strict=True)]
    shown["days"] = [f"{a:.0f} / {b:.0f}" for a, b in zip(shown["p50"], shown["p90"], strict=True)]
    shown["assumed"] = [f"{a:.0%}" for a in shown["assumed_share"]]
    columns = {
        "way": "way", "usd_per_t": "USD/t", "band": "band", "days": "days P50/P90", "risk": "risk",
        "kg_co2e_per_t": "kg CO2e/t", "via": "via", "modes": "modes", "passages": "passages", "assumed": "assumed",
    }  # fmt: skip
    print_table(shown, title, columns)


@app.command("compare")
@asking
def compare(
    asked: Question,
    via: Annotated[
        list[str] | None,
        typer.Option(help="Hub or leg of a way; repeat it. The first is held against each other one."),
    ] = None,
    cheaper: Annotated[
        float | None, typer.Option(metavar="PER CENT", help="The first is said to be so much cheaper.")
    ] = None,
    faster: Annotated[
        float | None, typer.Option(metavar="DAYS", help="The first is said to be so much faster.")
    ] = None,
    draws: DrawsOption = 20_000,
    seed: SeedOption = 1,
    out: OutOption = None,
) -> None:
    """Set ways against each other on the same draws: by how much, how surely, decided by what."""
    from ytterby.routes import compare_ways, corridor_table
    from ytterby.routes.page import written_by_ending
    from ytterby.world.choices import choice

    router = asked.router
    names = via or choice(router.world, "compared-ways").split("|")
    asked.mistakes.each(written_by_ending, out or [])
    asked.mistakes.each(lambda name: router.leg_or_hub(name, "via"), names)
    asked.check()
    ends = asked.origin, asked.destination, asked.form
    found = [router.cheapest_through(*ends, name, avoid=asked.avoid, closed=asked.closed) for name in names]
    said = None if cheaper is None and faster is None else ((cheaper or 0.0) / 100.0, faster or 0.0)
    answers = [compare_ways(router, found[0], other, n=draws, seed=seed, said=said) for other in found[1:]]
    _write(asked, found, out or [])
    if asked.as_json:
        print_json(
            {"on": router.on, "via": names, "comparisons": answers, "corridors": corridor_table(router, found),
             "ways": found}
        )  # fmt: skip
        return
    _print_corridors(asked, found, asked.words)
    for name, answer in zip(names[1:], answers, strict=True):
        typer.echo("\n".join(_told(names[0], name, answer)))


def _told(first: str, second: str, answer: Comparison) -> list[str]:
    cost, days, said = answer.cost_share, answer.days, answer.said
    lines = [
        f"{first} against {second}:",
        f"  cost: {cost.point:+.0%} ({cost.low:+.0%} to {cost.high:+.0%}); "
        f"cheaper in {answer.share_cheaper:.0%} of draws",
        f"  time: {days.point:+.0f} days ({days.low:+.0f} to {days.high:+.0f}); "
        f"a week faster in {answer.share_week_faster:.0%} of draws",
    ]
    if said is not None:
        lines.append(
            f'  "{said.cheaper_share:.0%} cheaper and {said.days_faster:g} days faster": {said.share_cheaper:.0%}, '
            f"{said.share_faster:.0%}, and both in {said.share_both:.0%} of draws - {said.verdict}"
        )
    lines += ["  cost is decided by:", *(f"    {line}" for line in answer.deciding)]
    return [*lines, "  time is decided by:", *(f"    {line}" for line in answer.deciding_days)]


@app.command("months")
@asking
def months(
    asked: Question,
    via: Annotated[str, typer.Option(help="Hub or leg of the way; blank: the cheapest lawful way.")] = "",
    draws: DrawsOption = 10_000,
    seed: SeedOption = 1,
) -> None:
    """Show a year by months: days door to door (P50 and P90), cost, risk, and the season's delays."""
    from ytterby.routes import months_table

    router = asked.router
    asked.mistakes.each(lambda name: router.leg_or_hub(name, "via"), [via] if via else [])
    asked.check()
    with progress("twelve months", asked.quiet or asked.as_json):
        table = months_table(
            router.world, asked.origin, asked.destination, asked.form, router.on.year, via=via, avoid=asked.avoid,
            closed=asked.closed, draws=draws, seed=seed,
        )  # fmt: skip
    if asked.as_json:
        print_json({"year": router.on.year, "months": table})
        return
    columns = {
        "month": "month", "usd_per_t": "USD/t", "p50": "days P50", "p90": "days P90", "risk": "risk", "via": "via",
        "delays": "season",
    }  # fmt: skip
    print_table(table, f"{asked.words}{f', via {via}' if via else ''}, by month", columns)


@app.command("resilience")
@asking
def resilience(asked: Question, surface: SurfaceOption = True) -> None:
    """What each closure costs, the smallest cuts by leg and by transit state, and what can pass in a year."""
    from ytterby.routes import closure_costs, smallest_country_cut, smallest_leg_cut, yearly_flow

    asked.check()
    router, ends = asked.router, (asked.origin, asked.destination, asked.form)
    modes = ("road", "rail", "sea", "ferry", "river") if surface else ()
    avoid, closed = asked.avoid, asked.closed
    costs = closure_costs(router, *ends, avoid=avoid, closed=closed)
    legs = smallest_leg_cut(
        router, asked.origin, [asked.destination], asked.form, modes=modes, avoid=avoid, closed=closed
    )
    states = smallest_country_cut(router, *ends, modes=modes, avoid=avoid, closed=closed)
    flow = yearly_flow(router, *ends, modes=modes, avoid=avoid, closed=closed)
    if asked.as_json:
        told = {"closures": costs, "leg_cut": legs, "country_cut": states, "yearly_flow": flow}
        print_json({"on": router.on, **told})
        return
    print_table(
        costs,
        f"What a closure costs: {asked.words}",
        {"kind": "kind", "closed": "closed", "lawful": "a way left", "extra_usd_per_t": "extra USD/t",
         "extra_days": "extra days"},
    )  # fmt: skip
    by = "by land and water" if surface else "by any mode"
    typer.echo(f"smallest cut by legs, {by}: {_cut_words(legs.members, legs.possible)}")
    words = "; ".join([_cut_words(states.members, states.possible), *states.remarks])
    typer.echo(f"smallest cut by transit states, {by}: {words}")
    limit = "no limit known" if flow.t_per_year == float("inf") else f"{flow.t_per_year:,.0f} t a year"
    binding = f", held by {', '.join(flow.binding)}" if flow.binding else ""
    typer.echo(f"can pass in a year, {by}: {limit}{binding}")


def _cut_words(members: tuple[str, ...], possible: bool) -> str:
    if not possible:
        return "cannot be cut"
    return ", ".join(members) or "already cut off"
