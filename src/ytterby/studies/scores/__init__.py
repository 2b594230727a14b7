"""Scores: what the market was told, what it was fitted to, and how well it answers the rest."""

from ytterby.studies.scores.card import Scores, scores

__all__ = ["Scores", "scores"]
