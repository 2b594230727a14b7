"""Applying a scenario: which rows a change means, what becomes of them, and what is wrong with it."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from ytterby.world.bands import band_columns
from ytterby.world.canonical import key_text
from ytterby.world.change_cells import bands_before, drop_cells, write_cells
from ytterby.world.draft import Draft
from ytterby.world.errors import Fault, InputError, UnknownNameError, nearest
from ytterby.world.paths import change_document
from ytterby.world.schema import FieldSchema, TableSchema
from ytterby.world.selection import days_of, select, split_at
from ytterby.world.typed import constraint_fault, is_blank, typed_value

if TYPE_CHECKING:
    from ytterby.world.load import World
    from ytterby.world.scenario import Change, Scenario


def apply_changes(world: World, scenario: Scenario) -> World:
    """Return the world with a scenario's changes made, in order; raises InputError with every fault."""
    draft = Draft(world)
    for change in scenario.changes:
        try:
            if change.document:
                _change_document(draft, change)
            else:
                _change_table(draft, change)
        except UnknownNameError as error:
            draft.faults += [Fault.at(change.place, error.title, fault.expected) for fault in error.faults]
    if not draft.faults:
        _check_keys(draft, scenario)
    if draft.faults:
        raise InputError(f"scenario {scenario.title!r} does not fit the world", draft.faults)
    title = f"{world.title} + {scenario.title}" if scenario.changes else world.title
    return world.with_tables(draft.tables, title).with_documents(draft.documents, title)


def _change_document(draft: Draft, change: Change) -> None:
    kind, _, name = change.document.partition("/")
    if (kind, name) not in draft.documents:
        draft.documents[(kind, name)] = copy.deepcopy(dict(draft.world.document(kind, name)))
    try:
        changed = change_document(
            draft.documents[(kind, name)],
            change.path,
            set_=change.set,
            append=change.append,
            remove=change.remove,
        )
    except InputError as error:
        draft.faults += [
            Fault.at(change.place, fault.found, fault.expected, column=f"{change.document}: {change.path}")
            for fault in error.faults
        ]
        return
    draft.documents[(kind, name)] = changed


def _change_table(draft: Draft, change: Change) -> None:
    schema = draft.world.schema(change.table)
    before = len(draft.faults)
    if change.append is not None:
        _append(draft, change, schema)
        return
    values = _new_values(draft, change, schema)
    frame = draft.table(change.table)
    mask, faults = select(frame, schema, change.where)
    for found, expected, column in faults:
        draft.fault(change, found, expected, column)
    if len(draft.faults) > before:
        return
    if change.from_ or change.until:
        if days_of(schema) == "":
            draft.fault(
                change,
                f"from/until, but table {schema.name} has no dates",
                "a change without from and until: the table's rows hold always",
            )
            return
        frame, mask = split_at(frame, mask, schema, change.from_, change.until)
        if not mask.any():
            draft.fault(change, "no row that holds between from and until", "dates in which a row holds")
            return
        if schema.primary_key and frame.duplicated(list(schema.primary_key)).any():
            draft.fault(
                change,
                f"rows of table {schema.name} that would be split in two with one key",
                "from/until that cover whole rows: the table's key has no valid_from",
            )
            return
    if change.remove:
        drop_cells(draft, schema, frame[mask], None)
        draft.tables[change.table] = frame[~mask].reset_index(drop=True)
        return
    draft.tables[change.table] = _changed(draft, change, schema, (frame, mask), values)


def _new_values(draft: Draft, change: Change, schema: TableSchema) -> dict[str, Any]:
    """Check the columns and values of a set, scale or add; returns typed values by column."""
    given: Mapping[str, Any] = change.set or change.scale or change.add or {}
    values: dict[str, Any] = {}
    for name, value in given.items():
        if name not in schema.field_names:
            draft.fault(change, f"unknown column {name!r} of table {schema.name}", nearest(name, schema.field_names))
            continue
        column = schema.field(name)
        if change.action != "set":
            if column.type not in ("number", "integer"):
                draft.fault(change, f"{change.action} of a {column.type}", "a column of numbers", name)
            values[name] = value
            continue
        values[name] = _checked(draft, change, column, value)
    return values


def _checked(draft: Draft, change: Change, column: FieldSchema, value: Any) -> Any:
    try:
        typed = typed_value(value, column)
    except ValueError as error:
        draft.fault(change, repr(value), str(error), column.name)
        return None
    broken = constraint_fault(typed, column)
    if broken:
        draft.fault(change, repr(value), broken, column.name)
    return typed


def _changed(
    draft: Draft,
    change: Change,
    schema: TableSchema,
    chosen: tuple[pd.DataFrame, pd.Series],
    values: Mapping[str, Any],
) -> pd.DataFrame:
    """Return the frame with the chosen rows changed: values, their bands, and who says so."""
    frame, mask = chosen[0].copy(), chosen[1]
    ends = band_columns(schema)
    carried: dict[str, pd.DataFrame] = {}
    numbers = [name for name in values if schema.field(name).type in ("number", "integer")]
    if change.action != "set" and not set(numbers) <= set(ends):
        carried = bands_before(draft, schema, frame[mask], [n for n in numbers if n not in ends])
    for name, value in values.items():
        if change.action == "set":
            frame.loc[mask, name] = value
            for end in ends.get(name, ()):
                if end not in values:
                    frame.loc[mask, end] = value
            continue
        for column in (name, *(end for end in ends.get(name, ()) if end not in values)):
            old = frame.loc[mask, column].astype("float64")
            new = old * value if change.action == "scale" else old + value
            whole = schema.field(column).type == "integer"
            frame.loc[mask, column] = new.round().astype("Int64") if whole else new
            _check_range(draft, change, schema.field(column), frame.loc[mask, column])
    frame = _signed(draft, change, schema, (frame, mask), values)
    drop_cells(draft, schema, frame[mask], list(values))
    bare = [name for name in numbers if name not in ends]
    write_cells(draft, change, schema, frame[mask], fields=bare, carried=carried)
    return frame


def _check_range(draft: Draft, change: Change, column: FieldSchema, values: pd.Series) -> None:
    for value in values.unique():
        broken = "" if is_blank(value) else constraint_fault(value, column)
        if broken:
            draft.fault(change, f"{change.action} gives {value:g}", broken, column.name)
            return


def _signed(
    draft: Draft,
    change: Change,
    schema: TableSchema,
    chosen: tuple[pd.DataFrame, pd.Series],
    values: Mapping[str, Any],
) -> pd.DataFrame:
    """Write who says so into the changed rows, unless the change sets it itself."""
    frame, mask = chosen
    confidence = draft.confidence(change)
    if "note" in schema.field_names and "note" not in values:
        was = frame.loc[mask, "source"].astype(str) if "source" in schema.field_names else ""
        frame.loc[mask, "note"] = f"Scenario {change.origin!r}: {change.because} Before: " + was + "."
    for name, value in (("source", change.source), ("confidence", confidence)):
        if name in schema.field_names and name not in values and schema.name != "sources":
            frame.loc[mask, name] = value
    return frame


def _append(draft: Draft, change: Change, schema: TableSchema) -> None:
    rows = change.append if isinstance(change.append, list) else [change.append or {}]
    frame = draft.table(change.table)
    confidence = draft.confidence(change)
    made: list[dict[str, Any]] = []
    for row in rows:
        given = dict(row)
        for name in [name for name in given if name not in schema.field_names]:
            draft.fault(change, f"unknown column {name!r} of table {schema.name}", nearest(name, schema.field_names))
        defaults: dict[str, Any] = {
            "source": change.source,
            "confidence": confidence,
            "note": f"Scenario {change.origin!r}: {change.because}",
            "valid_from": change.from_,
            "valid_to": change.until,
        }
        full = {name: given.get(name, defaults.get(name, "")) for name in schema.field_names}
        made.append({c.name: _checked(draft, change, c, full[c.name]) for c in schema.fields})
    new = pd.DataFrame(made, columns=schema.field_names).astype(frame.dtypes.to_dict())
    both = pd.concat([frame, new], ignore_index=True)
    key = list(schema.primary_key)
    if key:
        twice = both.duplicated(key, keep="first")
        for values in both.loc[twice, key].itertuples(index=False):
            draft.fault(
                change,
                f"key {key_text(values)!r} is there already",
                "a new key, or a change with where and set",
            )
    draft.tables[change.table] = both


def _check_keys(draft: Draft, scenario: Scenario) -> None:
    """References that lead nowhere because of the scenario; what dangled before is not its fault."""
    touched = set(draft.tables) - {"cells"}
    after = draft.world.with_tables(draft.tables)
    for schema in draft.world.schemas.values():
        for key in schema.foreign_keys:
            if not touched & {schema.name, key.table} or key.table not in draft.world.schemas:
                continue
            lost = _dangling(after, schema.name, key.fields, key.table, key.reference_fields)
            lost -= _dangling(draft.world, schema.name, key.fields, key.table, key.reference_fields)
            if not lost:
                continue
            parent = after.table(key.table)[list(key.reference_fields)]
            near = nearest(min(lost), {key_text(values) for values in parent.itertuples(index=False)})
            column = f"{schema.name}.{'/'.join(key.fields)}"
            said = ", ".join(repr(value) for value in sorted(lost))
            found = f"{said}, which table {key.table} has not (any more)"
            expected = f"{near}; or these rows of {schema.name} changed or removed too"
            draft.faults.append(Fault.at(scenario.name, found, expected, column=column))


def _dangling(world: World, table: str, fields: tuple[str, ...], parent: str, reference: tuple[str, ...]) -> set[str]:
    child = world.table(table)[list(fields)].drop_duplicates()
    have = {key_text(v) for v in world.table(parent)[list(reference)].itertuples(index=False)}
    return {key_text(v) for v in child.itertuples(index=False) if not all(is_blank(x) for x in v)} - have
