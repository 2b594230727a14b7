"""Pictures: the one chart theme, and charts, maps and flow diagrams that need no network.

A :class:`Picture` is built for a width, so that a page can hold a wide and a narrow drawing of the same data.
"""

from ytterby.pictures.bars import bar_picture, range_picture
from ytterby.pictures.lines import line_picture
from ytterby.pictures.map import map_picture
from ytterby.pictures.picture import Picture
from ytterby.pictures.sankey import sankey_picture
from ytterby.pictures.steps import step_picture

__all__ = ["Picture", "bar_picture", "line_picture", "map_picture", "range_picture", "sankey_picture", "step_picture"]
