"""The page of ways and its pictures: complete in themselves, true to their numbers."""

import re

import pytest

from ytterby.pictures.ways import explorable
from ytterby.routes import corridor_table, pictures, write_page
from ytterby.routes.corridors import drawn_ways
from ytterby.world.errors import InputError

OUTSIDE = re.compile(r"""(?:src|href)\s*=\s*["']?https?:|url\(\s*["']?https?:|@import""")


@pytest.fixture(scope="module")
def ways(router):
    return router.ways("karaganda", "houston", "oxide", most=4)


def test_the_page_opens_without_a_network_and_holds_every_way(router, ways, tmp_path):
    write_page(router, ways, tmp_path / "ways.html", title="Ways <out>")
    page = (tmp_path / "ways.html").read_text(encoding="utf-8")
    own = page.replace(page[page.index("<script>") : page.index("</script>")], "")
    assert not OUTSIDE.search(own)
    assert "Ways &lt;out&gt;" in own
    assert own.count('class="way"') == len(ways)
    for way in ways:
        assert f"{way.usd_per_t:,.0f}" in own
        assert all(leg.leg in own for leg in way.legs)


def test_the_drawing_shows_the_numbers_of_the_table(router, ways):
    table = corridor_table(router, ways)
    spec = explorable(drawn_ways(router.world, ways, table), 960)
    rows = [row for data in spec["data"] for row in data.get("values", []) if "usd_per_t" in row and "p50" in row]
    for column in ("usd_per_t", "p50", "risk"):
        assert sorted({row[column] for row in rows}) == pytest.approx(sorted(set(table[column])))
    assert {"zoom", "lon", "lat", "picked"} <= {signal["name"] for signal in spec["signals"]}
    assert all("on" in signal for signal in spec["signals"] if signal["name"] in {"zoom", "lon", "lat", "picked"})


@pytest.mark.parametrize("width", [340, 960])
def test_pictures_are_drawn_at_two_widths(router, ways, width):
    for picture in pictures(router, ways, title="Ways"):
        assert picture.svg(width).startswith("<svg")
        assert "houston" in picture.alternative or "USD/t" in picture.alternative


def test_what_cannot_be_drawn_is_said(router):
    shut = router.ways("karaganda", "houston", "concentrate", avoid=["CN", "RU", "AZ"])
    with pytest.raises(InputError, match="no way to draw"):
        pictures(router, shut, title="None")
