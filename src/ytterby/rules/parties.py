"""Is a party on a list, or held by parties that are? Silence about owners is never read as "no"."""

from __future__ import annotations

import datetime
import difflib
import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from ytterby.rules.shipment import NOT_LISTED, Holding, Party
from ytterby.world.errors import UnknownNameError

if TYPE_CHECKING:
    from ytterby.world import World

_COMPANY_FORMS = re.compile(
    r"\b(inc|incorporated|corp|corporation|co|company|ltd|limited|llc|plc|ag|gmbh|mbh|sa|spa|srl|sarl|sas|bv|nv|uab|ab|"
    r"oy|kg|as|kk|sro|spol)\b"
)
NEAR = 0.85
"""Two names more alike than this may be one: a listed name is then shown beside the one that was asked."""


@dataclass(frozen=True)
class PartyList:
    """One list of parties."""

    name: str
    countries: frozenset[str]
    """Countries of the parties that it names."""
    names: Mapping[str, tuple[datetime.date, datetime.date | None]]
    """Normalised name and alias -> days from and to which it is listed."""
    complete: bool
    """Whether the table holds every name of the list."""


def normalised(name: str) -> str:
    """A name without case, punctuation and company form.

    >>> normalised("MP Materials Corp.")
    'mp materials'
    """
    text = re.sub(r"[.\u2019']", "", name.lower())
    text = re.sub(r"[^\w]+", " ", text)
    return " ".join(_COMPANY_FORMS.sub(" ", text).split())


@dataclass(frozen=True)
class PartyLists:
    """All lists of parties, by name."""

    lists: Mapping[str, PartyList]

    @classmethod
    def from_world(cls, world: World) -> PartyLists:
        """Read the table parties."""
        lists: dict[str, PartyList] = {}
        for name, rows in world.table("parties").groupby("list", sort=True):
            names: dict[str, tuple[datetime.date, datetime.date | None]] = {}
            for row in rows.to_dict("records"):
                until = None if pd.isna(row["listed_to"]) else row["listed_to"].date()
                for text in (row["name"], *str(row["aliases"]).split(";")):
                    if text.strip():
                        names[normalised(text)] = (row["listed_from"].date(), until)
            lists[str(name)] = PartyList(
                str(name), frozenset(rows["country"]), names, bool(rows["list_complete"].all())
            )
        return cls(lists)

    def get(self, name: str) -> PartyList:
        """One list; raises UnknownNameError with near matches."""
        if name not in self.lists:
            raise UnknownNameError("list of parties", name, self.lists)
        return self.lists[name]

    def near(self, name: str, least: float = NEAR) -> list[tuple[str, str]]:
        """Listed names that resemble a name but are not it, with their list; ``least``: difflib's ratio."""
        wanted = normalised(name)
        found = []
        for party_list in self.lists.values():
            if wanted in party_list.names:
                return []
            near = difflib.get_close_matches(wanted, party_list.names, n=2, cutoff=least)
            found += [(listed, party_list.name) for listed in near]
        return found

    def match(self, party: Party | None, names: Sequence[str], on: datetime.date, held_at_least: float | None) -> int:
        """Whether a party is listed, or held by listed parties: 1 yes, 0 cannot tell, -1 no.

        Shares of listed holders are added up; a holder that listed parties hold by as much counts as listed.
        """
        if party is None:
            return 0
        if party.name == NOT_LISTED:
            return -1
        named = max(self._named(party.name, party.country, self.get(name), on) for name in names)
        if named == 1 or held_at_least is None:
            return named
        if party.owners is None:
            return max(named, 0)
        sure, possible = self._held(party.owners, names, on, held_at_least)
        if sure >= held_at_least - 1e-12:
            return 1
        return max(named, 0) if possible >= held_at_least - 1e-12 else named

    def _held(
        self, owners: Sequence[Holding], names: Sequence[str], on: datetime.date, held_at_least: float
    ) -> tuple[float, float]:
        sure = possible = 0.0
        for holding in owners:
            listed = max(self._named(holding.holder, None, self.get(n), on, owner=True) for n in names)
            if listed < 1 and holding.owners:
                above, may = self._held(holding.owners, names, on, held_at_least)
                listed = 1 if above >= held_at_least - 1e-12 else max(listed, 0 if may >= held_at_least else -1)
            sure += holding.share if listed == 1 else 0.0
            possible += holding.share if listed >= 0 else 0.0
        return sure, possible

    @staticmethod
    def _named(name: str, country: str | None, party_list: PartyList, on: datetime.date, owner: bool = False) -> int:
        days = party_list.names.get(normalised(name))
        if days is not None:
            return 1 if days[0] <= on and (days[1] is None or on < days[1]) else -1
        if party_list.complete or owner:
            return -1
        return 0 if country is None or country in party_list.countries else -1


def held_from(owners: Sequence[Holding] | None, countries: Set[str]) -> tuple[float, float]:
    """Share of a party that holders from some countries have: for sure, and possibly; through holders in between by
    the product of the shares.

    >>> held_from((Holding(holder="A", share=0.4, country="CHN"), Holding(holder="B", share=0.6)), {"CHN"})
    (0.4, 1.0)
    """
    if owners is None:
        return 0.0, 1.0
    sure = possible = 0.0
    for holding in owners:
        if holding.country in countries:
            sure, possible = sure + holding.share, possible + holding.share
        elif holding.owners or holding.country is not None:
            inner = held_from(holding.owners, countries)
            sure, possible = sure + holding.share * inner[0], possible + holding.share * inner[1]
        else:
            possible += holding.share
    return sure, possible
