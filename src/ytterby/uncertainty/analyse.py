"""What an ensemble says: the bands of its answers, and which inputs drive them."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import rankdata

PERCENTILES = (5.0, 50.0, 95.0)


def bands(results: pd.DataFrame) -> pd.DataFrame:
    """Bands of every answer: columns answer, samples, p5, p50, p95, mean; blanks (no answer) are left out,
    and counted.

    Percentiles interpolate linearly between samples (Hyndman and Fan, 1996, type 7).
    """
    lines = []
    for name in results.columns:
        values = results[name].astype("float64").dropna().to_numpy()
        low, middle, high = np.percentile(values, PERCENTILES) if len(values) else (np.nan,) * 3
        lines.append(
            {
                "answer": str(name),
                "samples": len(values),
                "missing": len(results) - len(values),
                "p5": float(low),
                "p50": float(middle),
                "p95": float(high),
                "mean": float(values.mean()) if len(values) else np.nan,
            }
        )
    return pd.DataFrame(lines, columns=["answer", "samples", "missing", "p5", "p50", "p95", "mean"])


def drivers(draws: pd.DataFrame, results: pd.DataFrame, top: int = 10) -> pd.DataFrame:
    """Inputs that go with each answer: Spearman's rank correlation (-1 to 1), the strongest ``top`` of each
    answer.

    Columns answer, input, correlation, noise: two standard errors of a correlation of nothing, 2 /
    sqrt(samples - 1); what is below it cannot be told from chance. Inputs that do not vary are left out;
    samples without an answer too.
    """
    varying = [name for name in draws.columns if draws[name].nunique() > 1]
    lines: list[dict[str, object]] = []
    for answer in results.columns:
        values = results[answer].astype("float64")
        full = values.notna().to_numpy()
        if full.sum() < 3 or values[full].nunique() < 2 or not varying:
            continue
        inputs = _ranks(draws.loc[full, varying].to_numpy(dtype=float))
        output = _ranks(values[full].to_numpy(dtype=float)[:, None])
        with np.errstate(divide="ignore", invalid="ignore"):
            correlation = np.nan_to_num((inputs * output).sum(axis=0))
        noise = 2.0 / np.sqrt(full.sum() - 1)
        for position in np.argsort(-np.abs(correlation), kind="stable")[:top]:
            lines.append(
                {
                    "answer": str(answer),
                    "input": varying[position],
                    "correlation": float(correlation[position]),
                    "noise": float(noise),
                }
            )
    return pd.DataFrame(lines, columns=["answer", "input", "correlation", "noise"])


def _ranks(values: np.ndarray) -> np.ndarray:
    """Ranks by column, centred, of unit length."""
    ranks = rankdata(values, axis=0)
    ranks = ranks - ranks.mean(axis=0)
    return np.asarray(ranks / np.sqrt((ranks**2).sum(axis=0)))
