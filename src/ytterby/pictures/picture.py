"""A picture: a title, a source line and a drawing that can be made for any width."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import altair as alt

from ytterby.pictures.theme import FONT, INK, SOFT_INK, config

WIDE, NARROW = 960, 340
"""Drawing widths in CSS pixels for a desk screen and for a telephone."""
PAGE_STYLE = f"""
body{{font:16px/1.45 {FONT};color:{INK};margin:0 auto;padding:16px;max-width:{WIDE + 40}px}}
h1{{font-size:1.3rem;line-height:1.25;margin:0 0 12px}}
.drawing{{overflow-x:auto}}
svg{{display:block;max-width:100%;height:auto}}
.narrow{{display:none}}
p{{color:{SOFT_INK};font-size:14px;overflow-wrap:anywhere}}
@media screen and (max-width:820px){{.wide{{display:none}}.narrow{{display:block}}}}
@media print{{body{{padding:0}}svg{{max-height:220mm}}}}
"""
"""How a page of one picture looks: the drawing that fits the screen is shown, none runs off its edge."""


@dataclass(frozen=True)
class Picture:
    """One picture; ``draw`` takes the width in pixels and returns an Altair chart."""

    name: str
    title: str
    source_line: str
    """Where the numbers come from: shown under the picture."""
    alternative: str
    """What the picture shows, for those who cannot see it."""
    draw: Callable[[int], alt.TopLevelMixin]

    def spec(self, width: int = WIDE) -> dict[str, Any]:
        """Return the Vega-Lite specification, data included."""
        with alt.data_transformers.enable("default", max_rows=None):
            spec: dict[str, Any] = self.draw(width).to_dict(validate=False)
        spec["config"] = config()
        return spec

    def svg(self, width: int = WIDE) -> str:
        """Return the drawing as SVG text; needs no network."""
        import vl_convert

        return str(vl_convert.vegalite_to_svg(json.dumps(self.spec(width))))

    def inline(self, width: int = WIDE) -> str:
        """Return SVG text for a page: its ids are its own there, and the same in every run."""
        svg, prefix = self.svg(width), f"{self.name}-{width}"
        old = dict.fromkeys(re.findall(r'\bid="([^"]+)"', svg))
        names = {name: f"{prefix}-{number}" for number, name in enumerate(old)}
        svg = re.sub(r'\bid="([^"]+)"', lambda found: f'id="{names[found[1]]}"', svg)
        return re.sub(r"url\(#([^)]+)\)", lambda found: f"url(#{names[found[1]]})", svg)

    def page(self) -> str:
        """Return an HTML page of the picture: title, a drawing for desks and one for telephones, source line."""
        words = escape(self.alternative)
        drawings = "".join(
            f'<div class="drawing {name}" role="img" aria-label="{words}">{self.inline(width)}</div>'
            for name, width in (("wide", WIDE), ("narrow", NARROW))
        )
        return (
            '<!doctype html><html lang="en"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            f"<title>{escape(self.title)}</title><style>{PAGE_STYLE}</style></head>"
            f"<body><main><h1>{escape(self.title)}</h1>{drawings}<p>{escape(self.source_line)}</p></main></body></html>\n"
        )

    def png(self, path: Path, width: int = WIDE, scale: float = 2.0) -> None:
        """Write the drawing as a PNG file."""
        import vl_convert

        path.write_bytes(vl_convert.vegalite_to_png(json.dumps(self.spec(width)), scale=scale))
