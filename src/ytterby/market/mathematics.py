"""The mathematics as a page, written from the code: ``python -m ytterby.market.mathematics > docs/mathematics.md``.

Equations are the docstrings of the modules that compute them; every symbol is linked to its column, to the tables of
the world that its numbers come from, and to the line where the code first has it. A symbol whose line, column or table
is no longer there stops the page, and a test holds the page against the code: it cannot drift.
"""

from __future__ import annotations

import ast
import json
import re
import sys
from dataclasses import dataclass
from pathlib import Path

from ytterby.world.errors import Fault, InputError

PACKAGE = "src/ytterby"
SCHEMAS = f"{PACKAGE}/shipped/world/schemas"
NETWORK, OUTCOME = f"{PACKAGE}/chain/network.py", f"{PACKAGE}/market/outcome.py"


@dataclass(frozen=True)
class Symbol:
    """One letter of the equations."""

    letter: str
    meaning: str
    unit: str
    column: str
    """table.column of the network, or of the outcome, that holds it."""
    code: str
    """module: text of the line in the code, which must be there once."""
    world: tuple[str, ...] = ()
    """table.field of the world that its numbers come from."""


@dataclass(frozen=True)
class Section:
    """A part of the page: the module whose docstring it is, and its symbols."""

    title: str
    module: str
    """A module of this room, or ``room/module``."""
    symbols: tuple[Symbol, ...] = ()


SECTIONS = (
    Section(
        "The welfare maximum",
        "model",
        (
            Symbol("n", "node: a commodity at a place with an origin tag", "", "nodes.node",
                   'model: node = pd.Index(nodes["node"], name="node")', ("commodities.commodity", "places.place")),
            Symbol("z_a", "level of an activity", "t", "production.level_t", "model: z = m.add_variables("),
            Symbol("f_l", "flow of a link", "t", "flows.flow_t", "model: f = m.add_variables("),
            Symbol("d_j", "what a buyer buys, in pieces of the demand curve", "t", "consumption.bought_t",
                   "model: d = m.add_variables("),
            Symbol("rho[a,n]", "made (+) or used (-) per t of level", "t/t", "recipes.coefficient",
                   'model: rho = _along("entry", recipes["coefficient"])',
                   ("ore_elements.share_pct", "recoveries.recovery", "downstream_steps.yield_share",
                    "good_recipes.t_per_t")),
            Symbol("k_a, K, z_min", "unit cost, capacity and state-set minimum of an activity", "USD/t, t, t",
                   "activities.cost_usd_per_t, activities.capacity_t, activities.minimum_t", "model: K, z_min, k = (",
                   ("site_costs.usd_per_kg", "separation_costs.usd_per_t", "downstream_steps.usd_per_kg",
                    "capacities.capacity_t", "state_directed.site")),
            Symbol("F, t_l, tau_l", "allowance, freight and duty of a link", "t, USD/t, USD/t",
                   "links.capacity_t, links.cost_usd_per_t, links.duty_usd_per_t", "model: F, t, tau = (",
                   ("legs.usd_per_teu", "freight_rates.usd_per_teu_km", "transit_policies.decision",
                    "taxes.rate_pct")),
            Symbol("limit", "what the members of a quota may add up to", "t", "quotas.limit_t",
                   'model: _by(quota, quotas["limit_t"]),', ("trade_limits.limit_t", "trade_limits.share_of_reference",
                                                             "capacities.capacity_t")),
            Symbol("weight", "t that count per t of level or flow", "t/t", "quota_members.weight",
                   'model: weight = _along("entry", members["weight"])'),
            Symbol("lambda[n]", "price: dual of the balance", "USD/t", "balances.price_usd_per_t",
                   "accounts: price = MONEY * vertex.price[: arrays.n_nodes]"),
            Symbol("pi", "rent: dual of a quota", "USD/t", "limits.rent_usd_per_t",
                   'accounts: table["rent_usd_per_t"] = '),
        ),
    ),
    Section("The same, as arrays", "arrays"),
    Section(
        "Willingness to pay",
        "demand_curve",
        (
            Symbol("d0, P0", "reference quantity and price", "t, USD/t",
                   "demands.reference_t, demands.reference_usd_per_t",
                   'demand_curve: demands["reference_usd_per_t"].to_numpy(float),', ("demand.t", "prices.point")),
            Symbol("e", "elasticity", "", "demands.elasticity", 'demand_curve: demands["elasticity"].to_numpy(float),',
                   ("elasticities.elasticity",)),
            Symbol("P_choke", "price above which nothing is bought", "USD/t", "demands.choke_usd_per_t",
                   'demand_curve: choke = demands["choke_usd_per_t"].to_numpy(float)',
                   ("elasticities.choke_usd_per_kg",)),
            Symbol("P_low", "price below which nothing more is bought", "USD/t", "demands.reference_usd_per_t",
                   "demand_curve: SATURATION_SHARE = "),
            Symbol("floor_share", "share of d0 that is bought even at the choke price", "", "demands.floor_share",
                   'demand_curve: demands["floor_share"].to_numpy(float),'),
            Symbol("q_c, q_m", "ends of the falling part", "t", "pieces.width_t", "demand_curve: def choke_t("),
            Symbol("U(q)", "worth of what is bought", "USD", "consumption.worth_usd", "demand_curve: def utility("),
        ),
    ),
    Section(
        "Stocks of users",
        "chain/stocks",
        (
            Symbol("S, P0", "what users hold where the year begins, and the usual price", "t, USD/t",
                   "activities.capacity_t, activities.cost_usd_per_t",
                   'chain/stocks: table["t"] = ', ("stock_cover.median_weeks",)),
            Symbol("e", "how what is held answers to the price", "", "activities.cost_usd_per_t",
                   'chain/stocks: table["elasticity"] = ', ("model_settings.value",)),
            Symbol("S - H", "what is drawn, step by step", "t", "production.level_t",
                   'chain/stocks: steps = schedule('),
        ),
    ),
    Section("Cutting the curves", "refine"),
    Section(
        "On the curves themselves",
        "settle",
        (
            Symbol("B", "basis: activities, links and limits in use", "", "production.basic",
                   "settle: self.B = sp.csc_matrix("),
            Symbol("w", "prices of the buyers who complete the basis", "thousand USD/t", "pieces.basic",
                   "settle: w = _root("),
            Symbol("Y", "how node prices follow from w", "", "balances.price_usd_per_t", "settle: self.Y: Array = "),
            Symbol("q(y)", "what buyers want at prices", "t", "consumption.bought_t", "settle: def _bought("),
            Symbol("d", "what fixed bounds leave", "t", "production.level_t",
                   "settle: fixed = active.own @ x - rows"),
        ),
    ),
    Section("Which price, where many are optimal", "gifts"),
    Section(
        "A price is an interval",
        "intervals",
        (
            Symbol("low, high", "the two one-sided derivatives of welfare", "USD/kg", "prices.low, prices.high",
                   "intervals: def _derivative("),
        ),
    ),
    Section("Which plan, where many are optimal", "tiebreak"),
    Section("The least sum of squares", "interior"),
    Section(
        "Rents",
        "rents",
        (
            Symbol("rent", "what a bound earns its holder, by t and in all", "USD/t, USD",
                   "rents.rent_usd_per_t, rents.rent_usd", "rents: gain, x = worth[arrays.activities]"),
        ),
    ),
    Section(
        "Two prices",
        "paid",
        (
            Symbol("paid", "what buyers paid by volume", "USD/kg", "prices.paid",
                   "paid: paid = usd_per_t - np.divide(saved, t"),
            Symbol("r_l", "rent of the permits that a link's buyers hold", "USD/t", "rents.rent_usd_per_t",
                   "paid: own = np.where("),
        ),
    ),
    Section("The certificate", "certificate"),
    Section("What clashes", "clash"),
    Section("Where a solve begins", "start"),
    Section("Families of solves", "family"),
    Section("Near-optimal alternatives", "alternatives"),
    Section("Why a price is what it is", "why"),
)  # fmt: skip


def page(root: Path) -> str:
    """Return the page of a source tree as Markdown, with links relative to its ``docs/``.

    Raises InputError with every symbol whose line, column or table is not there.
    """
    faults: list[Fault] = []
    parts = [
        "# The mathematics of the market",
        "This page is written from the code by `python -m ytterby.market.mathematics > docs/mathematics.md`: change "
        "the code, not the page. Quantities are t per period, money is USD of base year 2024 (thousand USD inside the "
        "solver).",
    ]
    for section in SECTIONS:
        path = _path(section.module)
        text = ast.get_docstring(ast.parse((root / path).read_text("utf-8"))) or ""
        short = path.removeprefix(f"{PACKAGE}/")
        parts += [f"## {section.title}", f"[`{short}`](../{path})", _marked(text)]
        if section.symbols:
            rows = [_row(symbol, root, faults) for symbol in section.symbols]
            head = "| symbol | meaning | unit | column | tables of the world | code |\n|---|---|---|---|---|---|"
            parts.append("\n".join([head, *rows]))
    if faults:
        raise InputError("the page does not fit the code", faults)
    return "\n\n".join(parts) + "\n"


def _path(module: str) -> str:
    """File of a module of this room, or of another named before a slash."""
    return f"{PACKAGE}/{module}.py" if "/" in module else f"{PACKAGE}/market/{module}.py"


def _marked(text: str) -> str:
    """Docstring as Markdown: indented equations as code, all else as it stands."""
    lines: list[str] = []
    fenced = False
    for line in text.replace("``", "`").splitlines():
        inside = line.startswith("    ") or (fenced and not line.strip())
        if inside and not fenced:
            lines.append("```text")
        elif fenced and not inside:
            lines.insert(len(lines) - (not lines[-1].strip()), "```")
        fenced = inside
        lines.append(line[4:] if inside else line)
    return "\n".join([*lines, "```"] if fenced else lines)


def _row(symbol: Symbol, root: Path, faults: list[Fault]) -> str:
    columns = ", ".join(_column(c, symbol, root, faults) for c in symbol.column.split(", "))
    tables = ", ".join(_table(c, symbol, root, faults) for c in symbol.world)
    module, _, anchor = symbol.code.partition(": ")
    path = _path(module)
    line = _line(root / path, anchor, symbol, faults)
    code = f"[{module.rpartition('/')[2]}.py:{line}](../{path}#L{line})"
    return f"| `{symbol.letter}` | {symbol.meaning} | {symbol.unit} | {columns} | {tables} | {code} |"


def _line(path: Path, anchor: str, symbol: Symbol, faults: list[Fault]) -> int:
    found = [i for i, line in enumerate(path.read_text("utf-8").splitlines(), 1) if line.strip().startswith(anchor)]
    if len(found) != 1:
        faults.append(Fault(f"symbol {symbol.letter}, {path.name}", f"{len(found)} lines {anchor!r}", "exactly one"))
        return 0
    return found[0]


def _column(name: str, symbol: Symbol, root: Path, faults: list[Fault]) -> str:
    """Link of table.column to the field whose docstring names it, in the network or in the outcome."""
    table, column = name.split(".")
    for path in (NETWORK, OUTCOME):
        lines = (root / path).read_text("utf-8").splitlines()
        starts = [i for i, line in enumerate(lines) if line.strip() == f"{table}: pd.DataFrame"]
        if starts:
            told = " ".join(lines[starts[0] + 1 : starts[0] + 8]).split(": pd.DataFrame")[0]
            if re.search(rf"\b{re.escape(column)}\b", told):
                return f"[{name}](../{path}#L{starts[0] + 1})"
    faults.append(Fault(f"symbol {symbol.letter}", f"column {name}", "a column that the network or the outcome has"))
    return name


def _table(name: str, symbol: Symbol, root: Path, faults: list[Fault]) -> str:
    """Link of table.field to its schema in the shipped world."""
    table, column = name.split(".")
    path = root / SCHEMAS / f"{table}.json"
    fields = {f["name"] for f in json.loads(path.read_text("utf-8"))["fields"]} if path.exists() else set()
    if column not in fields:
        faults.append(Fault(f"symbol {symbol.letter}", f"world table {name}", "a field of a table of the world"))
    return f"[{name}](../{SCHEMAS}/{table}.json)"


if __name__ == "__main__":
    sys.stdout.write(page(Path.cwd()))
