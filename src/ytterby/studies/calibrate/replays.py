"""What replays of episodes answer for a set of observations when the parameters stand elsewhere."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import pandas as pd

from ytterby.studies.calibrate.estimate import Array
from ytterby.studies.episode import answer, replay
from ytterby.world import Scenario, World


class Forward(Protocol):
    """What answers for observations in a fit."""

    world: World

    def answers(self, scenario: Scenario | None, seen: pd.DataFrame) -> Array:
        """Answer to each row of a table of observations under a scenario (None: as it stands); NaN where none."""


class Replays:
    """Episodes of a world, each replayed from its first period under a scenario."""

    def __init__(self, world: World) -> None:
        self.world = world

    def answers(self, scenario: Scenario | None, seen: pd.DataFrame) -> Array:
        """Answer to each row of a table of observations (episode, measure, product, place, partner, first, last)."""
        world = scenario.apply(self.world) if scenario is not None and scenario.changes else self.world
        told = np.full(len(seen), np.nan)
        episodes = seen["episode"].to_numpy()
        for episode in sorted(set(episodes.tolist())):
            found = replay(world, str(episode))
            rows = seen[episodes == episode].rename(columns={"product": "commodity"}).to_dict("records")
            told[episodes == episode] = [answer(found, {str(k): v for k, v in r.items()}) for r in rows]
        return told
