"""Many years: plants are begun and come, use grows, buyers adapt."""

from ytterby.studies.path.record import PathOutcome
from ytterby.studies.path.run import path

__all__ = ["PathOutcome", "path"]
