"""The register of published studies, re-computed from their own inputs and re-priced to one deck."""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from math import isnan

import numpy as np
import pandas as pd

from ytterby.projects.appraisal import appraise
from ytterby.projects.breakeven import breakeven_price
from ytterby.projects.finance import Timing
from ytterby.projects.mine import Mine
from ytterby.projects.resources import ore_shares
from ytterby.projects.settings import build_shares, number, ramp_levels, setting
from ytterby.world.choices import choice
from ytterby.world.elements import LANTHANIDES_AND_Y
from ytterby.world.errors import Fault, InputError, UnknownNameError
from ytterby.world.load import World
from ytterby.world.terms import PriceDeck

POLYMETALLIC = re.compile(
    r"phosph(oric|ate)|Nb|niob|Zr|zircon|Sc2O3|Sc oxide|scandium|Li2CO3|ilmenite|heavy mineral conc|U oxide"
)


def studies(world: World) -> pd.DataFrame:
    """Return the table of studies with capital per yearly kg: adds capex_usd_per_kg_treo and
    capex_usd_per_kg_ndpr."""
    table = world.table("project_studies")
    table["capex_usd_per_kg_treo"] = table["capex_musd"] * 1000.0 / table["treo_t_per_y"]
    table["capex_usd_per_kg_ndpr"] = table["capex_musd"] * 1000.0 / table["ndpr_t_per_y"]
    return table


def study_row(world: World, study: str) -> dict[str, object]:
    """Return one study; raises UnknownNameError."""
    table = studies(world)
    row = table[table["study"] == study]
    if row.empty:
        raise UnknownNameError("study", study, table["study"])
    return {str(k): v for k, v in row.iloc[0].to_dict().items()}


def observed_deck(world: World, place: str = "china", year: int | None = None) -> PriceDeck:
    """Return the world's yearly reference prices of a place as a deck: net of value-added tax, ex works.

    ``year`` None: the world's base year. Raises InputError where the place or year has none: then there is no
    deck to price on.
    """
    year = round(setting(world, "base-year")) if year is None else year
    table = world.table("prices")
    reference = table[table["series"] == "annual reference"]
    rows = reference[(reference["place"] == place) & (reference["period"] == str(year))]
    if rows.empty:
        known = sorted(set(reference["place"] + " " + reference["period"]))
        raise InputError("no price deck", [Fault("place, year", f"{place} {year}", "one of " + ", ".join(known))])
    values = _column(rows, "commodity", "usd_per_kg_excl_vat")
    return PriceDeck(
        place, year, values, str(rows["incoterm"].iloc[0]), "excl VAT", "yearly reference of observed prices"
    )


def basket_usd_per_kg(world: World, ores: tuple[str, ...], deck: PriceDeck) -> float:
    """Return the value of the oxides in one kg of TREO of these ores at a deck, USD; mean over the ores.

    NdPr is priced as didymium where the deck has ``ndpr-oxide``. Oxides without a price count zero.
    """
    table = world.table("ore_elements")
    table = table[table["ore"].isin(ores)]
    if table.empty:
        raise UnknownNameError("ore", " ".join(ores), world.table("ore_elements")["ore"])
    shares = table.groupby("element")["share_pct"].sum() / table["ore"].nunique() / 100.0
    total = 0.0
    for element in LANTHANIDES_AND_Y:
        share = float(shares.get(element, 0.0))
        commodity = f"{element.lower()}-oxide"
        if element in ("Nd", "Pr") and "ndpr-oxide" in deck.usd_per_kg:
            commodity = "ndpr-oxide"
        total += share * deck.usd_per_kg.get(commodity, 0.0)
    return total


def sells_more(study: Mapping[Hashable, object]) -> bool:
    """Whether a published study sells more than rare earths, by the words of its product and note."""
    return bool(POLYMETALLIC.search(f"{study['product']} {study['note']}"))


def reprice(world: World, deck: PriceDeck, discount: float | None = None, timing: Timing | None = None) -> pd.DataFrame:
    """Value every study that prints output, capital and unit cost or margin on one deck, one rate, one tax
    engine.

    Revenue = TREO x basket of the deposit's ore vector x payability of the product form; unit cost as
    printed. By-products are left out, so polymetallic projects come out low. Columns: study, project,
    country, year, form, treo_t_per_y, ndpr_t_per_y, basket_usd_per_kg, opex_usd_per_kg, npv_musd, irr_pct,
    breakeven_ndpr_usd_per_kg, published_npv_musd, why_not (reason where it could not be valued).
    """
    if not deck.usd_per_kg:
        raise InputError("empty price deck", [Fault("deck", "no prices", "USD/kg by oxide, at least ndpr-oxide")])
    terms = _Terms.of(
        world,
        deck,
        setting(world, "project-discount") if discount is None else discount,
        Timing(choice(world, "project-timing")) if timing is None else timing,
    )
    rows = []
    for row in studies(world).to_dict("records"):
        mine, why = _mine(row, terms)
        entry = {
            "study": row["study"], "project": row["project"], "country": row["country"],
            "year": int(row["year"]),
            "form": row["form"], "treo_t_per_y": float("nan"), "ndpr_t_per_y": float("nan"),
            "basket_usd_per_kg": float("nan"),
            "opex_usd_per_kg": float("nan"), "npv_musd": float("nan"), "irr_pct": float("nan"),
            "breakeven_ndpr_usd_per_kg": float("nan"), "published_npv_musd": row["npv_musd"],
            "polymetallic": sells_more(row), "why_not": why,
        }  # fmt: skip
        if mine is not None:
            result = appraise(mine)
            entry |= {
                "treo_t_per_y": float(np.asarray(mine.treo_t_per_y)),
                "ndpr_t_per_y": float(np.asarray(mine.treo_t_per_y * mine.products["ndpr-oxide"])),
                "basket_usd_per_kg": result.basket_usd_per_kg,
                "opex_usd_per_kg": float(np.asarray(mine.opex_usd_per_kg_treo)),
                "npv_musd": result.npv_usd / 1e6,
                "irr_pct": 100.0 * result.irr,
                "breakeven_ndpr_usd_per_kg": breakeven_price(mine, "ndpr-oxide") / terms.payable[str(row["form"])]
                if "ndpr-oxide" in mine.products
                else float("nan"),
            }
        rows.append(entry)
    return pd.DataFrame(rows)


def overruns(world: World) -> pd.DataFrame:
    """Return how the stated capital of a deposit moved from its first to its last study.

    Columns: deposit, first_study, last_study, first_musd, last_musd, change, per_year (compound),
    same_output (whether NdPr output or throughput agree within a tenth; None where that is not printed).
    Only rows of the same output are escalation of one project; the others changed their scope.
    """
    table = studies(world).dropna(subset=["capex_musd"])
    table = table[table["deposit"] != ""].sort_values(["year", "study"])
    rows = []
    for deposit, group in table.groupby("deposit"):
        first, last = group.to_dict("records")[0], group.to_dict("records")[-1]
        span = int(last["year"]) - int(first["year"])
        if span <= 0:
            continue
        ratio = float(last["capex_musd"]) / float(first["capex_musd"])
        outputs = [float(last[k]) / float(first[k]) for k in ("ndpr_t_per_y", "throughput_mtpa")]
        known = [o for o in outputs if not isnan(o)]
        same = all(abs(o - 1) <= 0.1 for o in known) if known else None
        ends = (first["study"], last["study"], first["capex_musd"], last["capex_musd"])
        rows.append((deposit, *ends, ratio - 1, ratio ** (1 / span) - 1, same))
    names = [
        "deposit",
        "first_study",
        "last_study",
        "first_musd",
        "last_musd",
        "change",
        "per_year",
        "same_output",
    ]
    return pd.DataFrame(rows, columns=names)


@dataclass(frozen=True)
class _Terms:
    """What is common to all studies when they are re-priced."""

    world: World
    deck: PriceDeck
    discount: float
    timing: Timing
    ores: dict[str, tuple[str, ...]]
    tax: dict[str, float]
    royalty: dict[str, float]
    payable: dict[str, float]
    build_shares: tuple[float, ...]
    ramp: tuple[float, ...]
    sustaining_share: float
    working_capital_share: float

    @classmethod
    def of(cls, world: World, deck: PriceDeck, discount: float, timing: Timing) -> _Terms:
        deposits, fiscal = world.table("deposits"), world.table("fiscal_terms")
        ores = {str(k): tuple(str(v).split()) for k, v in zip(deposits["deposit"], deposits["ores"], strict=True)}
        return cls(
            world, deck, discount, timing, ores, _column(fiscal, "country", "tax_pct"),
            _column(fiscal, "country", "royalty_pct"),
            _column(world.table("payabilities"), "form", "payable"),
            build_shares(world), ramp_levels(world), setting(world, "project-sustaining-share"),
            setting(world, "project-working-capital-share"),
        )  # fmt: skip


def _mine(row: dict[object, object], terms: _Terms) -> tuple[Mine | None, str]:
    """Build a plan from a study's printed inputs, or say what is missing."""
    world, deck = terms.world, terms.deck
    deposit = str(row["deposit"])
    if not deposit:
        return None, "no deposit, so no element vector"
    ores = terms.ores[deposit]
    treo, ndpr = number(row["treo_t_per_y"]), number(row["ndpr_t_per_y"])
    shares = ore_shares(world, ores).set_index("element")["share_pct"] / 100.0
    if isnan(treo) and not isnan(ndpr):
        treo = ndpr / float(shares["NdPr"])
    life, capex = number(row["life_y"]), number(row["capex_musd"])
    missing = [n for n, v in (("TREO or NdPr output", treo), ("life", life), ("capital", capex)) if isnan(v)]
    if missing:
        return None, "not printed: " + ", ".join(missing)
    opex = number(row["opex_usd_per_kg"])
    basis = str(row["opex_basis"]).lower()
    revenue, ebitda = number(row["revenue_musd_per_y"]), number(row["ebitda_musd_per_y"])
    if not isnan(opex) and "ndpr" in basis and "treo" not in basis:
        if isnan(ndpr):
            return None, "unit cost per kg NdPr without NdPr output"
        opex = opex * ndpr / treo
    elif isnan(opex) and not isnan(revenue) and not isnan(ebitda):
        opex = (revenue - ebitda) * 1000.0 / treo
    if isnan(opex):
        return None, "not printed: unit cost, or revenue with margin"
    payable, country = terms.payable[str(row["form"])], str(row["country"])
    ndpr_share = float(shares["NdPr"]) if isnan(ndpr) else ndpr / treo
    others = _other_value(world, ores, deck, ndpr_share)
    return (
        Mine(
            name=str(row["study"]),
            ore_t_per_y=treo,
            grade=1.0,
            recovery=1.0,
            products={"ndpr-oxide": ndpr_share, "other-oxides": 1.0},
            prices_usd_per_kg={
                "ndpr-oxide": deck.usd_per_kg.get("ndpr-oxide", 0.0) * payable,
                "other-oxides": others * payable,
            },
            opex_usd_per_kg_treo=opex,
            capex_usd=capex * 1e6,
            life_y=max(1, round(life)),
            build_shares=terms.build_shares,
            ramp=terms.ramp,
            sustaining_usd_per_y=terms.sustaining_share * capex * 1e6,
            royalty=terms.royalty[country] / 100.0,
            tax=terms.tax[country] / 100.0,
            working_capital_share=terms.working_capital_share,
            discount=terms.discount,
            timing=terms.timing,
        ),
        "",
    )


def _other_value(world: World, ores: tuple[str, ...], deck: PriceDeck, ndpr_share: float) -> float:
    """Value of what is not NdPr in one kg of product, USD. A product of mostly NdPr holds no La, Ce and Y."""
    table = world.table("ore_elements")
    dropped = ["Nd", "Pr", *(["La", "Ce", "Y"] if ndpr_share > 0.5 else [])]
    rest = table[table["ore"].isin(ores) & ~table["element"].isin(dropped)]
    shares = rest.groupby("element")["share_pct"].sum()
    prices = [deck.usd_per_kg.get(f"{element.lower()}-oxide", 0.0) for element in shares.index.astype(str)]
    return (1.0 - ndpr_share) * float(np.average(prices, weights=shares.to_numpy(dtype=float)))


def _column(table: pd.DataFrame, key: str, value: str) -> dict[str, float]:
    return {str(k): float(v) for k, v in zip(table[key], table[value], strict=True)}
