"""A brief's file: what fits, and every fault of what does not, told at once and before anything is computed."""

from __future__ import annotations

import copy
import tomllib
from pathlib import Path
from typing import Any

import pytest

from ytterby.brief import Brief, load_brief
from ytterby.brief.claims import BRIEFS, parse_brief
from ytterby.brief.questions import QUESTIONS
from ytterby.brief.run import answer
from ytterby.world import World
from ytterby.world.errors import InputError, UnknownNameError

Raw = dict[str, Any]


@pytest.fixture
def raw() -> Raw:
    """The shipped brief as it is parsed, free to be spoiled."""
    return tomllib.loads((BRIEFS / "kazakhstan.toml").read_text(encoding="utf-8"))


def claim(raw: Raw, name: str) -> Raw:
    found: Raw = next(c for c in raw["claims"] if c["id"] == name)
    return found


def faults(raw: Raw, world: World | None) -> list[str]:
    with pytest.raises(InputError) as caught:
        parse_brief(raw, "mine.toml", world)
    return [str(fault) for fault in caught.value.faults]


def test_the_shipped_brief_fits_and_asks_every_question_there_is(brief: Brief) -> None:
    assert len(brief.claims) == 13
    assert {c.question for c in brief.claims} == set(QUESTIONS)


def test_a_brief_can_be_read_without_a_world(raw: Raw) -> None:
    assert parse_brief(raw).id == "kazakhstan"


@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        (lambda r: r.update(titel=r.pop("title")), "unknown key 'titel'; expected one of title"),
        (lambda r: r["claims"][0].update(clam="x"), "unknown key 'clam'; expected one of claim"),
        (lambda r: r["claims"][0].pop("origin"), "claims 1, origin: found nothing; expected the key 'origin'"),
        (lambda r: r["claims"][0].update(question="resorce"), "'resorce'; expected one of resource"),
        (lambda r: r["claims"][0].update(group="investmnt"), "'investmnt'; expected one of investment"),
        (lambda r: r["claims"][1].update(id=r["claims"][0]["id"]), "expected an id of its own"),
        (lambda r: r["claims"][0].update(facts=["kz-20"]), "'kz-20'; expected one of kz-20mt"),
        (lambda r: r["claims"][0].update(facts=[]), "claims 1, facts"),
        (lambda r: r["claims"][0].update(origin="no-such"), "(table sources)"),
        (lambda r: r["claims"][0].update(headline="reserve"), "number 'reserve'; expected one of reserve_mt"),
        (lambda r: r["claims"][0]["params"].update(place="china"), "unknown key 'place'"),
        (lambda r: r["claims"][0].pop("params"), "found nothing; expected the key 'deposit'"),
        (lambda r: r["claims"][0]["params"].update(claimed_mt=-1.0), "found -1.0"),
        (lambda r: r["claims"][0]["params"].update(claimed_mt="much"), "found 'much'"),
        (lambda r: r["claims"][0]["params"].update(priced_at="chian"), "'chian'; expected one of china"),
        (lambda r: r["claims"][0].update(otherwise="maybe"), "found 'maybe'"),
        (lambda r: r["front"]["map"]["ways"][1].update(avoid=["RUX"]), "front, map, ways 2, avoid 1: found 'RUX'"),
        (lambda r: r["front"]["map"].update(lebelled=[]), "unknown key 'lebelled'; expected one of labelled"),
        (lambda r: r.update(year=1999), "found 1999; expected the world's base year"),
        (lambda r: r.update(on="Christmas"), "found 'Christmas'"),
        (lambda r: r.update(claims=[]), "claims: found []"),
        (lambda r: r.update(claims="many"), "claims: found 'many'"),
    ],
)
def test_a_fault_is_told_with_its_place_and_what_would_do(raw: Raw, shipped: World, spoil: Any, expected: str) -> None:
    spoil(raw)
    found = faults(raw, shipped)
    assert any(expected in fault for fault in found), found


@pytest.mark.parametrize(
    ("where", "value"),
    [("number", "reserves_mt"), ("than", "claim_mt")],
)
def test_a_verdict_on_a_number_that_is_not_computed_is_a_fault(raw: Raw, where: str, value: str) -> None:
    claim(raw, "twenty-million-tonnes")["verdicts"][0]["when"][0][where] = value
    assert any(f"verdicts 1: found number '{value}'" in fault for fault in faults(raw, None))


def test_a_scenario_that_is_not_there_is_a_fault(raw: Raw) -> None:
    claim(raw, "less-dependent")["params"]["scenario"] = "kazakhstan-fund"
    assert any("one of kazakhstan-funded" in fault for fault in faults(raw, None))


def test_all_faults_are_told_at_once(raw: Raw, shipped: World) -> None:
    raw["tail"] = 1
    raw["claims"][0]["group"] = "no"
    raw["claims"][1]["facts"] = ["no"]
    raw["claims"][2]["params"]["origin"] = "no"
    raw["claims"][3]["headline"] = "no"
    raw["claims"][4]["question"] = "no"
    assert len(faults(raw, shipped)) == 6


def _question(raw: Raw, name: str) -> Raw:
    found: Raw = next(c for c in raw["claims"] if c["question"] == name)
    return found


def test_faults_of_parameters_and_of_the_verdict_rule_are_told_in_one_message(raw: Raw, shipped: World) -> None:
    spoiled = claim(raw, "twenty-million-tonnes")
    spoiled["params"].update(priced_at="chian", plcae="china")
    spoiled["verdicts"][0]["when"][0]["number"] = "reserves_mt"
    told = faults(raw, shipped)
    assert len(told) == 3
    for words in ("'chian'; expected one of china", "unknown key 'plcae'", "found number 'reserves_mt'"):
        assert any(words in fault for fault in told), told


@pytest.mark.parametrize(
    ("question", "spoil", "kept"),
    [
        ("ways_out", lambda p: p.update(forms=["no-such-form"]), "freight_share_dyox"),
        ("ways_out", lambda p: p.pop("forms"), "freight_share_dyox"),
        ("reliance", lambda p: p.update(elements="Dy"), "reliance_change_dy"),
        ("reliance", lambda p: p.update(elements=[]), "reliance_dy"),
        ("acid", lambda p: p["pairs"][0].update(number="As Built"), "as_built"),
        ("acid", lambda p: p["pairs"][0].pop("number"), "as_built"),
        ("decoupling_cost", lambda p: p["products"].append("dy-oxid"), "dy-oxide_full"),
    ],
)
def test_a_number_that_a_faulty_parameter_would_make_is_no_fault_of_its_own(
    raw: Raw, shipped: World, question: str, spoil: Any, kept: str
) -> None:
    spoiled = _question(raw, question)
    spoil(spoiled["params"])
    spoiled["headline"] = kept
    told = faults(raw, shipped)
    assert told
    assert [fault for fault in told if "found number" in fault] == []


def test_a_number_that_no_faulty_parameter_would_make_is_a_fault_beside_it(raw: Raw, shipped: World) -> None:
    for question, key in (("ways_out", "forms"), ("reliance", "elements"), ("decoupling_cost", "products")):
        spoiled = _question(raw, question)
        spoiled["params"].pop(key)
        spoiled["headline"] = "no_such_number"
    acid = _question(raw, "acid")
    acid["params"]["pairs"][0]["a"] = "no-such-circuit"
    acid["headline"] = "no_such_number"
    told = faults(raw, shipped)
    assert len([fault for fault in told if "headline: found number 'no_such_number'" in fault]) == 4
    assert len(told) == 8


@pytest.mark.parametrize("params", [[], "text", 3])
def test_parameters_that_are_no_table_are_a_fault(raw: Raw, params: Any) -> None:
    raw["claims"][0]["params"] = params
    assert faults(raw, None)


@pytest.mark.parametrize("content", [b"\xff\xfe", b"claims = [", b""])
def test_what_is_no_brief_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes(content)
    with pytest.raises(InputError, match="brief"):
        load_brief(path)


def test_an_unknown_name_comes_with_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="kazakhstan"):
        load_brief("kazakstan")


def test_a_brief_of_another_world_is_refused_before_anything_is_computed(raw: Raw, shipped: World) -> None:
    spoiled = copy.deepcopy(raw)
    claim(spoiled, "more-acid")["facts"] = ["no-such-fact"]
    with pytest.raises(InputError, match="no-such-fact"):
        answer(parse_brief(spoiled), shipped, progress=lambda *_: pytest.fail("it began to compute"))
