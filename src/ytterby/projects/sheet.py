"""The appraisal on one page: figures, pictures, what was assumed and the sources, as one file that opens offline."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files

import pandas as pd
from jinja2 import Environment
from markupsafe import Markup, escape

from ytterby.pictures import Picture
from ytterby.pictures.picture import NARROW
from ytterby.projects.appraisal import Appraisal
from ytterby.projects.mine import Mine
from ytterby.projects.montecarlo import Simulation
from ytterby.projects.options import Options
from ytterby.projects.sheet_pictures import BARS, cash_picture, cost_picture, driver_picture, price_picture

HALF, HALF_OF_BARS = 520, 690
"""Drawing widths of lines and of bars that stand beside one another on a desk screen, CSS pixels; bars leave room for
long labels inside theirs."""
GRADES = {"A": "official or primary", "B": "secondary", "C": "derived", "D": "assumed"}
INPUT_WORDS = {
    "ore_t_per_y": "plant feed", "grade": "grade", "recovery": "recovery", "opex_usd_per_kg_treo": "operating cost",
    "capex_usd": "capital", "freight_usd_per_kg": "freight", "byproduct_usd_per_y": "by-products",
    "sustaining_usd_per_y": "sustaining capital", "closure_usd": "closure", "discount": "discount rate",
    "prices": "all prices together",
}  # fmt: skip

ITEM_WORDS = {"labour-overhead-full": "labour and overhead", "labour-overhead-light": "labour and overhead"}


@dataclass(frozen=True)
class SheetCase:
    """One column of the sheet."""

    label: str
    mine: Mine
    appraisal: Appraisal
    draws: Simulation | None = None
    tornado: pd.DataFrame | None = None
    options: Options | None = None
    breakeven_ndpr_usd_per_kg: float = float("nan")
    cheaper_share: float = float("nan")
    """Share of the register's output that breaks even at a lower NdPr price."""


@dataclass(frozen=True)
class SheetSource:
    """A source as it is listed."""

    title: str
    address: str
    year: str
    confidence: str


@dataclass(frozen=True)
class Sheet:
    """What stands on the page."""

    title: str
    standfirst: str
    cases: tuple[SheetCase, ...]
    """The first is the one whose drivers and costs are drawn."""
    costs: tuple[tuple[str, float], ...]
    """Item and USD per kg TREO; empty: the plan's own lines."""
    remarks: tuple[str, ...]
    sources: tuple[SheetSource, ...]
    command: str
    """What makes the sheet again."""


def sheet_html(sheet: Sheet) -> str:
    """Return the sheet as one self-contained HTML text; nothing is fetched when it opens."""
    folder = files("ytterby.projects") / "templates"
    environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    template = environment.from_string((folder / "sheet.html.j2").read_text(encoding="utf-8"))
    return template.render(
        sheet=sheet,
        rows=figure_rows(sheet.cases),
        figures=[_figure(p) for p in _pictures(sheet)],
        grades=GRADES,
        style=(folder / "sheet.css").read_text(encoding="utf-8"),
    )


def figure_rows(cases: Sequence[SheetCase]) -> list[tuple[str, str, list[str]]]:
    """Return the table of figures: label, unit, one text a case; lines that no case fills are left out."""
    lines: list[tuple[str, str, list[str]]] = [
        (
            "Net present value",
            f"M USD at {_percent(cases[0].appraisal.discount)}",
            [_m(c.appraisal.npv_usd) for c in cases],
        ),
        ("Internal rate of return", "", [_rate(c.appraisal.irr) for c in cases]),
        ("Payback from first output", "years", [_years(c.appraisal.payback_y) for c in cases]),
        ("Basket received", "USD/kg TREO", [_kg(c.appraisal.basket_usd_per_kg) for c in cases]),
        ("Paid by the contract for difference, in all", "M USD", [_paid(c.appraisal) for c in cases]),
        ("Cost of a kilogram, over the life", "USD/kg TREO", [_kg(c.appraisal.unit_cost_usd_per_kg) for c in cases]),
        ("Break-even basket", "USD/kg TREO", [_kg(c.appraisal.breakeven_basket_usd_per_kg) for c in cases]),
        ("Break-even NdPr oxide, other prices as given", "USD/kg", [_kg(c.breakeven_ndpr_usd_per_kg) for c in cases]),
        ("Published projects that break even lower", "of their NdPr", [_share(c.cheaper_share) for c in cases]),
        ("Capital to first output", "M USD", [_m(c.appraisal.capex_usd) for c in cases]),
        (
            "Capital of later stages",
            "M USD",
            [_m(sum(c.mine.expansion_usd)) if any(c.mine.expansion_usd) else "" for c in cases],
        ),
        ("Draws, median", "M USD", [_m(c.draws.quantile(0.5)) if c.draws else "" for c in cases]),
        ("Draws, 5 to 95 %", "M USD", [_ends(c.draws) for c in cases]),
        ("Draws above zero", "", [_share(c.draws.chance_positive) if c.draws else "" for c in cases]),
        (
            "With the right not to build, all being known",
            "M USD",
            [_m(c.options.not_to_build_usd) if c.options else "" for c in cases],
        ),
        (
            "With the right to stop in operation",
            "M USD",
            [_m(c.options.to_stop_usd) if c.options else "" for c in cases],
        ),
        (
            f"With the right to wait {cases[0].options.wait_y:g} years for prices" if cases[0].options else "",
            "M USD",
            [_m(c.options.to_wait_usd) if c.options else "" for c in cases],
        ),
    ]
    return [line for line in lines if any(line[2])]


def _pictures(sheet: Sheet) -> list[Picture]:
    first = sheet.cases[0]
    found = [cash_picture({c.label: c.appraisal for c in sheet.cases})]
    if "ndpr-oxide" in first.mine.products:
        found.append(price_picture({c.label: c.mine for c in sheet.cases}, "ndpr-oxide"))
    if first.tornado is not None and len(first.tornado):
        words = {**INPUT_WORDS, **{f"price:{p}": f"price of {p}" for p in first.mine.products}}
        found.append(driver_picture(first.tornado, first.appraisal.npv_usd, words))
    costs = sheet.costs or own_costs(first.appraisal)
    found.append(cost_picture([(ITEM_WORDS.get(n, n), v) for n, v in costs], "USD per kg TREO"))
    return found


def own_costs(appraisal: Appraisal) -> tuple[tuple[str, float], ...]:
    """Return the plan's own lines per kg TREO over the life: operating, freight, royalty, capital, tax."""
    lines = appraisal.statement
    kg = float(lines["output_t"].sum()) * 1000.0
    names = {
        "opex": "operating", "freight": "freight", "royalty": "royalty", "sustaining": "sustaining capital",
        "capital": "capital", "closure": "closure", "tax": "tax",
    }  # fmt: skip
    return tuple((word, float(lines[name].sum()) / kg) for name, word in names.items() if float(lines[name].sum()) > 0)


def _figure(picture: Picture) -> Markup:
    """A figure with a drawing for desks and one for telephones and paper; the style shows the one that fits."""
    desk = HALF_OF_BARS if picture.name in BARS else HALF
    wide, narrow = (picture.inline(w) for w in (desk, NARROW))
    label = escape(picture.alternative)
    return Markup(
        f"<figure><figcaption>{escape(picture.title)}</figcaption>"
        f'<div class="wide" role="img" aria-label="{label}">{wide}</div>'
        f'<div class="narrow" role="img" aria-label="{label}">{narrow}</div></figure>'
    )


def signed(value: float) -> str:
    """Write a whole number with thousands and a true minus sign."""
    return f"{value:,.0f}".replace("-", "−")


def _m(usd: float) -> str:
    return "" if math.isnan(usd) else signed(usd / 1e6)


def _kg(value: float) -> str:
    return "" if math.isnan(value) else f"{value:,.1f}"


def _percent(value: float) -> str:
    return f"{100.0 * value:.3g} %"


def _rate(value: float) -> str:
    return "none" if math.isnan(value) else f"{100.0 * value:.1f} %".replace("-", "−")


def _years(value: float) -> str:
    return "never" if math.isnan(value) else f"{value:.1f}"


def _share(value: float) -> str:
    return "" if math.isnan(value) else f"{100.0 * value:.0f} %"


def _paid(appraisal: Appraisal) -> str:
    """What a contract for difference pays over its years, M USD; blank without one."""
    support = appraisal.statement["support"]
    return _m(float(support.sum())) if support.any() else ""


def _ends(draws: Simulation | None) -> str:
    return "" if draws is None else f"{_m(draws.quantile(0.05))} to {_m(draws.quantile(0.95))}"


def listed(keys: Sequence[str], sources: pd.DataFrame) -> tuple[SheetSource, ...]:
    """Return sources by key from the world's table, in the order given, unknown keys left out."""
    table: Mapping[str, dict[str, object]] = {
        str(r["source"]): {str(k): v for k, v in r.items()} for r in sources.to_dict("records")
    }
    return tuple(
        SheetSource(*(str(table[k].get(c) or "") for c in ("title", "address", "year", "confidence")))
        for k in dict.fromkeys(keys)
        if k in table
    )
