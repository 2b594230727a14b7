"""A calibration: fitted with the held-out rows taken out, scored on both sides, written as a scenario."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ytterby import runs
from ytterby.studies.calibrate.estimate import STARTS, Array, Estimate, estimate, loss_of
from ytterby.studies.calibrate.fitted import changes, ends, rounded
from ytterby.studies.calibrate.forward import KEYS, Market
from ytterby.studies.calibrate.named import HELD_OUT, Calibration, Observations, named
from ytterby.studies.calibrate.replays import Forward, Replays
from ytterby.studies.scores.targets import observed_prices
from ytterby.studies.solve import base_case
from ytterby.world import Scenario, World

Progress = Callable[[float, str], None]
FITTING = 0.9
"""Share of the work that the fit is; the rest is the base year and the scores."""


@dataclass(frozen=True)
class Calibrated:
    """What a calibration found."""

    name: str
    seed: int
    parameters: pd.DataFrame
    """parameter, table, field, rows, prior, band_low, band_high, identified, fitted, low, high, tried, loss_at_low,
    loss_at_high, reason.

    Values in the unit of the (first) number; fitted equals prior where not identified; low and high are the 90 %
    interval; tried is where the search had a parameter that it gave up; the two losses are with this parameter
    alone at an end of its band."""
    observations: pd.DataFrame
    """set, role, year, product, place, observed, low, high (tolerance), prior, fitted, no_change (USD/kg of the base
    year), log_error_prior, log_error_fitted, log_error_no_change, hit_prior, hit_fitted, hit_no_change, source.
    Of episodes: in their own units, with the columns of ``episode_series`` beside, no change being as before."""
    summary: pd.DataFrame
    """role, set, answers, hits_prior, hits_fitted, hits_no_change, mean_abs_log_error_prior, mean_abs_log_error_fitted,
    mean_abs_log_error_no_change."""
    text: str
    """The scenario as TOML."""
    limits: tuple[str, ...]
    """What could not be done, and why."""
    loss: tuple[float, float, float]
    """What was made small: at the priors, at the fit, and at its least inside the bands."""
    evaluations: int
    world: World

    @property
    def scenario(self) -> Scenario:
        """The fitted values as a scenario that any command takes."""
        return Scenario.parse(tomllib.loads(self.text), name=f"fitted-{self.name}")

    def tables(self) -> dict[str, pd.DataFrame]:
        """Every table by name."""
        return {"parameters": self.parameters, "observations": self.observations, "summary": self.summary}

    def save(self, folder: str | Path) -> Path:
        """Write a run folder, complete or not at all."""
        meta = runs.describe(
            self.world, self.scenario, seed=self.seed, created_by="ytterby calibrate", calibration=self.name,
            limits=list(self.limits), loss_prior=self.loss[0], loss_fitted=self.loss[1], loss_within=self.loss[2],
            evaluations=self.evaluations,
        )  # fmt: skip
        return runs.write(folder, self.tables(), meta)


def calibrate(
    world: World | None = None, name: str = "oxide-prices", *, seed: int = 1, progress: Progress | None = None
) -> Calibrated:
    """Fit the parameters that a row of ``calibrations`` names, and say which the observations cannot tell.

    The held-out rows are taken out of the world before anything is solved, and come back to be scored. Each year is
    solved as ``ytterby solve`` solves it under a scenario, each episode replayed as ``ytterby backtest`` does. The same
    world and seed give the same bytes. Raises UnknownNameError for the name, InputError for bad rows, SolveError and
    CertificateError from the market.
    """
    world = world or World.load()
    tell = progress or (lambda _done, _remark: None)
    asked = named(world, name)
    opened = asked.without_held_out(world)
    tell(0.0, "base year")
    market: Forward
    if asked.of_episodes:
        market, base_year = Replays(opened), None
    else:
        base = base_case(opened)
        market, base_year = Market(opened, base), base.assembly.year
    seen = pd.concat([s.seen(opened) for s in asked.fit], ignore_index=True)
    found = fitted_shares(market, asked, seen, seed, lambda done, remark: tell(FITTING * done, remark))
    text = _scenario_text(opened, asked, seen, found, seed)
    tell(FITTING, "scores")
    table = _observations(world, market, base_year, asked, Scenario.parse(tomllib.loads(text)))
    return Calibrated(
        name=name,
        seed=seed,
        parameters=_parameters(asked, found),
        observations=table,
        summary=_summary(table),
        text=text,
        limits=(*_limits(asked, found), *_untouched(table)),
        loss=(found.loss_prior, found.loss, found.loss_within),
        evaluations=found.evaluations,
        world=world,
    )


def fitted_shares(
    market: Forward,
    asked: Calibration,
    seen: pd.DataFrame,
    seed: int,
    tell: Progress | None = None,
    starts: int = STARTS,
) -> Estimate:
    """Fit the shares of the bands to observations of a market (columns of ``Observations.seen``)."""
    blank = np.full(len(asked.parameters), np.nan)
    why = ["A point of the search"] * len(blank)

    def model(share: Array) -> Array:
        put = changes(market.world, asked.parameters, share, blank, blank, why)
        answer = market.answers(Scenario.parse({"title": "search", "changes": put}), seen)
        return np.log(np.where(answer > 0, answer, np.nan))

    return estimate(
        model,
        np.array([p.prior for p in asked.parameters]),
        np.log(seen["observed"].to_numpy(float)),
        np.log((seen["high"] / seen["low"]).to_numpy(float)) / 2.0,
        [p.name for p in asked.parameters],
        seed=seed,
        starts=starts,
        progress=tell,
    )


def _named_sets(sets: tuple[Observations, ...]) -> str:
    return ", ".join(s.name for s in sets) or "none"


def _scenario_text(world: World, asked: Calibration, seen: pd.DataFrame, found: Estimate, seed: int) -> str:
    """The scenario: a change for each identified parameter; the rest stays as it stands in the world."""
    import tomlkit

    because = [
        f"Fitted by calibration {asked.name} to {len(seen)} observations ({_named_sets(asked.fit)}), "
        f"held out: {_named_sets(asked.held_out)}; prior {rounded(p.value(p.prior)):g} "
        f"({' to '.join(f'{v:g}' for v in ends(p, 0.0, 1.0))}); the band is the fit's 90 % interval."
        for p in asked.parameters
    ]
    share = np.where(found.identified, found.share, np.nan)
    left = [f"{p.name} ({why})" for p, why in zip(asked.parameters, found.reason, strict=True) if why]
    document: dict[str, Any] = {
        "title": f"Fitted: {asked.name}",
        "description": f"Parameters fitted by calibration {asked.name}, seed {seed}. "
        + (f"Not identified, left at the prior: {'; '.join(left)}." if left else "All parameters are identified."),
        "changes": changes(world, asked.parameters, share, found.low, found.high, because),
    }
    return tomlkit.dumps(document)


def _parameters(asked: Calibration, found: Estimate) -> pd.DataFrame:
    rows = []
    for j, p in enumerate(asked.parameters):
        known = found.identified[j]
        two = ends(p, float(found.low[j]), float(found.high[j])) if known else (float("nan"), float("nan"))
        band = ends(p, 0.0, 1.0)
        alone = found.loss_ends[j] if p.value(0.0) < p.value(1.0) else found.loss_ends[j][::-1]
        tried = float(found.share[j]) if known else float(found.tried[j])
        rows.append(
            {
                "parameter": p.name, "table": p.table, "field": p.field, "rows": int(p.cells["rows"].sum()),
                "prior": rounded(p.value(p.prior)), "band_low": band[0], "band_high": band[1], "identified": known,
                "fitted": rounded(p.value(float(found.share[j]))), "low": two[0], "high": two[1],
                "tried": rounded(p.value(tried)) if np.isfinite(tried) else float("nan"),
                "loss_at_low": float(alone[0]), "loss_at_high": float(alone[1]), "reason": found.reason[j],
            }
        )  # fmt: skip
    return pd.DataFrame(rows)


def _observations(
    world: World, market: Forward, base_year: int | None, asked: Calibration, fitted: Scenario
) -> pd.DataFrame:
    """Every observation beside the market's answer at the priors and at the fit, and beside no change."""
    table = pd.concat([s.seen(world) for s in (*asked.fit, *asked.held_out)], ignore_index=True)
    table["prior"] = market.answers(None, table)
    table["fitted"] = market.answers(fitted, table) if fitted.changes else table["prior"]
    if base_year is None:
        table["no_change"] = table["before"].astype(float)
    else:
        then = observed_prices(world, base_year).set_index(KEYS)["observed"]
        table["no_change"] = then.reindex(pd.MultiIndex.from_frame(table[KEYS])).to_numpy(float)
        table.loc[table["year"] == base_year, "no_change"] = float("nan")
    for answer in ("prior", "fitted", "no_change"):
        table[f"log_error_{answer}"] = np.log(table[answer].where(table[answer] > 0) / table["observed"])
        table[f"hit_{answer}"] = table[answer].between(table["low"], table["high"])
    first = ["set", "role", "year", *KEYS, "observed", "low", "high", "prior", "fitted", "no_change"]
    return table[[*first, *(c for c in table.columns if c not in (*first, "source")), "source"]]


def _summary(table: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for (role, name), part in table.groupby(["role", "set"], sort=False):
        row: dict[str, Any] = {"role": role, "set": name, "answers": len(part)}
        for answer in ("prior", "fitted", "no_change"):
            row[f"hits_{answer}"] = int(part[f"hit_{answer}"].sum())
        for answer in ("prior", "fitted", "no_change"):
            row[f"mean_abs_log_error_{answer}"] = float(part[f"log_error_{answer}"].abs().mean())
        rows.append(row)
    return pd.DataFrame(rows)


def _untouched(table: pd.DataFrame) -> list[str]:
    """Say of which held-out observations the answer does not move between priors and fit."""
    return [
        f"{name}: what was identified does not bear on it, its answers are those at the priors."
        for name, part in table[table["role"] == HELD_OUT].groupby("set")
        if np.allclose(part["fitted"], part["prior"], rtol=1e-6, equal_nan=True)
    ]


def _limits(asked: Calibration, found: Estimate) -> tuple[str, ...]:
    told = [f"{s.name} ({s.role}, {s.year}): {s.note}." for s in (*asked.fit, *asked.held_out) if s.note]
    for j, (p, why) in enumerate(zip(asked.parameters, found.reason, strict=True)):
        if why:
            at = f"; the search ended at {p.value(float(found.tried[j])):.4g}" if np.isfinite(found.tried[j]) else ""
            told.append(f"{p.name} stays at its prior of {rounded(p.value(p.prior)):g}: {why}{at}.")
    if not any(found.identified):
        told.append("No parameter is identified: the scenario changes nothing.")
    told.append(
        f"The least loss found inside the bands, all parameters moved, is {found.loss_within:.4g} (priors: "
        f"{found.loss_prior:.4g}; every observation just inside its tolerance: {loss_of(np.ones(found.answers)):.4g}); "
        "above the last, these parameters alone do not explain the observations."
    )
    return tuple(told)
