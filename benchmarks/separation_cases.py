"""Worked cases of separation: every published, derived or other program's figure, and what ytterby computes.

Run with ``python benchmarks/separation_cases.py``. Cases and their sources: ``tests/separation/cases.csv``. Kinds:
literature (printed in a source), derived (worked out for the project, with a stage-by-stage simulation of its own) and
peer (another program's answer on the same equations). For a whole profile the largest difference is shown. Cases of
mineral processing and metal are in ``tests/separation/test_published_cases.py``.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import ceil
from pathlib import Path

import numpy as np
from scipy.optimize import brentq, root

from ytterby.separation.cascade import (
    fenske_stages,
    mccabe_thiele_stages,
    minimum_extraction,
    optimum,
)
from ytterby.separation.steady import Cascade, SteadyState, Stream, solve_cascade
from ytterby.separation.transient import start_up
from ytterby.separation.underwood import least_extraction, root_between

CASES = Path(__file__).parents[1] / "tests" / "separation" / "cases.csv"
DESIGNS = ("xu_NdPr", "xu_PrNd_from_LaCe", "xu_DyTb", "xu_SEG_from_LREE")
NOT_COMPUTED = {
    "La_PrNd_naphthenic_20stage": "the page gives no feed composition",
}


@dataclass(frozen=True)
class Line:
    """One figure of a case against the computed one."""

    case: str
    kind: str
    quantity: str
    published: str
    computed: float | str
    miss: float
    """Difference over tolerance: up to one is a hit."""


def read_cases(path: Path = CASES) -> tuple[dict[str, dict[str, str]], dict[tuple[str, str], tuple[str, str]]]:
    """Values by case and quantity; kind and tolerance by case and quantity."""
    values: dict[str, dict[str, str]] = {}
    about: dict[tuple[str, str], tuple[str, str]] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            values.setdefault(row["case"], {})[row["quantity"]] = row["value"]
            about[row["case"], row["quantity"]] = row["kind"], row["tolerance"]
    return values, about


def numbers(text: str) -> np.ndarray:
    return np.array([float(v) for v in text.split(";")])


def two_components(case: Mapping[str, str]) -> Iterator[tuple[str, float | str]]:
    beta = float(case["separation factor beta"])
    feed = float(case["feed mole fraction of A (more extractable)"])
    purities = float(case["target purity of A in organic product"]), float(case["target purity of B in raffinate"])
    d = optimum(beta, feed, *purities)
    least = minimum_extraction(beta, feed)
    yield "organic product share fA_prime", d.product_share
    yield "raffinate share fB_prime", d.raffinate_share
    yield "enrichment factor a", d.enrichment_organic
    yield "enrichment factor b", d.enrichment_raffinate
    yield "controlling section", f"{d.control} section"
    yield "extraction-section mixed ratio E_M", d.extraction_ratio
    yield "scrub-section mixed ratio E_M_prime", d.scrub_ratio
    yield "extraction amount S, mol per mol feed", d.extraction_amount
    yield "scrub amount W, mol per mol feed", d.scrub_amount
    yield "extraction stages n (real number)", d.extraction_stages
    yield "scrub stages m (real number)", d.scrub_stages
    yield "S_min for pure products", least[0]
    yield "W_min for pure products", least[1]
    stages = ceil(d.extraction_stages), ceil(d.scrub_stages)
    flows = d.extraction_amount, d.scrub_amount
    c = Cascade.of_sections(np.array([1.0, beta]), np.array([1 - feed, feed]), stages, flows)
    state = solve_cascade(c)
    yield "simulated raffinate purity with n,m rounded up", float(state.aqueous_fractions[0, 0])
    yield "simulated organic purity with n,m rounded up", float(state.organic_fractions[-1, 1])
    if "rare earth held, residence times of feed" in case:
        yield "rare earth held, residence times of feed", start_up(c, 1, 10.0).inventory


def four_elements(case: Mapping[str, str]) -> Iterator[tuple[str, float]]:
    alpha, feed = numbers(case["alpha La,Ce,Pr,Nd"]), numbers(case["feed mole fractions La,Ce,Pr,Nd"])
    yield "theta between Ce and Pr", root_between(alpha, feed, 1)
    for key, name in enumerate(("La|CePrNd", "LaCe|PrNd", "LaCePr|Nd")):
        yield f"S_min for cut {name}", least_extraction(alpha, feed, key).extraction_amount


def column(case: Mapping[str, str], reflux: float, boil_up: float) -> SteadyState:
    """Column A as a cascade: the condenser is total, so that the reflux has the top vapour's composition."""
    alpha, z = np.array([1.0, float(case["relative volatility"])]), float(case["feed mole fraction"])
    trays, at = int(case["stages with reboiler and total condenser"]) - 1, int(case["feed stage from the bottom"])
    fed = Stream(at, "aqueous", np.array([1 - z, z]))

    def solved(top: float) -> SteadyState:
        back = Stream(trays, "aqueous", reflux * np.array([1 - top, top]))
        return solve_cascade(Cascade(alpha, trays, boil_up, 0.0, (fed, back)), tolerance=1e-13)

    top = brentq(lambda y: solved(y).organic_fractions[-1, 1] - y, 0.5, 1 - 1e-9, xtol=1e-13)
    return solved(float(top))


def column_ends(case: Mapping[str, str], reflux: float, boil_up: float) -> np.ndarray:
    state = column(case, reflux, boil_up)
    return np.array([state.organic_fractions[-1, 1], state.aqueous_fractions[0, 1]])


def column_a(case: Mapping[str, str]) -> Iterator[tuple[str, float]]:
    reflux, boil_up, h = float(case["reflux L"]), float(case["boil-up V"]), 1e-5
    ends = column_ends(case, reflux, boil_up)
    yield "distillate mole fraction", float(ends[0])
    yield "bottoms mole fraction", float(ends[1])
    for name, step in (("L", (h, 0.0)), ("V", (0.0, h))):
        up = column_ends(case, reflux + step[0], boil_up + step[1])
        down = column_ends(case, reflux - step[0], boil_up - step[1])
        gain = (up - down) / (2 * h)
        yield f"gain of distillate to {name}", float(gain[0])
        yield f"gain of bottoms to {name}", float(gain[1])


def column_profile(case: Mapping[str, str], inputs: Mapping[str, str]) -> Iterator[tuple[str, float]]:
    """The liquid on the 41 stages; yields the largest difference."""
    state = column(inputs, float(inputs["reflux L"]), float(inputs["boil-up V"]))
    name = "liquid mole fractions from reboiler to condenser"
    mine = np.append(state.aqueous_fractions[:, 1], state.organic_fractions[-1, 1])
    gap = mine - numbers(case[name])
    yield name, float(gap[np.argmax(np.abs(gap))])


def three_components(case: Mapping[str, str]) -> Iterator[tuple[str, float]]:
    """Profiles of two components; yields the largest difference of each."""
    alpha, feed = numbers(case["relative volatilities"])[::-1], numbers(case["feed mole fractions"])[::-1]
    boil_up, product = float(case["boil-up V"]), float(case["distillate"])
    fed, trays = Stream(21, "aqueous", feed), 40

    def solved(top: np.ndarray) -> SteadyState:
        back = Stream(trays, "aqueous", (boil_up - product) * np.array([1 - top.sum(), *top]))
        return solve_cascade(Cascade(alpha, trays, boil_up, 0.0, (fed, back)), tolerance=1e-13)

    ends = [case[f"liquid fractions of the {which} component"] for which in ("middle", "light")]
    first = np.array([numbers(end)[-1] for end in ends])
    found = root(lambda top: solved(top).organic_fractions[-1, 1:] - top, first, tol=1e-12)
    state = solved(found.x)
    liquid = np.vstack([state.aqueous_fractions, state.organic_fractions[-1]])
    for place, which in ((2, "light"), (1, "middle")):
        name = f"liquid fractions of the {which} component"
        gap = liquid[:, place] - numbers(case[name])
        yield name, float(gap[np.argmax(np.abs(gap))])


def perry_underwood(case: Mapping[str, str]) -> Iterator[tuple[str, float]]:
    alpha, feed, distillate = (
        numbers(case[k])[::-1] for k in ("alpha", "feed mole fractions", "distillate mole fractions")
    )
    theta = root_between(alpha, feed, 1)
    yield "theta", theta
    yield "minimum reflux ratio", float(np.sum(alpha * distillate / (alpha - theta))) - 1


def perry_fenske(case: Mapping[str, str]) -> Iterator[tuple[str, float]]:
    light = float(case["light key in distillate"]) / float(case["light key in bottoms"])
    heavy = float(case["heavy key in bottoms"]) / float(case["heavy key in distillate"])
    yield "fewest stages", fenske_stages(float(case["relative volatility of the keys"]), light, heavy)


def guide(case: Mapping[str, str]) -> Iterator[tuple[str, float]]:
    alpha, feed, distillate = (numbers(case[k])[::-1] for k in ("alpha", "feed", "distillate"))
    bottoms = feed - distillate
    yield "fewest stages", fenske_stages(alpha[2], distillate[2] / distillate[1], bottoms[1] / bottoms[2])
    found = least_extraction(
        alpha, feed, 1, recovery_upper=distillate[2] / feed[2], recovery_lower=bottoms[1] / feed[1]
    )
    yield "theta", found.thetas[0]
    yield "minimum vapour", found.extraction_amount
    yield "minimum reflux ratio", found.extraction_amount / float(distillate.sum()) - 1
    yield "fewest stages at 99 % recovery of both keys and alpha 2.25", fenske_stages(2.25, 99.0, 99.0)


def mccabe_thiele(case: Mapping[str, str]) -> Iterator[tuple[str, float]]:
    beta, feed = float(case["relative volatility"]), float(case["feed mole fraction"])
    top, bottom = float(case["distillate mole fraction"]), float(case["bottoms mole fraction"])
    product = (feed - bottom) / (top - bottom)
    n, m = mccabe_thiele_stages(beta, feed, top, 1 - bottom, product * (1 + float(case["reflux ratio"])))
    yield "stages", n + m
    yield "feed stage from the top", m


def lutetium(case: Mapping[str, str]) -> Iterator[tuple[str, float]]:
    """Purity and yield at the published stages and the first S, in steps of 0.2, that gives both."""
    yb, lu = float(case["feed Yb"]), float(case["feed Lu"])
    feed = np.array([yb, lu]) / (yb + lu)
    stages = int(case["depletion stages"]), int(case["enrichment stages"])
    product = 0.985 * float(feed[1])
    for s in np.arange(1.4, 4.0, 0.2):
        state = solve_cascade(Cascade.of_sections(np.array([1.0, 1.8]), feed, stages, (s, s - product)))
        out = state.organic_product
        purity, recovered = 100 * float(out[1] / out.sum()), 100 * float(out[1] / feed[1])
        if purity > float(case["Lu purity"]) and recovered > float(case["Lu yield"]):
            break
    yield "Lu purity", purity
    yield "Lu yield", recovered
    yield "Lu left in Yb raffinate", 100 * float(state.raffinate[1] / state.raffinate.sum())


def miss(published: str, computed: float | str, tolerance: str, quantity: str) -> float:
    """Difference over tolerance; for ``more than`` and ``less than`` figures zero where the side is right."""
    if isinstance(computed, str):
        hit = computed == published
    elif tolerance in ("more than", "less than"):
        hit = (computed > float(published)) == (tolerance == "more than")
    elif ";" in published:
        return abs(computed) / float(tolerance)
    else:
        hit = tolerance == "exact" and computed == float(published)
        gap = abs(computed - float(published))
        stages = quantity.startswith(("extraction stages", "scrub stages"))
        if tolerance != "exact" and not (stages and ceil(computed) != ceil(float(published))):
            share = tolerance.endswith("%")
            allowed = float(tolerance.removesuffix("%")) / 100 * abs(float(published)) if share else float(tolerance)
            return gap / allowed
    return 0.0 if hit else float("inf")


def lines() -> list[Line]:
    """Every figure that the cascade room can compute."""
    values, about = read_cases()
    computed: dict[str, Iterator[tuple[str, float | str]]] = {name: two_components(values[name]) for name in DESIGNS}
    computed["underwood_LaCe_PrNd"] = four_elements(values["underwood_LaCe_PrNd"])
    computed["column_A_distillation"] = column_a(values["column_A_distillation"])
    computed["column_A_profile"] = column_profile(values["column_A_profile"], values["column_A_distillation"])
    computed["three_component_column"] = three_components(values["three_component_column"])
    computed["perry_table_13_6"] = perry_underwood(values["perry_table_13_6"])
    computed["perry_example_13_1"] = perry_fenske(values["perry_example_13_1"])
    computed["openexamprep_11_4"] = guide(values["openexamprep_11_4"])
    computed["mccabe_thiele_alpha_2_5"] = mccabe_thiele(values["mccabe_thiele_alpha_2_5"])
    computed["Lu_Yb_P507_reflux"] = lutetium(values["Lu_Yb_P507_reflux"])
    sides = {"Lu purity": "more than", "Lu yield": "more than", "Lu left in Yb raffinate": "less than"}
    found = []
    for case, pairs in computed.items():
        for quantity, value in pairs:
            kind, tolerance = about[case, quantity]
            published = values[case][quantity]
            limit = sides[quantity] if case == "Lu_Yb_P507_reflux" else tolerance
            found.append(Line(case, kind, quantity, published, value, miss(published, value, limit, quantity)))
    return found


def report() -> None:
    """Print every figure, and how many are literature, derived, peer."""
    found = lines()
    print(f"{'case':26s} {'kind':10s} {'quantity':58s} {'published':>12s} {'computed':>12s}  of tolerance")
    for x in found:
        shown = x.published if ";" not in x.published else "41 stages"
        value = x.computed if isinstance(x.computed, str) else f"{x.computed:.6g}"
        print(f"{x.case:26s} {x.kind:10s} {x.quantity[:58]:58s} {shown[:12]:>12s} {value[:12]:>12s}  {x.miss:.2f}")
    for case, why in NOT_COMPUTED.items():
        print(f"{case}: not computed: {why}")
    figures, cases = Counter(x.kind for x in found), Counter({(x.case, x.kind) for x in found})
    per_kind = Counter(kind for _, kind in cases)
    for kind in ("literature", "derived", "peer"):
        missed = sum(1 for x in found if x.kind == kind and not x.miss <= 1)
        print(f"{kind}: {per_kind[kind]} cases, {figures[kind]} figures, {missed} outside their tolerance")


if __name__ == "__main__":
    report()
