"""The rules on a day: one shipment or a table of them in, decisions with reasons out."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ytterby.rules import explain, products, tables
from ytterby.rules.conditions import Asking
from ytterby.rules.decision import DecisionTree, Sensitivity
from ytterby.rules.evaluate import Evaluation, evaluate
from ytterby.rules.facts import Facts
from ytterby.rules.frames import commodity_items, facts_of_frame
from ytterby.rules.items import ItemLists
from ytterby.rules.law import READING, Law, Switch, chosen, read_regimes, read_switches
from ytterby.rules.model import LawState, Regime
from ytterby.rules.parties import PartyLists
from ytterby.rules.places import ENDS, refuse_unknown
from ytterby.rules.practice import LicencePractice
from ytterby.rules.shipment import Item, Party, Shipment
from ytterby.world.errors import Fault, InputError, UnknownNameError
from ytterby.world.terms import Band, Permission, PriceDeck

if TYPE_CHECKING:
    from ytterby.world import World


class Rules:
    """Every regime of a world on one day, as it could be known on that day (or on another)."""

    def __init__(
        self,
        world: World,
        on: datetime.date,
        switches: Mapping[str, str] | None = None,
        *,
        known: datetime.date | None = None,
        regimes: Mapping[str, LawState] | None = None,
    ) -> None:
        """``switches``: option by switch (table rule_switches); ``known``: last day whose news count
        (default: no
        limit); ``regimes``: state that a what-if imposes on a regime or clause, for instance ``in force``.

        Raises UnknownNameError for a switch, option, regime or clause that is not there.
        """
        self.world = world
        self.on = on
        self.known = known or datetime.date.max
        self.regimes: Mapping[str, Regime] = read_regimes(world)
        self.switches: Mapping[str, Switch] = read_switches(world)
        self.selection = chosen(self.switches, switches)
        clauses = {clause.clause for regime in self.regimes.values() for clause in regime.clauses}
        for name in regimes or {}:
            if name not in self.regimes and name not in clauses:
                raise UnknownNameError("regime or clause", name, [*self.regimes, *clauses])
        self.overrides: Mapping[str, LawState] = dict(regimes or {})
        self.items = ItemLists.from_world(world)
        self.parties = PartyLists.from_world(world)
        self.practice = LicencePractice(world)

    @cached_property
    def commodities(self) -> Mapping[str, Item]:
        """The item that each commodity of the world is."""
        return commodity_items(self.world)

    def at(
        self,
        on: datetime.date | None = None,
        switches: Mapping[str, str] | None = None,
        **overrides: LawState,
    ) -> Rules:
        """The same rules on another day, under other switches, or with a regime's state imposed."""
        other = object.__new__(Rules)
        other.__dict__.update(self.__dict__)
        other.on = on or self.on
        other.selection = chosen(self.switches, {**self.selection, **(switches or {})})
        other.overrides = {**self.overrides, **{k.replace("_", "-"): v for k, v in overrides.items()}}
        return other

    def forced(self, states: Mapping[str, LawState]) -> Rules:
        """The same rules with the states of regimes or clauses imposed."""
        other = self.at()
        other.overrides = {**self.overrides, **states}
        return other

    def asking(self, on: datetime.date | None = None) -> Asking:
        """What conditions are asked against."""
        law = Law(on or self.on, self.known, self.selection, self.overrides)
        return Asking(law, self.regimes, self.items, self.parties)

    def decide(self, shipment: Shipment) -> Permission:
        """The decision on one shipment, on its own date if it has one."""
        return self.explain(shipment, sensitivity=False).permission

    def explain(self, shipment: Shipment, sensitivity: bool = True) -> DecisionTree:
        """The whole decision tree of one shipment; with ``sensitivity``, also under every other reading of
        the texts."""
        asking = self.asking(shipment.date)
        facts = self._facts([shipment])
        tree = explain.tree(shipment, facts, asking, self.practice)
        tree = replace(tree, world_hash=self.world.hash)
        if not sensitivity:
            return tree
        found = []
        for switch in self.switches.values():
            if switch.kind != READING:
                continue
            for option in switch.options:
                if option == self.selection[switch.switch]:
                    continue
                other = self.at(switches={switch.switch: option}).explain(shipment, sensitivity=False)
                if other.possible != tree.possible or other.branches != tree.branches:
                    found.append(
                        Sensitivity(
                            switch.switch,
                            option,
                            self.selection[switch.switch],
                            other.decision,
                            other.branches,
                        )
                    )
        return replace(tree, sensitivity=tuple(found))

    def explain_many(self, shipments: Sequence[Shipment], sensitivity: bool = True) -> list[DecisionTree]:
        """Decision trees of several shipments."""
        return [self.explain(shipment, sensitivity) for shipment in shipments]

    def evaluate(self, shipments: Sequence[Shipment]) -> Evaluation:
        """The raw evaluation of shipments on the rules' own day, for other rooms of this package."""
        return evaluate(self._facts(shipments), self.asking())

    def table(self, shipments: pd.DataFrame, deck: PriceDeck | None = None) -> pd.DataFrame:
        """Decide a table of shipments (columns: :mod:`ytterby.rules.frames`).

        Returns one row for each, in the same order and with the same index: decision, freest, strictest
        (what the facts and the law leave open), clauses, reasons, missing, branches (texts), lead_days,
        refusal_probability, granted_of_decided. A column ``date`` decides each row on its own day. With ``deck`` a
        blank value
        share of a commodity is computed from its composition and the deck's prices, from
        ``part_origin_country``.
        Raises InputError for unknown columns and for ends of the way that are no country.
        """
        self._refuse_unknown(shipments)
        if deck is not None:
            shipments = products.with_value_shares(self, shipments, deck)
        if "date" not in shipments.columns:
            return self._table(shipments, self.on)
        days = pd.to_datetime(shipments["date"], errors="coerce")
        if days.isna().any():
            row = int(np.flatnonzero(days.isna())[0])
            raise InputError(
                "shipments have no readable date",
                [Fault(f"row {row + 2}, column date", repr(shipments["date"].iloc[row]), "YYYY-MM-DD")],
            )
        codes, on = pd.factorize(days.dt.normalize())
        if not len(on):
            return self._table(shipments, self.on)
        rows = [np.flatnonzero(codes == n) for n in range(len(on))]
        parts = [self._table(shipments.iloc[at], pd.Timestamp(d).date()) for at, d in zip(rows, on, strict=True)]
        return pd.concat(parts).iloc[np.argsort(np.concatenate(rows))]

    def remarks(self, shipments: pd.DataFrame) -> pd.Series:
        """What a reader of the table should look at beside the decisions: end users whose name nearly is a listed
        one. Costs about 0.3 ms for each different name.
        """
        if "end_user" not in shipments.columns:
            return pd.Series("", index=shipments.index, dtype=object)
        names = shipments["end_user"].fillna("").astype(str).str.strip()
        found = {
            name: "; ".join(explain.near_names(Party(name=name) if name else None, self.parties))
            for name in names.unique()
        }
        return names.map(found)

    def facts(self, shipments: pd.DataFrame | Sequence[Shipment]) -> Facts:
        """Facts of a table (one row each) or of shipments, to be asked on several days: see
        :mod:`ytterby.rules.watch`."""
        if not isinstance(shipments, pd.DataFrame):
            return self._facts(shipments)
        self._refuse_unknown(shipments)
        facts, row_of = facts_of_frame(shipments, self.commodities)
        return facts.take(row_of)

    def _refuse_unknown(self, shipments: pd.DataFrame) -> None:
        refuse_unknown(self.world, {end: shipments[end].unique() for end in ENDS if end in shipments.columns})

    def _table(self, shipments: pd.DataFrame, on: datetime.date) -> pd.DataFrame:
        facts, row_of = facts_of_frame(shipments, self.commodities)
        result = tables.decided(facts, self.asking(on), self.practice)
        return result.take(row_of).set_axis(shipments.index)

    def _facts(self, shipments: Sequence[Shipment]) -> Facts:
        refuse_unknown(self.world, {end: {getattr(s, end) for s in shipments} for end in ENDS})
        completed = [self._completed(s) for s in shipments]
        return Facts.of_shipments(completed, self.selection["origin-rule"], self.selection["lot-allocation"])

    def _completed(self, shipment: Shipment) -> Shipment:
        """Fill in what the commodity says about the item."""
        name = (shipment.item.commodity or "").split(":")[0]
        if name not in self.commodities:
            return shipment
        known = self.commodities[name]
        given = {k: v for k, v in shipment.item.model_dump().items() if v is not None and v != ""}
        return shipment.model_copy(update={"item": known.model_copy(update=given)})

    def value_share(
        self,
        product: str,
        deck: PriceDeck,
        clause: str | None = None,
        origin_share: float | Mapping[str, float] = 1.0,
    ) -> Band:
        """Value share of listed inputs in a product (product_compositions) or commodity, at a price deck,
        with band."""
        return products.product_share(self, product, deck, clause, origin_share)

    def product_table(self, deck: PriceDeck, *, ship_from: str, ship_to: str, **options: Any) -> pd.DataFrame:
        """Share, distance to the limit and decision of every product:
        :func:`ytterby.rules.products.product_table`."""
        return products.product_table(self, deck, ship_from=ship_from, ship_to=ship_to, **options)

    def threshold_sweep(self, deck: PriceDeck, limits: Sequence[float], **options: Any) -> pd.DataFrame:
        """Products at other limits and prices: :func:`ytterby.rules.products.threshold_sweep`."""
        return products.threshold_sweep(self, deck, limits, **options)

    def origin_tags(self) -> pd.DataFrame:
        """Tags that material must carry in a market so that every clause in force, now or in a branch, can
        be decided.

        Columns: regime, clause, tag, meaning, state. Clauses that look at places and parties alone need none.
        """
        law = self.asking().law
        rows = [
            (
                regime.regime,
                clause.clause,
                clause.origin_tag,
                clause.tag_meaning,
                law.state(regime, clause)[0],
            )
            for regime in self.regimes.values()
            for clause in regime.clauses
            if clause.origin_tag
        ]
        return pd.DataFrame(rows, columns=["regime", "clause", "tag", "meaning", "state"])


def origin_tags(world: World, on: datetime.date) -> pd.DataFrame:
    """Tags of a world's regimes on a day: see :meth:`Rules.origin_tags`."""
    return Rules(world, on).origin_tags()
