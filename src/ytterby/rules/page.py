"""How an evidence pack looks: one style for screen and paper, and tables that fold on a narrow screen."""

from __future__ import annotations

import html
from collections.abc import Collection

import pandas as pd

STYLE = """
body{font:15px/1.5 Georgia,serif;color:#1d1d1b;max-width:66rem;margin:2rem auto;padding:0 1.2rem}
h1{font-size:1.7rem;line-height:1.2;margin:0 0 .2rem}
h2.part{font-size:1.35rem;line-height:1.25;margin:2.4rem 0 .2rem}
h3{font:600 1rem/1.3 sans-serif;margin:1.5rem 0 .3rem}
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
.small{font:12px/1.4 sans-serif;color:#555;overflow-wrap:anywhere}
@media print{body{margin:0;max-width:none;font-size:10.5pt}tr{break-inside:avoid}h3{break-after:avoid}
section+section{break-before:page}tr.same td.k{color:inherit}}
@media(max-width:40rem){table,tbody,tr,td{display:block}thead{display:none}td,td.n{border:0;text-align:left;
white-space:normal}td::before{content:attr(data-label) ' ';color:#777;font-size:11px;display:inline-block;
min-width:5.5rem}td:empty,tr.same td.k{display:none}tr{border-bottom:1px solid #bbb;padding:.4rem 0}}
"""


MOST_UNBROKEN = 36
"""A first column with no longer text than this is not broken into lines."""


def html_table(table: pd.DataFrame, links: Collection[str] = ()) -> str:
    """One table; numbers to the right, addresses in the columns ``links`` as links, everything else as text."""
    numeric = [pd.api.types.is_numeric_dtype(table[c]) for c in table.columns]
    labels = [html.escape(str(c)) for c in table.columns]
    head = "".join(f"<th{' class=n' if n else ''}>{label}</th>" for label, n in zip(labels, numeric, strict=True))
    short = max((len(str(v)) for v in table.iloc[:, 0]), default=0) <= MOST_UNBROKEN
    rows, before = [], None
    for row in table.itertuples(index=False):
        repeated = row[0] == before and len(table.columns) > 1
        before = row[0]
        cells = "".join(
            f"<td{_kind(k == 0 and short, number)} data-label='{label}'>{_cell(value, label in links)}</td>"
            for k, (label, number, value) in enumerate(zip(labels, numeric, row, strict=True))
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
