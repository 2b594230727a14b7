"""``ytterby backtest``: an episode replayed from what was known before it, and scored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ytterby.cli.case import ScenarioOption, case_of
from ytterby.cli.console import JsonOption, QuietOption, WorldOption, print_json, print_table, progress
from ytterby.cli.drawing import PictureOption, check_picture, draw

if TYPE_CHECKING:
    import pandas as pd

    from ytterby.studies.episode import Score
    from ytterby.studies.path.record import PathOutcome
    from ytterby.world import World


def backtest(
    episode: Annotated[
        str | None, typer.Argument(help="Episode, as in table episodes; without one, they are listed.")
    ] = None,
    without: Annotated[
        list[str] | None,
        typer.Option(
            help="Leave a part out. Of licences: licences, inspections, stocks, hoarding, waiting; of quotas: quota, "
            "tax, leakage, stocks, hoarding, growth, crackdown, adaptation, swiftness, lead, speed, halt, "
            "stock-building, resource-tax. Several may be given."
        ),
    ] = None,
    scenario: ScenarioOption = None,
    ablate: Annotated[
        bool, typer.Option("--ablate", help="Replay with each part left out in turn, and compare.")
    ] = False,
    picture: PictureOption = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="Save replay and score as a run folder; `ytterby runs show` shows it again."),
    ] = None,
    world: WorldOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Replay an episode period by period and hold it against what was seen, beside two naive forecasts.

    Under a scenario, such as the one that ytterby calibrate writes, the score of the world as it stands is put beside.
    """
    from ytterby.studies.episode import parts, parts_of, replay, score
    from ytterby.studies.episode.keep import keep_score
    from ytterby.studies.episode.show import score_picture
    from ytterby.world import World

    check_picture(picture)

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
    extra = _why_missed(changed, kept, scores[0])
    if out is not None:
        keep_score(out, kept, scores[0], ablation if ablate else ())
    if picture is not None:
        draw(picture, score_picture(facts, scores[0].table, str(kept.meta["title"])))
    written = [str(p) for p in (out, picture) if p is not None]
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
                "outputs": written,
                **extra,
            }
        )
        return
    print_score(facts, scores[0], str(kept.meta["title"]))
    if beside is not None:
        print_table(beside, "The world as it stands, and under the scenario")
    if ablate:
        print_ablation(ablation)
    _show_misses(extra)
    for name in written:
        typer.echo(f"wrote {name}")


def print_score(world: World, scored: Score, title: str) -> None:
    """Print what was seen and what a replay says, by kind of figure, and the counts."""
    from ytterby.studies.episode.show import counted, score_tables

    typer.echo(f"{title}. Errors are ln(said / seen): of the replay, of a forecast that all stays as before, of one")
    typer.echo("that it stays as when last seen; turn: up, down or as before, as it was seen.")
    for kind, table in score_tables(world, scored.table).items():
        print_table(table, kind)
    print_table(counted(scored.summary()), "Counts; errors are medians of their size")
    if not scored.tests:
        typer.echo("This episode is there to fit to: the figures above are no test of anything.")


def print_ablation(rows: Sequence[Mapping[Any, Any]]) -> None:
    """Print the counts of an episode replayed without each part in turn."""
    import pandas as pd

    from ytterby.studies.episode.show import counted

    table = counted(pd.DataFrame(rows)).drop(columns="kind")
    table.insert(0, "without", [r["without"] for r in rows])
    print_table(table, "Each part left out in turn, all figures")


def _beside(plain: pd.DataFrame, under: pd.DataFrame) -> pd.DataFrame:
    """Both scores side by side, by measure."""
    kept = ["inside", "twofold", "direction", "median_log_error", "beats_both"]
    both = plain[["measure", "n", *kept]].merge(under[["measure", *kept]], on="measure", suffixes=("", "_scenario"))
    return both[["measure", "n", *(f"{c}{end}" for c in kept for end in ("", "_scenario"))]]


def _why_missed(facts: World, found: PathOutcome, scored: Score) -> dict[str, Any]:
    """The misses and why; of a quota also its use, and what a uniform rent would have done."""
    from ytterby.studies.episode.misses import explained
    from ytterby.studies.episode.reasons import reasons

    if "limited" not in found.meta:
        return {"misses": reasons(facts, found, scored)}
    if not found.meta["limited"]:
        return {}
    told = explained(facts, found, scored)
    return {
        "quota_use": told.quota_use, "uniform_rent": told.uniform_rent, "peaks": told.peaks, "misses": told.misses,
    }  # fmt: skip


def _show_misses(extra: dict[str, Any]) -> None:
    """Print why figures are missed, and what is told of a quota, where there is one."""
    if not extra:
        return
    if "quota_use" in extra:
        print_table(extra["quota_use"], "The quota, period by period; premium in USD/kg")
        print_table(extra["uniform_rent"], "One rent on every kilogram would not do: times the price before")
        print_table(extra["peaks"], "Prices at their highest, USD/kg; inside, outside: modelled, times before")
    for line in extra["misses"]:
        typer.echo(line)
