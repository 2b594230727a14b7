"""Taxes on trade, worked out by hand from rows of the table."""

from __future__ import annotations

import pandas as pd
import pytest

from ytterby.chain.taxes import duties
from ytterby.chain.trade import Places
from ytterby.world import World

PLACES = Places({"china": "CHN", "japan": "JPN", "usa": "USA", "vietnam": "VNM", "malaysia": "MYS"}, {}, {})


def tax(world: World, commodity: str, start: str, end: str, value_usd_per_t: float, day: str = "2024-07-01") -> float:
    trade = pd.DataFrame({"commodity": [commodity], "from_place": [start], "to_place": [end], "from_node": ["node"]})
    return float(duties(trade, pd.Series({"node": value_usd_per_t}), world, day, PLACES).iloc[0])


def test_value_added_tax_stays_in_the_price_of_chinese_oxide(shipped: World) -> None:
    """13 % since April 2019, nothing refunded on rare earths; Japan admits oxides free."""
    assert tax(shipped, "dy-oxide", "china", "japan", 200_000.0) == pytest.approx(26_000.0)


def test_value_added_tax_on_magnets_is_refunded(shipped: World) -> None:
    """13 % levied, 13 % given back; the United States take 2.1 % (heading 8505.11)."""
    assert tax(shipped, "ndfeb-sh", "china", "japan", 50_000.0) == pytest.approx(0.0)
    assert tax(shipped, "ndfeb-sh", "china", "usa", 50_000.0) == pytest.approx(1_050.0)


def test_a_duty_on_one_origin_is_added_from_its_first_day(shipped: World) -> None:
    """Section 301: 25 % on Chinese magnets from 1 January 2026, beside 2.1 % on everyone's."""
    assert tax(shipped, "ndfeb-sh", "china", "usa", 50_000.0, "2026-07-01") == pytest.approx(13_550.0)
    assert tax(shipped, "ndfeb-sh", "vietnam", "usa", 50_000.0, "2026-07-01") == pytest.approx(1_050.0)


def test_the_united_states_tax_metal(shipped: World) -> None:
    """5 % (2805.30); from China the 13 % that are not refunded come on top."""
    assert tax(shipped, "ndpr-metal", "vietnam", "usa", 60_000.0) == pytest.approx(3_000.0)
    assert tax(shipped, "ndpr-metal", "china", "usa", 60_000.0) == pytest.approx(10_800.0)


def test_a_row_for_a_commodity_goes_before_the_row_for_its_class(shipped: World) -> None:
    """Cerium compounds pay 5.5 % (2846.10), other oxides nothing."""
    assert tax(shipped, "ce-oxide", "malaysia", "usa", 1_000.0) == pytest.approx(55.0)
    assert tax(shipped, "la-oxide", "malaysia", "usa", 1_000.0) == pytest.approx(0.0)


def test_export_tax_held_until_may_2015(shipped: World) -> None:
    """Dysprosium oxide: 25 % export tax and 17 % value-added tax without refund, then only the latter."""
    assert tax(shipped, "dy-oxide", "china", "japan", 100_000.0, "2012-07-01") == pytest.approx(42_000.0)
    assert tax(shipped, "dy-oxide", "china", "japan", 100_000.0, "2016-07-01") == pytest.approx(17_000.0)


def test_an_ore_is_taxed_as_concentrate(shipped: World) -> None:
    """25 % on American goods in 2024 (retaliation of 2019)."""
    assert tax(shipped, "concentrate:mountain-pass", "usa", "china", 4_000.0) == pytest.approx(1_000.0)


def test_what_has_no_known_value_pays_nothing(shipped: World) -> None:
    trade = pd.DataFrame(
        {"commodity": ["dy-oxide"], "from_place": ["china"], "to_place": ["japan"], "from_node": ["x"]}
    )
    assert duties(trade, pd.Series(dtype=float), shipped, "2024-07-01", PLACES).tolist() == [0.0]
