"""Which published figures speak about a year, and how much each is worth.

The newest vintage of a publisher is the target. Its standard error is made of half the distance to older vintages, half
the range between publishers of the same measure, the row's own range (or else the floor of its grade), and what the
series itself leaves open (balance_parameters, series-spread).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import pandas as pd

from ytterby.balance.structure import Structure
from ytterby.world.load import World

BAND = 1.645
"""Half-widths of a 90 % band, in standard errors."""

CARRY_YEARS = 2
"""How far from its own year a figure may stand in where the year itself has none; ratios: twice as far."""


@dataclass(frozen=True)
class Evidence:
    """One published figure, as the balance sees it."""

    observation: str
    """Key in observations, trade_flows or chinese_quotas."""
    series: str
    area: str
    """ISO3 code, zone, world or other; for trade the origin."""
    destination: str
    item: str
    year: int
    publisher: str
    target: float
    """In the unit of the measure: t REO, t element, t magnet or a share."""
    sigma: float
    """Standard error, same unit."""
    source: str
    confidence: str
    unit: str
    basis: str


@dataclass(frozen=True)
class SetAside:
    """A published figure about the year that the balance does not use, with the reason."""

    observation: str
    series: str
    year: int
    value: float
    unit: str
    source: str
    reason: str


def gather(world: World, structure: Structure, year: int) -> tuple[list[Evidence], list[SetAside]]:
    """Gather the figures about a year from observations, trade_flows and chinese_quotas.

    Figures of neighbouring years stand in, with a larger standard error, where a measure has none of the year itself.
    """
    figures = pd.concat([_observed(world), _traded(world), _quotas(world)], ignore_index=True)
    figures["measure"] = figures[["series", "area", "destination", "item"]].agg("|".join, axis=1)
    evidence: list[Evidence] = []
    aside: list[SetAside] = []
    for _, group in figures.groupby("measure", sort=True):
        ratio = group["unit"].iloc[0] == "share"
        own = group[group["year"] == year]
        blank = own[own["value"].isna()]
        aside += [_aside(row, "no weight or oxide content that could be used") for row in blank.itertuples()]
        use = own[own["value"].notna()]
        if use.empty and blank.empty:
            near = group[(group["year"] - year).abs() <= CARRY_YEARS * (2 if ratio else 1)].dropna(subset="value")
            if not near.empty:
                gap = (near["year"] - year).abs()
                use = near[gap == gap.min()]
                use = use[use["year"] == use["year"].max()]
        for _, same in use.groupby("publisher", sort=True):
            newest = same.sort_values("vintage").iloc[-1]
            older = same[same["vintage"] < newest["vintage"]]
            others = [float(v) for v in use.groupby("publisher")["value"].last()]
            evidence.append(_weigh(newest, older, (max(others) - min(others)) / 2, structure, year))
            reason = f"older vintage of {newest['observation']}: its distance is in that figure's standard error"
            aside += [_aside(row, reason) for row in older.itertuples()]
    return evidence, aside


def _weigh(row: pd.Series, older: pd.DataFrame, apart: float, structure: Structure, year: int) -> Evidence:
    target = float(row["value"])
    ranged = math.isfinite(row["low"]) and math.isfinite(row["high"]) and row["high"] > row["low"]
    parts = [apart]
    if ("series-spread", str(row["series"])) in structure.parameters:
        parts.append(structure.parameter("series-spread", str(row["series"])) * abs(target))
    if ranged:
        parts.append((row["high"] - row["low"]) / (2 * BAND))
    else:
        parts.append(structure.parameter("spread-floor", str(row["confidence"])) * abs(target))
    if not older.empty:
        parts.append(float((older["value"] - target).abs().max()) / 2)
    gap = abs(int(row["year"]) - year)
    if gap:
        parts.append(gap * structure.parameter("carry-spread", "per-year") * abs(target))
    least = 0.005 if row["unit"] == "share" else 20.0
    sigma = max(math.sqrt(sum(p * p for p in parts)), least)
    return Evidence(
        observation=str(row["observation"]),
        series=str(row["series"]),
        area=str(row["area"]),
        destination=str(row["destination"]),
        item=str(row["item"]),
        year=int(row["year"]),
        publisher=str(row["publisher"]),
        target=target,
        sigma=sigma,
        source=str(row["source"]),
        confidence=str(row["confidence"]),
        unit=str(row["unit"]),
        basis=str(row["basis"]),
    )


def _aside(row: object, reason: str) -> SetAside:
    return SetAside(
        str(row.observation),  # type: ignore[attr-defined]
        str(row.series),  # type: ignore[attr-defined]
        int(row.year),  # type: ignore[attr-defined]
        float(row.value),  # type: ignore[attr-defined]
        str(row.unit),  # type: ignore[attr-defined]
        str(row.source),  # type: ignore[attr-defined]
        reason,
    )


COLUMNS = [
    "observation", "series", "area", "destination", "item", "year", "publisher", "vintage", "basis",
    "value", "low", "high", "unit", "source", "confidence",
]  # fmt: skip


def _observed(world: World) -> pd.DataFrame:
    table = world.table("observations")
    table["destination"] = ""
    table["year"], table["vintage"] = table["year"].astype(int), table["vintage"].astype(int)
    return table[COLUMNS]


def _traded(world: World) -> pd.DataFrame:
    """Trade as t REO where the oxide content can be judged; magnets stay t of magnet."""
    table = world.table("trade_flows").rename(columns={"flow": "observation", "origin": "area", "product": "item"})
    magnets = table["item"].eq("magnets")
    table["series"] = "trade-" + table["item"]
    for field, content in (("value", "reo_per_t"), ("low", "reo_low"), ("high", "reo_high")):
        table[field] = (table["net_weight_t"] * table[content]).where(~magnets, table["net_weight_t"])
    table["unit"] = magnets.map({True: "t magnet", False: "t REO"})
    table["publisher"] = table["reporter"]
    table["year"] = table["year"].astype(int)
    table["vintage"] = table["year"]
    return table[COLUMNS]


def _quotas(world: World) -> pd.DataFrame:
    table = world.table("chinese_quotas")
    parts = []
    for column, series in (("mining_t", "mining-quota"), ("separation_t", "separation-quota")):
        part = table[table[column].notna()].copy()
        part["observation"] = [
            f"chinese-quota-{int(y)}-{b}-{series}" for y, b in zip(part["year"], part["batch"], strict=True)
        ]
        part["series"] = [series if b == "year" else f"{series}-{b}" for b in part["batch"]]
        part["area"], part["destination"], part["item"] = "CHN", "", "treo"
        part["publisher"], part["basis"], part["unit"] = "MIIT", "REO", "t REO"
        part["value"], part["low"], part["high"] = part[column], float("nan"), float("nan")
        part["year"] = part["year"].astype(int)
        part["vintage"] = part["year"]
        parts.append(part[COLUMNS])
    return pd.concat(parts, ignore_index=True)
