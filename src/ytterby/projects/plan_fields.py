"""The fields of a user's own plan: name, unit, meaning and an example, once for the TOML and the Excel template."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PlanField:
    """One field of a plan."""

    name: str
    kind: str
    """text, amount (a number or a band), share (0 to below 1), whole, list or timing."""
    unit: str
    what: str
    example: str | float | tuple[float, ...]
    low: float | None = None
    high: float | None = None
    required: bool = False


FIELDS = (
    PlanField("name", "text", "", "what the project is called", "My deposit", required=True),
    PlanField("ore_t_per_y", "amount", "t/y", "plant feed at full output", 1_000_000, required=True),
    PlanField("grade", "amount", "1", "TREO in the feed, fraction of mass", 0.02, 0.015, 0.025, required=True),
    PlanField("recovery", "amount", "1", "TREO in product over TREO in feed", 0.55, required=True),
    PlanField(
        "opex_usd_per_kg_treo", "amount", "USD/kg", "per kg of TREO in product, freight apart", 9.0, required=True
    ),
    PlanField("opex_fixed_share", "share", "1", "part of the operating cost that does not follow output", 0.0),
    PlanField("freight_usd_per_kg", "amount", "USD/kg", "to the buyer, per kg of TREO", 0.4),
    PlanField("byproduct_usd_per_y", "amount", "USD/y", "net revenue of Nb, P, Fe, U and others at full output", 0.0),
    PlanField("capex_usd", "amount", "USD", "capital to first output", 400e6, 350e6, 560e6, required=True),
    PlanField("life_y", "whole", "y", "years of output", 20, required=True),
    PlanField("build_shares", "list", "1", "capital by building year; sums to one", (0.4, 0.6)),
    PlanField("ramp", "list", "1", "output of the first years over full output", (0.5, 0.8)),
    PlanField("grade_profile", "list", "1", "grade of the first years over the grade above", (1.0,)),
    PlanField("sustaining_usd_per_y", "amount", "USD/y", "capital to sustain output", 8e6),
    PlanField("expansion_usd", "list", "USD", "capital of later stages, by year of output from the first", (0.0,)),
    PlanField("closure_usd", "amount", "USD", "paid in the year after the last output", 30e6),
    PlanField("royalty", "share", "1", "of revenue", 0.06),
    PlanField("tax", "share", "1", "of taxable profit; losses are carried forward", 0.20),
    PlanField("depreciation_y", "whole", "y", "straight-line years from first output", 10),
    PlanField("working_capital_share", "share", "1", "of next year's revenue, held until the end", 0.1),
    PlanField("working_capital_usd", "amount", "USD", "the same as a sum, beside the share", 0.0),
    PlanField("grant_usd", "amount", "USD", "paid with the capital, not taxed", 0.0),
    PlanField("discount", "amount", "1", "discount rate, real", 0.08),
    PlanField("timing", "timing", "", "where in its year a flow falls: start, mid or end", "mid"),
    PlanField("minimum_tax", "share", "1", "of profit before depletion, where the tax would be less", 0.0),
    PlanField("depletion", "list", "1", "of each year's revenue, deducted for the ore used up; the last holds", (0.0,)),
    PlanField("depletion_limit", "share", "1", "most of a year's profit that depletion takes", 0.5),
    PlanField("floor_years", "whole", "y", "years of output that a price floor covers", 10),
    PlanField("upside_share", "share", "1", "what the state takes of prices above the upside price below", 0.0),
    PlanField("resource_ore_t", "amount", "t", "the plan may not mine more", 60e6),
)

PRODUCTS: tuple[tuple[str, float, float, float | None, float | None], ...] = (
    ("ndpr-oxide", 0.20, 55.0, 40.0, 110.0),
    ("dy-oxide", 0.005, 257.0, None, None),
)
"""Example: product, t per t of TREO recovered, price in USD/kg with its band."""


def toml_template() -> str:
    """Return a plan in TOML to start from."""
    lines = [
        "# A project for `ytterby project appraise FILE`. Money in USD of one base year, real.",
        "# A number may be a band: { point = 0.02, low = 0.015, high = 0.025 }",
    ]
    for field in FIELDS:
        unit = f" ({field.unit})" if field.unit not in ("", "1") else ""
        lines.append(f"{field.name} = {_toml(field)}  # {field.what}{unit}")
    lines += ["", "[products]  # t per t of TREO recovered"]
    lines += [f"{name} = {amount:g}" for name, amount, *_ in PRODUCTS]
    lines += ["", "[prices_usd_per_kg]  # received, net of tax and of what the buyer deducts"]
    for name, _, price, low, high in PRODUCTS:
        lines.append(f"{name} = {_number(price, low, high)}")
    lines += ["", "[price_floor_usd_per_kg]  # optional contract for difference", "# ndpr-oxide = 110.0"]
    lines += ["", "[upside_above_usd_per_kg]  # price above which the contract takes its share", "# ndpr-oxide = 110.0"]
    lines += ["", "[upside_cap_usd_per_y]  # most that the share comes to in a year", "# ndpr-oxide = 10e6"]
    lines += ["", "[floor_t_per_y]  # t a year that the contract covers; all where not named", "# ndpr-oxide = 5000.0"]
    return "\n".join(lines) + "\n"


def _toml(field: PlanField) -> str:
    if isinstance(field.example, str):
        return f'"{field.example}"'
    if isinstance(field.example, tuple):
        return "[" + ", ".join(f"{v:g}" for v in field.example) + "]"
    if field.kind == "whole":
        return f"{field.example:.0f}"
    return _number(field.example, field.low, field.high)


def _number(point: float, low: float | None, high: float | None) -> str:
    def text(value: float) -> str:
        return f"{value:_.0f}" if abs(value) >= 1000 else f"{value:g}"

    if low is None or high is None:
        return text(point)
    return f"{{ point = {text(point)}, low = {text(low)}, high = {text(high)} }}"
