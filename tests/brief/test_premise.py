"""Is the reported fact a fact? Decided by who says it."""

from __future__ import annotations

import pandas as pd
import pytest

from ytterby.brief.claims import Claim
from ytterby.brief.premise import premise_of
from ytterby.world.errors import InputError
from ytterby.world.terms import Premise


def facts(*rows: tuple[str, str, str]) -> pd.DataFrame:
    """Rows of fact, stance, kind; finding and source follow from them."""
    table = pd.DataFrame(rows, columns=["fact", "stance", "kind"])
    return table.assign(finding=table["stance"] + " by " + table["kind"], source=table["kind"] + "-source")


def claim(*names: str) -> Claim:
    return Claim(id="one", group="g", claim="It is so.", origin="o", facts=names, question="q", headline="h")


def test_what_only_portals_say_is_unverified() -> None:
    premise, because, _ = premise_of(claim("a"), facts(("a", "supports", "portal"), ("a", "supports", "portal")))
    assert premise is Premise.UNVERIFIED
    assert because == "supports by portal"


@pytest.mark.parametrize("kind", ["primary", "official statistics", "press"])
def test_one_trusted_source_establishes(kind: str) -> None:
    premise, because, _ = premise_of(claim("a"), facts(("a", "supports", "portal"), ("a", "supports", kind)))
    assert premise is Premise.ESTABLISHED
    assert because == f"supports by {kind}"


@pytest.mark.parametrize("kind", ["primary", "official statistics"])
def test_a_primary_source_against_it_contradicts_whoever_supports_it(kind: str) -> None:
    table = facts(("a", "supports", "primary"), ("a", "contradicts", kind), ("a", "supports", "press"))
    premise, because, _ = premise_of(claim("a"), table)
    assert premise is Premise.CONTRADICTED
    assert because == f"contradicts by {kind}"


@pytest.mark.parametrize("kind", ["portal", "press"])
def test_portals_and_press_cannot_contradict(kind: str) -> None:
    premise, _, _ = premise_of(claim("a"), facts(("a", "supports", "press"), ("a", "contradicts", kind)))
    assert premise is Premise.ESTABLISHED


def test_context_neither_supports_nor_contradicts() -> None:
    premise, _, _ = premise_of(claim("a"), facts(("a", "supports", "portal"), ("a", "context", "primary")))
    assert premise is Premise.UNVERIFIED


def test_a_chain_of_facts_is_as_strong_as_its_weakest() -> None:
    table = facts(("a", "supports", "primary"), ("b", "supports", "portal"))
    premise, _, sources = premise_of(claim("a", "b"), table)
    assert premise is Premise.UNVERIFIED
    assert sources == ("primary-source", "portal-source")


def test_a_fact_that_is_not_there_is_an_error() -> None:
    with pytest.raises(InputError, match="no such fact b"):
        premise_of(claim("b"), facts(("a", "supports", "primary")))
