"""Design against simulation, start-up, plausibility, capital, commands."""

from __future__ import annotations

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from ytterby.separation.capital import capital, organic_inventory_t
from ytterby.separation.cascade import minimum_extraction
from ytterby.separation.design import CutTargets, design, design_cut
from ytterby.separation.plausibility import check_design, mixer_table
from ytterby.separation.steady import Cascade, solve_cascade
from ytterby.separation.transient import start_up
from ytterby.separation.underwood import least_extraction
from ytterby.world.errors import InputError


def build(separation, ore="bayan-obo", name="cn-p507-pr-nd", **options):
    tree = separation.circuit(name)
    return design(
        separation.feed(ore),
        tree,
        separation.route(tree.route, ore),
        separation.factors(tree.extractant),
        separation.parameters,
        **options,
    )


def test_designs_hold_on_random_feeds_and_cuts():
    """Every design's own simulation reaches its targets; an independent simulation from scratch confirms
    it."""
    rng = np.random.default_rng(7)
    for _ in range(40):
        count = int(rng.integers(2, 9))
        alpha = np.cumprod([1.0, *rng.uniform(1.3, 5.0, count - 1)])
        feed = rng.dirichlet(np.ones(count))
        boundary = int(rng.integers(1, count))
        least = least_extraction(alpha, feed, boundary - 1).extraction_amount
        d = design_cut(alpha, feed, boundary, least, elements=tuple("abcdefgh"[:count]), purity=0.995)
        sizes, flows = (d.extraction_stages, d.scrub_stages), (d.extraction_amount, d.scrub_amount)
        again = solve_cascade(Cascade.of_sections(alpha, feed, sizes, flows))
        assert again.aqueous_fractions[0, :boundary].sum() >= d.targets.raffinate_purity - 1e-6
        assert again.organic_fractions[-1, boundary:].sum() >= d.targets.organic_purity - 1e-6


def test_circuit_design_reaches_its_purities(separation):
    table = build(separation).stage_table()
    assert (table["raffinate_purity"] >= 0.999 - 1e-6).all()
    assert (table["organic_purity"] >= 0.99).all()
    assert list(table["cut"]) == ["light-middle", "lace-ndpr", "la-ce", "pr-nd"]


def test_stream_table_balances(separation):
    streams = build(separation).stream_table().set_index("stream")
    outlets = ["la-ce.raffinate", "la-ce.extract", "pr-nd.raffinate", "pr-nd.extract", "light-middle.extract"]
    assert streams.loc[outlets, "total"].sum() == pytest.approx(1, abs=2e-3)


def test_margin_that_leaves_no_scrub_says_what_would():
    alpha, feed = np.array([1, 1000.0]), np.array([0.5, 0.5])
    with pytest.raises(InputError, match=r"cut x: margin.*more than"):
        design_cut(alpha, feed, 1, 0.501, elements=("a", "b"), margin=0.9, name="cut x")
    goal = CutTargets(0.4, 0.99)
    with pytest.raises(InputError, match="above the feed's"):
        design_cut(np.array([1, 3.0]), np.array([0.5, 0.5]), 1, 1.0, elements=("a", "b"), targets=goal, name="cut x")


@pytest.mark.parametrize(
    ("beta", "feed", "stages", "flows", "held"),
    [
        (1.5, 0.75, (19, 28), (4.0844, 3.3349), 368),
        (2.0, 0.20, (18, 11), (1.9299, 1.7293), 124),
        (2.8, 0.80, (9, 10), (1.9896, 1.1890), 69),
    ],
)
def test_start_up_holds_and_settles(beta, feed, stages, flows, held):
    """Derived inventories of the notes: n (W + 1) + m W + (n + m) S residence times of feed."""
    c = Cascade.of_sections(np.array([1, beta]), np.array([1 - feed, feed]), stages, flows)
    run = start_up(c, 1, 3e5)
    assert run.inventory == pytest.approx(held, abs=0.6)
    final = solve_cascade(c)
    assert run.raffinate_impurity[-1] == pytest.approx(final.aqueous_fractions[0, 1], rel=0.02)
    assert run.organic_impurity[-1] == pytest.approx(final.organic_fractions[-1, 0], rel=0.02)
    assert start_up(c, 1, 500.0, total_reflux=500.0).raffinate_impurity[0] < run.raffinate_impurity[0]


def test_minor_product_settles_later_than_the_major():
    """Derived figures of the notes, by explicit integration: 54 residence times against 7,000 to 16,000."""
    c = Cascade.of_sections(np.array([1, 2.8]), np.array([0.2, 0.8]), (9, 10), (1.9896, 1.1890))
    run, final = start_up(c, 1, 1e5), solve_cascade(c)
    major = run.settling_time("organic", final.organic_fractions[-1, 0])
    minor = run.settling_time("raffinate", final.aqueous_fractions[0, 1])
    assert major == pytest.approx(54, abs=3)
    assert minor > 7000


def test_volumes_are_proportional_and_findings_have_reasons(separation, world):
    built = build(separation)
    one, ten = (mixer_table(built, world, t)["mixer_m3"].sum() for t in (1000.0, 10000.0))
    assert ten == pytest.approx(10 * one)
    findings = check_design(built, world, 1000.0)
    assert all(f.reason for f in findings)
    assert all(f.kept for f in findings if f.severity == "error")
    assert organic_inventory_t(built, 10000) > 0


def test_implausible_loading_is_an_error(separation, world):
    table = world.table("extractants")
    table["loading_mol_per_l"] = 0.0005
    thin = world.with_tables({"extractants": table})
    broken = [f for f in check_design(build(separation), thin) if not f.kept]
    assert any(f.check == "organic to aqueous" and f.severity == "error" for f in broken)


def test_capital_rests_on_published_plants(world):
    big, small = capital(world, 20000), capital(world, 5000)
    assert big.usd_per_t_per_year.point < small.usd_per_t_per_year.point
    assert capital(world, 5000, greenfield=False).usd.point < small.usd.point
    assert small.overrun.high > 1
    with pytest.raises(InputError, match="positive capacity"):
        capital(world, -1)


def test_more_stages_than_the_minimum_reflux_needs_are_never_asked():
    least = minimum_extraction(2.0, 0.3)[0]
    d = design_cut(np.array([1, 2.0]), np.array([0.7, 0.3]), 1, least, elements=("a", "b"))
    tight = design_cut(np.array([1, 2.0]), np.array([0.7, 0.3]), 1, least, elements=("a", "b"), margin=2.0)
    assert tight.extraction_stages + tight.scrub_stages < d.extraction_stages + d.scrub_stages


def test_commands_print_json(tmp_path):
    from ytterby.cli.separation import app

    run = CliRunner().invoke
    separate = run(app, ["separate", "--vs", "bayan-obo:cn-p507", "--samples", "32", "--json"])
    assert separate.exit_code == 0
    data = json.loads(separate.stdout)
    assert data["verdict"] == "cannot be tested"
    assert set(data["ratios"]) >= {"net", "gross", "purchased", "protons"}
    alone = run(app, ["separate", "--feed", "bayan-obo", "--circuit", "cn-p507", "--country", "CHN", "--json"])
    assert json.loads(alone.stdout)["usd_per_t"] > 0
    book = tmp_path / "streams.xlsx"
    shown = run(app, ["circuit", "cn-p507", "--feed", "bayan-obo", "--json", "--table", str(book)])
    assert len(json.loads(shown.stdout)["cuts"]) == 3
    assert book.stat().st_size > 1000
