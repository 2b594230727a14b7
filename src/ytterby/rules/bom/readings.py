"""What the texts leave open, asked of a bill of materials: another basis of value, other readings of its parts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from ytterby.rules.bom.lines import Bom
from ytterby.rules.law import READING

if TYPE_CHECKING:
    from ytterby.rules.bom.check import BomCheck
    from ytterby.rules.engine import Rules

BASIS = "value-basis"
"""The switch that says which value of a part counts."""
COLUMN_OF_BASIS: Mapping[str, str] = {"ex-works": "value_ex_works", "fob": "value_fob"}
"""Column of the bill by option of that switch; any other option, and a blank, take ``value``."""
COLUMNS = ("part", "switch", "option", "instead_of", "share_high", "decision", "branches")


def on_basis(bom: Bom, rules: Rules) -> Bom:
    """The bill with the values that the chosen basis takes, where they are told."""
    column = COLUMN_OF_BASIS.get(rules.selection[BASIS])
    if column is None or bom.parts[column].isna().all():
        return bom
    return replace(bom, parts=bom.parts.assign(value=bom.parts[column].fillna(bom.parts["value"])))


def other_readings(found: BomCheck) -> pd.DataFrame:
    """Parts that another reading of the texts would decide differently, one switch at a time. Columns:
    :data:`COLUMNS`."""
    rules, rows = found.rules, []
    base = found.parts.set_index("part")
    for switch in rules.switches.values():
        if switch.kind != READING:
            continue
        taken = rules.selection[switch.switch]
        for option in switch.options:
            if option == taken:
                continue
            other = found.again(rules.at(switches={switch.switch: option})).parts.set_index("part")
            differs = (other["decision"] != base["decision"]) | (other["branches"] != base["branches"])
            for part, row in other[differs].iterrows():
                rows.append((part, switch.switch, option, taken, row["share_high"], row["decision"], row["branches"]))
    return pd.DataFrame(rows, columns=list(COLUMNS))
