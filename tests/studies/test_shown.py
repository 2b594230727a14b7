"""Runs as users see them: a path of quarters drawn period by period, a replay kept with its score and shown again."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from ytterby.cli import app
from ytterby.market.pictures import chain_flows, cost_curve
from ytterby.studies.episode.keep import keep_score
from ytterby.studies.episode.score import Score
from ytterby.studies.episode.show import counted, score_picture, score_tables
from ytterby.studies.path.record import PathOutcome, Recorder
from ytterby.studies.path.show import alike, over_time, price_paths, prices_picture
from ytterby.studies.solve import Base
from ytterby.world import World

LABELS = ("2025-Q1", "2025-Q2")
META = {
    "scenario": {"title": "Made up"}, "title": "An episode", "episode": "licences-2025", "known_on": "2025-04-04",
    "months_a_period": 3,
}  # fmt: skip


@pytest.fixture(scope="module")
def path(base: Base) -> PathOutcome:
    """Two quarters, each with the whole base year's tables."""
    recorder = Recorder()
    for label in LABELS:
        recorder.add(label, base.outcome)
    return recorder.outcome(META, [])


@pytest.fixture(scope="module")
def scored(shipped: World) -> Score:
    """A score of the episode's first rows, every second one missed by a factor of three."""
    rows = shipped.table("episode_series").query("episode == 'licences-2025' and role == 'test'").head(8)
    seen = rows["value"].astype(float).to_numpy()
    said = seen * np.where(np.arange(len(rows)) % 2, 3.0, 1.1)
    error = np.log(said / seen)
    table = rows[["series", "measure", "commodity", "place", "before", "unit"]].assign(
        months=[f"{f:%Y-%m}..{t:%Y-%m}" for f, t in zip(rows["first"], rows["last"], strict=True)],
        observed=seen, low=seen, high=seen, modelled=said, log_error=error, twofold=np.abs(error) <= np.log(2.0),
        direction=None, no_change=0.7, last_seen=np.nan, beats=np.abs(error) < 0.7, role="test",
    )  # fmt: skip
    return Score(table.reset_index(drop=True).astype({"twofold": object, "beats": object, "direction": object}))


def told(*command: str) -> str:
    done = CliRunner().invoke(app, list(command), env={"COLUMNS": "120"})
    assert done.exit_code == 0, done.output
    return done.output


def test_a_period_of_a_path_has_the_chain_and_the_curve_of_its_outcome(
    path: PathOutcome, base: Base, tmp_path: Path
) -> None:
    run = str(path.save(tmp_path / "run"))
    chain = json.loads(told("runs", "draw", run, "chain", "--period", LABELS[0], "--json"))["table"]
    expected = chain_flows(base.outcome)
    assert pd.DataFrame(chain)["value"].sum() == pytest.approx(expected["value"].sum(), rel=1e-6)
    curve = json.loads(told("runs", "draw", run, "cost-curve", "-p", "dy-oxide", "--json"))["table"]
    assert [r["usd_per_kg"] for r in curve] == pytest.approx(
        cost_curve(base.outcome, "dy-oxide")["usd_per_kg"].tolist()
    )


def test_what_a_run_does_not_have_is_told(path: PathOutcome, tmp_path: Path) -> None:
    run = str(path.save(tmp_path / "run"))
    for command, expected in (
        (["runs", "draw", run, "chain", "--period", "2025-Q3"], "2025-Q3"),
        (["runs", "draw", run, "score"], "backtest --out"),
        (["verify", run], "certificates"),
    ):
        done = CliRunner().invoke(app, command)
        assert done.exit_code != 0
        assert expected in str(done.exception)


def test_quarters_are_drawn_under_their_own_labels(path: PathOutcome, shipped: World) -> None:
    prices = price_paths(path, shipped, ["dy-oxide"], ["china"])
    frame, length = over_time(prices)
    assert length == 3
    assert frame["period"].tolist() == ["2025-02-14", "2025-05-16"]
    for width in (960, 340):
        svg = prices_picture(prices, "made up").svg(width)
        assert all(label in svg for label in LABELS)


def test_months_are_put_together_beside_quarters() -> None:
    months = pd.DataFrame(
        {"period": ["2025-01", "2025-02", "2025-04"], "product": "a", "place": "b", "usd_per_kg": [1.0, 4.0, 7.0],
         "traded_t": [2.0, 1.0, 5.0]}
    )  # fmt: skip
    quarters = months.assign(period=["2025-Q1", "2025-Q2", "2025-Q3"])
    found, same = alike([months, quarters])
    assert found["period"].tolist() == ["2025-Q1", "2025-Q2"]
    assert found["usd_per_kg"].tolist() == [2.0, 7.0]
    assert same is quarters


def test_two_outcomes_are_compared_in_a_picture(base: Base, tmp_path: Path) -> None:
    run = str(base.outcome.save(tmp_path / "run"))
    picture = tmp_path / "compared.svg"
    assert f"wrote {picture}" in "".join(told("compare", run, run, "--picture", str(picture)).splitlines())
    assert "price of" in picture.read_text()


def test_a_score_is_legible_and_names_what_is_missed(shipped: World, scored: Score) -> None:
    for table in score_tables(shipped, scored.table).values():
        assert table["what"].str.len().max() <= 40
        assert not table["when"].str.contains("to-").any()
    assert counted(scored.summary())["within x2"].iloc[0] == "4 of 8"
    picture = score_picture(shipped, scored.table, "made up")
    assert "4 of 8 are missed" in picture.source_line
    for width in (960, 340):
        svg = picture.svg(width)
        assert svg.count(">x 3.0<") == int((scored.table["twofold"].eq(False) & scored.table["observed"].gt(0)).sum())
        assert "as before" in svg


def test_a_replay_kept_is_shown_and_drawn_again(path: PathOutcome, scored: Score, tmp_path: Path) -> None:
    run = str(keep_score(tmp_path / "kept", path, scored, [{"without": "stocks", **scored.summary().iloc[0]}]))
    shown = told("runs", "show", run)
    assert "4 of 8" in shown
    assert "left out" in shown
    assert max(map(len, shown.splitlines())) <= 120
    picture = tmp_path / "score.html"
    told("runs", "draw", run, "score", "--picture", str(picture))
    assert "<svg" in picture.read_text()
    assert "episode licences-2025" in told("runs", "list", str(tmp_path))
