"""``ytterby leverage``: how much of the grip is ore, processing, transit and rules."""

from __future__ import annotations

import typer

from ytterby.cli.console import JsonOption, QuietOption, WorldOption, print_json, print_table, progress

app = typer.Typer(name="strategy", help="Who holds what grip, and through which lever.", no_args_is_help=True)

COLUMNS = {
    "lever": "lever",
    "alone_musd": "alone, M USD",
    "last_musd": "last, M USD",
    "shapley_musd": "Shapley, M USD",
    "share_pct": "share, %",
    "china_cost_musd": "cost to China, M USD",
    "china_revenue_lost_musd": "its revenue lost, M USD",
    "equal_cost_loss_musd": "loss at equal cost, M USD",
    "remark": "remark",
}


@app.command()
def leverage(world: WorldOption = None, as_json: JsonOption = False, quiet: QuietOption = False) -> None:
    """What buyers outside China lose by each of four levers: alone, last, shared out, and at equal cost."""
    from ytterby.strategy import leverage as find
    from ytterby.world import World

    with progress("leverage", quiet or as_json) as tell:
        found = find(World.load(world), tell)
    if as_json:
        print_json(
            {
                "levers": found.table,
                "interactions": found.interactions,
                "coalitions": found.coalitions,
                "notes": found.notes,
            }
        )
        return
    shown = found.table.assign(share_pct=100.0 * found.table["share"])
    for column in [c for c in shown.columns if c.endswith("_usd")]:
        shown[column.removesuffix("_usd") + "_musd"] = shown[column] / 1e6
    print_table(shown, "Loss outside China by lever, a year", COLUMNS)
    joint = found.interactions.assign(musd=found.interactions["usd"] / 1e6)
    print_table(joint, "Interaction (negative: substitutes)", {"a": "lever", "b": "with", "musd": "M USD"})
    if not quiet:
        for note in found.notes:
            typer.echo(f"- {note}")
