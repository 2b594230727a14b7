"""Episodes: what happened once, replayed month by month from what was known before."""

from ytterby.studies.episode.run import PARTS, replay

__all__ = ["PARTS", "replay"]
