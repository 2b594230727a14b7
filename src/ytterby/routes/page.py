"""One HTML page of some ways: a map that answers to the mouse, cost against days, the corridor table, every leg.

The page holds all that it needs (drawing library, outlines, numbers) and opens without a network.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import jinja2
import pandas as pd
from markupsafe import Markup

from ytterby.pictures.picture import NARROW, WIDE, Picture
from ytterby.pictures.theme import ACCENT, FONT, INK, RULE, SOFT_INK
from ytterby.pictures.ways import PICKED, Drawn, explorable, frontier_picture, way_colour, ways_map_picture
from ytterby.routes.cases import CaseBook
from ytterby.routes.corridors import corridor_table, drawn_ways, via
from ytterby.routes.export import legs_table, write_excel, write_geojson
from ytterby.world.errors import Fault, InputError
from ytterby.world.terms import Freight

TEMPLATE = Path(__file__).resolve().parent.parent / "shipped" / "templates" / "ways.html.j2"
SOURCES = "Legs, prices and policies: corridor tables of this world; every leg names its source. Map: Natural Earth."
SUBTITLE = "Lawful ways that are worth comparing: cost, days and risk, with their bands."
ENDINGS = (".html", ".geojson", ".xlsx", ".png")
LEGEND = (
    "Cost is freight, transfers, surcharges and permits; its band is the sum of the legs' own. Days are drawn door to "
    "door: half (P50) and nine tenths (P90) of the journeys are faster. Risk is the chance that a leg fails or a "
    "permit is refused. Assumed is the share of the legs' price whose grade is D."
)


class Column(NamedTuple):
    """One column of a table on the page: its name in the frame, its head, how numbers are written (blank: text)."""

    name: str
    label: str
    number: str = ""


COLUMNS = (
    Column("way", "way"),
    Column("via", "via"),
    Column("usd_per_t", "USD/t", ",.0f"),
    Column("band", "band"),
    Column("extra_usd_per_t", "over the cheapest", "+,.0f"),
    Column("p50", "days P50", ".0f"),
    Column("p90", "P90", ".0f"),
    Column("risk", "risk", ".1%"),
    Column("kg_co2e_per_t", "kg CO2e/t", ",.0f"),
    Column("capacity_t_per_year", "least capacity, t a year", ",.0f"),
    Column("assumed_share", "assumed", ".0%"),
    Column("countries", "territories"),
    Column("passages", "passages"),
)
LEG_COLUMNS = (
    Column("leg", "leg"),
    Column("mode", "by"),
    Column("distance_km", "km", ",.0f"),
    Column("usd_per_t", "USD/t", ",.0f"),
    Column("days_low", "days from", ".1f"),
    Column("days_high", "to", ".1f"),
    Column("countries", "territories"),
    Column("passages", "passages"),
    Column("source", "source"),
    Column("confidence", "grade"),
)


def write_page(book: CaseBook, ways: Sequence[Freight], path: Path, *, title: str, subtitle: str = "") -> None:
    """Write the page (UTF-8, about 1.1 MB); raises InputError where no way is lawful."""
    path.write_text(page(book, ways, title=title, subtitle=subtitle), encoding="utf-8")


def page(book: CaseBook, ways: Sequence[Freight], *, title: str, subtitle: str = "") -> str:
    """Return the page as text."""
    import vl_convert

    table, drawn = _shown(book, ways)
    table["band"] = [f"{low:,.0f}-{high:,.0f}" for low, high in zip(table["low"], table["high"], strict=True)]
    legs = legs_table(ways)
    told = [
        {"via": via(way), "legs": _rows(legs[legs["way"] == number], LEG_COLUMNS), "reasons": way.reasons}
        for number, way in enumerate(ways, start=1)
    ]
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
    return environment.from_string(TEMPLATE.read_text(encoding="utf-8")).render(
        title=title,
        subtitle=subtitle,
        alternative=_alternative(table),
        width=WIDE,
        look={"font": Markup(FONT), "ink": INK, "soft": SOFT_INK, "rule": RULE, "accent": ACCENT},
        columns=COLUMNS,
        rows=_rows(table, COLUMNS),
        colours=[way_colour(int(n)) for n in table["way"]],
        leg_columns=LEG_COLUMNS,
        ways=told,
        legend=LEGEND,
        source_line=SOURCES,
        picked=PICKED,
        library=Markup(vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;")),
        wide=_script(explorable(drawn, WIDE)),
        narrow=_script(explorable(drawn, NARROW)),
    )


def write_files(book: CaseBook, ways: Sequence[Freight], files: Sequence[Path], *, title: str) -> None:
    """Write ways to files, by their endings: a page, GeoJSON, an Excel file or a picture (map above, cost below)."""
    for path in files:
        ending = written_by_ending(path).suffix.lower()
        if ending == ".html":
            write_page(book, ways, path, title=title, subtitle=SUBTITLE)
        elif ending == ".geojson":
            write_geojson(book.world, ways, path)
        elif ending == ".xlsx":
            write_excel(book.world, ways, path, corridors=corridor_table(book, ways))
        else:
            write_picture(book, ways, path, title=title)


def written_by_ending(path: Path) -> Path:
    """Return the path if its ending tells a kind of file and its folder is there; raises InputError."""
    if path.suffix.lower() not in ENDINGS:
        raise InputError("unknown kind of file", [Fault("out", str(path), f"a name that ends in {', '.join(ENDINGS)}")])
    if not path.resolve().parent.is_dir():
        raise InputError("no such folder", [Fault("out", str(path), "a file in a folder that is there")])
    return path


def write_picture(book: CaseBook, ways: Sequence[Freight], path: Path, *, title: str) -> None:
    """Write the map and cost against days below it as one PNG file."""
    import vl_convert

    _, drawn = _shown(book, ways)
    path.write_bytes(vl_convert.vega_to_png(explorable(drawn, WIDE, title=title, source_line=SOURCES), scale=2.0))


def _script(spec: Mapping[str, Any]) -> Markup:
    """A specification as the value of a variable in a script; no text in it can end the script."""
    return Markup(json.dumps(spec, ensure_ascii=False).replace("</", "<\\/"))


def pictures(book: CaseBook, ways: Sequence[Freight], *, title: str) -> tuple[Picture, Picture]:
    """Return the map of the ways and cost against days, as pictures."""
    table, drawn = _shown(book, ways)
    words = _alternative(table)
    return (
        ways_map_picture(drawn, name="ways-map", title=title, source_line=SOURCES, alternative=words),
        frontier_picture(drawn.ways, name="ways-frontier", title=title, source_line=SOURCES, alternative=words),
    )


def _shown(book: CaseBook, ways: Sequence[Freight]) -> tuple[pd.DataFrame, Drawn]:
    if not ways or not all(way.lawful and way.legs for way in ways):
        faults = [Fault("ways", reason, "lawful ways with legs") for way in ways for reason in way.reasons]
        raise InputError("there is no way to draw", faults)
    table = corridor_table(book, ways)
    return table, drawn_ways(book.world, ways, table)


def _alternative(table: pd.DataFrame) -> str:
    told = "; ".join(f"{row.via}: {row.usd_per_t:,.0f} USD/t, {row.p50:.0f} days" for row in table.itertuples())
    return f"Map of {len(table)} ways, and their cost against days. {told}."


def _rows(frame: pd.DataFrame, columns: Sequence[Column]) -> list[list[str]]:
    return [[_text(row[c.name], c.number) for c in columns] for row in frame.to_dict("records")]


def _text(value: object, number: str) -> str:
    if isinstance(value, float) and math.isnan(value):
        return "not known"
    return format(value, number) if number else str(value)
