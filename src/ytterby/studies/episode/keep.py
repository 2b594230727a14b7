"""A replay kept with its score, so that both can be shown again without solving anything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from ytterby import runs
from ytterby.studies.episode.score import Score
from ytterby.studies.path.record import KIND, PathOutcome

SCORE, ABLATION = "score", "ablation"
"""Tables of a run that a path of years or months does not have."""
TOLD = ("twofold", "direction", "beats")
"""Columns of a score that say yes, no or nothing."""


def keep_score(
    folder: str | Path, found: PathOutcome, scored: Score, ablation: Sequence[Mapping[Any, Any]] = ()
) -> Path:
    """Write a replay as a run folder with the tables ``score`` and, where there is one, ``ablation``."""
    tables = {**found.tables(), SCORE: scored.table.astype(dict.fromkeys(TOLD, "boolean"))}
    if ablation:
        tables[ABLATION] = pd.DataFrame(ablation)
    return runs.write(folder, tables, {"kind": KIND, **found.meta})


def score_of(run: runs.Run) -> Score | None:
    """The score that a run was kept with; None where it has none."""
    if SCORE not in run.tables:
        return None
    return Score(run.table(SCORE).astype(dict.fromkeys(TOLD, object)))
