"""The brief as one self-contained HTML file: no script, font, picture or style is fetched."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import pandas as pd
from jinja2 import Environment
from markupsafe import Markup, escape

from ytterby.brief.answer import Answered, Answers, Number, Table
from ytterby.brief.claims import Brief
from ytterby.pictures import Picture
from ytterby.pictures.picture import NARROW, WIDE
from ytterby.world import World
from ytterby.world.terms import Verdict

VERDICT_CLASS = {
    Verdict.HOLDS: "v-holds",
    Verdict.IN_PART: "v-part",
    Verdict.FAILS: "v-fails",
    Verdict.UNTESTABLE: "v-untestable",
}
VERDICT_MARK = {Verdict.HOLDS: "✓", Verdict.IN_PART: "≈", Verdict.FAILS: "✕", Verdict.UNTESTABLE: "?"}
GRADE_WORDS = {"A": "official or primary", "B": "secondary", "C": "derived", "D": "assumed"}
SHORT_TABLE = 8
"""Tables of at most this many rows stand open on the page."""


def figures(value: float) -> str:
    """Write a number to three figures, thousands separated; blank for what is not there."""
    size = abs(value)
    if math.isnan(value):
        words = ""
    elif size < 1e-6:
        words = "0"
    elif size < 1e-3:
        words = f"{value:.6f}".rstrip("0")
    elif size >= 1e9:
        words = f"{value / 1e9:.3g} bn"
    elif size >= 1e6:
        words = f"{value / 1e6:.3g} M"
    elif size >= 1000:
        words = f"{round(value, -max(0, len(f'{size:.0f}') - 3)):,.0f}"
    else:
        words = f"{value:.3g}"
    return words


@dataclass(frozen=True)
class ShownNumber:
    """A number as text."""

    label: str
    value: str
    unit: str
    band: str
    basis: str


def shown(number: Number) -> ShownNumber:
    """Turn a number into text; the band is blank where low and high equal the value."""
    has_band = number.low == number.low and not number.low == number.high == number.value
    band = f"{figures(number.low)} to {figures(number.high)}" if has_band else ""
    return ShownNumber(number.label, figures(number.value) or "not known", number.unit, band, number.basis)


def _table(table: Table) -> dict[str, Any]:
    numeric = [table.frame[c].dtype.kind in "fiu" for c in table.frame.columns]
    rows = [
        [{"text": _cell(v), "right": right} for v, right in zip(row, numeric, strict=True)]
        for row in table.frame.itertuples(index=False)
    ]
    columns = [{"name": str(c), "right": r} for c, r in zip(table.frame.columns, numeric, strict=True)]
    return {
        "title": table.title,
        "columns": columns,
        "rows": rows,
        "note": table.note,
        "short": len(rows) <= SHORT_TABLE,
    }


def _cell(value: object) -> str:
    if isinstance(value, float):
        return figures(value)
    if value is None or value is pd.NA or value is pd.NaT:
        return ""
    return str(value)


def _figure(picture: Picture) -> Markup:
    """Return a figure with a wide and a narrow drawing; the page's style shows the one that fits."""
    wide, narrow = (picture.inline(w) for w in (WIDE, NARROW))
    return Markup(
        f'<figure role="group"><figcaption><b>{escape(picture.title)}</b></figcaption>'
        f'<div class="wide" role="img" aria-label="{escape(picture.alternative)}">{wide}</div>'
        f'<div class="narrow" role="img" aria-label="{escape(picture.alternative)}">{narrow}</div>'
        f'<p class="src">{escape(picture.source_line)}</p></figure>'
    )


def tally(answered: Sequence[Answered]) -> str:
    """One sentence that counts premises and verdicts."""
    words = {
        Verdict.HOLDS: ("holds", "hold"),
        Verdict.IN_PART: ("holds in part", "hold in part"),
        Verdict.FAILS: ("does not hold", "do not hold"),
        Verdict.UNTESTABLE: ("cannot be tested", "cannot be tested"),
    }
    counts = {v: sum(1 for a in answered if a.verdict is v) for v in Verdict}
    parts = [f"{n} {words[v][0 if n == 1 else 1]}" for v, n in counts.items() if n]
    weak = sum(1 for a in answered if a.premise.value != "established")
    rest = f" {weak} of the reported facts behind them {'is' if weak == 1 else 'are'} not established." if weak else ""
    return f"Of {len(answered)} claims, {', '.join(parts)}.{rest}"


def render(brief: Brief, answers: Answers, world: World, *, command: str) -> str:
    """Return the page's HTML text; ``command`` is what reproduces it."""
    folder = files("ytterby.brief") / "templates"
    environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    template = environment.from_string((folder / "page.html.j2").read_text(encoding="utf-8"))
    sources = world.table("sources").set_index("source")

    def listed(keys: Sequence[str]) -> list[dict[str, str]]:
        return [
            {"id": k, **{str(c): str(v) for c, v in sources.loc[k].items()}}
            for k in dict.fromkeys(keys)
            if k in sources.index
        ]

    def view(a: Answered) -> dict[str, Any]:
        headline = a.answer.numbers.get(a.claim.headline)
        numbers = [shown(n) for n in a.answer.numbers.values()]
        return {
            "claim": a.claim,
            "premise": a.premise,
            "premise_because": a.premise_because,
            "verdict": a.verdict,
            "because": a.because,
            "shown": shown(headline) if headline and headline.value == headline.value else None,
            "numbers": numbers,
            "banded": any(n.band for n in numbers),
            "details": a.answer.details,
            "caveats": a.answer.caveats,
            "tables": [_table(t) for t in a.answer.tables],
            "pictures": a.answer.pictures,
            "sources": listed([a.claim.origin, *a.premise_sources, *a.answer.sources]),
        }

    stamp = "; ".join(f"{k}: {v}" for k, v in answers.meta.items() if k not in ("versions", "cases"))
    groups = [
        {"title": g.title, "answered": [view(a) for a in answers.answered if a.claim.group == g.id]}
        for g in brief.groups
    ]
    return template.render(
        brief=brief,
        groups=[g for g in groups if g["answered"]],
        tally=tally(answers.answered),
        verdict_class=VERDICT_CLASS,
        verdict_mark=VERDICT_MARK,
        grade_words=GRADE_WORDS,
        figure=_figure,
        front=list(answers.front),
        method=list(answers.method),
        method_tables=[_table(t) for t in answers.method_tables],
        band_words=answers.band_words,
        stamp=f"Reproduce with `{command}`. {stamp}.",
        style=(folder / "page.css").read_text(encoding="utf-8"),
    )
