"""Made-up networks: small ones with a closed-form answer, and one as large and as tangled as the real chain."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ytterby.chain.network import Network

NODE = ["node", "commodity", "place", "origin_tag", "stage", "unit", "free_disposal"]
ACTIVITY = [
    "activity", "kind", "site", "country", "place", "stage", "cost_usd_per_t", "capacity_t", "minimum_t", "holder",
    "status", "cost_source", "capacity_source",
]  # fmt: skip
RECIPE = ["activity", "node", "coefficient"]
LINK = [
    "link", "from_node", "to_node", "cost_usd_per_t", "duty_usd_per_t", "capacity_t", "days", "decision", "holder",
    "reason", "source",
]  # fmt: skip
DEMAND = [
    "demand", "node", "good", "place", "segment", "reference_t", "reference_usd_per_t", "elasticity",
    "choke_usd_per_t", "floor_share", "status", "source",
]  # fmt: skip
QUOTA = ["quota", "limit_t", "sense", "holder", "instrument", "source"]
MEMBER = ["quota", "kind", "member", "weight"]
CONTENT = ["commodity", "element", "t_per_t"]
SEEN_PRICE = ["commodity", "place", "tax", "incoterm", "low", "point", "high", "status", "source"]
SEEN_OUTPUT = ["stage", "country", "commodity", "observed_t", "low_t", "high_t", "status", "source"]


class Draft:
    """Collects rows and makes a network of them."""

    def __init__(self, year: int = 2024, label: str = "made up") -> None:
        self.year, self.label = year, label
        self.rows: dict[str, list[tuple[object, ...]]] = {
            name: []
            for name in (
                "nodes",
                "activities",
                "recipes",
                "links",
                "demands",
                "quotas",
                "members",
                "contents",
                "prices",
                "output",
            )
        }

    def node(self, commodity: str, place: str, tag: str = "", stage: str = "mine", disposal: bool = True) -> str:
        key = f"{commodity}|{place}" + (f"|{tag}" if tag else "")
        self.rows["nodes"].append((key, commodity, place, tag, stage, "t", disposal))
        return key

    def activity(
        self, key: str, recipe: dict[str, float], cost: float, capacity: float = np.inf, minimum: float = 0.0,
        kind: str = "mine", place: str = "", stage: str = "mine", country: str = "AAA",
    ) -> str:  # fmt: skip
        self.rows["activities"].append(
            (
                key,
                kind,
                f"site-{key}",
                country,
                place,
                stage,
                cost,
                capacity,
                minimum,
                f"holder of {key}",
                "free",
                "s",
                "s",
            )
        )
        self.rows["recipes"] += [(key, node, rho) for node, rho in recipe.items()]
        return key

    def link(
        self, origin: str, destination: str, cost: float, duty: float = 0.0, capacity: float = np.inf, holder: str = "",
        decision: str = "allowed", key: str = "",
    ) -> str:  # fmt: skip
        key = key or f"{origin}>{destination}"
        self.rows["links"].append((key, origin, destination, cost, duty, capacity, 10.0, decision, holder, "", "s"))
        return key

    def demand(
        self, node: str, reference: float, price: float, elasticity: float = -0.5, choke: float = np.inf,
        floor: float = 0.0, segment: str = "all",
    ) -> str:  # fmt: skip
        key = f"{node}:{segment}"
        choke = choke if np.isfinite(choke) else 20 * price
        commodity, place = node.split("|")[:2]
        row = (key, node, commodity, place, segment, reference, price, elasticity, choke, floor, "free", "s")
        self.rows["demands"].append(row)
        return key

    def quota(self, key: str, limit: float, members: dict[tuple[str, str], float], sense: str = "max") -> str:
        self.rows["quotas"].append((key, limit, sense, f"holder of {key}", "quota", "s"))
        self.rows["members"] += [(key, kind, member, weight) for (kind, member), weight in members.items()]
        return key

    def content(self, commodity: str, elements: dict[str, float]) -> None:
        self.rows["contents"] += [(commodity, element, share) for element, share in elements.items()]

    def network(self) -> Network:
        def table(name: str, columns: list[str]) -> pd.DataFrame:
            return pd.DataFrame(self.rows[name], columns=columns)

        return Network(
            year=self.year, label=self.label,
            nodes=table("nodes", NODE), activities=table("activities", ACTIVITY), recipes=table("recipes", RECIPE),
            links=table("links", LINK), demands=table("demands", DEMAND), quotas=table("quotas", QUOTA),
            quota_members=table("members", MEMBER), contents=table("contents", CONTENT),
            observed_prices=table("prices", SEEN_PRICE), observed_production=table("output", SEEN_OUTPUT),
        )  # fmt: skip


OXIDES = ["la", "ce", "ndpr", "sm", "eu", "gd", "tb", "dy", "ho", "er", "yb", "lu", "y", "tm", "sc"]
MAGNETS = ["ndfeb-n", "ndfeb-m-h", "ndfeb-sh", "ndfeb-uh-eh", "ndfeb-bonded", "smco"]
PRICE = dict(
    zip(
        OXIDES,
        [600, 1000, 55e3, 2e3, 28e3, 24e3, 8e5, 2.5e5, 6e4, 4.5e4, 1.4e4, 7.5e5, 6e3, 3e5, 7e5],
        strict=True,
    )
)


def chain(seed: int = 1, places: int = 20, ores: int = 30, separators: int = 25, wide_links: bool = True) -> Network:
    """A chain as large as the real one: ores with their own vectors, two origin tags, ties among equal sites."""
    rng = np.random.default_rng(seed)
    draft = Draft()
    where = [f"p{i:02d}" for i in range(places)]
    tags = ["o0", "o1"]
    distance = rng.uniform(20, 400, (places, places))
    for o in OXIDES:
        draft.content(f"{o}-oxide", {o: 1.0})
        for p in where:
            for g in tags:
                draft.node(f"{o}-oxide", p, g, "separation", disposal=False)
                draft.activity(
                    f"dispose {o}|{p}|{g}",
                    {f"{o}-oxide|{p}|{g}": -1.0},
                    80.0,
                    kind="disposal",
                    place=p,
                    stage="separation",
                )
    ndpr_metal = 0.85
    draft.content("ndpr-metal", {"ndpr": 1 / ndpr_metal})
    blend = {
        m: (0.3 * (m != "smco"), (0.0, 0.01, 0.03, 0.06, 0.0, 0.0)[i], 0.3 * (m == "smco"))
        for i, m in enumerate(MAGNETS)
    }
    for m, (nd, dy, sm) in blend.items():
        draft.content(m, {e: v for e, v in (("ndpr", nd), ("dy", dy), ("sm", sm)) if v > 0})
    for i, p in enumerate(where):
        for g in tags:
            draft.node("ndpr-metal", p, g, "metal", disposal=False)
            for m in MAGNETS:
                draft.node(m, p, g, "magnet", disposal=False)
            if i < 12:
                draft.activity(
                    f"metal|{p}|{g}", {f"ndpr-oxide|{p}|{g}": -1.02 / ndpr_metal, f"ndpr-metal|{p}|{g}": 1.0}, 4000.0,
                    rng.uniform(1e3, 2e4), kind="metal", place=p, stage="metal",
                )  # fmt: skip
            for m, (nd, dy, sm) in blend.items():
                recipe = {f"{m}|{p}|{g}": 1.0}
                if nd:
                    recipe[f"ndpr-metal|{p}|{g}"] = -nd * ndpr_metal * 1.05
                if dy:
                    recipe[f"dy-oxide|{p}|{g}"] = -dy * 1.05
                if sm:
                    recipe[f"sm-oxide|{p}|{g}"] = -sm * 1.05
                if i < 10:
                    draft.activity(
                        f"magnet {m}|{p}|{g}",
                        recipe,
                        15e3 + 1e3 * (i % 3),
                        rng.uniform(500, 2e4),
                        kind="magnet",
                        place=p,
                        stage="magnet",
                    )
    first_sites = rng.choice(places, ores)
    hosts = [int(v) for v in rng.choice(12, separators)]
    for r in range(ores):
        usual = np.array([5, 9, 4, 0.5, 0.1, 0.4, 0.08, 0.3, 0.08, 0.2, 0.1, 0.03, 1.0, 0.03, 0.02])
        vector = usual * np.exp(0.8 * rng.standard_normal(len(usual)))
        vector /= vector.sum()
        ore, tag = f"concentrate:ore{r:02d}", tags[r % 2]
        draft.content(ore, dict(zip(OXIDES, vector, strict=True)))
        origin = where[int(first_sites[r])]
        goals = sorted({origin, *(where[h] for h in hosts)})
        for p in goals:
            draft.node(ore, p, "", "mine")
        draft.activity(
            f"mine {r:02d}",
            {f"{ore}|{origin}": 1.0},
            rng.uniform(1500, 6000),
            rng.uniform(2e3, 3e4),
            place=origin,
        )
        for p in goals:
            if p != origin:
                draft.link(f"{ore}|{origin}", f"{ore}|{p}", float(distance[where.index(origin), where.index(p)]))
        for s in range(separators):
            p = where[hosts[s]]
            products = {f"{o}-oxide|{p}|{tag}": 0.93 * v for o, v in zip(OXIDES, vector, strict=True)}
            draft.activity(
                f"separate {s:02d} ore{r:02d}", {f"{ore}|{p}": -1.0, **products}, 3000.0 + 800 * (s % 4),
                kind="separation", place=p, stage="separation",
            )  # fmt: skip
    for s in range(separators):
        members = {("activity", f"separate {s:02d} ore{r:02d}"): 1.0 for r in range(ores)}
        draft.quota(f"capacity of separator {s:02d}", float(rng.uniform(2e3, 4e4)), members)
    goods = [f"{o}-oxide" for o in OXIDES] + ["ndpr-metal", *MAGNETS]
    for good in goods:
        stage = "magnet" if good in MAGNETS else "separation"
        for i, p in enumerate(where):
            for g in tags:
                for j, q in enumerate(where):
                    if i < 10 and i != j and (wide_links or (i + j) % 3 == 0):
                        duty = 50.0 if (i == 0 and stage == "separation") else 0.0
                        draft.link(f"{good}|{p}|{g}", f"{good}|{q}|{g}", 1.5 * float(distance[i, j]), duty)
    for o in OXIDES:
        for i, p in enumerate(where):
            draft.node(f"{o}-use", p, "", "use")
            draft.content(f"{o}-use", {o: 1.0}) if i == 0 else None
            for g in tags:
                draft.activity(
                    f"accept {o}|{p}|{g}",
                    {f"{o}-oxide|{p}|{g}": -1.0, f"{o}-use|{p}": 1.0},
                    0.0,
                    kind="accept",
                    place=p,
                    stage="use",
                )
            size = {"la": 2500, "ce": 3500, "ndpr": 300, "y": 400}.get(o, 6.0) * rng.uniform(0.1, 2.0)
            draft.demand(f"{o}-use|{p}", size, PRICE[o], -0.4, 15 * PRICE[o])
    for k, m in enumerate(MAGNETS):
        for i, p in enumerate(where):
            draft.node(f"{m}-use", p, "", "use")
            draft.content(
                f"{m}-use", {e: v for e, v in zip(("ndpr", "dy", "sm"), blend[m], strict=True) if v > 0}
            ) if i == 0 else None
            for g in tags:
                draft.activity(
                    f"accept {m}|{p}|{g}",
                    {f"{m}|{p}|{g}": -1.0, f"{m}-use|{p}": 1.0},
                    0.0,
                    kind="accept",
                    place=p,
                    stage="use",
                )
            draft.demand(f"{m}-use|{p}", rng.uniform(200, 6000) / (1 + k), 50e3 + 15e3 * k, -0.3, 1e6)
    return draft.network()
