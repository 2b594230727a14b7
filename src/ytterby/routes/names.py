"""From what a person writes to a hub: key, name, site, market zone or UN/LOCODE, with near matches."""

from __future__ import annotations

import difflib
import re
import unicodedata
from dataclasses import dataclass

from ytterby.routes.network import rows_of
from ytterby.world.errors import Fault, InputError
from ytterby.world.load import World

FILLER = {"port", "of", "the", "airport", "harbour", "harbor", "station", "city"}


@dataclass(frozen=True)
class Names:
    """What can be called a hub: spelled forms of keys and names, each with the hubs that it may mean."""

    hubs: tuple[str, ...]
    exact: dict[str, tuple[str, ...]]
    """Folded spelling -> hubs, in the order hub key, site, market zone, code, name."""

    def resolve(self, text: str, argument: str = "place") -> str:
        """Return the hub that a text means.

        Raises InputError: unknown, with the nearest names; or ambiguous, with every hub of that name.
        """
        if text in self.exact and len(self.exact[text]) == 1:
            return self.exact[text][0]
        folded = fold(text)
        for candidate in (folded, core(folded)):
            found = self.exact.get(candidate, ())
            if len(found) == 1:
                return found[0]
            if found:
                raise InputError(
                    f"several places are called {text!r}",
                    [Fault(argument, repr(text), "one of " + ", ".join(found))],
                )
        wanted = core(folded)
        inside = sorted({hub for name, hubs in self.exact.items() if wanted and wanted in name.split() for hub in hubs})
        if len(inside) == 1:
            return inside[0]
        near = inside[:8]
        if not near:
            for name in difflib.get_close_matches(wanted, list(self.exact), n=5, cutoff=0.55):
                near += [hub for hub in self.exact[name] if hub not in near]
        expected = (
            "one of " + ", ".join(near) if near else f"a hub, site, market zone or UN/LOCODE ({len(self.hubs)} hubs)"
        )
        raise InputError(f"unknown place {text!r}", [Fault(argument, repr(text), expected)])


def fold(text: str) -> str:
    """Lower-case ASCII words, one blank between."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return " ".join(re.findall(r"[a-z0-9]+", plain))


def core(folded: str) -> str:
    """Drop what names of ports and stations have in common."""
    return " ".join(word for word in folded.split() if word not in FILLER) or folded


def read_names(world: World) -> Names:
    """Collect every spelling from the tables hubs, site_hubs, place_hubs and places."""
    hubs = world.table("hubs")
    spelled: dict[str, tuple[str, ...]] = {}

    def add(text: str, hub: str, *, weak: bool = False) -> None:
        key = fold(text)
        if not key:
            return
        if weak:
            known = spelled.get(key, ())
            if hub not in known and not (known and key in strong):
                spelled[key] = (*known, hub)
        elif key not in spelled:
            spelled[key] = (hub,)
            strong.add(key)

    strong: set[str] = set()
    for hub in hubs["hub"]:
        add(hub, hub)
    for row in rows_of(world.table("site_hubs")):
        add(row.site, row.hub)
    for row in rows_of(world.table("place_hubs")):
        add(row.place, row.hub)
    for row in rows_of(hubs):
        add(row.unlocode, row.hub, weak=True)
        add(row.name, row.hub, weak=True)
        add(core(fold(re.split(r"[(/,]", row.name)[0])), row.hub, weak=True)
    return Names(hubs=tuple(hubs["hub"]), exact=spelled)
