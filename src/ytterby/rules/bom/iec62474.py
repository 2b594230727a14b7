"""Material declarations after IEC 62474 as lines of a bill of materials.

Why this format: it is the one that electrical and electronic suppliers are asked for and it nests parts,
materials
and substances with masses; it carries no prices and no origins, which a CSV with the same part numbers can
add.
Read are nested elements by their local names: Product, ProductPart (parts), Material (materials),
Substance (with a
CAS number and a mass). Documents with a DOCTYPE or an entity of their own are refused before anything is
expanded.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from xml.parsers import expat

import pandas as pd

from ytterby.world.errors import Fault, InputError

CAS_OF_ELEMENT: Mapping[str, str] = {
    "7439-91-0": "La", "7440-45-1": "Ce", "7440-10-0": "Pr", "7440-00-8": "Nd", "7440-19-9": "Sm",
    "7440-53-1": "Eu", "7440-54-2": "Gd", "7440-27-9": "Tb", "7429-91-6": "Dy", "7440-60-0": "Ho",
    "7440-52-0": "Er", "7440-30-4": "Tm", "7440-64-4": "Yb", "7439-94-3": "Lu", "7440-65-5": "Y",
    "7440-20-2": "Sc",
}  # fmt: skip
"""Chemical Abstracts numbers of the rare-earth elements."""
KG: Mapping[str, float] = {"kg": 1.0, "g": 1e-3, "mg": 1e-6, "ug": 1e-9, "lb": 0.45359237}
PARTS, MATERIALS, SUBSTANCES = ("Product", "ProductPart"), ("Material", "MaterialClass"), ("Substance",)
MOST_DEPTH, MOST_BYTES = 200, 200_000_000
_NAMES = ("identifier", "identity", "number", "name", "itemNumber", "itemName", "partNumber", "partName")


@dataclass
class _Open:
    kind: str
    name: str
    parent: str
    quantity: float
    kg: dict[str, float] = field(default_factory=dict)
    substances: int = 0


def read_iec62474(path: Path) -> pd.DataFrame:
    """Lines of one declaration; raises InputError for a DOCTYPE, an entity, too much depth, or a bad
    number."""
    if path.stat().st_size > MOST_BYTES:
        raise InputError(
            "declaration is too large", [Fault(path.name, f"{path.stat().st_size} bytes", f"{MOST_BYTES}")]
        )
    reader = _Reader(path.name)
    parser = expat.ParserCreate(namespace_separator="}")
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.StartDoctypeDeclHandler = reader.refuse_doctype
    parser.EntityDeclHandler = reader.refuse_entity
    reader.parser = parser
    try:
        with path.open("rb") as file:
            parser.ParseFile(file)
    except expat.ExpatError as error:
        raise InputError(
            "declaration is not well-formed XML",
            [Fault(f"{path.name}, line {error.lineno}", str(error), "XML")],
        ) from error
    if not reader.rows:
        raise InputError("declaration has no parts", [Fault(path.name, "no Product", "IEC 62474 XML")])
    return pd.DataFrame(reader.rows)


class _Reader:
    def __init__(self, where: str) -> None:
        self.where = where
        self.rows: list[dict[str, object]] = []
        self.stack: list[_Open] = []
        self.depth = 0
        self.count = 0
        self.parser: expat.XMLParserType | None = None

    def _fault(self, title: str, found: str, expected: str) -> InputError:
        line = self.parser.CurrentLineNumber if self.parser is not None else 0
        return InputError(title, [Fault(f"{self.where}, line {line}", found, expected)])

    def refuse_doctype(self, name: str, *_: object) -> None:
        raise self._fault("declaration has a DOCTYPE", name, "no DOCTYPE: entities are not expanded")

    def refuse_entity(self, name: str, *_: object) -> None:
        raise self._fault("declaration defines an entity", name, "no entities")

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        if self.depth > MOST_DEPTH:
            raise self._fault("declaration is nested too deep", f"level {self.depth}", f"at most {MOST_DEPTH}")
        local = tag.rpartition("}")[2]
        if local in (*PARTS, *MATERIALS):
            self.count += 1
            name = next((attributes[k] for k in _NAMES if attributes.get(k)), "")
            parent = self.stack[-1].name if self.stack else ""
            kind = "part" if local in PARTS else "material"
            unique = name or f"{kind} {self.count}"
            if any(row["part"] == unique for row in self.rows) or any(o.name == unique for o in self.stack):
                unique = f"{unique} ({self.count})"
            quantity = self._number(attributes, ("quantity", "numberOfUnits", "unitCount"), 1.0)
            self.stack.append(_Open(kind, unique, parent, quantity))
        elif local in SUBSTANCES and self.stack:
            self._substance(attributes)

    def _substance(self, attributes: Mapping[str, str]) -> None:
        here = self.stack[-1]
        here.substances += 1
        cas = next((v for k, v in attributes.items() if k.lower() in ("cas", "casnumber", "casno")), "")
        element = CAS_OF_ELEMENT.get(cas.strip())
        if element is None:
            return
        unit = next((v for k, v in attributes.items() if "unit" in k.lower()), "g")
        if unit not in KG:
            raise self._fault("unknown unit of mass", repr(unit), ", ".join(KG))
        here.kg[element] = (
            here.kg.get(element, 0.0) + self._number(attributes, ("mass", "amount", "value"), 0.0) * KG[unit]
        )

    def _number(self, attributes: Mapping[str, str], names: tuple[str, ...], default: float) -> float:
        for name in names:
            if name in attributes:
                try:
                    return float(attributes[name])
                except ValueError:
                    raise self._fault(f"{name} is no number", repr(attributes[name]), "a number") from None
        return default

    def end(self, tag: str) -> None:
        self.depth -= 1
        if tag.rpartition("}")[2] not in (*PARTS, *MATERIALS):
            return
        done = self.stack.pop()
        row: dict[str, object] = {
            "parent": done.parent,
            "part": done.name,
            "quantity": done.quantity,
            "name": done.name,
        }
        if done.substances:
            row |= {f"{element}_kg": 0.0 for element in CAS_OF_ELEMENT.values()}
            row |= {f"{element}_kg": kg for element, kg in done.kg.items()}
            row["form"] = _form(done.kg)
        elif done.kind == "part":
            row["form"] = "assembly"
        self.rows.append(row)


def _form(kg: Mapping[str, float]) -> str:
    if kg.get("Nd", 0) + kg.get("Pr", 0) + kg.get("Sm", 0) > 0:
        return "magnet"
    return "" if kg else "other"
