"""Fill the distances, named passages and lines of the world's sea and ferry legs from a maritime network.

Development script: needs the extra ``sea`` (searoute). It rewrites, in ``tables/legs.csv``, the columns
``distance_km`` and ``passages`` of every leg of mode ``sea`` whose ``distance_basis`` starts with "searoute",
and, in ``tables/leg_shapes.csv``, the line of every sea leg. Nothing is downloaded, and nothing here runs
when the package is used.

    python tools/sea_distances.py [WORLD]

A leg's column ``avoids`` names the passages that its lane does not use (the Cape lane avoids the Red Sea).
searoute answers with the closed way when no open one is left, so a lane that still uses what it avoids is
refused here.
"""

from __future__ import annotations

import csv
import math
import sys
import warnings
from pathlib import Path

import searoute

SHIPPED = Path(__file__).resolve().parent.parent / "src" / "ytterby" / "shipped" / "world"
NAMES = {"babalmandab": "bab-el-mandeb", "ormuz": "hormuz", "chili": "magellan", "south_africa": "cape"}
ALWAYS_CLOSED = ("northwest",)
SNAP_LIMIT_KM = 200.0
"""A port farther than this from the network's first point is refused: the gap would be invisible."""
POINTS = 24


def lane(
    origin: tuple[float, float], destination: tuple[float, float], avoids: tuple[str, ...]
) -> tuple[float, tuple[str, ...], list[tuple[float, float]]] | None:
    """Return (km, passages, line as lon/lat) of one lane; None where no lane avoids what it has to."""
    theirs = {ours: name for name, ours in NAMES.items()}
    closed = [*ALWAYS_CLOSED, *(theirs.get(name, name) for name in avoids)]
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        try:
            found = searoute.searoute(
                list(origin),
                list(destination),
                restrictions=closed,
                return_passages=True,
                append_orig_dest=False,
            )
        except UserWarning:
            return None
    used = [name for name in found["properties"].get("traversed_passages", []) if name]
    if set(used) & set(closed):
        return None
    line = [(float(x), float(y)) for x, y in found["geometry"]["coordinates"]]
    for end, port in ((line[0], origin), (line[-1], destination)):
        if gap_km(end, port) > SNAP_LIMIT_KM:
            raise SystemExit(
                f"port {port} is {gap_km(end, port):.0f} km from the network; limit {SNAP_LIMIT_KM:.0f} km"
            )
    return float(found["properties"]["length"]), tuple(sorted(NAMES.get(u, u) for u in used)), line


def gap_km(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Great-circle distance in km between two lon/lat points."""
    (x1, y1), (x2, y2) = ((math.radians(p[0]), math.radians(p[1])) for p in (a, b))
    h = math.sin((y2 - y1) / 2) ** 2 + math.cos(y1) * math.cos(y2) * math.sin((x2 - x1) / 2) ** 2
    return 2 * 6371.0088 * math.asin(math.sqrt(h))


def thinned(line: list[tuple[float, float]], points: int = POINTS) -> list[tuple[float, float]]:
    """Keep the ends and the points that bend most (Visvalingam: smallest triangle goes first)."""
    kept = list(line)
    while len(kept) > points:
        areas = [
            abs(
                (kept[i - 1][0] - kept[i + 1][0]) * (kept[i][1] - kept[i - 1][1])
                - (kept[i - 1][0] - kept[i][0]) * (kept[i + 1][1] - kept[i - 1][1])
            )
            for i in range(1, len(kept) - 1)
        ]
        del kept[areas.index(min(areas)) + 1]
    return kept


def main(world: Path) -> None:
    """Rewrite the sea rows of one world folder."""
    tables = world / "tables"
    hubs = {r["hub"]: (float(r["lon"]), float(r["lat"])) for r in _rows(tables / "hubs.csv")}
    legs = _rows(tables / "legs.csv")
    shapes = {r["leg"]: r for r in _rows(tables / "leg_shapes.csv")} if (tables / "leg_shapes.csv").exists() else {}
    for row in legs:
        if row["mode"] != "sea":
            continue
        found = lane(hubs[row["origin"]], hubs[row["destination"]], tuple(filter(None, row["avoids"].split("|"))))
        if found is None:
            raise SystemExit(f"legs.csv, {row['leg']}: no lane avoids {row['avoids']}")
        km, passages, line = found
        if row["distance_basis"].startswith("searoute"):
            row["distance_km"] = f"{km:.0f}"
        row["passages"] = "|".join(passages)
        shapes[row["leg"]] = {
            "leg": row["leg"],
            "points": ";".join(f"{x:.2f} {y:.2f}" for x, y in thinned(line)),
            "source": "searoute-1-6-0-pypi-apache-2-0-2026",
            "confidence": "C",
            "note": f"line of the maritime network, at most {POINTS} points; for pictures, not navigation",
        }
    _write(tables / "legs.csv", legs)
    known = {row["leg"] for row in legs}
    _write(tables / "leg_shapes.csv", [shapes[key] for key in sorted(shapes) if key in known])


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _write(path: Path, rows: list[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else SHIPPED)
