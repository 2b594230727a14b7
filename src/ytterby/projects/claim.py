"""What was published about a project: one claim, read from a table's row or a file of rows."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

from ytterby.world.errors import Fault, InputError, nearest


@dataclass(frozen=True)
class Claim:
    """What was published; everything that was not said is None. Money in M USD or any one currency
    throughout."""

    name: str = ""
    ore_t_per_y: float | None = None
    grade_pct: float | None = None
    """TREO in plant feed, wt %."""
    recovery_pct: float | None = None
    product_t_per_y: float | None = None
    product_form: str | None = None
    """What the product was called: oxide, concentrate, carbonate; TREO means oxide."""
    treo_share_pct: float | None = None
    """TREO in the product, wt %, where printed."""
    ndpr_t_per_y: float | None = None
    life_y: float | None = None
    product_life_t: float | None = None
    """Product over the life, t, of the same form."""
    reserve_t: float | None = None
    """Contained TREO in the reserve, t."""
    resource_mt: float | None = None
    resource_grade_pct: float | None = None
    resource_class: str | None = None
    called: str | None = None
    """What the announcement calls the tonnage: reserve, resource, forecast."""
    capex_m: float | None = None
    npv_m: float | None = None
    irr_pct: float | None = None
    opex_usd_per_kg: float | None = None
    price_usd_per_kg: float | None = None
    sensitivities: Mapping[str, tuple[float, float, float]] | None = None
    """Driver (price, opex, capex, grade, recovery) -> NPV at its low, base and high value."""


SENSITIVITY = ("driver", "npv_low_m", "npv_base_m", "npv_high_m")
"""Columns of a row that hold one sensitivity."""
TEXTS = ("name", "product_form", "resource_class", "called", "driver")


def claim_from(row: Mapping[str, object], where: str = "claim") -> Claim:
    """Build a claim from a row: the fields of :class:`Claim` and one sensitivity; blanks were not said.

    Other columns are left out. Raises InputError with every cell that is no number.
    """
    faults: list[Fault] = []
    said: dict[str, object] = {}
    names = {f.name for f in fields(Claim)} - {"sensitivities"} | set(SENSITIVITY)
    for name, value in row.items():
        text = "" if value is None or str(value) == "nan" else str(value).strip()
        if name not in names or not text:
            continue
        if name in TEXTS:
            said[name] = text
            continue
        try:
            said[name] = float(text)
        except ValueError:
            faults.append(Fault(f"{where}: {name}", repr(text), "a number"))
    ends = [said.pop(name, None) for name in SENSITIVITY]
    if any(e is not None for e in ends):
        if all(e is not None for e in ends):
            said["sensitivities"] = {str(ends[0]): tuple(ends[1:])}
        else:
            faults.append(Fault(f"{where}: driver", "a sensitivity in part", ", ".join(SENSITIVITY)))
    if faults:
        raise InputError("claim cannot be read", faults)
    return Claim(**said)  # type: ignore[arg-type]


def read_claims(path: str | Path) -> list[Claim]:
    """Read a CSV file of claims, one a row, columns named as the fields of :class:`Claim`.

    Raises InputError for a file that cannot be read, and with every unknown column and unreadable cell at once.
    """
    file = Path(path)
    try:
        with file.open(encoding="utf-8-sig", newline="") as handle:
            reader = csv.DictReader(handle)
            rows, columns = list(reader), list(reader.fieldnames or [])
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(
            "claims cannot be read", [Fault(str(file), getattr(error, "strerror", None) or str(error), "a CSV file")]
        ) from error
    known = [f.name for f in fields(Claim) if f.name != "sensitivities"] + list(SENSITIVITY)
    faults = [Fault(f"{file}: column {c}", "an unknown column", nearest(c, known)) for c in columns if c not in known]
    if not rows:
        faults.append(Fault(str(file), "no rows", "one claim a row, columns " + ", ".join(known)))
    claims = []
    for line, row in enumerate(rows, start=2):
        try:
            claims.append(claim_from({k: v for k, v in row.items() if k in known}, f"{file}: row {line}"))
        except InputError as error:
            faults += error.faults
    if faults:
        raise InputError("claims cannot be read", faults)
    return claims
