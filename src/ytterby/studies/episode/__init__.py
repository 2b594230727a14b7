"""Episodes: what happened once, replayed month by month from what was known before."""

from ytterby.studies.episode.run import PARTS, months, parts, parts_of, replay
from ytterby.studies.episode.score import Score, answer, score

__all__ = ["PARTS", "Score", "answer", "months", "parts", "parts_of", "replay", "score"]
