"""Origin tags: what the rules must know of a lot, carried by the nodes' names.

An oxide or metal is tagged by the country whose rule of origin claims it: ``listed`` where it was separated under a
jurisdiction that controls re-exports of its material, ``free`` elsewhere. A magnet is ``listed`` if its controlled
elements are, ``mixed`` if only its other rare earths are, ``free`` if none is.
"""

from __future__ import annotations

from dataclasses import dataclass

LISTED, MIXED, FREE = "listed", "mixed", "free"
ANY = "any"
"""Tag of nodes from which a buyer draws who does not care."""


@dataclass(frozen=True)
class Node:
    """A commodity with its origin tag at a place."""

    commodity: str
    tag: str
    place: str

    @property
    def key(self) -> str:
        """Key in the network's tables."""
        return f"{self.commodity}|{self.tag}|{self.place}"


def magnet_tags(inputs: list[tuple[str, bool]]) -> list[tuple[str, dict[str, str]]]:
    """List the ways to mix origins in a magnet.

    ``inputs`` are (commodity, controlled?) pairs. Returns (tag of the magnet, tag of each input): all listed; other
    rare earths listed and controlled ones free; all free; controlled ones listed and the others free.
    """
    controlled = [c for c, is_controlled in inputs if is_controlled]
    others = [c for c, is_controlled in inputs if not is_controlled]
    ways: list[tuple[str, dict[str, str]]] = []
    for other_tag in (LISTED, FREE) if others else (FREE,):
        for controlled_tag in (LISTED, FREE) if controlled else (FREE,):
            tags = dict.fromkeys(others, other_tag) | dict.fromkeys(controlled, controlled_tag)
            if controlled and controlled_tag == LISTED:
                tag = LISTED
            elif others and other_tag == LISTED:
                tag = MIXED
            else:
                tag = FREE
            ways.append((tag, tags))
    return ways
