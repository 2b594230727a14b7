"""``ytterby calibrate``: named parameters fitted to named observations, held-out ones unread."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ytterby.cli.console import JsonOption, QuietOption, WorldOption, print_json, print_table, progress

PARAMETERS = {
    "parameter": "parameter",
    "prior": "prior",
    "band_low": "band from",
    "band_high": "to",
    "identified": "identified",
    "fitted": "fitted",
    "low": "90 % from",
    "high": "to",
    "tried": "search ended at",
    "loss_at_low": "loss at its low end alone",
    "loss_at_high": "at its high end",
    "reason": "why not",
}
SUMMARY = {
    "role": "role",
    "set": "observations",
    "answers": "answers",
    "hits_prior": "hits, prior",
    "hits_fitted": "fitted",
    "hits_no_change": "no change",
    "mean_abs_log_error_prior": "mean |log error|, prior",
    "mean_abs_log_error_fitted": "fitted",
    "mean_abs_log_error_no_change": "no change",
}
RESIDUALS = {
    "role": "role",
    "year": "year",
    "product": "product",
    "place": "place",
    "observed": "observed",
    "prior": "prior",
    "fitted": "fitted",
    "log_error_prior": "log error, prior",
    "log_error_fitted": "fitted",
    "log_error_no_change": "no change",
}
BY_PRICE = ("role", "year", "product", "place")


def calibrate(
    name: Annotated[
        str | None, typer.Argument(help="Calibration, as in table calibrations; without one, they are listed.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Write the fitted values as a scenario file (.toml).")
    ] = None,
    run: Annotated[Path | None, typer.Option("--run", help="Save parameters and residuals as a run folder.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the starting points.")] = 1,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    world: WorldOption = None,
) -> None:
    """Fit named parameters within their bands to named observations; held-out observations are never read.

    What the observations cannot tell (flat, at its bound, weak curvature) is said and stays at its prior. Files are
    written at the end, as a whole: an interrupted run leaves nothing.
    """
    from ytterby.studies.calibrate import calibrate as fit
    from ytterby.world import World
    from ytterby.world.errors import Fault, InputError
    from ytterby.world.folder import write_text

    facts = World.load(world)
    if name is None:
        table = facts.table("calibrations")[["calibration", "observations", "role", "table", "year", "which"]]
        if as_json:
            print_json(table)
        else:
            print_table(table, "Calibrations")
        return
    if out is not None and out.suffix != ".toml":
        raise InputError("cannot write", [Fault(str(out), "not a scenario's file name", "a name that ends in .toml")])
    with progress("calibrate", quiet or as_json) as tell:
        found = fit(facts, name, seed=seed, progress=tell)
    if run is not None:
        found.save(run)
    if out is not None:
        write_text(out, found.text)
    outputs = [str(path) for path in (out, run) if path is not None]
    if as_json:
        print_json(
            {
                "calibration": name,
                "seed": seed,
                **found.tables(),
                "limits": found.limits,
                "loss_prior": found.loss[0],
                "loss_fitted": found.loss[1],
                "loss_within": found.loss[2],
                "evaluations": found.evaluations,
                "scenario": found.text,
                "outputs": outputs,
            }
        )
        return
    print_table(found.parameters, f"{name}: parameters", PARAMETERS)
    print_table(found.summary, "Before and after, on what was fitted and on what was held out", SUMMARY)
    if "series" in found.observations:
        shown = {"role": "role", "series": "series"} | {k: v for k, v in RESIDUALS.items() if k not in BY_PRICE}
        print_table(found.observations, "What was seen in the episodes, and residuals", shown)
    else:
        print_table(found.observations, "Prices, USD/kg of the base year net of VAT, and residuals", RESIDUALS)
    typer.echo(
        f"loss {found.loss[0]:.4g} at the priors, {found.loss[1]:.4g} at the fit; {found.evaluations} points solved, "
        f"seed {seed}"
    )
    if not quiet:
        for limit in found.limits:
            typer.echo(f"limit: {limit}")
    for path in outputs:
        typer.echo(f"wrote {path}")
