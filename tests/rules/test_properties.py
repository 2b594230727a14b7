"""What must hold of any shipment: gaps never free it, more listed value never loosens it, intervals are
honest."""

import datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ytterby.rules import Holding, Input, Item, Party, Rules, Shipment, Step
from ytterby.rules.logic import STRICTNESS, decisions, strictest
from ytterby.rules.value import price_deck
from ytterby.world.terms import Decision

REVIVED = datetime.date(2026, 11, 12)
RANK = {decision: k for k, decision in enumerate(STRICTNESS)}
COUNTRIES = st.sampled_from(["CHN", "JPN", "DEU", "MYS", "USA", "KAZ"])
ABROAD = st.sampled_from(["JPN", "DEU", "MYS", "USA"])
ELEMENTS = ["La", "Ce", "Pr", "Nd", "Sm", "Gd", "Tb", "Dy", "Y"]
FORMS = st.sampled_from(["oxide", "metal", "magnet", "assembly", "compound", "target", "concentrate"])


@pytest.fixture(scope="module")
def revived(world):
    return Rules(world, REVIVED, {"cn70": "revived", "us-affiliates": "extended"})


@pytest.fixture(scope="module")
def undecided(world):
    return Rules(world, REVIVED)


shipments = st.builds(
    Shipment,
    item=st.builds(
        Item,
        form=st.none() | FORMS,
        elements=st.none() | st.lists(st.sampled_from(ELEMENTS), max_size=4, unique=True).map(tuple),
    ),
    origin_country=st.none() | COUNTRIES,
    ship_from=st.none() | COUNTRIES,
    ship_to=st.none() | COUNTRIES,
    technology_countries=st.sampled_from([{}, {"any": "CHN"}, {"any": "JPN"}]),
    step_countries=st.sampled_from([{}, {"magnet": "CHN"}, {"mine": "CHN", "separate": "CHN"}]),
    end_user=st.none() | st.just(Party(name="unlisted")) | st.just(Party(name="Acme", country="JPN")),
    user_kind=st.none() | st.sampled_from(["civil", "military", "us-dod"]),
    end_use=st.none() | st.sampled_from(["civil", "military", "humanitarian", "logic"]),
    value_share=st.none() | st.sampled_from([0.0, 0.0005, 0.001, 0.02]),
)


@settings(max_examples=60, deadline=None)
@given(shipment=shipments, more=st.floats(0, 0.5))
def test_more_listed_value_never_loosens_a_decision(revived, shipment, more):
    share = shipment.value_share or 0.0
    less = revived.explain(shipment.model_copy(update={"value_share": share}), sensitivity=False)
    plus = revived.explain(shipment.model_copy(update={"value_share": share + more}), sensitivity=False)
    assert RANK[plus.possible[0]] >= RANK[less.possible[0]]
    assert RANK[plus.possible[-1]] >= RANK[less.possible[-1]]


@settings(max_examples=60, deadline=None)
@given(shipment=shipments, extra=st.sampled_from(["La", "Ce"]))
def test_unlisted_elements_never_change_a_decision(undecided, shipment, extra):
    if not shipment.item.elements or extra in shipment.item.elements:
        return
    item = shipment.item.model_copy(update={"elements": (*shipment.item.elements, extra)})
    before = undecided.explain(shipment, sensitivity=False)
    after = undecided.explain(shipment.model_copy(update={"item": item}), sensitivity=False)
    assert after.possible == before.possible


FILL = {
    "origin_country": COUNTRIES,
    "ship_from": COUNTRIES,
    "ship_to": COUNTRIES,
    "user_kind": st.sampled_from(["civil", "military"]),
    "end_use": st.sampled_from(["civil", "military"]),
    "value_share": st.sampled_from([0.0, 0.02]),
    "end_user": st.just(Party(name="unlisted")),
}


@settings(max_examples=80, deadline=None)
@given(shipment=shipments, data=st.data())
def test_every_completion_of_the_gaps_lies_in_what_was_possible(undecided, shipment, data):
    update = {name: data.draw(fill) for name, fill in FILL.items() if getattr(shipment, name) is None}
    if shipment.item.form is None or shipment.item.elements is None:
        form = shipment.item.form or data.draw(FORMS)
        elements = shipment.item.elements
        if elements is None:
            elements = tuple(data.draw(st.lists(st.sampled_from(ELEMENTS), max_size=3, unique=True)))
        update["item"] = shipment.item.model_copy(update={"form": form, "elements": elements})
    before = undecided.explain(shipment, sensitivity=False)
    after = undecided.explain(shipment.model_copy(update=update), sensitivity=False)
    assert set(after.possible) <= set(before.possible)


@settings(max_examples=30, deadline=None)
@given(to=ABROAD, element=st.sampled_from(["Dy", "Tb", "Y", "Sm"]))
def test_missing_ownership_never_yields_allowed(undecided, to, element):
    # a China-origin dual-use item to a party whose owners are not told: a listed party may hold it
    tree = undecided.explain(
        Shipment(
            item=Item(form="oxide", elements=(element,)),
            origin_country="CHN",
            ship_from="MYS" if to != "MYS" else "JPN",
            ship_to=to,
            end_user=Party(name="Acme Motors", country=to, owners=None),
            user_kind="civil",
            end_use="civil",
        ),
        sensitivity=False,
    )
    assert tree.decision is not Decision.ALLOWED
    assert Decision.ALLOWED in tree.possible
    assert "end_user" in tree.missing


@settings(max_examples=30, deadline=None)
@given(rows=st.lists(shipments, min_size=1, max_size=6))
def test_table_and_tree_decide_alike(undecided, rows):
    frame = pd.DataFrame(
        [
            {
                "form": s.item.form or "",
                "elements": "" if s.item.elements is None else ";".join(s.item.elements) or "none",
                "origin_country": s.origin_country or "",
                "ship_from": s.ship_from or "",
                "ship_to": s.ship_to or "",
                "technology_country": s.technology_countries.get("any", ""),
                "end_user": s.end_user.name if s.end_user else "",
                "user_kind": s.user_kind or "",
                "end_use": s.end_use or "",
                "value_share": np.nan if s.value_share is None else s.value_share,
            }
            for s in rows
        ]
    )
    table = undecided.table(frame)
    for shipment, decided in zip(rows, table.itertuples(), strict=True):
        party = shipment.end_user
        if party and party.country:
            party = party.model_copy(update={"country": shipment.ship_to})
        if shipment.step_countries or not shipment.origin_country:
            continue
        last = {
            "oxide": "separate",
            "metal": "reduce",
            "magnet": "magnet",
            "compound": "separate",
            "target": "alloy",
            "concentrate": "mine",
        }
        step = last.get(shipment.item.form or "")
        tree = undecided.explain(
            shipment.model_copy(
                update={"end_user": party, "step_countries": {step: shipment.origin_country} if step else {}}
            ),
            sensitivity=False,
        )
        assert (decided.freest, decided.strictest) == (tree.possible[0].value, tree.possible[-1].value)


@given(masks=st.lists(st.integers(1, 31), min_size=1, max_size=4))
def test_strictest_is_the_set_of_maxima(masks):
    found = int(strictest([np.array([m], dtype=np.uint8) for m in masks], 1)[0])
    choices = [set()]
    for mask in masks:
        choices = [c | {RANK[d]} for c in choices for d in decisions(mask)]
    assert {RANK[d] for d in decisions(found)} == {max(c | {0}) for c in choices}


def lot(values, origin="CHN", scale=1.0):
    return Shipment(
        item=Item(form="magnet", base="NdFeB", elements=("Nd", "Dy")),
        ship_from="JPN",
        ship_to="DEU",
        end_user=Party(name="unlisted"),
        user_kind="civil",
        end_use="civil",
        technology_countries={"any": "JPN"},
        steps=(
            Step(
                id="oxide",
                kind="separate",
                country=origin,
                output=Item(form="oxide", elements=("Dy",)),
                value_usd=values[0] * scale,
                technology_country="JPN",
            ),
            Step(
                id="metal",
                kind="reduce",
                country="JPN",
                inputs=(Input(step="oxide"),),
                output=Item(form="metal", elements=("Dy",)),
                value_usd=values[1] * scale,
                technology_country="JPN",
            ),
            Step(
                id="magnet",
                kind="magnet",
                country="JPN",
                inputs=(Input(step="metal"),),
                technology_country="JPN",
                output=Item(form="magnet", base="NdFeB", elements=("Nd", "Dy")),
                value_usd=values[2] * scale,
            ),
        ),
    )


@settings(max_examples=25, deadline=None)
@given(part=st.floats(0.001, 1.0))
def test_splitting_a_segregated_lot_keeps_the_decision(revived, part):
    whole, piece = (revived.explain(lot((2, 3, 60), scale=s), sensitivity=False) for s in (1.0, part))
    assert piece.possible == whole.possible == (Decision.LICENCE,)


def test_mass_balance_may_free_one_part_of_a_mixed_lot(world):
    lots = lot((2, 3, 60))
    moved = (lots.steps[0].model_copy(update={"allocated_origin": "AUS"}), *lots.steps[1:])
    allotted = lots.model_copy(update={"steps": moved})
    for allocation, expected in (("segregation", Decision.LICENCE), ("mass-balance", Decision.ALLOWED)):
        rules = Rules(world, REVIVED, {"cn70": "revived", "lot-allocation": allocation})
        assert rules.explain(allotted, sensitivity=False).decision is expected


def test_origin_rule_decides_for_oxide_separated_from_foreign_ore(world):
    lots = lot((2, 3, 60))
    ore = Step(id="ore", kind="mine", country="MMR", output=Item(form="ore"), technology_country="JPN")
    oxide = lots.steps[0].model_copy(update={"inputs": (Input(step="ore"),)})
    shipment = lots.model_copy(update={"steps": (ore, oxide, *lots.steps[1:])})
    rules = Rules(world, REVIVED, {"cn70": "revived"})
    assert rules.explain(shipment).decision is Decision.LICENCE
    by_mine = rules.at(switches={"origin-rule": "mine"}).explain(shipment, sensitivity=False)
    assert by_mine.decision is Decision.ALLOWED
    assert any(s.switch == "origin-rule" and s.option == "mine" for s in rules.explain(shipment).sensitivity)


def test_rule_known_only_later_is_not_seen_in_a_backtest(world):
    # on 20 October 2025 nobody knew of the suspension of 7 November
    shipment = Shipment(
        item=Item(form="magnet", base="NdFeB", elements=("Nd", "Dy")),
        origin_country="JPN",
        value_share=0.05,
        ship_from="JPN",
        ship_to="DEU",
        end_user=Party(name="unlisted"),
        user_kind="civil",
        end_use="civil",
        technology_countries={"any": "JPN"},
    )
    day = datetime.date(2025, 12, 2)
    foreseen = Rules(world, day, known=datetime.date(2025, 10, 20)).explain(shipment, sensitivity=False)
    actual = Rules(world, day).explain(shipment, sensitivity=False)
    assert (foreseen.decision, actual.decision) == (Decision.LICENCE, Decision.ALLOWED)


def test_suspended_regime_can_be_switched_on(world):
    rules = Rules(world, datetime.date(2026, 3, 1), regimes={"cn-61-2025": "in force"})
    assert rules.explain(lot((2, 3, 60)), sensitivity=False).decision is Decision.LICENCE


def test_conflict_of_laws_is_flagged(world):
    # excluding Chinese magnets for the US Department of Defense, while decree 835 is in force
    magnet = Shipment(
        item=Item(form="magnet", base="NdFeB", elements=("Nd",)),
        origin_country="JPN",
        step_countries={"alloy": "CHN", "magnet": "JPN"},
        ship_from="JPN",
        ship_to="USA",
        user_kind="us-dod",
    )
    tree = Rules(world, datetime.date(2026, 6, 1)).explain(magnet, sensitivity=False)
    assert any("cn-835-2026" in conflict for conflict in tree.conflicts)
    before = Rules(world, datetime.date(2025, 6, 1)).explain(magnet, sensitivity=False)
    assert {c.split()[-4] for c in before.conflicts} == {"cn-afsl-2021"}


def test_worked_value_shares(world, revived):
    # rules of Announcement 61, worked checks: 0.012 kg Dy at 300 USD/kg in a rotor of 400 USD = 0.0090
    deck = price_deck(world, "china", 2025)
    from dataclasses import replace

    at_300 = replace(deck, usd_per_kg={**deck.usd_per_kg, "dy-metal": 300.0})
    assert revived.value_share("ev-rotor", at_300).point == pytest.approx(0.0090)
    assert revived.value_share("loudspeaker", at_300).point == pytest.approx(0.00012)
    assert revived.value_share("ev-motor-nd-only", at_300).high == 0.0


def test_owners_add_up_through_holders(world):
    rules = Rules(world, datetime.date(2025, 10, 15))
    held = Holding(holder="holding", share=0.5, owners=(Holding(holder="SMIC", share=0.6),))
    party = Party(name="JV", country="SGP", owners=(held,))
    assert rules.parties.match(party, ["us-entity-list"], rules.on, 0.5) == 1
    thin = Holding(holder="holding", share=0.499, owners=(Holding(holder="SMIC", share=0.6),))
    assert rules.parties.match(Party(name="JV", country="SGP", owners=(thin,)), ["us-entity-list"], rules.on, 0.5) == -1


def test_value_share_of_a_traded_magnet_comes_from_composition_and_prices(world, revived):
    deck = price_deck(world, "china", 2025)
    frame = pd.DataFrame(
        {
            "commodity": ["ndfeb-sh", "ndfeb-sh", "ndfeb-n", "ndfeb-sh"],
            "part_origin_country": ["CHN", "AUS", "CHN", ""],
            "origin_country": "JPN",
            "technology_country": "JPN",
            "ship_from": "JPN",
            "ship_to": "DEU",
            "end_user": "unlisted",
            "user_kind": "civil",
            "end_use": "civil",
        }
    )
    decided = revived.table(frame, deck)["decision"]
    assert list(decided) == ["licence", "allowed", "allowed", "cannot tell"]


def test_rows_are_decided_on_their_own_day_in_their_own_order(world, revived):
    frame = pd.DataFrame(
        {
            "commodity": "tb-oxide",
            "origin_country": "CHN",
            "ship_from": "NLD",
            "ship_to": "USA",
            "end_user": "unlisted",
            "user_kind": "civil",
            "end_use": "civil",
            "date": ["2025-11-07", "2025-10-20", "2025-11-06", "2025-10-08"],
        },
        index=[7, 3, 9, 1],
    )
    decided = revived.table(frame)["decision"]
    assert list(decided.index) == [7, 3, 9, 1]
    assert list(decided) == ["allowed", "licence", "licence", "allowed"]


def test_scenario_that_names_the_reading_settles_the_law(world):
    switches = world.table("rule_switches")
    chosen = switches["switch"].eq("cn70")
    switches.loc[chosen, "is_default"] = switches.loc[chosen, "option"].eq("extended")
    tree = Rules(world.with_tables({"rule_switches": switches}), REVIVED).explain(lot((2, 3, 60)), sensitivity=False)
    assert tree.decision is Decision.ALLOWED
    assert not tree.branches
