"""How sure is each number, and who says so."""

from __future__ import annotations

import math

import pytest

from ytterby.world import World, banded_fields
from ytterby.world.bands import band_columns, uncertain_fields
from ytterby.world.errors import UnknownNameError
from ytterby.world.schema import FieldSchema, TableSchema


def test_the_row_comes_first_then_cells_then_the_pedigree(world: World) -> None:
    own = world.band("sites", "alpha", "capacity")
    assert (own.low, own.high, own.basis) == (800, 1300, "row")
    cell = world.band("sites", "beta", "cost")
    assert (cell.low, cell.high, cell.basis) == (19, 22, "cells")
    pedigree = world.band("sites", "beta", "capacity")
    assert pedigree.basis.startswith("pedigree")
    assert pedigree.low < 500 < pedigree.high


def test_pedigree_spread_follows_the_guideline(world: World) -> None:
    # ecoinvent guideline 3, tables 10.3 and 10.5: 0.0006 (mass), 0.04 (more than 15 years); B adds 0.0026.
    band = world.band("sites", "beta", "capacity")
    assert band.basis == "pedigree: quantity, B, older"
    assert band.high / 500 == pytest.approx(math.exp(1.6449 * math.sqrt(0.0006 + 0.0026 + 0.04)), rel=1e-4)
    assert band.low * band.high == pytest.approx(500**2)


def test_a_worse_grade_has_a_wider_band(world: World) -> None:
    def width(table: str, key: str, field: str) -> float:
        band = world.band(table, key, field)
        return band.high / band.low

    assert width("legs", "ab|2024-01-01", "usd_per_t") < width("legs", "bg|", "usd_per_t")


def test_a_blank_number_with_ends_has_its_middle_and_one_without_has_none(world: World) -> None:
    banded = banded_fields(world, ["prices"]).set_index("key")
    assert banded.loc["oxide|2025", "point"] == 60
    assert banded.loc["oxide|2025", "distribution"] == "uniform"
    assert "gamma" not in set(banded_fields(world, ["sites"])["key"])


def test_shares_stay_within_their_bounds(world: World) -> None:
    banded = banded_fields(world)
    shares = banded[banded["table"] == "shares"]
    assert shares["high"].max() <= 100
    assert (banded["low"] <= banded["point"]).all()
    assert (banded["point"] <= banded["high"]).all()


def test_keys_degrees_and_ends_of_bands_have_no_band(world: World) -> None:
    fields = set(banded_fields(world)["field"])
    assert fields.isdisjoint({"lat", "low", "high", "capacity_low", "year", "crew"})
    assert band_columns(world.schema("sites")) == {"capacity": ("capacity_low", "capacity_high")}
    assert band_columns(world.schema("prices")) == {"value": ("low", "high")}


def test_says_who(world: World) -> None:
    row = world.source_of("sites", "alpha", "capacity")
    assert (row.value, row.unit, row.source, row.title, row.given_by) == (
        "1000",
        "t/year",
        "gazette",
        "Official gazette",
        "row",
    )
    cell = world.source_of("sites", "beta", "cost")
    assert (cell.source, cell.confidence, cell.given_by) == ("gazette", "A", "cell")
    assert world.source_of("legs", "ab|2024-01-01", "usd_per_t").value == "40"
    assert world.source_of("sites", "alpha", "name").band is None


@pytest.mark.parametrize(
    ("table", "key", "field", "near"),
    [
        ("site", "alpha", "cost", "sites"),
        ("sites", "alpa", "cost", "alpha"),
        ("sites", "alpha", "costs", "cost"),
    ],
)
def test_unknown_names_suggest_the_nearest(world: World, table: str, key: str, field: str, near: str) -> None:
    with pytest.raises(UnknownNameError, match=near):
        world.source_of(table, key, field)
    with pytest.raises(UnknownNameError, match=near):
        world.band(table, key, field)


def test_ends_belong_to_the_number_whose_name_or_unit_they_share() -> None:
    def schema(*fields: tuple[str, str]) -> TableSchema:
        made = tuple(FieldSchema(name, "number", name, unit, "") for name, unit in fields)
        return TableSchema("t", "t", "", made, (), ())

    plain = schema(("capacity_t", "t"), ("share", "1"), ("low", "t"), ("high", "t"))
    assert band_columns(plain) == {"capacity_t": ("low", "high")}
    short = schema(("usd_per_kg", "USD/kg"), ("usd_low", "USD/kg"), ("usd_high", "USD/kg"))
    assert band_columns(short) == {"usd_per_kg": ("usd_low", "usd_high")}
    lone = schema(("cost", "USD"), ("days_low", "days"), ("days_high", "days"))
    assert band_columns(lone) == {}
    assert [field.name for field in uncertain_fields(lone)] == ["cost"]
