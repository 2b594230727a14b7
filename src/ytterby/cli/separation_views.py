"""What `ytterby separate --show` can show besides one plant's inventory: titles and tables of each view."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ytterby.world.errors import Fault, InputError, UnknownNameError

if TYPE_CHECKING:
    import pandas as pd

    from ytterby.separation import Separation


class View(StrEnum):
    """Views of the separation room."""

    INVENTORY = "inventory"
    ROUTES = "routes"
    FACTORS = "factors"
    CHEAPEST = "cheapest"
    PLANTS = "plants"
    COSTS = "costs"
    SITES = "sites"
    CAPITAL = "capital"
    MAGNETS = "magnets"


def view_tables(
    view: View, separation: Separation, feed: str, circuit: str, countries: list[str], throughput: float
) -> tuple[dict[str, pd.DataFrame], list[str]]:
    """Tables of a view by title, and the sentences that belong under them."""
    from ytterby.separation import overview, plants, published
    from ytterby.separation.capital import capital_tables

    told: list[str] = []
    match view:
        case View.ROUTES:
            title, table = f"Ways to open {feed}", overview.route_table(separation, feed)
        case View.FACTORS:
            title = f"Separation factors of {circuit}, least extractable pair first"
            table = overview.factor_table(separation, circuit)
        case View.CHEAPEST:
            title = f"Products of {circuit} from {feed}: sequences at prices of {countries[0]}"
            table = overview.cheapest_table(separation, feed, circuit, countries[0])
            told = ["hcl_over_filed: acid used up over that of the filed circuit without links"]
        case View.PLANTS:
            title, table = "Published and computed reagent use, per t REO", plants.against_plants(separation)
            told = [str(plants.score(table)), *(f"{r.plant}, {r.reagent}: {r.note}" for r in table.itertuples())]
        case View.COSTS:
            title = "Published and computed cost, USD of the base year per t REO"
            table = published.against_costs(separation)
            told = [f"{r.plant}, {r.item}: {r.note}" for r in table.itertuples()]
        case View.SITES:
            title = "Separators and their feeds: computed cost, and what is published"
            table = published.site_table(separation)
        case View.CAPITAL:
            return capital_tables(separation, feed, circuit, throughput)
        case _:
            title = "Oxide to magnet, at each country's costs"
            table = overview.magnet_table(separation, countries)
    return {title: table}, told


SHOWN: dict[View, tuple[str, ...]] = {
    View.PLANTS: (
        *("plant", "reagent", "per", "published", "modelled", "modelled_low", "modelled_high"),
        *("ratio", "within", "kind"),
    ),
    View.COSTS: (
        *("plant", "item", "per", "published", "low", "high", "modelled", "modelled_low", "modelled_high", "ratio"),
    ),
    View.SITES: (
        *("site", "feed", "hcl_t", "reagents", "labour, upkeep", "usd_per_t", "low", "high", "usd_per_kg_ndpr"),
        "published",
    ),
}
"""Columns that are printed, where the whole table would be too wide; files and JSON have all."""


def known_countries(separation: Separation, text: str) -> list[str]:
    """ISO3 codes from an option; raises UnknownNameError with near matches."""
    known = set(separation.world.table("countries")["iso3"])
    codes = [c.strip().upper() for c in text.split(",") if c.strip()]
    for code in codes:
        if code not in known:
            raise UnknownNameError("country", code, known)
    if not codes:
        raise InputError("--country", [Fault("--country", repr(text), "one or more ISO3 codes, such as USA,CHN")])
    return codes


def write_frames(frames: dict[str, pd.DataFrame], path: Path) -> None:
    """Write tables to one ``.xlsx`` book or, one table, to a ``.csv`` file; several to ``<stem>-<number>.csv``."""
    import pandas as pd

    faults = []
    if path.suffix not in (".xlsx", ".csv"):
        faults.append(Fault("--table", path.name, "a name that ends in .xlsx or .csv"))
    if not path.parent.is_dir():
        faults.append(Fault("--table", str(path.parent), "a folder that exists"))
    if faults:
        raise InputError("tables cannot be written", faults)
    if path.suffix == ".xlsx":
        with pd.ExcelWriter(path, engine="xlsxwriter") as book:
            for number, frame in enumerate(frames.values(), start=1):
                frame.to_excel(book, sheet_name=f"table {number}", index=False)
        return
    for number, frame in enumerate(frames.values(), start=1):
        own = path if len(frames) == 1 else path.with_name(f"{path.stem}-{number}.csv")
        frame.to_csv(own, index=False, lineterminator="\n")


def as_records(frames: dict[str, pd.DataFrame], told: list[str]) -> dict[str, Any]:
    """Tables and sentences for JSON."""
    return {"tables": {k: v.to_dict("records") for k, v in frames.items()}, "remarks": told}
