"""Every part that is shipped, under every regime: shares, distance to the limit, what a price move would
flip."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from ytterby.rules.bom.faults import silent_columns, value_and_mass_faults
from ytterby.rules.bom.inside import contents, price_flips
from ytterby.rules.bom.lines import Bom
from ytterby.rules.bom.listed import UNKNOWN_ORIGIN
from ytterby.rules.bom.readings import on_basis
from ytterby.rules.bom.trace import Trace, trace
from ytterby.rules.items import MAY_HOLD_MORE, ItemLists
from ytterby.rules.places import country_codes
from ytterby.rules.products import limit_of
from ytterby.rules.shipment import Item, Party, Shipment
from ytterby.rules.value import ValueLimit, element_value, value_limits
from ytterby.world.choices import choice
from ytterby.world.errors import Fault
from ytterby.world.terms import PriceDeck

if TYPE_CHECKING:
    from ytterby.rules.engine import Rules

CHECKED_FORMS = frozenset({"magnet", "target", "assembly", "end product", "metal", "alloy", "oxide", "compound"})


@dataclass(frozen=True)
class BomCheck:
    """Decisions on the parts of a bill of materials."""

    parts: pd.DataFrame
    """part, name, form, value_usd, share_low, share_high, limit, times_limit (upper end over limit),
    price_factor_to_flip (on all listed prices together), critical_mg (of the dearest listed element),
    critical_ppm (the same, of the part's mass where it is told),
    decision, freest, strictest, clauses, reasons,
    missing,
    branches, lead_days, refusal_probability."""
    shipments: pd.DataFrame
    """The facts that each row was decided on, as :meth:`Rules.table` takes them."""
    trace: Trace
    rows: npt.NDArray[np.int64]
    """Row of each decided part in the bill."""
    limit: ValueLimit
    deck: PriceDeck
    rules: Rules
    bill: Bom
    """The bill as it was told."""
    route: Route
    faults: tuple[Fault, ...]
    """What does not hang together, located: missing prices, parts worth less than their lines."""

    @property
    def caught(self) -> pd.DataFrame:
        """Parts that are not simply allowed."""
        return self.parts[self.parts["decision"] != "allowed"]

    def contents(self, row: int) -> pd.DataFrame:
        """Materials with listed content in one decided part: :func:`ytterby.rules.bom.inside.contents`."""
        return contents(self.trace, int(self.rows[row]), self.deck, self.limit, self.rules.items)

    @cached_property
    def flips(self) -> pd.DataFrame:
        """Price moves of one element that would flip a part: :data:`ytterby.rules.bom.inside.FLIP_COLUMNS`."""
        return price_flips(self.trace, self.rows, self.deck, self.limit, self.rules.items)

    def again(self, rules: Rules) -> BomCheck:
        """The same bill and route under other rules."""
        return _check(rules, self.bill, self.deck, self.route)

    def shipment(self, row: int) -> Shipment:
        """One decided part as a shipment, for its decision tree and evidence pack."""
        facts = self.shipments.iloc[row]
        part = self.parts.iloc[row]

        def told(name: str) -> str | None:
            return str(facts[name]) or None

        elements = str(facts["elements"])
        steps = {"magnet": facts["magnet_country"], "alloy": facts["alloy_country"]}
        return Shipment(
            item=Item(
                form=told("form"),
                elements=() if elements == "none" else tuple(elements.split(";")),
                base=told("base"),
                name=str(part["name"]),
            ),
            origin_country=told("origin_country"),
            step_countries={k: v for k, v in steps.items() if v},
            technology_countries={"any": facts["technology_country"]} if facts["technology_country"] else {},
            value_share_low=float(facts["value_share_low"]),
            value_share_high=float(facts["value_share_high"]),
            value_usd=float(part["value_usd"]),
            ship_from=told("ship_from"),
            ship_to=told("ship_to"),
            end_user=Party(name=str(facts["end_user"])) if facts["end_user"] else None,
            user_kind=told("user_kind"),
            end_use=told("end_use"),
            measures={
                c.removeprefix("measure:"): float(facts[c])
                for c in self.shipments.columns
                if c.startswith("measure:") and not np.isnan(facts[c])
            },
            label=f"{part['part']} {part['name']}".strip(),
            evidence=self._evidence(row),
        )

    def _evidence(self, row: int) -> dict[str, str]:
        """What shows the facts of a part: the bill, with the documents that its row names, and what was asked."""
        bill = f"bill of materials, part {self.parts['part'].iat[row]}"
        document = str(self.trace.bom.parts["evidence"].iat[int(self.rows[row])])
        told = f"{bill}: {document}" if document else bill
        summed = f"{bill}, summed over what is inside"
        return {
            **dict.fromkeys(("item", "origin_country", "value_usd"), told),
            **dict.fromkeys(("step_countries", "technology_countries", "measures"), summed),
            **dict.fromkeys(("value_share_low", "value_share_high"), f"{summed}, prices of {self.deck.year}"),
            **dict.fromkeys(("ship_from", "ship_to", "end_user", "user_kind", "end_use"), "as asked"),
            **dict.fromkeys(self.route.not_asked, "not asked: the world's default"),
        }


@dataclass(frozen=True)
class Route:
    """Where the parts go, to whom, and which of them are asked."""

    ship_from: str
    ship_to: str
    end_user: str
    user_kind: str
    end_use: str
    clause: str | None
    everything: bool
    not_asked: frozenset[str] = frozenset()
    """Facts that the world's defaults tell, because the asker did not."""


def check(
    rules: Rules,
    bom: Bom,
    deck: PriceDeck,
    *,
    ship_from: str,
    ship_to: str,
    end_user: str | None = None,
    user_kind: str | None = None,
    end_use: str | None = None,
    clause: str | None = None,
    everything: bool = False,
) -> BomCheck:
    """Decide every part that is shipped (``everything``: every part that may be on a list) between two countries.

    ``ship_from``, ``ship_to``: countries by ISO 3166-1 alpha-3 code or name. ``end_user``, ``user_kind`` and
    ``end_use``: default, the world's (model_settings). Raises InputError for what is no country.
    """
    asked = {"end_user": end_user, "user_kind": user_kind, "end_use": end_use}
    told = {n: v or choice(rules.world, f"{n.replace('_', '-')}-default") for n, v in asked.items()}
    silent = frozenset(name for name, value in asked.items() if not value)
    ends = country_codes(rules.world, {"ship_from": ship_from, "ship_to": ship_to})
    route = Route(**ends, **told, clause=clause, everything=everything, not_asked=silent)
    return _check(rules, bom, deck, route)


def _check(rules: Rules, told: Bom, deck: PriceDeck, route: Route) -> BomCheck:
    bom = on_basis(told, rules)
    limit = limit_of(rules, route.clause)
    found = trace(bom, deck, value_limits(rules.regimes), rules.items)
    parts = bom.parts
    rows = parts["shipped"].to_numpy() | (route.everything & parts["form"].isin(CHECKED_FORMS).to_numpy())
    at = np.flatnonzero(rows)
    low, high = (share[at] for share in found.shares(limit.clause))
    shipments = _shipments(found, at, low, high, route)
    decided = rules.table(shipments)
    critical = _critical_mg(found, deck, limit, rules.items)
    with np.errstate(divide="ignore"):
        factor = np.where(high > 0, limit.limit / high, np.inf)
    table = pd.DataFrame(
        {
            "part": parts["part"].to_numpy(dtype=object)[at],
            "name": parts["name"].to_numpy(dtype=object)[at],
            "form": shipments["form"],
            "value_usd": found.value_low[at],
            "share_low": low,
            "share_high": high,
            "limit": limit.limit,
            "times_limit": high / limit.limit,
            "price_factor_to_flip": factor,
            "critical_mg": critical[at],
            "critical_ppm": (critical / found.mass)[at],
        }
    )
    return BomCheck(
        parts=pd.concat([table, decided], axis=1),
        shipments=shipments,
        trace=found,
        rows=at,
        limit=limit,
        deck=deck,
        rules=rules,
        bill=told,
        route=route,
        faults=(*silent_columns(bom, limit, rules.items), *value_and_mass_faults(found, at)),
    )


def _shipments(
    found: Trace,
    at: npt.NDArray[np.int64],
    low: npt.NDArray[np.float64],
    high: npt.NDArray[np.float64],
    route: Route,
) -> pd.DataFrame:
    """The facts of the parts, as :meth:`Rules.table` takes them."""
    parts = found.bom.parts
    form = parts["form"].to_numpy(dtype=object)[at]
    magnets = np.sum([m[at] for m in found.made_in.values()], axis=0) if found.made_in else np.zeros(len(at))
    shipments = pd.DataFrame(
        {
            "form": np.where(form == "", "assembly", form),
            "elements": _elements(found, at),
            "base": parts["base"].to_numpy(dtype=object)[at],
            "origin_country": parts["origin"].to_numpy(dtype=object)[at],
            "technology_country": _several(found.technology, at),
            "magnet_country": _several(found.made_in, at),
            "alloy_country": np.where(magnets > 0, UNKNOWN_ORIGIN, ""),
            "value_share_low": low,
            "value_share_high": high,
            "ship_from": route.ship_from,
            "ship_to": route.ship_to,
            "end_user": route.end_user,
            "user_kind": route.user_kind,
            "end_use": route.end_use,
        }
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        for measure, usd in found.counted.items():
            shipments[f"measure:{measure}"] = (usd / parts["value"].to_numpy(dtype=float))[at]
    return shipments


def _critical_mg(found: Trace, deck: PriceDeck, limit: ValueLimit, lists: ItemLists) -> npt.NDArray[np.float64]:
    """Mass of its dearest listed element from which one unit of each part is caught, mg; NaN where it
    holds none."""
    dearest = np.full(found.bom.size, np.nan)
    for element in sorted(lists.elements_of(limit.numerator) & {e for e, _ in found.kg}):
        held = found.held(element) > 0
        dearest[held] = np.fmax(dearest[held], element_value(element, deck))
    return np.asarray(limit.limit * found.value_low / dearest * 1e6, dtype=float)


def _elements(found: Trace, at: npt.NDArray[np.int64]) -> npt.NDArray[np.object_]:
    """Elements in each part as text; ``?`` where a material below is not told."""
    names = sorted({e for e, _ in found.kg})
    bits = np.zeros(len(at), dtype=np.int64)
    for n, element in enumerate(names):
        bits |= (found.held(element)[at] > 0).astype(np.int64) << n
    bits |= (found.gaps[at] > 0).astype(np.int64) << len(names)
    return _texts(bits, [*names, MAY_HOLD_MORE], "none")


def _several(columns: Mapping[str, npt.NDArray[np.float64]], at: npt.NDArray[np.int64]) -> npt.NDArray[np.object_]:
    bits = np.zeros(len(at), dtype=np.int64)
    for n, values in enumerate(columns.values()):
        bits |= (values[at] > 0).astype(np.int64) << n
    return _texts(bits, list(columns), "")


def _texts(bits: npt.NDArray[np.int64], names: list[str], empty: str) -> npt.NDArray[np.object_]:
    codes, sets = pd.factorize(bits)
    texts = [";".join(n for k, n in enumerate(names) if int(s) >> k & 1) or empty for s in sets]
    return np.array(texts, dtype=object)[codes]
