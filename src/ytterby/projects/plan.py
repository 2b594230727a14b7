"""A user's own deposit, read from a TOML file."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from ytterby.projects.finance import Timing
from ytterby.projects.mine import Mine, check
from ytterby.projects.montecarlo import VARIED
from ytterby.world.errors import Fault, InputError
from ytterby.world.terms import Band

TEMPLATE = """\
# A project for `ytterby project appraise FILE`. Money in USD of one base year. A number may be a band:
# { point = 0.02, low = 0.015, high = 0.025 }
name = "My deposit"
ore_t_per_y = 1_000_000          # plant feed, t/y
grade = { point = 0.020, low = 0.015, high = 0.025 }   # TREO, fraction of mass
recovery = 0.55                  # TREO in product over TREO in feed, fraction
opex_usd_per_kg_treo = 9.0       # per kg TREO in product, freight apart
freight_usd_per_kg = 0.4
capex_usd = { point = 400e6, low = 350e6, high = 560e6 }
life_y = 20
build_shares = [0.4, 0.6]        # capital by building year
ramp = [0.5, 0.8]                # first years over full output
sustaining_usd_per_y = 8e6
closure_usd = 30e6
royalty = 0.06
tax = 0.20
depreciation_y = 10
working_capital_share = 0.1
discount = 0.08
timing = "mid"                   # start, mid or end of each year
resource_ore_t = 60e6            # the plan may not mine more

[products]                       # t per t of TREO recovered
ndpr-oxide = 0.20
dy-oxide = 0.005

[prices_usd_per_kg]              # received, net of tax and of what the buyer deducts
ndpr-oxide = { point = 55.0, low = 40.0, high = 110.0 }
dy-oxide = 257.0

[price_floor_usd_per_kg]         # optional contract for difference
# ndpr-oxide = 110.0
"""


def read_plan(path: str | Path) -> tuple[Mine, dict[str, Band]]:
    """Read a plan and its bands from a TOML file laid out as ``TEMPLATE``.

    Raises InputError for a file that cannot be read, an unknown field, or a plan that cannot be.
    """
    file = Path(path)
    try:
        raw = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError("plan cannot be read", [Fault(str(file), str(error), "a TOML file")]) from error
    return plan_from(raw, str(file))


def plan_from(raw: Mapping[str, Any], where: str = "plan") -> tuple[Mine, dict[str, Band]]:
    """Build a plan from parsed TOML; see :func:`read_plan`."""
    known = {f.name for f in fields(Mine)}
    faults = [Fault(f"{where}: {key}", "an unknown field", ", ".join(sorted(known))) for key in raw if key not in known]
    required = (
        "name", "ore_t_per_y", "grade", "recovery", "products", "prices_usd_per_kg", "opex_usd_per_kg_treo",
        "capex_usd", "life_y",
    )  # fmt: skip
    faults += [Fault(f"{where}: {key}", "nothing", "a value") for key in required if key not in raw]
    bands: dict[str, Band] = {}
    values: dict[str, Any] = {}
    for key, value in raw.items():
        if key in ("products", "price_floor_usd_per_kg"):
            values[key] = {k: float(v) for k, v in value.items()}
        elif key == "prices_usd_per_kg":
            values[key] = {k: _point(v, f"price:{k}", where, bands, faults) for k, v in value.items()}
        elif key in ("build_shares", "ramp", "grade_profile"):
            values[key] = tuple(float(v) for v in value)
        elif key == "timing":
            if value not in [t.value for t in Timing]:
                faults.append(Fault(f"{where}: timing", repr(value), "start, mid or end"))
            else:
                values[key] = Timing(value)
        elif key in VARIED:
            values[key] = _point(value, key, where, bands, faults)
        else:
            values[key] = value
    if faults:
        raise InputError("plan cannot be used", faults)
    mine = Mine(**values)
    check(mine)
    return mine, bands


def _point(value: Any, key: str, where: str, bands: dict[str, Band], faults: list[Fault]) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    named = [value.get(k) for k in ("low", "point", "high")] if isinstance(value, Mapping) else []
    ends = [float(v) for v in named if isinstance(v, int | float)]
    if len(ends) != 3 or not ends[0] <= ends[1] <= ends[2]:
        faults.append(Fault(f"{where}: {key}", repr(value), "a number, or { point, low, high } in order"))
        return float("nan")
    bands[key] = Band(ends[1], ends[0], ends[2], where)
    return ends[1]
