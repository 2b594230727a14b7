"""Tables in: one row a shipment, text columns, blanks are unknown.

Columns, all optional (an absent column is unknown in every row):

========================  ==================================================================================
commodity                 key of the table commodities (``concentrate:<ore>`` works); gives form and elements
form, elements, base      override what the commodity says; elements as list or text Nd;Pr;Dy (?: maybe
more), none
code, cas                 control code, CAS number
origin_country            country of the last processing of the item
part_origin_country       origin of the listed inputs inside (heavy metals, alloys, oxides)
mined_country             and separate_, reduce_, alloy_, magnet_country: countries of the steps
technology_country        origin of the technology of every step; like the countries of steps it may name
several
                          (CHN;JPN), and ? for some that are not known
ship_from, ship_to        ISO 3166-1 alpha-3
end_user                  a name, or ``unlisted``: declared to be on no list and held by none that is
end_user_owners           ``Name=0.3;Name=0.25``, or ``none``; blank: unknown
user_kind, end_use        civil, military ... as in :class:`ytterby.rules.shipment.Shipment`
value_share               of listed inputs, or ``value_share_low`` and ``value_share_high``
measure:NAME              any other quantity that a clause asks for
========================  ==================================================================================
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ytterby.rules.facts import Column, Facts
from ytterby.rules.shipment import NOT_LISTED, Holding, Item, Party
from ytterby.world.errors import Fault, InputError

if TYPE_CHECKING:
    from ytterby.world import World

MEASURE = "measure:"
STEP_COLUMNS: Mapping[str, str] = {
    "mined_country": "mine",
    "crack_country": "crack",
    "separate_country": "separate",
    "reduce_country": "reduce",
    "alloy_country": "alloy",
    "magnet_country": "magnet",
    "recycle_country": "recycle",
}
_LAST_STEP: Mapping[str, str] = {
    "ore": "mine", "concentrate": "mine", "carbonate": "crack", "oxide": "separate", "compound": "separate",
    "metal": "reduce", "alloy": "alloy", "target": "alloy", "magnet": "magnet", "scrap": "recycle",
}  # fmt: skip
_FORM_OF_KIND: Mapping[str, str] = {"intermediate": "compound", "alloy": "metal"}
TEXT_COLUMNS = (
    "commodity", "form", "elements", "base", "code", "cas", "origin_country", "part_origin_country",
    "technology_country", "ship_from", "ship_to", "end_user", "end_user_owners", "user_kind", "end_use",
    *STEP_COLUMNS,
)  # fmt: skip
NUMBER_COLUMNS = ("value_share", "value_share_low", "value_share_high")
IGNORED = ("label", "date", "mass_kg", "value_usd", "name")


def is_number_column(name: str) -> bool:
    """Whether a column of shipments holds numbers.

    >>> is_number_column("measure:logic_nm"), is_number_column("ship_from")
    (True, False)
    """
    return name in NUMBER_COLUMNS or name.startswith(MEASURE)


def commodity_items(world: World) -> Mapping[str, Item]:
    """The item that each commodity is: its form, and the elements that its composition surely holds.

    An element whose low end is zero is no intended part (a trace, or a grade without it).
    """
    contents = world.table("commodity_elements")
    intended = contents[contents["low"].fillna(contents["t_per_t"]) > 0].groupby("commodity")["element"].agg(tuple)
    items = {}
    for row in world.table("commodities").to_dict("records"):
        name = row["commodity"]
        elements = intended.get(name)
        kind = _FORM_OF_KIND.get(row["kind"], row["kind"])
        items[name] = Item(
            form=kind,
            elements=None if elements is None else tuple(sorted(elements)),
            commodity=name,
            name=row["name"],
        )
    return items


def facts_of_frame(frame: pd.DataFrame, commodities: Mapping[str, Item]) -> tuple[Facts, npt.NDArray[np.int64]]:
    """Read shipments from a table: facts of its distinct rows, and for each row which of them it is.

    Raises InputError naming every column that is not known and every commodity that is not.
    """
    measures = [c for c in frame.columns if str(c).startswith(MEASURE)]
    unknown = [c for c in frame.columns if c not in (*TEXT_COLUMNS, *NUMBER_COLUMNS, *IGNORED, *measures)]
    faults = [Fault(f"column {c}", repr(c), ", ".join((*TEXT_COLUMNS, *NUMBER_COLUMNS))) for c in unknown]
    if faults:
        raise InputError("unknown columns in the shipments", faults)
    size = len(frame)
    texts = {c: _text(frame[c]) for c in TEXT_COLUMNS if c in frame.columns}
    numbers = {c: frame[c].to_numpy(dtype=float) for c in (*NUMBER_COLUMNS, *measures) if c in frame.columns}
    keys: list[npt.NDArray[Any]] = [column.codes for column in texts.values()]
    keys += [pd.factorize(values)[0] for values in numbers.values()]
    row_of, first = _distinct(keys, size)
    texts = {c: Column(column.codes[first], column.values) for c, column in texts.items()}
    numbers = {c: values[first] for c, values in numbers.items()}
    return _facts(texts, numbers, len(first), commodities), row_of


def _text(series: pd.Series) -> Column:
    if pd.api.types.infer_dtype(series, skipna=True) not in ("string", "empty", "categorical"):
        series = series.map(
            lambda v: (";".join(sorted(v)) or "none") if isinstance(v, list | tuple | set | frozenset) else v
        )
    return Column.of_text(series)


def _distinct(keys: Sequence[npt.NDArray[Any]], size: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    combined = np.zeros(size, dtype=np.int64)
    for codes in keys:
        combined = combined * (int(codes.max(initial=-1)) + 2) + codes + 1
        if size and combined.max() > 2**62 // 1_000_000_000:
            combined = pd.factorize(combined)[0].astype(np.int64)
    row_of, uniques = pd.factorize(combined)
    first = np.zeros(len(uniques), dtype=np.int64)
    first[row_of[::-1]] = np.arange(size - 1, -1, -1)
    return row_of.astype(np.int64), first


def _facts(
    texts: Mapping[str, Column], numbers: Mapping[str, Any], size: int, commodities: Mapping[str, Item]
) -> Facts:
    def column(name: str) -> Column:
        return texts.get(name, Column.constant(None, size))

    def number(name: str) -> npt.NDArray[np.float64]:
        return np.asarray(numbers.get(name, np.full(size, np.nan)), dtype=float)

    item = _combine(
        [column(c) for c in ("commodity", "form", "elements", "base", "code", "cas")],
        lambda *parts: _item(commodities, *parts),
    )
    steps = _combine(
        [item, column("origin_country"), *(column(c) for c in STEP_COLUMNS)], lambda i, o, *s: _steps(i, o, s)
    )
    share = number("value_share")
    low, high = number("value_share_low"), number("value_share_high")
    return Facts(
        size=size,
        item=item,
        origin=column("origin_country"),
        part_origin=column("part_origin_country"),
        ship_from=column("ship_from"),
        ship_to=column("ship_to"),
        end_user=_combine([column("end_user"), column("end_user_owners"), column("ship_to")], _party),
        user_kind=column("user_kind"),
        end_use=column("end_use"),
        step_countries=steps,
        technology=_combine([column("technology_country")], lambda t: _several("any", t)),
        operators=Column.constant(None, size),
        share_low=np.where(np.isnan(low), share, low),
        share_high=np.where(np.isnan(high), share, high),
        measures={name.removeprefix(MEASURE): number(name) for name in numbers if name.startswith(MEASURE)},
    )


def _combine(columns: Sequence[Column], make: Callable[..., Hashable | None]) -> Column:
    """One column out of several: ``make`` is called once for each distinct combination."""
    size = len(columns[0].codes)
    combined = np.zeros(size, dtype=np.int64)
    for column in columns:
        combined = combined * (len(column.values) + 1) + column.codes + 1
        if size and combined.max() > 2**31:
            combined = pd.factorize(combined)[0].astype(np.int64)
    codes, uniques = pd.factorize(combined)
    first = np.zeros(len(uniques), dtype=np.int64)
    first[codes[::-1]] = np.arange(size - 1, -1, -1)
    made = [make(*(c.values[c.codes[row]] if c.codes[row] >= 0 else None for c in columns)) for row in first]
    distinct = Column.of(made)
    return Column(distinct.codes[codes], distinct.values)


def _item(commodities: Mapping[str, Item], *parts: str | None) -> Item | None:
    commodity, form, elements, base, code, cas = parts
    known: dict[str, Any] = {}
    if commodity is not None:
        name = commodity.split(":")[0]
        if name in commodities:
            known = commodities[name].model_dump()
        known["commodity"] = commodity
    if elements is not None:
        listed = "" if elements == "none" else elements
        known["elements"] = tuple(sorted(e.strip() for e in listed.replace(",", ";").split(";") if e.strip()))
    for name, value in (("form", form), ("base", base), ("code", code), ("cas", cas)):
        if value is not None:
            known[name] = value
    return Item(**known) if known else None


def _steps(item: Item | None, origin: str | None, given: Sequence[str | None]) -> Hashable:
    steps = {
        step: _several(step, country) for step, country in zip(STEP_COLUMNS.values(), given, strict=True) if country
    }
    last = _LAST_STEP.get(item.form or "") if item is not None else None
    if last is not None and origin is not None:
        steps.setdefault(last, _several(last, origin))
    return tuple(sorted(pair for pairs in steps.values() for pair in pairs))


def _several(step: str, countries: str | None) -> tuple[tuple[str, str], ...]:
    return tuple((step, c.strip()) for c in (countries or "").split(";") if c.strip())


def _party(name: str | None, owners: str | None, ship_to: str | None) -> Party | None:
    if name is None:
        return None
    if name == NOT_LISTED:
        return Party(name=name)
    held = None if owners is None else _holdings(owners)
    return Party(name=name, country=ship_to, owners=held)


def _holdings(text: str) -> tuple[Holding, ...]:
    if text.strip().lower() == "none":
        return ()
    holdings = []
    for part in text.split(";"):
        name, _, share = part.rpartition("=")
        try:
            holdings.append(Holding(holder=name.strip(), share=float(share)))
        except ValueError as error:
            raise InputError(
                "owners cannot be read",
                [Fault("column end_user_owners", repr(part), "Name=0.30;Name=0.25 or none")],
            ) from error
    return tuple(holdings)
