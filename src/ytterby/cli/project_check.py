"""``ytterby project check``: whether a published claim can be true."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ytterby.cli.console import JsonOption, QuietOption, WorldOption, print_json, print_table
from ytterby.world.errors import Fault, InputError

if TYPE_CHECKING:
    from ytterby.projects.verdict import Limits
    from ytterby.world.load import World


def check(
    claim: Annotated[
        str | None,
        typer.Argument(help='For example "0.5 Mt/y of ore at 0.40 % gives 85,000 t/y REO", or a CSV file of claims.'),
    ] = None,
    published: Annotated[bool, typer.Option("--published", help="The published claims whose truth is known.")] = False,
    world: WorldOption = None,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Say whether a published claim is impossible, implausible or consistent, and why."""
    from ytterby import projects
    from ytterby.world.load import World

    loaded = World.load(world)
    limits = projects.limits_of(loaded)
    if published or (claim is not None and (claim.endswith(".csv") or Path(claim).is_file())):
        _check_many(loaded, None if published else claim, limits, json, quiet)
        return
    if claim is None:
        raise InputError("no claim", [Fault("claim", "nothing", "a sentence, a CSV file of claims, or --published")])
    reading = projects.read_sentence(claim)
    checked = projects.check_claim(reading.claim, limits)
    if json:
        print_json(
            {
                "verdict": checked.verdict.label,
                "tested": checked.tested,
                "remarks": [{"rule": r.rule, "finding": r.finding.label, "why": r.why} for r in checked.remarks],
                "read": {k: v for k, v in checked.claim.__dict__.items() if v not in (None, "")},
                "unread": reading.unread,
            }
        )
        return
    typer.echo(checked.sentence)
    for name, words in reading.read.items() if not quiet else ():
        typer.echo(f"read as {name} = {getattr(checked.claim, name):g}: {words}")
    if reading.unread and not quiet:
        typer.echo(f"not read: {', '.join(reading.unread)}")
    if not quiet and not checked.tested:
        typer.echo("say more: ore per year, grade, product per year, recovery, capex, NPV, IRR, reserve or resource")


def _check_many(loaded: World, file: str | None, limits: Limits, json: bool, quiet: bool) -> None:
    """Print the verdict on every claim of a file, or on the published ones beside what is known of them."""
    import pandas as pd

    from ytterby import projects

    if file is None:
        rows = loaded.table("published_claims").to_dict("records")
        claims = [projects.claim_from({str(k): v for k, v in r.items()}, str(r["claim"])) for r in rows]
        known = [str(r["known"]) for r in rows]
        said = [str(r["statement"]) for r in rows]
    else:
        claims = projects.read_claims(file)
        known, said = [""] * len(claims), [""] * len(claims)
    found = [projects.check_claim(c, limits) for c in claims]
    table = pd.DataFrame(
        {
            "name": [c.name for c in claims], "statement": said, "known": known,
            "verdict": [f.verdict.label if f.tested else "cannot tell" for f in found],
            "why": ["; ".join(r.why for r in f.remarks) for f in found],
        }
    )  # fmt: skip
    if json:
        print_json(table)
        return
    columns = {"name": "who", "statement": "what", "known": "known", "verdict": "verdict", "why": "why"}
    print_table(
        table,
        "Claims put to the test",
        columns if file is None else {k: columns[k] for k in ("name", "verdict", "why")},
    )
    if file is None and not quiet:
        wrong, sound = table[table["known"] == "error"], table[table["known"] == "sound"]
        typer.echo(
            f"{(wrong['verdict'] != 'consistent').sum()} of {len(wrong)} known errors caught, "
            f"{(sound['verdict'] == 'consistent').sum()} of {len(sound)} sound claims passed"
        )
