"""GeoJSON and Excel."""

import itertools
import json

import pandas as pd

from ytterby.routes import geojson, leg_lines, write_excel, write_geojson
from ytterby.routes.export import split_at_antimeridian


def test_every_leg_has_a_line_between_its_hubs(world):
    lines, hubs = leg_lines(world), world.table("hubs").set_index("hub")
    for leg in world.table("legs").itertuples():
        line = lines[leg.leg]
        assert len(line) >= 2
        assert line[0] == (hubs.at[leg.origin, "lon"], hubs.at[leg.origin, "lat"])


def test_geojson_is_written_with_longitudes_in_range(world, router, tmp_path):
    ways = router.ways("karaganda", "los-angeles", "oxide")
    write_geojson(world, ways, tmp_path / "ways.geojson")
    told = json.loads((tmp_path / "ways.geojson").read_text(encoding="utf-8"))
    assert told == json.loads(json.dumps(geojson(world, ways)))
    for feature in told["features"]:
        shape = feature["geometry"]
        parts = shape["coordinates"] if shape["type"] == "MultiLineString" else [shape["coordinates"]]
        assert all(-180 <= x <= 180 and -90 <= y <= 90 for part in parts for x, y in part)
        assert all(abs(b[0] - a[0]) <= 180 for part in parts for a, b in itertools.pairwise(part))


def test_a_line_over_the_date_line_is_cut_there():
    parts = split_at_antimeridian([(170.0, 10.0), (-170.0, 20.0)])
    assert parts == [[(170.0, 10.0), (180.0, 15.0)], [(-180.0, 15.0), (-170.0, 20.0)]]


def test_excel_holds_ways_legs_and_sources(world, router, tmp_path):
    ways = router.ways("karaganda", "houston", "oxide")
    write_excel(world, ways, tmp_path / "ways.xlsx")
    book = pd.read_excel(tmp_path / "ways.xlsx", sheet_name=None)
    assert len(book["ways"]) == len(ways)
    assert len(book["legs"]) == sum(len(w.legs) for w in ways)
    assert set(book["legs"]["source"]) == set(book["sources"]["source"])
