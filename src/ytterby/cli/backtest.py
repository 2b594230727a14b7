"""``ytterby backtest``: an episode replayed from what was known before it, and scored."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ytterby.cli.case import ScenarioOption, case_of
from ytterby.cli.console import JsonOption, QuietOption, WorldOption, print_json, print_table, progress

if TYPE_CHECKING:
    import pandas as pd

    from ytterby.studies.episode import Score
    from ytterby.studies.path.record import PathOutcome
    from ytterby.world import World

SHOWN = {
    "series": "series",
    "observed": "observed",
    "modelled": "modelled",
    "unit": "unit",
    "log_error": "log error",
    "twofold": "within x2",
    "direction": "direction",
    "no_change": "no change",
    "last_seen": "as last seen",
    "beats": "beats both",
}


def backtest(
    episode: Annotated[
        str | None, typer.Argument(help="Episode, as in table episodes; without one, they are listed.")
    ] = None,
    without: Annotated[
        list[str] | None,
        typer.Option(
            help="Leave a part out. Of licences: licences, stocks, hoarding, waiting; of quotas: quota, tax, leakage, "
            "stocks, hoarding, growth, crackdown, adaptation, swiftness, lead, speed. Several may be given."
        ),
    ] = None,
    scenario: ScenarioOption = None,
    ablate: Annotated[
        bool, typer.Option("--ablate", help="Replay with each part left out in turn, and compare.")
    ] = False,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Save the replay as a run folder.")] = None,
    world: WorldOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Replay an episode period by period and hold it against what was seen, beside two naive forecasts.

    Under a scenario, such as the one that ytterby calibrate writes, the score of the world as it stands is put beside.
    """
    from ytterby.studies.episode import parts, parts_of, replay, score
    from ytterby.world import World

    facts = World.load(world)
    if episode is None:
        table = facts.table("episodes")[["episode", "title", "first", "last", "known_on"]]
        if as_json:
            print_json(table)
        else:
            print_table(table, "Episodes")
        return
    case_asked = case_of(scenario)
    changed = case_asked.apply(facts) if case_asked is not None else facts
    every = parts_of(facts, episode)
    left_out = parts(without or [], every)
    cases = [(changed, left_out), *([(changed, [p]) for p in every if [p] != left_out] if ablate else [])]
    cases += [(facts, left_out)] if case_asked is not None else []
    scores = []
    with progress("backtest", quiet or as_json) as tell:
        for i, (here, case) in enumerate(cases):
            found = replay(
                here,
                episode,
                without=case,
                progress=lambda done, remark, i=i: tell((i + done) / len(cases), remark),  # type: ignore[misc]
            )
            if i == 0 and out is not None:
                found.save(out)
            scores.append(score(facts, found))
            if i == 0:
                kept = found
    summary = scores[0].summary()
    plain = scores.pop() if case_asked is not None else None
    beside = _beside(plain.summary(), summary) if plain is not None else None
    ablation = [
        {"without": ", ".join(c) or "nothing", **s.summary().iloc[0].to_dict()}
        for (_, c), s in zip(cases, scores, strict=False)
    ]
    extra = _of_a_quota(changed, kept, scores[0])
    if as_json:
        print_json(
            {
                "episode": episode,
                "without": left_out,
                "series": scores[0].table,
                "summary": summary,
                "ablation": ablation if ablate else [],
                "scenarios": scenario or [],
                "beside": beside if beside is not None else [],
                "outputs": [str(out)] if out else [],
                **extra,
            }
        )
        return
    print_table(scores[0].table[list(SHOWN)], f"{episode}: what was seen and what the replay says", SHOWN)
    print_table(summary, "Counts; errors are medians of |ln(modelled / observed)|")
    if beside is not None:
        print_table(beside, "The world as it stands, and under the scenario")
    if not scores[0].tests:
        typer.echo(f"{episode} is there to fit to: the prices above are no test of anything.")
    if ablate:
        import pandas as pd

        print_table(pd.DataFrame(ablation).drop(columns="measure"), "Each part left out in turn, all series")
    _show_quota(extra)
    if out is not None:
        typer.echo(f"wrote {out}")


def _beside(plain: pd.DataFrame, under: pd.DataFrame) -> pd.DataFrame:
    """Both scores side by side, by measure."""
    kept = ["inside", "twofold", "direction", "median_log_error", "beats_both"]
    both = plain[["measure", "n", *kept]].merge(under[["measure", *kept]], on="measure", suffixes=("", "_scenario"))
    return both[["measure", "n", *(f"{c}{end}" for c in kept for end in ("", "_scenario"))]]


def _of_a_quota(facts: World, found: PathOutcome, scored: Score) -> dict[str, Any]:
    """Use of the quota, what a uniform rent would have done, and the misses, where the episode is one of a quota."""
    from ytterby.studies.episode.misses import explained

    if not found.meta.get("limited"):
        return {}
    told = explained(facts, found, scored)
    return {"quota_use": told.quota_use, "uniform_rent": told.uniform_rent, "misses": told.misses}


def _show_quota(extra: dict[str, Any]) -> None:
    """Print what is told of a quota, where there is one."""
    if not extra:
        return
    print_table(extra["quota_use"], "The quota, period by period; premium in USD/kg")
    print_table(extra["uniform_rent"], "One rent on every kilogram would not do: times the price before")
    for line in extra["misses"]:
        typer.echo(line)
