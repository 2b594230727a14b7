"""The market of separated oxides in years for which no balanced chain exists: ores, use, trade of tables ``oxide_*``.

Every ore keeps its element vector, so that oxides are made together or not at all. Use in the first year is what is
made in it, at the prices of that year: what leaves China leaves in the proportions in which China makes it.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from ytterby.chain.network import Network
from ytterby.chain.settings import dated
from ytterby.chain.supply import KG_PER_T
from ytterby.chain.workings import Workings
from ytterby.world import World
from ytterby.world.elements import LANTHANIDES_AND_Y
from ytterby.world.errors import Fault, InputError
from ytterby.world.terms import Decision, Stage

OTHER = "other-oxide"
"""All oxides without a price of their own, as one good."""
TAG = "unmarked"
"""Nobody asked where an oxide came from."""
QUOTA = "quota:export"
LEGAL, LEAK, FREE = "legal|", "leak|", "free|"
EMPTY = {
    "observed_prices": ["commodity", "place", "tax", "incoterm", "low", "point", "high", "status", "source"],
    "observed_production": ["stage", "country", "commodity", "observed_t", "low_t", "high_t", "status", "source"],
}


@dataclass(frozen=True)
class OxideMarket:
    """What the tables say of an episode."""

    supply: pd.DataFrame
    terms: pd.DataFrame
    vectors: pd.DataFrame
    """Share of each commodity in an ore's oxides (ores by commodities); rows add up to one."""
    wedge: pd.Series
    """Export tax and unrefunded VAT, share of the price inside, by commodity."""
    first: int
    home: str
    """The place whose exports are limited: it makes, and is none of those to which it exports."""

    @classmethod
    def of(cls, world: World, episode: str) -> OxideMarket:
        """Read an episode; raises InputError where its tables have no rows."""
        tables = (world.table(t) for t in ("oxide_supply", "oxide_terms"))
        supply, terms = (t[t["episode"] == episode] for t in tables)
        if not len(supply) or not len(terms):
            raise InputError(
                "an episode without its market", [Fault("oxide_supply, oxide_terms", episode, "rows of the episode")]
            )
        priced = set(terms.loc[terms["term"] == "fob-price", "item"])
        elements = world.table("ore_elements")
        elements = elements[elements["ore"].isin(supply["ore"]) & elements["element"].isin(LANTHANIDES_AND_Y)]
        named = elements["element"].str.lower() + "-oxide"
        elements = elements.assign(commodity=named.where(named.isin(priced), OTHER))
        vectors = elements.groupby(["ore", "commodity"])["share_pct"].sum().unstack(fill_value=0)
        vectors = vectors.div(vectors.sum(axis=1), axis=0)
        first = int(supply["year"].min())
        abroad = set(terms.loc[terms["term"] == "export-share", "item"])
        home = str(next(p for p in sorted(supply["place"].unique()) if p not in abroad))
        wedge = _wedge(world, home, vectors.columns, datetime.date(first, 7, 1))
        return cls(supply, terms, vectors, wedge, first, home)

    def taxed_as_on(self, world: World, day: datetime.date) -> OxideMarket:
        """The market with export tax and VAT of a day."""
        return replace(self, wedge=_wedge(world, self.home, self.vectors.columns, day))

    @property
    def goods(self) -> list[str]:
        """Commodities, in order."""
        return [str(c) for c in self.vectors.columns]

    @property
    def limited(self) -> bool:
        """Is there a quota at any time?"""
        return bool(self.terms["term"].eq("quota").any())

    @property
    def outside(self) -> list[str]:
        """Places outside China, in order."""
        return sorted(str(p) for p in self.values("export-share").index)

    def values(self, term: str, day: datetime.date | None = None) -> pd.Series:
        """Values of a term by item, on a day or over the whole episode."""
        rows = self.terms[self.terms["term"] == term]
        if day is not None:
            first, last = (pd.to_datetime(rows[c]) for c in ("valid_from", "valid_to"))
            rows = rows[(first <= pd.Timestamp(day)) & (last >= pd.Timestamp(day))]
        return rows.set_index("item")["value"].astype(float)

    def one(self, term: str, day: datetime.date | None = None) -> float:
        """Value of a term that holds for all; NaN where none holds on the day."""
        found = self.values(term, day)
        return float(found.iloc[0]) if len(found) else float("nan")

    def made(self, year: int) -> pd.DataFrame:
        """Oxides made in a year, t by place and commodity."""
        rows = self.supply[self.supply["year"] == year]
        tonnes = self.vectors.loc[rows["ore"]].mul(rows["t"].to_numpy(float), axis=0)
        return tonnes.groupby(rows["place"].to_numpy()).sum()

    def usual_prices(self) -> pd.DataFrame:
        """Prices of the first year, USD/t: commodity by ``inside`` and ``outside``."""
        fob = self.values("fob-price").reindex(self.goods) * KG_PER_T
        freight = self.one("freight") * KG_PER_T
        return pd.DataFrame({"inside": fob / (1.0 + self.wedge), "outside": fob + freight})

    def demands(self) -> pd.DataFrame:
        """Use of the first year, which takes what is made in it: rows of ``Network.demands``."""
        made, price = self.made(self.first), self.usual_prices()
        gone = made.loc[self.home] / made.loc[self.home].sum() * (self.one("exports-before") + self.one("leak"))
        elsewhere = made.drop(index=self.home).sum().reindex(self.goods, fill_value=0.0)
        share = self.values("export-share")
        use = {self.home: made.loc[self.home] - gone, **{p: (gone + elsewhere) * share[p] for p in self.outside}}
        choke = self.one("choke-multiple")
        rows = [
            {
                "demand": f"use|{good}|{place}", "node": node(good, place), "good": "oxides in use", "place": place,
                "segment": "all", "use": "oxides", "commodity": good, "reference_t": max(float(t[good]), 0.0),
                "reference_usd_per_t": float(price["inside" if place == self.home else "outside"][good]),
                "elasticity": -1.0, "choke_usd_per_t": 0.0, "floor_share": 0.0, "status": "by construction",
                "source": "oxide_supply",
            }
            for place, t in use.items() for good in self.goods
        ]  # fmt: skip
        table = pd.DataFrame(rows)
        return table.assign(choke_usd_per_t=table["reference_usd_per_t"] * choke)

    def network(
        self,
        label: str,
        year: int,
        share: float,
        demands: pd.DataFrame,
        inside_usd_per_t: Mapping[str, float],
        *,
        supply_year: int | None = None,
        quota_t: float = float("inf"),
        barred: Mapping[str, float] | None = None,
        taxed: bool = True,
        leaking: bool = True,
        entrants_t: float = 0.0,
        worked: Workings | None = None,
    ) -> Network:
        """One period that is ``share`` of a year, under taxes on the price inside.

        ``quota_t`` is the total in gross tonnes over all licensed exports; ``barred`` the share of the period in which
        nothing is licensed to a place; ``entrants_t`` what new mines outside may make a year where it pays them;
        ``worked`` what mines did not make, or did not sell, in the period.
        """
        links = self._links(share, inside_usd_per_t, barred or {}, taxed, leaking)
        nodes = pd.DataFrame(
            [
                {
                    "node": node(g, p), "commodity": g, "place": p, "origin_tag": TAG, "stage": Stage.SEPARATION.value,
                    "unit": "t REO", "free_disposal": True,
                }
                for p in (self.home, *self.outside) for g in self.goods
            ]
        )  # fmt: skip
        activities, recipes = self._mines(supply_year or year, share, entrants_t, worked)
        weight = self.one("gross-per-reo")
        licensed = [str(k) for k in links["link"] if str(k).startswith(LEGAL)]
        bound = bool(licensed) and np.isfinite(quota_t)
        quotas = pd.DataFrame(
            [(QUOTA, quota_t, "max", "holders of export licences", "export quota", "oxide_terms")] if bound else [],
            columns=["quota", "limit_t", "sense", "holder", "instrument", "source"],
        )
        members = pd.DataFrame(
            [(QUOTA, "link", k, weight) for k in licensed] if bound else [],
            columns=["quota", "kind", "member", "weight"],
        )
        contents = pd.DataFrame({"commodity": self.goods, "element": [g.split("-")[0] for g in self.goods]})
        return Network(
            year=year, label=label, nodes=nodes, activities=activities, recipes=recipes, links=links,
            demands=demands.assign(reference_t=demands["reference_t"] * share), quotas=quotas, quota_members=members,
            contents=contents.assign(t_per_t=1.0),
            observed_prices=pd.DataFrame(columns=EMPTY["observed_prices"]),
            observed_production=pd.DataFrame(columns=EMPTY["observed_production"]),
        )  # fmt: skip

    def _mines(
        self, year: int, share: float, entrants_t: float, worked: Workings | None
    ) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Ores of a year: what is made is given, by the state or by the dates on which plants began; new mines beside
        it make what pays them."""
        rows = self.supply[self.supply["year"] == year]
        cost = self.values("entry-cost") if entrants_t > 0 else pd.Series(dtype=float)
        separated = self.supply.drop_duplicates("ore").set_index("ore")
        new = pd.DataFrame(
            {"ore": ore, "record": "new", "place": separated.at[ore, "place"], "t": entrants_t, "source": "oxide_terms"}
            for ore in cost.index
        )
        given = np.arange(len(rows) + len(new)) < len(rows)
        rows = pd.concat([rows, new], ignore_index=True)
        key = "mine|" + rows["ore"] + "|" + rows["record"]
        worked = worked or Workings()
        recorded = given & rows["record"].eq("recorded").to_numpy()
        even = rows["t"].astype(float) * share
        t = even.where(~recorded, worked.sold_t(rows["ore"], even)).to_numpy(float)
        tax = np.where(recorded, rows["ore"].map(worked.tax_usd_per_t).fillna(0.0), 0.0)
        activities = pd.DataFrame(
            {
                "activity": key, "kind": "mine", "site": rows["ore"], "country": "", "place": rows["place"],
                "stage": Stage.MINE.value, "capacity_t": t, "minimum_t": np.where(given, t, 0.0),
                "cost_usd_per_t": np.where(given, tax, rows["ore"].map(cost * KG_PER_T).to_numpy(float)),
                "holder": "miners", "status": "by construction", "cost_source": "", "capacity_source": rows["source"],
            }
        )  # fmt: skip
        recipes = [
            {"activity": a, "node": node(good, place), "coefficient": float(self.vectors.loc[ore, good])}
            for a, ore, place in zip(key, rows["ore"], rows["place"], strict=True) for good in self.goods
        ]  # fmt: skip
        return activities.reset_index(drop=True), pd.DataFrame(recipes)

    def _links(
        self, share: float, inside: Mapping[str, float], barred: Mapping[str, float], taxed: bool, leaking: bool
    ) -> pd.DataFrame:
        """Ways out of China, with a licence and without, and between the places outside."""
        freight = self.one("freight") * KG_PER_T
        made: pd.Series = self.made(self.first).T[self.home]
        part = made / made.sum()
        leak, usual = self.one("leak") * share, self.one("exports-before") * share
        places = self.values("export-share")
        rows = []

        def add(way: str, good: str, start: str, end: str, duty: float, capacity: float, decision: str) -> None:
            rows.append(
                {
                    "link": f"{way}{good}|{start}|{end}", "from_node": node(good, start), "to_node": node(good, end),
                    "cost_usd_per_t": freight, "duty_usd_per_t": duty, "capacity_t": capacity, "days": 30.0,
                    "decision": decision, "holder": "", "reason": "", "source": "oxide_terms",
                }
            )  # fmt: skip

        for good in self.goods:
            price = float(inside[good])
            outside = price * (1.0 + float(self.wedge[good]))
            for place in self.outside:
                duty = price * float(self.wedge[good]) if taxed else 0.0
                room = float(made.sum()) * share
                if place in barred:
                    room = (1.0 - barred[place]) * usual * float(places[place]) * float(part[good])
                add(LEGAL, good, self.home, place, duty, room, Decision.LICENCE.value)
                if leaking:
                    risk = self.one("leak-cost") * outside
                    add(
                        LEAK,
                        good,
                        self.home,
                        place,
                        risk,
                        leak * float(places[place]) * float(part[good]),
                        Decision.ALLOWED.value,
                    )
                for end in self.outside:
                    if end != place:
                        add(FREE, good, place, end, 0.0, float("inf"), Decision.ALLOWED.value)
        return pd.DataFrame(rows)


def node(good: str, place: str) -> str:
    """Key of the node at which a commodity is had in a place."""
    return f"{good}|{TAG}|{place}"


def _wedge(world: World, home: str, goods: pd.Index, day: datetime.date) -> pd.Series:
    """(1 + export tax) (1 + VAT) - 1 of a day, by commodity; a commodity without a row of its own: the largest tax of
    another oxide, or, where none has one, that of all oxides."""
    taxes, countries = world.table("taxes"), world.table("countries").set_index("iso3")["place"]
    taxes = dated(taxes[taxes["country"].map(countries) == home], day.isoformat())
    rate = taxes.set_index("commodity_class")["rate_pct"].astype(float) / 100.0
    export = rate[taxes["tax"].eq("export-tax").to_numpy()]
    vat = rate[taxes["tax"].eq("vat").to_numpy()]
    own = export[export.index.str.endswith("-oxide")]
    found = own.reindex(goods).fillna(own.max() if len(own) else float(export["oxide"]))
    wedge: pd.Series = (1.0 + found) * (1.0 + float(vat["oxide"])) - 1.0
    return wedge
