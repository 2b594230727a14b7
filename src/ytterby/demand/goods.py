"""The goods that are bought, where, how much a year, and how buyers answer to price.

One basis throughout: magnets are t of finished magnet, from the IEA's 90.9 kt Nd+Pr+Dy+Tb (element, 2024)
read as gross of magnet-making scrap. The scrap loop belongs to the magnet makers' recipes and is not added
here.
"""

from __future__ import annotations

import pandas as pd

from ytterby.world.errors import Fault, InputError, UnknownNameError
from ytterby.world.load import World

HORIZONS = ("months", "year", "three-years")
"""How long a shock has lasted when buyers answer to it."""


def goods(world: World) -> pd.DataFrame:
    """Return the goods with what they hold: one row per good and commodity.

    Columns: good, name, use, segment, elasticity_class, unit, magnet, commodity, t_per_t, low, high.
    """
    table = world.table("goods")[["good", "name", "use", "segment", "elasticity_class", "unit", "magnet"]]
    recipes = world.table("good_recipes")[["good", "commodity", "t_per_t", "low", "high"]]
    return table.merge(recipes, on="good", how="left", validate="one_to_many")


def annual_goods(world: World, year: int) -> pd.DataFrame:
    """Return demand by place and good in one year, in t of the good.

    Columns: place, good, t, low, high, unit, source, confidence, note.
    Raises InputError where the world has no demand for the year.
    """
    table = world.table("demand")
    years = sorted({int(y) for y in table["year"]})
    if year not in years:
        raise InputError("no demand for this year", [Fault("year", str(year), f"one of {', '.join(map(str, years))}")])
    return table[table["year"] == year].drop(columns="year").reset_index(drop=True)


def annual_demand(world: World, year: int, horizon: str = "year") -> pd.DataFrame:
    """Return one row per place, good and commodity: what the market's demand curves are made of.

    Columns: place, good, commodity, t, low, high (t of the commodity in its own unit: t of magnet or t REO),
    elasticity, elasticity_low, elasticity_high, choke_usd_per_kg, choke_low, choke_high (of the commodity),
    segment, use, magnet, source, confidence.
    ``horizon`` is how long a shock has lasted: ``months``, ``year`` or ``three-years``.
    Raises InputError for a year without data, UnknownNameError for another horizon.
    """
    if horizon not in HORIZONS:
        raise UnknownNameError("horizon", horizon, HORIZONS)
    merged = annual_goods(world, year).merge(
        goods(world).rename(columns={"low": "t_per_t_low", "high": "t_per_t_high"}).drop(columns=["unit"]),
        on="good",
    )
    for name in ("t", "low", "high"):
        merged[name] = merged[name] * merged["t_per_t"]
    response = world.table("elasticities")
    response = response[response["horizon"] == horizon].rename(
        columns={"low": "elasticity_low", "high": "elasticity_high"}
    )
    names = ["elasticity", "elasticity_low", "elasticity_high", "choke_usd_per_kg", "choke_low", "choke_high"]
    exact = response[response["commodity"] != "any"][["elasticity_class", "commodity", *names]]
    fallback = response[response["commodity"] == "any"][["elasticity_class", *names]]
    merged = merged.merge(exact, on=["elasticity_class", "commodity"], how="left")
    spare = merged[["elasticity_class"]].merge(fallback, on="elasticity_class", how="left")
    for name in names:
        merged[name] = merged[name].fillna(spare[name])
    missing = merged[merged["elasticity"].isna()]
    if len(missing):
        pairs = missing[["elasticity_class", "commodity"]].drop_duplicates().itertuples(index=False)
        raise InputError(
            "demand without a price response",
            [
                Fault(
                    f"elasticities, class {c}, commodity {m}, horizon {horizon}",
                    "no row",
                    "a row for it or for `any`",
                )
                for c, m in pairs
            ],
        )
    columns = [
        "place", "good", "commodity", "t", "low", "high", *names, "segment", "use", "magnet",
        "source", "confidence",
    ]  # fmt: skip
    return merged[columns].sort_values(["place", "good", "commodity"], ignore_index=True)


def totals(world: World, year: int, by: str = "use") -> pd.DataFrame:
    """Sum a year's demand over ``use``, ``place``, ``good``, ``commodity`` or ``segment``, magnets apart.

    Low and high are sums of the rows' bands: they hold if the errors of the rows go together.
    Columns: by, magnet, t, low, high.
    """
    demand = annual_demand(world, year)
    if by not in ("use", "place", "good", "commodity", "segment"):
        raise UnknownNameError("grouping", by, ("use", "place", "good", "commodity", "segment"))
    return demand.groupby([by, "magnet"], as_index=False)[["t", "low", "high"]].sum()


def magnet_elements(world: World, year: int, gross_of_scrap: bool = True) -> pd.DataFrame:
    """Return the magnet elements (Nd, Pr, Dy, Tb) in a year's NdFeB demand by use, t of element.

    ``gross_of_scrap`` divides by the material yield of magnet making, so that the sum can be set beside the
    IEA's; otherwise it is the content of the finished magnets. Contents come from ``commodity_elements``.
    Columns: use, element, t.
    """
    contents = world.table("commodity_elements")[["commodity", "element", "t_per_t"]]
    contents = contents[contents["element"].isin(["Nd", "Pr", "Dy", "Tb"])]
    demand = annual_demand(world, year)
    demand = demand[demand["magnet"].astype(bool) & demand["commodity"].str.startswith("ndfeb")]
    merged = demand[["use", "commodity", "t"]].merge(contents, on="commodity")
    merged["t"] = merged["t"] * merged["t_per_t"]
    out = merged.groupby(["use", "element"], as_index=False).agg(t=("t", "sum"))
    if gross_of_scrap:
        out["t"] = out["t"] / parameter(world, "magnet-making", "material_yield")
    return out


def elements(world: World, year: int, place: str | None = None) -> pd.DataFrame:
    """Return all elements in a year's demand by use, world or one place: what is in the goods, t of element.

    Columns: use, element, t. Contents come from ``commodity_elements``. Raises UnknownNameError for a place that buys
    nothing.
    """
    contents = world.table("commodity_elements")[["commodity", "element", "t_per_t"]]
    demand = annual_demand(world, year)
    if place is not None:
        if place not in set(demand["place"]):
            raise UnknownNameError("place", place, sorted(set(demand["place"])), "table demand")
        demand = demand[demand["place"] == place]
    merged = demand[["use", "commodity", "t"]].merge(contents, on="commodity")
    merged["t"] = merged["t"] * merged["t_per_t"]
    return merged.groupby(["use", "element"], as_index=False).agg(t=("t", "sum"))


def parameter(world: World, product: str, name: str, which: str = "value") -> float:
    """Return one number of the intensities table; ``which`` is value, low or high. Raises
    UnknownNameError."""
    table = world.table("intensities")
    row = table[(table["product"] == product) & (table["parameter"] == name)]
    if row.empty:
        known = (table["product"] + " " + table["parameter"]).tolist()
        raise UnknownNameError("intensity", f"{product} {name}", known, "table intensities")
    return float(row.iloc[0][which])
