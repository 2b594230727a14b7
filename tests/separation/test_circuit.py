"""Circuits, inventories and comparison on the shipped world."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ytterby.separation import Circuit, Cut, Feed, Separation, parse_circuit, run_circuit, take_inventory
from ytterby.separation.inventory import Inventory
from ytterby.separation.synthesis import Weights, synthesise
from ytterby.world import World
from ytterby.world.elements import LANTHANIDES_AND_Y
from ytterby.world.errors import InputError, UnknownNameError

BAYAN_OBO = {"La": 0.26, "Ce": 0.505, "Pr": 0.05, "Nd": 0.165, "Sm": 0.02}
MOUNTAIN_PASS = {"La": 0.323, "Ce": 0.502, "Pr": 0.042, "Nd": 0.115, "Sm": 0.018}
"""Compositions of the hand calculation in the notes (MP 10-K 2021 for Mountain Pass)."""


def mixtures():
    return st.lists(st.floats(1e-3, 1), min_size=15, max_size=15).map(
        lambda v: Feed.of_shares("mix", {e: x / sum(v) for e, x in zip(LANTHANIDES_AND_Y, v, strict=True)})
    )


@pytest.mark.parametrize(
    ("shares", "circuit", "basis", "by_hand"),
    [
        (BAYAN_OBO, "cn-p507", "textbook", 1.389),
        (BAYAN_OBO, "cn-p507-pr-nd", "textbook", 1.946),
        (MOUNTAIN_PASS, "cn-p507", "textbook", 1.325),
    ],
)
def test_sum_of_least_extraction_agrees_with_the_hand_calculation(separation, shares, circuit, basis, by_hand):
    """Derived cases: sums of S_min worked out by hand with textbook factors."""
    factors = separation.factors("p507")
    flows = run_circuit(separation.circuit(circuit), Feed.of_shares("x", shares), factors, factors.betas(basis))
    assert sum(c.least_extraction for c in flows.cuts) == pytest.approx(by_hand, abs=1e-3)


@settings(max_examples=40, deadline=None)
@given(feed=mixtures(), share=st.floats(0, 1))
def test_linking_never_raises_acid(separation: Separation, feed, share):
    tree = separation.circuit("cn-full")
    factors = separation.factors("p507")
    alone = run_circuit(tree, feed, factors)
    linked = run_circuit(tree.link(True), feed, factors, link_share=share)
    assert linked.fresh <= alone.fresh + 1e-12
    assert all(c.fresh >= -1e-12 for c in linked.cuts)
    assert linked.extraction == pytest.approx(alone.extraction)
    assert linked.fresh >= max(c.extraction for c in linked.cuts) - 1e-12


@pytest.mark.parametrize(
    "circuit", ["cn-p507", "cn-full", "cn-full-naphthenic", "geismar", "light-lace", "us-chlor-alkali"]
)
def test_linking_never_raises_acid_of_any_plant(separation, circuit):
    """By the whole inventory, every ore of the world, own links of the file left out."""
    tree = separation.circuit(circuit)
    for ore in separation.world.table("ore_elements")["ore"].unique():
        way = separation.route("sulfuric-roast", ore)
        feed = separation.feed(ore)
        liquor, _, _ = way.leach(feed)
        acid = [
            take_inventory(feed, way, separation.run(tree.link(linked), liquor), separation.parameters).hcl
            for linked in (False, True)
        ]
        assert acid[1].net <= acid[0].net + 1e-12
        assert acid[1].gross <= acid[0].gross + 1e-12


@settings(max_examples=40, deadline=None)
@given(
    feed=mixtures(),
    name=st.sampled_from(["cn-full", "cn-p507", "light-full", "light-lace", "us-chlor-alkali"]),
)
def test_every_element_leaves_in_one_product(separation: Separation, feed, name):
    flows = run_circuit(separation.circuit(name), feed, separation.factors("p507"))
    total: dict[str, float] = {}
    for outlet in flows.outlets.values():
        for e, n in outlet.items():
            total[e] = total.get(e, 0.0) + n
    assert total == pytest.approx(dict(feed.moles), abs=1e-12)


@settings(max_examples=25, deadline=None)
@given(feed=mixtures(), purity=st.floats(0.9, 0.9999))
def test_less_pure_products_never_take_more_acid(separation: Separation, feed, purity):
    factors = separation.factors("p507")
    pure = separation.circuit("cn-full")
    sums = [run_circuit(replace(pure, purity=p), feed, factors).extraction for p in (purity, None)]
    assert sums[0] <= sums[1] + 1e-12
    assert sums[0] > 0


@settings(max_examples=25, deadline=None)
@given(feed=mixtures(), margin=st.floats(1.05, 2.0), more=st.floats(1.01, 1.5))
def test_acid_and_base_rise_with_extraction_in_equal_moles(separation: Separation, feed, margin, more):
    tree, factors, route = (
        separation.circuit("cn-p507"),
        separation.factors("p507"),
        separation.routes["chemical-concentrate"],
    )

    def inventory(m: float) -> Inventory:
        return take_inventory(feed, route, run_circuit(tree, feed, factors, margin=m), separation.parameters)

    a, b = inventory(margin), inventory(margin * more)
    assert b.hcl.extraction == pytest.approx(a.hcl.extraction * more)
    assert a.base_gross / 39.997 == pytest.approx(a.hcl.extraction / 36.461, rel=1e-9)
    assert a.hcl.gross >= a.hcl.net >= a.hcl.purchased >= 0


@pytest.mark.parametrize("circuit", ["cn-p507", "us-chlor-alkali", "cn-full-linked", "light-lace", "heavy-single"])
@pytest.mark.parametrize("ore", ["bayan-obo", "mountain-pass", "clay-longnan", "mount-weld"])
def test_products_never_exceed_what_is_dissolved(separation, ore, circuit):
    i = separation.inventory(ore, circuit)
    assert sum(i.products.values()) <= i.dissolved + 1e-12
    shares = separation.feed(ore).shares
    for e in shares:
        assert sum(v.get(e, 0.0) for v in i.product_elements.values()) <= shares[e] + 1e-12


def test_chlor_alkali_makes_equal_moles_of_acid_and_base(separation):
    i = separation.inventory("mountain-pass", "us-chlor-alkali")
    assert i.hcl.made / 36.461 == pytest.approx((i.base_gross - i.base_purchased) / 39.997, rel=1e-9)
    assert i.hcl.purchased < i.hcl.net


def test_cerium_left_behind_takes_less_acid(separation):
    """Flowsheet of Mountain Pass: the roast leaves cerium(IV) in the residue."""
    rejected = separation.acid("oxidative-roast-hcl", "mountain-pass", "cn-p507").net
    dissolved = separation.acid("sichuan-roast-hcl", "mountain-pass", "cn-p507").net
    assert rejected < 0.7 * dissolved


def test_comparison_is_reproducible_and_its_causes_multiply_to_the_ratio(world: World, separation):
    from ytterby.separation import compare

    arguments = (world, "mountain-pass", "us-chlor-alkali", "bayan-obo", "cn-p507-linked", 64, 3)
    a = compare(*arguments, countries=("USA", "CHN"), separation=separation)
    b = compare(*arguments, countries=("USA", "CHN"), separation=separation)
    assert a.ratios == b.ratios
    assert np.prod(list(a.causes.values())) == pytest.approx(a.ratios["net"].point, rel=1e-9)
    assert a.causes["linkage"] > 1
    assert a.causes["cerium"] < 1
    for band in (*a.ratios.values(), a.a.net, a.b.net):
        assert band.low <= band.point <= band.high
    assert a.verdict.value == "cannot be tested"
    same = compare(world, "bayan-obo", "cn-p507", "bayan-obo", "cn-p507", 16, 0, separation=separation)
    assert same.ratios["net"].point == pytest.approx(1)
    assert same.ratios["net"].high == pytest.approx(1)
    assert all(v == pytest.approx(1) for v in same.causes.values())


def test_swapping_the_sides_inverts_the_causes(world, separation):
    from ytterby.separation import compare

    a = compare(world, "mountain-pass", "us-chlor-alkali", "bayan-obo", "cn-p507-linked", 16, 0)
    b = compare(world, "bayan-obo", "cn-p507-linked", "mountain-pass", "us-chlor-alkali", 16, 0)
    for cause, factor in a.causes.items():
        assert factor * b.causes[cause] == pytest.approx(1, rel=1e-9)


def test_every_separator_can_take_every_ore(world, separation):
    for site in separation.site_processes.index:
        for ore in ("bayan-obo", "clay-myanmar", "monazite-sand", "seg-heavy:mount-weld", "scrap"):
            p = separation.process(site, ore)
            assert p.low_usd_per_t <= p.usd_per_t <= p.high_usd_per_t
            assert 0 < sum(p.yields.values()) <= 1
            assert all(line.source for line in p.lines)


@pytest.mark.parametrize("site", ["northern-re-baotou", "mp-separation", "jiangxi-separators"])
def test_leaving_lanthanum_and_cerium_together_is_cheaper_and_loses_nothing(separation, site):
    ore = {"mp-separation": "mountain-pass", "jiangxi-separators": "clay-myanmar"}.get(site, "bayan-obo")
    done, left = separation.process(site, ore), separation.process(site, ore, finished=False)
    assert left.usd_per_t < done.usd_per_t
    assert left.yields["lace-carbonate"] == pytest.approx(done.yields["la-oxide"] + done.yields["ce-oxide"])
    assert {k: v for k, v in left.yields.items() if k != "lace-carbonate"} == pytest.approx(
        {k: v for k, v in done.yields.items() if k not in ("la-oxide", "ce-oxide")}
    )


def test_finishing_and_splitting_didymium_cost_something(separation):
    assert separation.finishing("CHN").yields.keys() == {"la-oxide", "ce-oxide"}
    assert separation.split_ndpr("CHN").usd_per_t > separation.finishing("CHN").usd_per_t


@pytest.mark.parametrize("ore", ["bayan-obo", "clay-longnan"])
def test_synthesis_is_no_dearer_than_any_shipped_sequence(separation, ore):
    factors = separation.factors("p507")
    feed = separation.feed(ore)
    tree = separation.circuit("cn-full")
    groups = [["La"], ["Ce"], ["Pr", "Nd"], *([e] for e in factors.order[4:])]
    best = synthesise(feed, groups, factors, Weights(per_holdup=0.0))
    assert best.extraction <= run_circuit(tree, feed, factors).extraction + 1e-9
    assert run_circuit(best.circuit, feed, factors).extraction == pytest.approx(best.extraction)


def test_synthesis_removes_cerium_where_that_is_cheap(separation):
    factors = separation.factors("p507")
    feed = separation.feed("bayan-obo")
    groups = [["La"], ["Ce"], ["Pr", "Nd"], list(factors.order[4:])]
    assert synthesise(feed, groups, factors, Weights(cerium_oxidation=0.01)).cerium_removed
    assert not synthesise(feed, groups, factors, Weights(cerium_oxidation=100.0)).cerium_removed


def test_bad_circuits_name_cut_and_remedy():
    raw = {
        "cuts": [
            {"id": "a", "feed": "feed", "split": ["La", "Ce"], "organic_from": "a"},
            {"id": "b", "feed": "a.organic", "split": ["Ce", "Pr"]},
        ],
        "products": {"x": "a.extract", "y": "c.raffinate"},
    }
    with pytest.raises(InputError) as found:
        parse_circuit("bad", raw)
    assert len(found.value.faults) == 3
    assert "cut a, organic_from" in str(found.value)
    assert "one of a.extract, a.raffinate, feed" in str(found.value)


def test_rings_of_links_and_unreadable_cuts_are_named():
    raw = {
        "cuts": [
            {"id": "a", "feed": "feed", "split": ["La", "Ce"], "organic_from": "b"},
            {"id": "b", "feed": "a.extract", "split": ["Ce", "Pr"], "organic_from": "a"},
            {"id": "c", "feed": "b.extract", "split": ["Nd"], "upper_split": ["Nd", "Sm"]},
            {"id": "d", "feed": "b.extract", "split": ["Nd", "Sm"], "organic_from": "a", "extractant": "p204"},
        ],
        "products": {},
    }
    with pytest.raises(InputError) as found:
        parse_circuit("bad", raw)
    said = str(found.value)
    assert "a ring: a from b from a" in said
    assert "cut c, split" in said
    assert "second_feed and upper_split" in said
    assert "another extractant" in said
    assert "used twice" in said


def test_yttrium_by_naphthenic_acid_takes_less_acid_than_on_p507(separation):
    """Distribution ratios of table 4.36 of Zhang, Zhao & Schreiner 2016: yttrium below all lanthanides."""
    naphthenic = separation.factors("naphthenic-acid")
    assert naphthenic.order[0] == "Y"
    assert not naphthenic.missing
    against_yttrium = [naphthenic.between(e, "Y")[0].point for e in naphthenic.order[1:]]
    assert np.mean(against_yttrium) == pytest.approx(3.0, abs=0.1)  # "about 3.0", same source, section 4.7.2
    for ore in ("clay-longnan", "clay-jiangxi-middle"):
        alone = separation.inventory(ore, "cn-full").hcl.extraction
        assert separation.inventory(ore, "cn-full-naphthenic").hcl.extraction < 0.75 * alone


def test_products_of_both_yttrium_routes_agree(separation):
    a, b = (separation.inventory("clay-longnan", c).products for c in ("cn-full", "cn-full-naphthenic"))
    assert a == pytest.approx(b)


def test_measured_spans_stand_beside_the_chained_factors(separation):
    """Tanaka et al. 2021 measured Nd/La 10.0, Dy/Sm 94 and Y/Dy 3.1 at trace loading."""
    p507 = separation.factors("p507")
    for heavier, lighter, measured in (("Nd", "La", 10.0), ("Dy", "Sm", 94.1), ("Y", "Dy", 3.14)):
        band, chained = p507.between(heavier, lighter)
        assert chained
        assert band.low <= measured <= band.high


def test_unknown_factor_and_order_are_named(separation):
    p507 = separation.factors("p507")
    gap = replace(p507, pairs=tuple(p for p in p507.pairs if (p.heavier, p.lighter) != ("Sm", "Nd")))
    feed = Feed.of_shares("x", {"La": 0.5, "Sm": 0.5})
    circuit = Circuit("c", "c", (Cut("la-sm", "feed", ("Nd", "Sm")),), {}, "chemical-concentrate")
    with pytest.raises(InputError, match=r"cut la-sm, Sm over Nd.*no separation factor"):
        run_circuit(circuit, feed, gap)
    wrong = Circuit("c", "c", (Cut("la-sm", "feed", ("Sm", "La")),), {}, "chemical-concentrate")
    with pytest.raises(InputError, match="the less extractable first"):
        run_circuit(wrong, feed, p507)
    other = Circuit("c", "c", (Cut("la-sm", "feed", ("Nd", "Sm"), extractant="p204"),), {}, "chemical-concentrate")
    with pytest.raises(UnknownNameError, match="extractant with factors"):
        run_circuit(other, feed, p507)


def test_bad_feeds_are_refused_with_every_fault():
    with pytest.raises(InputError, match=r"a sum of 0\.9"):
        Feed.of_shares("x", {"La": 0.5, "Ce": 0.4})
    with pytest.raises(InputError) as found:
        Feed.of_shares("x", {"La": -0.1, "Xx": 1.1})
    assert len(found.value.faults) >= 2


def test_unknown_names_suggest_near_ones(separation):
    with pytest.raises(UnknownNameError, match="mountain-pass"):
        separation.feed("mountain-pas")
    with pytest.raises(UnknownNameError, match="mp-separation"):
        separation.process("mp-separaton", "mountain-pass")


def test_chained_factors_say_so(separation):
    band, chained = separation.factors("p507").between("Nd", "Ce")
    assert chained
    assert band.point == pytest.approx(2.44 * 1.39, rel=1e-6)
    assert separation.factors("p507").between("Nd", "Pr")[1] is False
