"""Studies: questions that need several rooms: a case solved against its base, and what follows from it."""

from ytterby.studies.solve import Base, base_case, solve

__all__ = ["Base", "base_case", "solve"]
