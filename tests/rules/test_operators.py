"""Who runs a step, and who holds them: facts of the lot graph that clauses ask."""

import datetime

import pytest

from ytterby.rules import Holding, Item, Party, Rules, Shipment, Step
from ytterby.rules.parties import held_from


@pytest.fixture(scope="module")
def rules(world):
    return Rules(world, datetime.date(2026, 6, 1))


def oxide(operator):
    return Shipment(
        item=Item(form="oxide", elements=("Nd", "Pr")),
        origin_country="USA",
        ship_from="USA",
        ship_to="USA",
        end_user=Party(name="unlisted"),
        user_kind="civil",
        end_use="civil",
        measures={"mass_purity": 0.995},
        steps=(Step(id="oxide", kind="separate", country="USA", operator=operator, value_usd=1.0),),
    )


def holder(name, share, country=None, owners=()):
    return Holding(holder=name, share=share, country=country, owners=owners)


@pytest.mark.parametrize(
    ("operator", "applies"),
    [
        (Party(name="A", country="CHN"), True),
        (Party(name="A", country="USA", owners=(holder("B", 0.25, "CHN"), holder("C", 0.75, "USA"))), True),
        (Party(name="A", country="USA", owners=(holder("B", 0.249, "CHN"), holder("C", 0.751, "USA"))), False),
        (Party(name="A", country="USA", owners=(holder("B", 0.5, "SGP", (holder("D", 0.6, "CHN"),)),)), True),
        (Party(name="A", country="USA", owners=()), False),
        (Party(name="A", country="USA", owners=None), False),
        (None, False),
    ],
)
def test_operator_of_a_covered_nation_or_held_from_there_is_found(rules, operator, applies):
    # 26 USC 7701(a)(51): organised in a covered nation, or held to 25 % by a specified foreign entity
    found = [f for f in rules.explain(oxide(operator), sensitivity=False).findings if f.clause == "us-macr-operator"]
    assert bool(found) == applies


def test_holder_that_is_not_told_may_be_anyone():
    assert held_from(None, {"CHN"}) == (0.0, 1.0)
    assert held_from((holder("B", 0.3),), {"CHN"}) == (0.0, 0.3)
    assert held_from((holder("B", 0.3, "JPN"),), {"CHN"}) == (0.0, 0.0)


def test_what_the_facts_say_of_an_operator_stands_in_the_tree(rules):
    operator = Party(name="A", country="USA", owners=(holder("B", 0.3, "CHN"),))
    tree = rules.explain(oxide(operator), sensitivity=False)
    (finding,) = (f for f in tree.findings if f.clause == "us-macr-operator")
    assert any("separate: A, held by B 0.3" in fact.found for fact in finding.facts)
