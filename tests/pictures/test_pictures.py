"""Pictures: drawn at a desk's and a telephone's width, labelled, complete in themselves, and true to their numbers."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ytterby.pictures import Picture, bar_picture, line_picture, map_picture, range_picture, sankey_picture
from ytterby.pictures.picture import NARROW, WIDE
from ytterby.pictures.theme import PLACE_COLOUR, STAGE_COLOUR, place_colour
from ytterby.world.terms import Stage

WORDS = {"name": "test", "title": "What it shows", "source_line": "Source: made up", "alternative": "In words"}
STAGES = ("mine", "separation", "magnet")
TITLES = {"mine": "Mined", "separation": "Separated", "magnet": "Magnets"}
NAMES = {"china": "China", "usa": "United States", "malaysia": "Malaysia", "japan": "Japan"}


def bars() -> Picture:
    table = pd.DataFrame(
        {
            "product": ["dysprosium", "terbium"] * 2,
            "case": ["base", "base", "closed", "closed"],
            "price": [230.0, 720.0, 410.0, np.nan],
            "low": [200.0, 700.0, 350.0, np.nan],
            "high": [300.0, 800.0, 500.0, np.nan],
        }
    )
    return bar_picture(
        table, category="product", value="price", series="case", unit="USD/kg", low="low", high="high", **WORDS
    )


def ranges() -> Picture:
    table = pd.DataFrame({"what": ["acid", "base"], "point": [0.9, 1.4], "low": [0.45, 1.0], "high": [1.5, 2.0]})
    return range_picture(
        table, category="what", point="point", low="low", high="high", unit="ratio", marks=[(1.2, "claimed")], **WORDS
    )


def lines() -> Picture:
    table = pd.DataFrame(
        {"year": [2024, 2025, 2026] * 2, "case": ["base"] * 3 + ["closed"] * 3, "t": [1.0, 2, 3, 1, 1, 2]}
    )
    return line_picture(table, x="year", value="t", series="case", unit="kt REO", **WORDS)


def world_map() -> Picture:
    sites = pd.DataFrame(
        {
            "name": ["pit", "plant"], "lat": [49.8, 29.8], "lon": [73.1, -95.4], "stage": ["mine", "separation"],
            "size": [3.0, 1.0], "label": ["Karaganda", "Houston"],
        }
    )  # fmt: skip
    ways = pd.DataFrame(
        {
            "way": ["by the Caspian"] * 3, "part": ["0"] * 3, "order": [0, 1, 2], "lat": [49.8, 40.4, 29.8],
            "lon": [73.1, 49.9, -95.4], "dashed": [False] * 3,
        }
    )  # fmt: skip
    return map_picture(sites, ways, **WORDS)


def chain(flows: pd.DataFrame) -> Picture:
    return sankey_picture(flows, stages=STAGES, stage_titles=TITLES, names=NAMES, unit="kt", **WORDS)


def diagram() -> Picture:
    rows = [
        ("mine", "china", "separation", "china", 260.0),
        ("mine", "usa", "separation", "china", 34.0),
        ("mine", "usa", "separation", "malaysia", 20.0),
        ("separation", "china", "magnet", "china", 250.0),
        ("separation", "china", "magnet", "japan", 44.0),
        ("separation", "malaysia", "magnet", "japan", 20.0),
    ]
    return chain(pd.DataFrame(rows, columns=["from_stage", "from_place", "to_stage", "to_place", "value"]))


PICTURES: dict[str, tuple[Callable[[], Picture], tuple[str, ...]]] = {
    "bars": (bars, ("dysprosium", "terbium", "base", "closed", "USD/kg", "410")),
    "ranges": (ranges, ("acid", "base", "ratio", "claimed", "1.4")),
    "lines": (lines, ("2024", "base", "closed", "kt REO")),
    "map": (world_map, ("Karaganda", "Houston", "by the Caspian", "Sites", "mine", "separation")),
    "sankey": (diagram, ("Mined", "Separated", "Magnets", "China", "United States", "Malaysia", "Japan")),
}


@pytest.mark.parametrize("width", [WIDE, NARROW])
@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_drawn_at_both_widths_with_its_labels(name: str, width: int) -> None:
    make, labels = PICTURES[name]
    svg = make().svg(width)
    root = ElementTree.fromstring(svg)
    said = " ".join("".join(node.itertext()) for node in root.iter() if node.tag.endswith("}text"))
    assert [label for label in labels if label not in said and label[:10] not in said] == []
    assert float(root.attrib["width"]) <= width
    assert "NaN" not in svg
    assert "undefined" not in svg
    assert "Infinity" not in svg


@pytest.mark.parametrize("name", PICTURES)
def test_a_page_has_a_drawing_for_a_desk_and_one_for_a_telephone(name: str) -> None:
    page = PICTURES[name][0]().page()
    assert '<meta name="viewport"' in page
    assert [
        page.count(f'class="drawing {width}" role="img" aria-label="In words"') for width in ("wide", "narrow")
    ] == [1, 1]
    assert page.count("<h1>What it shows") == page.count("Source: made up") == 1
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert "max-width:100%" in page


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_holds_all_its_data_and_asks_nothing_of_the_network(name: str) -> None:
    spec = PICTURES[name][0]().spec(WIDE)
    schema = spec.pop("$schema")
    assert schema.startswith("https://vega.github.io/schema/vega-lite/")
    assert [key for key, _ in leaves(spec) if key in ("url", "href", "src")] == []
    assert [text for _, text in leaves(spec) if str(text).startswith(("http:", "https:", "//"))] == []
    json.dumps(spec, allow_nan=False)


def test_the_map_has_the_outlines_of_the_world_but_not_antarctica() -> None:
    spec = world_map().spec(WIDE)
    (land,) = (data for key, data in parents(spec) if key == "format" and data["format"].get("type") == "topojson")
    countries = spec["datasets"][land["name"]]["objects"]["countries"]["geometries"]
    known = {c.get("id") for c in countries}
    assert len(known) > 150
    assert {"398", "156", "643", "840"} <= known, "ISO 3166 numbers: KAZ, CHN, RUS, USA"
    assert "010" not in known
    drawn = world_map().svg(WIDE)
    assert drawn.count("<path") > len(countries)


def test_a_map_without_ways_is_a_map() -> None:
    nothing = pd.DataFrame(columns=["way", "part", "order", "lat", "lon", "dashed"])
    sites = pd.DataFrame(
        {"name": ["pit"], "lat": [49.8], "lon": [73.1], "stage": ["mine"], "size": [1.0], "label": [""]}
    )
    svg = map_picture(sites, nothing, **WORDS).svg(NARROW)
    assert svg.count("<path") > 150


def test_a_picture_is_written_as_png(tmp_path: Any) -> None:
    bars().png(tmp_path / "bars.png", NARROW)
    assert (tmp_path / "bars.png").read_bytes().startswith(b"\x89PNG")


def test_every_stage_has_a_colour_and_every_place_has_one() -> None:
    assert set(STAGE_COLOUR) == {stage.value for stage in Stage}
    assert place_colour("nowhere") == place_colour("rest-of-world")
    assert len(set(PLACE_COLOUR.values())) == len(PLACE_COLOUR)


shares = st.lists(st.floats(0.05, 50.0), min_size=4, max_size=4)


@settings(max_examples=15, deadline=None)
@given(mined=shares, split=shares)
def test_ribbons_of_a_flow_diagram_are_as_high_together_as_the_boxes_they_leave_and_enter(
    mined: list[float], split: list[float]
) -> None:
    """What goes into the middle goes out of it: then each side of each box is covered exactly."""
    places = list(NAMES)
    rows = [("mine", p, "separation", places[i % 2], v) for i, (p, v) in enumerate(zip(places, mined, strict=True))]
    for hub in places[:2]:
        held = sum(v for _, _, stage, q, v in rows if (stage, q) == ("separation", hub))
        rows += [("separation", hub, "magnet", p, held * s / sum(split)) for p, s in zip(places, split, strict=True)]
    flows = pd.DataFrame(rows, columns=["from_stage", "from_place", "to_stage", "to_place", "value"])
    ribbons, boxes = (pd.DataFrame(data) for data in layers(chain(flows)))
    heights = ribbons.groupby("ribbon").agg(
        left=("x", "min"), right=("x", "max"), up=("top", "first"), down=("bottom", "first"), into=("top", "last")
    )
    heights["tall"] = heights["down"] - heights["up"]
    unit = heights["tall"].sum() / flows["value"].sum()
    assert sorted(heights["tall"]) == pytest.approx(sorted(flows["value"] * unit))
    for box in boxes.to_dict("records"):
        tall = box["bottom"] - box["top"]
        out = heights[
            np.isclose(heights["left"], box["x2"]) & heights["up"].between(box["top"] - 1e-9, box["bottom"] - 1e-12)
        ]
        into = heights[
            np.isclose(heights["right"], box["x"]) & heights["into"].between(box["top"] - 1e-9, box["bottom"] - 1e-12)
        ]
        if box["x"] < len(STAGES) - 1:
            assert out["tall"].sum() == pytest.approx(tall)
        if box["x"] > 0:
            assert into["tall"].sum() == pytest.approx(tall)
    assert boxes["bottom"].max() <= 1.0 + 1e-9


def layers(picture: Picture) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Data of the ribbons and of the boxes."""
    spec = picture.spec(WIDE)
    ribbons, boxes = (spec["datasets"][layer["data"]["name"]] for layer in spec["layer"][:2])
    return ribbons, boxes


def parents(value: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every key of a nested structure with the object that it stands in."""
    if isinstance(value, dict):
        for key, held in value.items():
            yield key, value
            yield from parents(held)
    elif isinstance(value, list):
        for held in value:
            yield from parents(held)


def leaves(value: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    """Every single value of a nested structure with its key."""
    if isinstance(value, dict):
        for name, held in value.items():
            yield from leaves(held, name)
    elif isinstance(value, list):
        for held in value:
            yield from leaves(held, key)
    else:
        yield key, value


def test_a_short_path_prints_each_year_once() -> None:
    table = pd.DataFrame({"year": [2024, 2025], "case": ["base"] * 2, "t": [1.0, 2.0]})
    picture = line_picture(table, x="year", value="t", series="case", unit="kt REO", **WORDS)
    for width in (WIDE, NARROW):
        svg = picture.svg(width)
        assert [svg.count(f">{year}<") for year in (2024, 2025)] == [1, 1]
