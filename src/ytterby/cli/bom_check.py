"""Decide a bill's shipped parts as the command line asks, and gather the evidence of each."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ytterby.cli.rule_options import load_deck

if TYPE_CHECKING:
    from ytterby.rules import Rules
    from ytterby.rules.bom import BomCheck
    from ytterby.rules.evidence import Pack

MOST_PACKS = 100
"""An evidence pack holds at most so many parts."""


def checked(
    rules: Rules,
    file: Path,
    add: list[Path] | None,
    ship_from: str,
    ship_to: str,
    user: str,
    use: str,
    end_user: str,
    place: str,
    year: str,
    price_factor: list[str] | None,
    everything: bool = False,
) -> BomCheck:
    """Read the bill and decide its parts; ``place``, ``year`` and ``price_factor`` choose the prices."""
    from ytterby.rules.bom import check as check_bom
    from ytterby.rules.bom import read_bom

    return check_bom(
        rules,
        read_bom(file, rules.world, add or ()),
        load_deck(rules.world, place, year, price_factor),
        ship_from=ship_from,
        ship_to=ship_to,
        user_kind=user or None,
        end_use=use or None,
        end_user=end_user or None,
        everything=everything,
    )


def packs_of(rules: Rules, found: BomCheck) -> list[Pack]:
    """Evidence packs of the first decided parts: the tree, what is inside, and the price moves that would flip them."""
    from ytterby.rules.evidence import Pack

    packs = []
    for row in range(min(len(found.parts), MOST_PACKS)):
        shipment = found.shipment(row)
        moves = found.flips[found.flips["part"] == found.parts["part"].iat[row]].drop(columns="part")
        tables = {"What is inside": found.contents(row), "Price moves that flip it": moves}
        packs.append(Pack(rules.explain(shipment), shipment, tables))
    return packs
