"""Shares of a joint loss: Shapley's value and pairwise interaction, exact over all coalitions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations
from math import factorial

Coalition = frozenset[str]
Worth = Callable[[Coalition], float]
"""What a set of players brings about together; nothing for the empty set."""


def coalitions(players: Sequence[str]) -> list[Coalition]:
    """All subsets, small ones first, in the order of the players."""
    return [frozenset(c) for size in range(len(players) + 1) for c in combinations(players, size)]


def shapley(players: Sequence[str], worth: Worth) -> dict[str, float]:
    """Mean marginal contribution of each player over all orders of arrival (Shapley, 1953).

    The values add up to the worth of all players together.

    >>> shapley(["a", "b"], lambda s: {0: 0.0, 1: 3.0, 2: 10.0}[len(s)])
    {'a': 5.0, 'b': 5.0}
    """
    n = len(players)
    found = {}
    for player in players:
        others = [p for p in players if p != player]
        found[player] = sum(
            factorial(len(s)) * factorial(n - len(s) - 1) / factorial(n) * (worth(s | {player}) - worth(s))
            for s in coalitions(others)
        )
    return found


def interactions(players: Sequence[str], worth: Worth) -> dict[tuple[str, str], float]:
    """Shapley interaction index of every pair (Grabisch and Roubens, Int. J. Game Theory 28 (1999) 547).

    Positive: together the two do more than their sum; negative: each does what the other would have done.
    """
    n = len(players)
    found = {}
    for a, b in combinations(players, 2):
        others = [p for p in players if p not in (a, b)]
        found[(a, b)] = sum(
            factorial(len(s)) * factorial(n - len(s) - 2) / factorial(n - 1)
            * (worth(s | {a, b}) - worth(s | {a}) - worth(s | {b}) + worth(s))
            for s in coalitions(others)
        )  # fmt: skip
    return found
