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
ProductsOption = Annotated[list[str] | None, typer.Option("--product", "-p", help="Products whose prices are shown.")]
PlacesOption = Annotated[list[str] | None, typer.Option("--place", help="Places whose prices are shown.")]
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
    path.write_text(drawn.page() if path.suffix == ".html" else drawn.svg(), encoding="utf-8")
