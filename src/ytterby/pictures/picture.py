"""A picture: a title, a source line and a drawing that can be made for any width."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import altair as alt

from ytterby.pictures.theme import config

WIDE, NARROW = 960, 340
"""Drawing widths in CSS pixels for a desk screen and for a telephone."""


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

    def png(self, path: Path, width: int = WIDE, scale: float = 2.0) -> None:
        """Write the drawing as a PNG file."""
        import vl_convert

        path.write_bytes(vl_convert.vegalite_to_png(json.dumps(self.spec(width)), scale=scale))
