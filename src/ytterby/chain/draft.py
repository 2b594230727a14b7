"""A network under construction: rows are added by the files that tell each stage's story, then frozen."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from ytterby.chain.origin import Node
from ytterby.world import World

INFINITE = float("inf")


@dataclass
class Draft:
    """Rows of the network's tables while it is assembled."""

    activities: list[dict[str, Any]] = field(default_factory=list)
    recipes: list[dict[str, Any]] = field(default_factory=list)
    nodes: dict[str, Node] = field(default_factory=dict)
    quotas: list[dict[str, Any]] = field(default_factory=list)
    quota_members: list[dict[str, Any]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    held: dict[str, dict[str, float]] = field(default_factory=dict)
    """t of oxide by element in a t of commodities whose content follows from a process."""

    def node(self, commodity: str, tag: str, place: str) -> str:
        """Register a node and return its key."""
        node = Node(commodity, tag, place)
        self.nodes[node.key] = node
        return node.key

    def activity(
        self,
        key: str,
        *,
        kind: str,
        place: str,
        stage: str,
        cost_usd_per_t: float,
        makes: dict[str, float],
        uses: dict[str, float],
        site: str = "",
        country: str = "",
        capacity_t: float = INFINITE,
        minimum_t: float = 0.0,
        holder: str = "",
        status: str = "free",
        cost_source: str = "",
        capacity_source: str = "",
    ) -> str:
        """Add an activity; ``makes`` and ``uses`` map nodes to t per t of level, both positive."""
        self.activities.append(
            {
                "activity": key, "kind": kind, "site": site, "country": country, "place": place, "stage": stage,
                "cost_usd_per_t": cost_usd_per_t, "capacity_t": capacity_t, "minimum_t": minimum_t,
                "holder": holder, "status": status, "cost_source": cost_source, "capacity_source": capacity_source,
            }
        )  # fmt: skip
        for node, amount in makes.items():
            if amount > 0:
                self.recipes.append({"activity": key, "node": node, "coefficient": amount})
        for node, amount in uses.items():
            if amount > 0:
                self.recipes.append({"activity": key, "node": node, "coefficient": -amount})
        return key

    def quota(
        self,
        key: str,
        *,
        limit_t: float,
        members: list[tuple[str, str, float]],
        holder: str,
        instrument: str,
        source: str,
        sense: str = "max",
    ) -> None:
        """Add a total over activities or links; ``members`` are (kind, key, weight)."""
        self.quotas.append(
            {
                "quota": key,
                "limit_t": limit_t,
                "sense": sense,
                "holder": holder,
                "instrument": instrument,
                "source": source,
            }
        )
        for kind, member, weight in members:
            self.quota_members.append({"quota": key, "kind": kind, "member": member, "weight": weight})

    def activity_table(self) -> pd.DataFrame:
        """Activities so far."""
        return pd.DataFrame(self.activities)

    def recipe_table(self) -> pd.DataFrame:
        """Recipes so far."""
        return pd.DataFrame(self.recipes)

    def copy(self) -> Draft:
        """Return a draft whose rows may be changed without changing this one's."""
        return Draft(
            activities=[dict(a) for a in self.activities],
            recipes=list(self.recipes),
            nodes=dict(self.nodes),
            quotas=list(self.quotas),
            quota_members=list(self.quota_members),
            notes=list(self.notes),
            held=dict(self.held),
        )

    def node_table(self, links: pd.DataFrame, demands: pd.DataFrame, world: World) -> pd.DataFrame:
        """Nodes that something makes, uses, moves or buys."""
        touched = (
            {str(r["node"]) for r in self.recipes}
            | set(links["from_node"])
            | set(links["to_node"])
            | set(demands["node"])
        )
        table = world.table("commodities").set_index("commodity")
        rows = []
        for key in sorted(touched):
            node = self.nodes[key]
            generic = node.commodity.split(":")[0]
            rows.append(
                {
                    "node": key, "commodity": node.commodity, "place": node.place, "origin_tag": node.tag,
                    "stage": str(table.at[generic, "stage"]), "unit": str(table.at[generic, "unit"]),
                    "free_disposal": False,
                }
            )  # fmt: skip
        return pd.DataFrame(rows)
