"""Metal and magnets: what is made of the oxides, where, at what yield and cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from ytterby.chain.contents import DIDYMIUM
from ytterby.chain.draft import Draft
from ytterby.chain.origin import ANY, FREE, LISTED, MIXED, magnet_tags
from ytterby.chain.supply import KG_PER_T, SiteFacts
from ytterby.separation.downstream import METAL_STEP, Downstream
from ytterby.world.terms import Stage

MAGNETS = ("ndfeb", "smco")


@dataclass(frozen=True)
class Maker:
    """What one stage needs to be written down: its steps, what its products hold, and whether it may grow."""

    downstream: Downstream
    contents: pd.DataFrame
    """commodity, element, t_per_t on the oxide basis, Nd and Pr together."""
    kinds: Mapping[str, str]
    """Kind of every commodity."""
    new_usd_per_t: float
    """Annual capital of one t of new capacity; NaN where none may be built."""
    dominant: str
    """Country in which nothing new is built."""

    def held(self, commodity: str) -> dict[str, float]:
        """t of oxide of each element in a t of a commodity."""
        rows = self.contents[self.contents["commodity"] == commodity]
        return dict(zip(rows["element"], rows["t_per_t"], strict=True))


def add_metal(draft: Draft, facts: SiteFacts, maker: Maker, made: pd.Series) -> None:
    """Add the reduction of every oxide that has a metal, at every place with metal makers; capacity is shared."""
    pairs = [
        (c, c.replace("-metal", "-oxide"))
        for c, k in sorted(maker.kinds.items())
        if k == "metal" and maker.kinds.get(c.replace("-metal", "-oxide")) == "oxide"
    ]
    for place, country, limit, source in _makers(facts, Stage.METAL, made):
        step = maker.downstream.step(METAL_STEP, country)
        cost = maker.downstream.metal(country)
        members: list[tuple[str, str, float]] = []
        for metal, oxide in pairs:
            need = sum(maker.held(metal).values()) / sum(maker.held(oxide).values()) / step.yield_share.point
            for tag in (LISTED, FREE):
                uses = {draft.node(oxide, tag, place): need}
                makes = {draft.node(metal, tag, place): 1.0}
                members += _grades(draft, maker, f"metal:{place}:{metal}:{tag}", Stage.METAL, place, country,
                                   cost.usd_per_kg.point * KG_PER_T, makes, uses, cost.source)  # fmt: skip
        _share(draft, Stage.METAL, place, limit, members, source)


def add_magnets(
    draft: Draft, facts: SiteFacts, maker: Maker, controlled: set[str], made: pd.Series, tied_share: float
) -> None:
    """Add magnet making for every way in which origins can be mixed; grades of one place share its capacity.

    ``controlled`` are the metals whose origin a re-export rule asks about. Metal is charged net of what recycled swarf
    gives back. Outside the dominant country ``tied_share`` of what was ``made`` keeps its buyers whatever the price.
    """
    magnets = [c for c in sorted(maker.kinds) if maker.kinds[c] == "magnet"]
    for place, country, limit, source in _makers(facts, Stage.MAGNET, made):
        cost = maker.downstream.magnet(country)
        members: list[tuple[str, str, float]] = []
        for magnet in magnets:
            inputs = {
                _metal(e): t / sum(maker.held(_metal(e)).values()) * cost.net_kg_per_kg.point
                for e, t in maker.held(magnet).items()
                if t > 0
            }
            ways = magnet_tags([(c, c in controlled) for c in sorted(inputs)])
            for number, (tag, tags) in enumerate(ways):
                uses = {draft.node(c, tags[c], place): amount for c, amount in inputs.items()}
                makes = {draft.node(magnet, tag, place): 1.0}
                key = f"magnet:{place}:{magnet}:{tag}:{number}"
                members += _grades(draft, maker, key, Stage.MAGNET, place, country,
                                   cost.usd_per_kg.point * KG_PER_T, makes, uses, "; ".join(cost.sources))  # fmt: skip
        _share(draft, Stage.MAGNET, place, limit, members, source)
        if country != maker.dominant and made.get(place, 0.0) > 0:
            draft.quota(
                f"tied:magnet:{place}", limit_t=tied_share * float(made[place]), members=members, sense="min",
                instrument="tied supply", holder=f"buyers tied to magnet makers in {place}", source="balance",
            )  # fmt: skip


def _metal(element: str) -> str:
    return "ndpr-metal" if element == DIDYMIUM else f"{element.lower()}-metal"


def _makers(facts: SiteFacts, stage: Stage, made: pd.Series) -> list[tuple[str, str, float, str]]:
    """Places with makers of a stage: place, country of the largest, capacity (at least what was made), its source."""
    rows = []
    for place, at in facts.at(stage).groupby("place"):
        largest = at.sort_values("capacity_t", ascending=False).iloc[0]
        limit = max(float(at["capacity_t"].sum()), float(made.get(place, 0.0)))
        rows.append((str(place), str(largest["country"]), limit, str(largest["capacity_source"]) or "assumption"))
    return rows


def _grades(
    draft: Draft, maker: Maker, key: str, stage: Stage, place: str, country: str, cost: float, makes: dict[str, float],
    uses: dict[str, float], source: str,
) -> list[tuple[str, str, float]]:  # fmt: skip
    """Add one product on standing capacity and, where it may be built, on new capacity; return the standing member."""
    holder = f"{stage.value} makers in {place}"
    draft.activity(
        key, kind=stage.value, country=country, place=place, stage=stage.value, cost_usd_per_t=cost, makes=makes,
        uses=uses, holder=holder, cost_source=source,
    )  # fmt: skip
    if maker.new_usd_per_t == maker.new_usd_per_t and country != maker.dominant:
        draft.activity(
            f"new-{key}", kind=f"new {stage.value}", country=country, place=place, stage=stage.value,
            cost_usd_per_t=cost + maker.new_usd_per_t, makes=makes, uses=uses, holder=holder, cost_source=source,
        )  # fmt: skip
    return [("activity", key, 1.0)]


def _share(
    draft: Draft, stage: Stage, place: str, limit: float, members: list[tuple[str, str, float]], source: str
) -> None:
    draft.quota(
        f"capacity:{stage.value}:{place}", limit_t=limit, members=members, instrument="capacity",
        holder=f"{stage.value} makers in {place}", source=source,
    )  # fmt: skip


def add_acceptance(draft: Draft, commodity: str, places: list[str], made_tags: set[str]) -> None:
    """Let buyers who do not ask for origin take any: free conversions to the tag ``any`` at their places."""
    for place in places:
        target = draft.node(commodity, ANY, place)
        for tag in (LISTED, MIXED, FREE):
            if tag in made_tags:
                draft.activity(
                    f"accept:{commodity}:{tag}:{place}", kind="accept", place=place, stage=Stage.USE.value,
                    cost_usd_per_t=0.0, makes={target: 1.0}, uses={draft.node(commodity, tag, place): 1.0},
                )  # fmt: skip
