"""Worked cases from official texts, FAQs and legal analyses: each decided as its source says, by the right
clause."""

import csv
import datetime
from pathlib import Path

import pytest

from ytterby.rules import Holding, Item, Party, Rules, Shipment
from ytterby.rules.hs import classify
from ytterby.world.terms import Decision

CASES = list(csv.DictReader((Path(__file__).parent / "cases.csv").open(encoding="utf-8")))


def pairs(text):
    return dict(part.split("=") for part in text.split(";") if part)


def shipment_of(case):
    owners = None
    if case["owners"]:
        owned = pairs(case["owners"]) if case["owners"] != "none" else {}
        owners = tuple(Holding(holder=k, share=float(v)) for k, v in owned.items())
    elements = () if case["elements"] == "none" else tuple(e for e in case["elements"].split(";") if e)
    return Shipment(
        item=Item(
            form=case["form"] or None,
            elements=elements,
            base=case["base"] or None,
            code=case["code"] or None,
            cas=case["cas"] or None,
        ),
        origin_country=case["origin"] or None,
        step_countries=pairs(case["steps"]),
        technology_countries=pairs(case["technology"]),
        ship_from=case["ship_from"] or None,
        ship_to=case["ship_to"] or None,
        end_user=Party(name=case["end_user"], owners=owners),
        user_kind=case["user_kind"] or None,
        end_use=case["end_use"] or None,
        value_share=float(case["value_share"]) if case["value_share"] else None,
        measures={k: float(v) for k, v in pairs(case["measures"]).items()},
        label=case["product"],
    )


@pytest.mark.parametrize("case", CASES, ids=[c["case"] for c in CASES])
def test_case_is_decided_as_its_source_says(world, case):
    rules = Rules(world, datetime.date.fromisoformat(case["date"]), pairs(case["switches"]))
    tree = rules.explain(shipment_of(case), sensitivity=False)
    found = [f for f in tree.findings if f.clause == case["clause"]]
    if not found:
        assert case["decision"] == "allowed"
        assert case["applies"] in ("", "no")
        return
    (finding,) = found
    decisions = set(finding.decisions)
    if finding.state == "unknown":
        decisions.add(Decision.ALLOWED)
    expected = {"cannot tell"} if len(decisions) > 1 else {d.value for d in decisions}
    assert expected == {case["decision"]}
    if case["applies"]:
        assert finding.applies == case["applies"]
    assert case["finding"] in finding.finding
    assert (
        tree.possible[-1].value == case["decision"]
        or case["decision"] in ("allowed", "cannot tell")
        or (finding.kind == "duty")
    )


def test_magnet_is_classified_as_customs_ruled(world):
    # CBP NY ruling of 2019 (Hutchinson): sintered NdFeB magnet
    best = classify(world, "USA", Item(form="magnet", elements=("Nd",), base="NdFeB"))[0]
    assert (best.code, best.duty_percent) == ("8505.11.00.70", 2.1)


def test_neodymium_metal_is_classified_as_customs_ruled(world):
    # CBP ruling of 2017 (Urban Mining Co.)
    best = classify(world, "USA", Item(form="metal", elements=("Nd",)))[0]
    assert (best.code, best.duty_percent) == ("2805.30.0020", 5.0)
