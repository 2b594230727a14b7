"""How an evidence pack looks: one style for screen and paper, and tables that fold on a narrow screen."""

from __future__ import annotations

import html
from collections.abc import Collection, Sequence

import pandas as pd

STYLE = """
body{font:15px/1.5 Georgia,serif;color:#1d1d1b;max-width:66rem;margin:2rem auto;padding:0 1.2rem}
h1{font-size:1.7rem;line-height:1.2;margin:0 0 .2rem;overflow-wrap:anywhere}
h2.part{font-size:1.35rem;line-height:1.25;margin:2.4rem 0 .2rem;overflow-wrap:anywhere}
.fact{font:600 1rem/1.3 sans-serif;margin:1.5rem 0 .3rem}
.verdict{font:600 1.25rem/1.35 sans-serif;padding:.6rem .9rem;border-left:.5rem solid #777;background:#f4f2ee;
margin:1rem 0}
.verdict small{font-weight:400}
.allowed{border-color:#2b7a4b}
.licence,.case-by-case,.exempt-with-report{border-color:#b7791f}
.denied-in-principle{border-color:#a12622}
table{border-collapse:collapse;width:100%;font:13px/1.4 sans-serif}
th,td{text-align:left;vertical-align:top;padding:.3rem .6rem .3rem 0;border-bottom:1px solid #ddd;
overflow-wrap:break-word}
th{border-bottom:2px solid #999;white-space:nowrap}
td.n,th.n{text-align:right;white-space:nowrap}
td.k{white-space:nowrap}
tr.same td.k{color:transparent}
details{margin:1.5rem 0}
summary{font:600 1rem/1.3 sans-serif;cursor:pointer}
a{color:#1f4f7d}
:focus-visible{outline:2px solid #a12622;outline-offset:2px}
.small{font:12px/1.4 sans-serif;color:#555;overflow-wrap:anywhere}
@media print{body{margin:0;max-width:none;font-size:10.5pt}tr{break-inside:avoid}h1,h2,.fact{break-after:avoid}
section+section{break-before:page}tr.same td.k{color:inherit}a{color:inherit}
details::details-content{content-visibility:visible;block-size:auto}}
@media screen and (max-width:40rem){table,tbody,tr{display:block}thead{display:none}
td,td.n,td.k{display:grid;grid-template-columns:5.5rem minmax(0,1fr);gap:0 .6rem;border:0;text-align:left;
white-space:normal;padding-right:0}td::before{content:attr(data-label);color:#5f5f5f;font-size:11px;line-height:1.65;
overflow-wrap:anywhere}td:empty,tr.same td.k{display:none}tr{border-bottom:1px solid #bbb;padding:.4rem 0}}
"""


MOST_UNBROKEN = 36
"""A first column with no longer text than this is not broken into lines."""


def html_table(table: pd.DataFrame, links: Collection[str] = (), targets: Sequence[str] = ()) -> str:
    """One table; numbers to the right, addresses in the columns ``links`` as links, everything else as text.

    ``targets`` are places of the page, one a row, that the first column leads to. A column without a value is left out.
    """
    filled = [c for k, c in enumerate(table.columns) if k == 0 or any(_cell(v, False) for v in table[c])]
    table = table[filled]
    numeric = [pd.api.types.is_numeric_dtype(table[c]) for c in table.columns]
    labels = [html.escape(str(c)) for c in table.columns]
    head = "".join(
        f"<th scope=col{' class=n' if n else ''}>{label}</th>" for label, n in zip(labels, numeric, strict=True)
    )
    short = max((len(str(v)) for v in table.iloc[:, 0]), default=0) <= MOST_UNBROKEN
    rows, before = [], None
    for position, row in enumerate(table.itertuples(index=False)):
        repeated = row[0] == before and len(table.columns) > 1
        before = row[0]
        shown = [_cell(value, label in links) for label, value in zip(labels, row, strict=True)]
        if targets:
            shown[0] = f"<a href='#{html.escape(targets[position])}'>{shown[0]}</a>"
        cells = "".join(
            f"<td{_kind(k == 0 and short, number)} data-label='{label}'>{text}</td>"
            for k, (label, number, text) in enumerate(zip(labels, numeric, shown, strict=True))
        )
        rows.append(f"<tr{' class=same' if repeated else ''}>{cells}</tr>")
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"


def _kind(key: bool, number: bool) -> str:
    if number:
        return " class=n"
    return " class=k" if key else ""


def _cell(value: object, link: bool) -> str:
    if isinstance(value, float):
        return "" if pd.isna(value) else f"{value:,.4g}"
    text = html.escape(str(value))
    if link and text.startswith(("http://", "https://")):
        return f"<a href='{text}'>text</a>"
    return text
