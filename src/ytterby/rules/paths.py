"""The decision along each processing path of one country's material: every movement, under every regime."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from ytterby.rules.shipment import NOT_LISTED, Input, Item, Party, Shipment, Step, StepKind

if TYPE_CHECKING:
    from ytterby.rules.engine import Rules

CIVIL, DEFENCE = "civil", "us-dod"


@dataclass(frozen=True)
class Path:
    """Where one country's ore becomes a magnet, step by step, and whose technology is used."""

    path: str
    title: str
    mine: str
    separate: str
    reduce: str
    magnet: str
    use: str
    technology: str | None
    """Origin of the technology of separation and of what follows; None: not known."""
    user_kind: str = CIVIL


def standard_paths(mine: str, refiner: str, separators: Sequence[str], user: str) -> list[Path]:
    """Paths of a country's ore, each for civil and for defence use.

    All steps at the incumbent; separated there, magnet at the user's; separated and reduced by others, with
    their own
    or with the incumbent's technology.

    ``refiner`` is the incumbent, ``separators`` the others, ``user`` where the magnet is used (ISO 3166-1
    alpha-3).
    """
    found = []
    for kind, tail in ((CIVIL, ""), (DEFENCE, ", defence use")):

        def add(key: str, title: str, *where: str, kind: str = kind, tail: str = tail) -> None:
            separate, reduce, magnet, technology = where
            found.append(
                Path(f"{key}-{kind}", f"{title}{tail}", mine, separate, reduce, magnet, user, technology, kind)
            )

        add(f"{refiner}-all", f"{mine} ore, all steps in {refiner}", refiner, refiner, refiner, refiner)
        add(
            f"{refiner}-separated",
            f"{mine} ore separated in {refiner}, magnet in {user}",
            refiner,
            user,
            user,
            user,
        )
        for at in separators:
            own = f"{mine} ore separated in {at} with its own technology, magnet in {user}"
            lent = f"{mine} ore separated in {at} with technology of {refiner}, magnet in {user}"
            add(f"{at}-own-technology", own, at, at, user, at)
            add(f"{at}-{refiner}-technology", lent, at, at, user, refiner)
    return found


def movements(path: Path, elements: Sequence[str], listed_share: float | None = None) -> list[tuple[str, Shipment]]:
    """The shipments of a path: concentrate, oxide, metal, magnet - those that cross a border, and the last.

    ``listed_share``: value of the listed inputs over the magnet's value; None: not known.
    """

    def step(name: str, kind: StepKind, form: str, country: str, before: str, value: float | None) -> Step:
        ours = kind in ("mine", "crack")
        return Step(
            id=name,
            kind=kind,
            country=country,
            technology_country=path.mine if ours else path.technology,
            inputs=(Input(step=before),) if before else (),
            output=Item(form=form, elements=tuple(elements), base="NdFeB" if form == "magnet" else None),
            value_usd=value,
        )

    steps = [
        step("ore", "mine", "ore", path.mine, "", None),
        step("concentrate", "crack", "concentrate", path.mine, "ore", None),
        step("oxide", "separate", "oxide", path.separate, "concentrate", listed_share),
        step("metal", "reduce", "metal", path.reduce, "oxide", listed_share),
        step("alloy", "alloy", "alloy", path.magnet, "metal", None),
        step("magnet", "magnet", "magnet", path.magnet, "alloy", 1.0),
    ]
    stages = (
        ("concentrate", 2, path.mine, path.separate),
        ("oxide", 3, path.separate, path.reduce),
        ("metal", 4, path.reduce, path.magnet),
        ("magnet", 6, path.magnet, path.use),
    )
    return [
        (
            form,
            Shipment(
                item=steps[made - 1].output,
                steps=tuple(steps[:made]),
                ship_from=start,
                ship_to=end,
                end_user=Party(name=NOT_LISTED),
                user_kind=path.user_kind if form == "magnet" else CIVIL,
                end_use="military" if form == "magnet" and path.user_kind == DEFENCE else "civil",
                label=f"{path.title}: {form}",
            ),
        )
        for form, made, start, end in stages
        if start != end or form == "magnet"
    ]


def decide_paths(
    rules: Rules,
    paths: Sequence[Path],
    elements: Sequence[str] = ("Nd", "Pr", "Dy", "Tb"),
    listed_share: float | None = None,
) -> pd.DataFrame:
    """Decide every movement of every path on the rules' day.

    Columns: path, title, form, ship_from, ship_to, user, decision, freest, strictest, branches, clauses,
    reasons,
    missing, conflicts.
    """
    rows = []
    for path in paths:
        for form, shipment in movements(path, elements, listed_share):
            tree = rules.explain(shipment, sensitivity=False)
            rows.append(
                {
                    "path": path.path,
                    "title": path.title,
                    "form": form,
                    "ship_from": shipment.ship_from,
                    "ship_to": shipment.ship_to,
                    "user": shipment.user_kind,
                    "decision": tree.decision.value,
                    "freest": tree.possible[0].value,
                    "strictest": tree.possible[-1].value,
                    "branches": "; ".join(f"{k}: {v.value}" for k, v in tree.branches.items()),
                    "clauses": ";".join(tree.clauses),
                    "reasons": " | ".join(tree.reasons),
                    "missing": ";".join(tree.missing),
                    "conflicts": "; ".join(tree.conflicts),
                }
            )
    return pd.DataFrame(rows)
