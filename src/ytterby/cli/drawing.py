"""Pictures from the command line: one option, three kinds of file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ytterby.world.errors import Fault, InputError

if TYPE_CHECKING:
    from ytterby.pictures import Picture

PictureOption = Annotated[
    Path | None, typer.Option("--picture", help="Write the picture to a file: .svg, .png or .html.", dir_okay=False)
]
DRAWN = (".svg", ".png", ".html")


def check_picture(picture: Path | None) -> None:
    """Raise InputError for a file name of another kind, before anything is computed."""
    if picture is not None and picture.suffix not in DRAWN:
        raise InputError(
            "no such picture", [Fault("--picture", str(picture), f"a file name that ends in {', '.join(DRAWN)}")]
        )


def draw(path: Path | None, drawn: Picture) -> None:
    """Write a picture with its title and source line."""
    if path is None:
        return
    if path.suffix == ".png":
        drawn.png(path)
        return
    svg = drawn.svg()
    if path.suffix == ".html":
        from html import escape

        svg = (
            f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(drawn.title)}</title>'
            '<body style="font-family:system-ui,sans-serif;margin:24px;max-width:1000px">'
            f"<h1 style='font-size:1.3rem'>{escape(drawn.title)}</h1><div role='img' "
            f"aria-label='{escape(drawn.alternative, quote=True)}'>{svg}</div>"
            f"<p style='color:#555'>{escape(drawn.source_line)}</p></body></html>\n"
        )
    path.write_text(svg, encoding="utf-8")
