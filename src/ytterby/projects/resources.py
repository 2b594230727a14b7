"""What a headline number about a deposit means: class, rock, metal, years of world demand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan

import pandas as pd

from ytterby.projects.settings import number, setting
from ytterby.world.elements import oxide_per_element
from ytterby.world.errors import UnknownNameError
from ytterby.world.load import World
from ytterby.world.terms import Band

MAGNET_OXIDES: tuple[str, ...] = ("NdPr", "Dy", "Tb")


@dataclass(frozen=True)
class Headline:
    """A deposit's number in plain words and in figures."""

    deposit: str
    name: str
    sentence: str
    kind: str
    """reserve, resource, prognostic or unclassified."""
    resource_class: str
    proves: str
    does_not_prove: str
    rock_t: float
    """Rock that the figure implies, t; NaN where there is no grade."""
    treo_t: float
    """Contained rare earths as announced, t; NaN where there is no figure."""
    treo_low_t: float
    treo_high_t: float
    metal_if_ore_t: float
    """Contained metal if the figure in Mt is read as ore at the stated grade; NaN where it makes no sense."""
    reserve_t: float
    """Part that is booked as reserve, t TREO: 0 where none is."""
    contained: pd.DataFrame
    """element (NdPr, Dy, Tb), t_oxide, low, high, share_pct, low_pct, high_pct: an envelope over the ore
    vectors."""
    years_of_demand: pd.DataFrame
    """element, years, low, high: contained over world demand of the base year, before any recovery."""
    ores: tuple[str, ...]
    sources: tuple[str, ...]


def deposit_row(world: World, deposit: str) -> dict[str, object]:
    """Return one row of the deposits table; raises UnknownNameError with near matches."""
    table = world.table("deposits")
    row = table[table["deposit"] == deposit]
    if row.empty:
        raise UnknownNameError("deposit", deposit, table["deposit"])
    return {str(k): v for k, v in row.iloc[0].to_dict().items()}


def ore_shares(world: World, ores: Sequence[str]) -> pd.DataFrame:
    """Return NdPr, Dy and Tb oxide in TREO over one or several ore vectors, wt %.

    Point: mean over the ores; low and high: the lowest low and the highest high of any. With one ore these
    are the bands of its own vector. Columns: element, share_pct, low_pct, high_pct.
    """
    table = world.table("ore_elements")
    known = set(table["ore"])
    for ore in ores:
        if ore not in known:
            raise UnknownNameError("ore", ore, known, "table ore_elements")
    rows = []
    for group, members in (("NdPr", ("Nd", "Pr")), ("Dy", ("Dy",)), ("Tb", ("Tb",))):
        part = table[table["ore"].isin(ores) & table["element"].isin(members)]
        sums = part.groupby("ore")[["share_pct", "low", "high"]].sum().clip(upper=100.0)
        rows.append((group, float(sums["share_pct"].mean()), float(sums["low"].min()), float(sums["high"].max())))
    return pd.DataFrame(rows, columns=["element", "share_pct", "low_pct", "high_pct"])


def world_magnet_oxides(world: World, year: int | None = None) -> dict[str, float]:
    """Return what magnet makers of the world take in a year, t of NdPr, Dy and Tb oxide, gross of their
    scrap.

    From the tables of demand, recipes and contents, over the material yield of magnet making; other uses are
    left out. ``year``: default the world's base year.
    """
    demand = world.table("demand")
    year = round(setting(world, "base-year")) if year is None else year
    bought = demand[demand["year"] == year].merge(
        world.table("good_recipes")[["good", "commodity", "t_per_t"]], on="good"
    )
    bought["t"] = bought["t"] * bought["t_per_t"]
    contents = world.table("commodity_elements")[["commodity", "element", "t_per_t"]].rename(
        columns={"t_per_t": "content"}
    )
    magnets = bought[bought["commodity"].str.startswith("ndfeb")].merge(contents, on="commodity")
    magnets["element_t"] = magnets["t"] * magnets["content"]
    elements = magnets.groupby("element")["element_t"].sum()
    yields = world.table("intensities").set_index(["product", "parameter"])["value"]
    recovered = float(yields.loc[("magnet-making", "material_yield")])
    out = {}
    for group, members in (("NdPr", ("Nd", "Pr")), ("Dy", ("Dy",)), ("Tb", ("Tb",))):
        out[group] = sum(float(elements.get(e, 0.0)) * oxide_per_element(e) / recovered for e in members)
    return out


def headline(world: World, deposit: str, year: int | None = None) -> Headline:
    """Say in one sentence what a deposit's number is worth, with the figures behind it.

    ``year``: of the world demand that the contents are set beside; default the world's base year. Raises
    UnknownNameError.
    """
    row = deposit_row(world, deposit)
    classes = world.table("resource_classes").set_index("resource_class")
    grade = number(row["resource_treo_pct"]) / 100.0
    treo = number(row["contained_treo_kt"]) * 1000.0
    rock = number(row["resource_mt"]) * 1e6
    if isnan(rock) and not isnan(grade) and not isnan(treo):
        rock = treo / grade
    low, high = (number(row[k]) * 1000.0 for k in ("contained_low", "contained_high"))
    low, high = (low if not isnan(low) else treo), (high if not isnan(high) else treo)
    reserve = number(row["reserve_mt"]) * 1e6 * number(row["reserve_treo_pct"]) / 100.0
    cls = classes.loc[str(row["resource_class"])].to_dict()
    ores = tuple(str(row["ores"]).split())
    shares = ore_shares(world, ores)
    contained = shares.assign(
        t_oxide=treo * shares["share_pct"] / 100.0,
        low=low * shares["low_pct"] / 100.0,
        high=high * shares["high_pct"] / 100.0,
    )[["element", "t_oxide", "low", "high", "share_pct", "low_pct", "high_pct"]]
    demand = world_magnet_oxides(world, year)
    per_year = contained["element"].map(demand).astype(float)
    years = pd.DataFrame({"element": contained["element"]})
    for name, column in (("years", "t_oxide"), ("low", "low"), ("high", "high")):
        years[name] = contained[column] / per_year
    as_ore = treo * grade if str(cls["kind"]) in ("prognostic", "unclassified") and not isnan(grade) else float("nan")
    figure = Headline(
        deposit=deposit,
        name=str(row["name"]),
        sentence="",
        kind=str(cls["kind"]),
        resource_class=str(cls["name"]),
        proves=str(cls["proves"]),
        does_not_prove=str(cls["does_not_prove"]),
        rock_t=rock,
        treo_t=treo,
        treo_low_t=low,
        treo_high_t=high,
        metal_if_ore_t=as_ore,
        reserve_t=reserve if not isnan(reserve) else 0.0,
        contained=contained,
        years_of_demand=years,
        ores=ores,
        sources=(str(row["source"]),),
    )
    return Headline(**{**figure.__dict__, "sentence": _sentence(figure, grade)})


def contained_band(figure: Headline, element: str) -> Band:
    """Return contained NdPr, Dy or Tb oxide of a headline as a band, t."""
    row = figure.contained.set_index("element").loc[element].to_dict()
    return Band(
        float(row["t_oxide"]),
        float(row["low"]),
        float(row["high"]),
        "ore vectors of " + ", ".join(figure.ores),
    )


def _sentence(figure: Headline, grade: float) -> str:
    """Compose the plain sentence."""
    if isnan(figure.treo_t):
        return f"{figure.name}: no tonnage of rare earths was published ({figure.resource_class.lower()})."
    size = _mass(figure.treo_t)
    kinds = {
        "prognostic": "forecast",
        "unclassified": "of no class",
        "resource": "of resource",
        "reserve": "booked",
    }
    start = f"{figure.name}: {size} {kinds[figure.kind]}"
    if figure.reserve_t > 0:
        start += f", of which {_mass(figure.reserve_t)} is reserve"
    elif figure.kind != "reserve":
        start += ", none of it a reserve"
    if not isnan(grade) and grade < 0.002 and figure.kind in ("prognostic", "unclassified"):
        start += (
            f": {size} of metal would be {figure.rock_t / 1e9:,.1f} Gt of rock at {grade * 1e6:,.0f} g/t; "
            f"read as ore it is {figure.metal_if_ore_t:,.0f} t of metal"
        )
    elif not isnan(figure.rock_t) and not isnan(grade):
        start += f" in {figure.rock_t / 1e6:,.0f} Mt at {grade:.2%} TREO"
    ndpr = figure.contained.set_index("element").loc["NdPr"].to_dict()
    spread = (
        ""
        if len(figure.ores) == 1
        else f" ({_mass(float(ndpr['low']))} to {_mass(float(ndpr['high']))} by analogue ore)"
    )
    return f"{start}. NdPr oxide in it: {_mass(float(ndpr['t_oxide']))}{spread}."


def _mass(tonnes: float) -> str:
    if tonnes >= 1e6:
        return f"{tonnes / 1e6:,.3g} Mt"
    return f"{tonnes / 1e3:,.3g} kt" if tonnes >= 1e4 else f"{tonnes:,.0f} t"
