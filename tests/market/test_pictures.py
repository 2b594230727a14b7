"""An outcome in pictures: what is drawn adds up to what was solved."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from ytterby.cli import app
from ytterby.market.pictures import chain_flows, chain_picture, cost_curve, cost_curve_picture
from ytterby.studies.solve import Base
from ytterby.world.errors import UnknownNameError


def test_a_chain_carries_what_is_mined(base: Base) -> None:
    outcome = base.outcome
    flows = chain_flows(outcome)
    held = outcome.network.contents.query("element == 'NdPr'").set_index("commodity")["t_per_t"]
    made = outcome.made
    mined = made[made["kind"].eq("mine")]
    total = (mined["made_t"] * mined["commodity"].map(held).fillna(0.0)).sum()
    assert flows.loc[flows["from_stage"] == "mine", "value"].sum() == pytest.approx(total, rel=0.02)


def test_a_cost_curve_is_all_that_is_supplied_cheapest_first_and_nobody_sells_below_cost(base: Base) -> None:
    outcome = base.outcome
    curve = cost_curve(outcome, "ndpr-oxide")
    assert curve["usd_per_kg"].is_monotonic_increasing
    made = outcome.made
    supplied = made[made["commodity"].eq("ndpr-oxide") & made["made_t"].gt(0) & made["kind"].ne("accept")]["made_t"]
    assert curve["cumulative_t"].iloc[-1] == pytest.approx(supplied.sum(), rel=1e-3)
    for row in curve.itertuples(index=False):
        price = outcome.price("ndpr-oxide", str(row.place))
        assert price is not None
        assert float(str(row.usd_per_kg)) <= price * (1 + 1e-6)


def test_pictures_are_drawn_at_both_widths(base: Base) -> None:
    for picture in (chain_picture(base.outcome, {}), cost_curve_picture(base.outcome, "dy-oxide", {})):
        for width in (960, 340):
            assert picture.svg(width).startswith("<svg")


def test_an_unknown_product_is_told_with_what_would_do(base: Base) -> None:
    with pytest.raises(UnknownNameError, match="ndpr-oxide"):
        cost_curve(base.outcome, "ndpr-oxid")


def test_a_run_is_drawn_from_its_folder(base: Base, tmp_path: Path) -> None:
    run = base.outcome.save(tmp_path / "run")
    drawn = tmp_path / "curve.html"
    told = CliRunner().invoke(app, ["runs", "draw", str(run), "cost-curve", "--picture", str(drawn)])
    assert told.exit_code == 0, told.output
    assert "<svg" in drawn.read_text()
