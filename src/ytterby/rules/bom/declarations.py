"""Material declarations after IPC-1752A and B (class D) and IEC 62474 as lines of a bill of materials.

Why these: they are what suppliers of electrical and electronic parts are asked for, and they nest parts, materials and
substances with masses. They carry no prices and no origins: a CSV with the same part numbers can add them. Both are
read by the local names of their elements, so that versions which differ in namespace alone are read alike:

==============  =======================================  ====================================================
level           IPC-1752                                 IEC 62474
==============  =======================================  ====================================================
part            Product, SubProduct; ProductID with      Product, ProductPart; ProductID with ``identifier``,
                ``itemNumber``, ``itemName``; Amount     ``name``; Mass with ``mass``, ``unitOfMeasure``
material        HomogeneousMaterial with Amount          Material with Mass
substance       Substance; SubstanceID with ``identity`` Substance with ``casNumber``; Mass, or ``mass``
                and ``authority`` CAS; Amount with       and ``unitOfMeasure``
                ``value`` and ``UOM`` (mg, g, kg, ppm,
                massPercent) or Concentration
==============  =======================================  ====================================================

``numberOfInstances`` (IPC), ``numberOfUnits``, ``quantity`` or ``unitCount`` is a part's quantity in the one above.
A material whose substances make up its mass holds no element that it does not name; one that leaves a rest unnamed,
and a part without materials (classes A to C name listed substances only), stay unknown. Documents with a DOCTYPE or an
entity of their own are refused before anything is expanded.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from xml.parsers import expat

import pandas as pd

from ytterby.rules.bom.substances import CAS_OF_ELEMENT, CAS_OF_OXIDE, NAMES_OF_ELEMENTS
from ytterby.rules.bom.units import KG, SHARES
from ytterby.world.elements import oxide_per_element
from ytterby.world.errors import Fault, InputError

PARTS = frozenset({"Product", "SubProduct", "ProductPart"})
MATERIALS = frozenset({"HomogeneousMaterial", "Material"})
IDS = frozenset({"ProductID", "SubstanceID", "UniqueID"})
AMOUNTS = frozenset({"Amount", "Mass", "Concentration"})
UNITS: Mapping[str, str] = {
    "masspercent": "percent",
    "mass%": "percent",
    "%": "percent",
    "percent": "percent",
    "ppm": "ppm",
}
MOST_DEPTH, MOST_BYTES = 200, 200_000_000
_NUMBERS = ("itemNumber", "partNumber", "identifier", "number", "identity")
_NAMES = ("itemName", "partName", "name")
_COUNTS = ("numberOfInstances", "numberOfUnits", "quantity", "unitCount")


@dataclass
class _Open:
    """A part or material whose end has not come yet."""

    kind: str
    parent: _Open | None
    quantity: float
    number: str = ""
    name: str = ""
    key: str = ""
    mass_kg: float | None = None
    kg: dict[str, float] = field(default_factory=dict)
    named_kg: float = 0.0
    """Mass of all substances named, rare earths or not."""
    substances: list[_Substance] = field(default_factory=list)
    unclear: bool = False
    """Whether a substance names a rare earth without telling how much of it there is."""
    inner: int = 0


@dataclass
class _Substance:
    name: str = ""
    cas: str = ""
    kg: float | None = None
    share: float | None = None


def read_declaration(path: Path, complete_share: float) -> pd.DataFrame:
    """Lines of one declaration; ``complete_share``: a material is told in full once its substances make up so much.

    Raises InputError for a DOCTYPE, an entity, too much depth, a bad number or unit, with its line.
    """
    if path.stat().st_size > MOST_BYTES:
        raise InputError(
            "declaration is too large", [Fault(path.name, f"{path.stat().st_size} bytes", f"at most {MOST_BYTES}")]
        )
    reader = _Reader(path.name, complete_share)
    parser = expat.ParserCreate(namespace_separator="}")
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.StartDoctypeDeclHandler = reader.refuse_doctype
    parser.EntityDeclHandler = reader.refuse_entity
    reader.parser = parser
    try:
        with path.open("rb") as file:
            parser.ParseFile(file)
    except (expat.ExpatError, LookupError, ValueError) as error:
        line = getattr(error, "lineno", parser.CurrentLineNumber)
        raise InputError(
            "declaration is not well-formed XML", [Fault(f"{path.name}, line {line}", str(error), "XML")]
        ) from error
    if not reader.rows:
        found = "no Product with a number or a name"
        raise InputError("declaration has no parts", [Fault(path.name, found, "IPC-1752A/B or IEC 62474 XML")])
    frame = pd.DataFrame(reader.rows)
    columns = [*frame.columns, *(f"{e}_kg" for e in CAS_OF_ELEMENT.values() if f"{e}_kg" not in frame.columns)]
    return frame.reindex(columns=columns)


class _Reader:
    """Takes the parser's events; rows come out as parts and materials end."""

    def __init__(self, where: str, complete_share: float) -> None:
        self.where = where
        self.complete_share = complete_share
        self.rows: list[dict[str, object]] = []
        self.stack: list[_Open] = []
        self.names: set[str] = set()
        self.substance: _Substance | None = None
        self.depth = 0
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
        if local in PARTS or local in MATERIALS:
            self._open("part" if local in PARTS else "material", attributes)
        elif local == "Substance" and self.stack:
            self.substance = _Substance(attributes.get("name", ""), _cas(attributes))
            self._measure(self.substance, attributes)
        elif local in IDS:
            self._identify(local, attributes)
        elif local in AMOUNTS and self.stack:
            self._amount(local, attributes)

    def _open(self, kind: str, attributes: Mapping[str, str]) -> None:
        parent = self.stack[-1] if self.stack else None
        if parent is not None:
            self._settle(parent)
        opened = _Open(kind, parent, self._number(attributes, _COUNTS, 1.0) if kind == "part" else 1.0)
        opened.number = next((attributes[k] for k in _NUMBERS if attributes.get(k)), "")
        opened.name = next((attributes[k] for k in _NAMES if attributes.get(k)), "")
        opened.mass_kg = self._mass(attributes)
        self.stack.append(opened)

    def _settle(self, opened: _Open) -> None:
        """Fix the part number of what has begun: it is needed by what lies inside."""
        opened.inner += 1
        if opened.key:
            return
        wanted = opened.number or opened.name or f"{opened.kind} {len(self.names) + 1}"
        if opened.kind == "material" and opened.parent is not None:
            wanted = f"{opened.parent.key}: {wanted}"
        opened.key = wanted
        count = 1
        while opened.key in self.names:
            count += 1
            opened.key = f"{wanted} ({count})"
        self.names.add(opened.key)

    def _identify(self, local: str, attributes: Mapping[str, str]) -> None:
        if local == "ProductID" and self.stack:
            here = self.stack[-1]
            here.number = here.number or next((attributes[k] for k in _NUMBERS if attributes.get(k)), "")
            here.name = here.name or next((attributes[k] for k in _NAMES if attributes.get(k)), "")
        elif self.substance is not None and attributes.get("authority", "CAS").upper() == "CAS":
            self.substance.cas = self.substance.cas or attributes.get("identity", "").strip()

    def _amount(self, local: str, attributes: Mapping[str, str]) -> None:
        if self.substance is not None:
            if local == "Concentration":
                self.substance.share = self._number(attributes, ("value", "concentration"), 0.0) * SHARES["percent"]
            else:
                self._measure(self.substance, attributes)
            return
        mass = self._mass(attributes)
        self.stack[-1].mass_kg = self.stack[-1].mass_kg if mass is None else mass

    def _measure(self, substance: _Substance, attributes: Mapping[str, str]) -> None:
        unit = self._unit(attributes)
        if unit in SHARES:
            substance.share = self._number(attributes, ("value", "amount", "mass"), 0.0) * SHARES[unit]
        else:
            mass = self._mass(attributes)
            substance.kg = substance.kg if mass is None else mass

    def _unit(self, attributes: Mapping[str, str]) -> str:
        told = next((v.strip() for k, v in attributes.items() if k == "UOM" or "unitofmeasure" in k.lower()), "g")
        return UNITS.get(told.lower(), told)

    def _mass(self, attributes: Mapping[str, str]) -> float | None:
        if not any(k in attributes for k in ("mass", "amount", "value")):
            return None
        unit = self._unit(attributes)
        if unit not in KG:
            raise self._fault("unknown unit of mass", repr(unit), ", ".join((*KG, "ppm", "massPercent")))
        return self._number(attributes, ("mass", "amount", "value"), 0.0) * KG[unit]

    def _number(self, attributes: Mapping[str, str], names: tuple[str, ...], default: float) -> float:
        for name in names:
            if attributes.get(name):
                try:
                    value = float(attributes[name])
                except ValueError:
                    raise self._fault(f"{name} is no number", repr(attributes[name]), "a number") from None
                if not 0 <= value < float("inf"):
                    raise self._fault(f"{name} is no amount", repr(attributes[name]), "a number, zero or more")
                return value
        return default

    def end(self, tag: str) -> None:
        self.depth -= 1
        local = tag.rpartition("}")[2]
        if local == "Substance" and self.substance is not None:
            self.stack[-1].substances.append(self.substance)
            self.substance = None
        elif local in PARTS or local in MATERIALS:
            self._close(self.stack.pop())

    def _close(self, done: _Open) -> None:
        inner = done.inner
        self._settle(done)
        if done.kind == "part" and not (done.number or done.name) and not inner and not done.substances:
            return
        for substance in done.substances:
            self._add(done, substance)
        row: dict[str, object] = {
            "parent": done.parent.key if done.parent is not None else "",
            "part": done.key,
            "quantity": done.quantity,
            "name": done.name or done.number,
        }
        if done.mass_kg is not None:
            row["mass_kg"] = done.mass_kg
        if done.kind == "material" or done.kg:
            row |= {f"{element}_kg": kg for element, kg in done.kg.items()}
        if done.kind == "material":
            enough = done.mass_kg is None or done.named_kg >= self.complete_share * done.mass_kg
            told = bool(done.substances) and enough and not done.unclear
            if told:
                row |= {f"{e}_kg": done.kg.get(e, 0.0) for e in CAS_OF_ELEMENT.values()}
            row["form"] = _form(done.kg, told)
        else:
            row["form"] = "assembly"
        self.rows.append(row)

    def _add(self, done: _Open, substance: _Substance) -> None:
        kg = substance.kg
        if kg is None and substance.share is not None and done.mass_kg is not None:
            kg = substance.share * done.mass_kg
        done.named_kg += kg or 0.0
        metal, oxide = CAS_OF_ELEMENT.get(substance.cas), CAS_OF_OXIDE.get(substance.cas)
        element = metal or oxide
        if element is None or kg is None:
            name = substance.name.lower()
            done.unclear |= element is not None or any(rare_earth in name for rare_earth in NAMES_OF_ELEMENTS)
            return
        done.kg[element] = done.kg.get(element, 0.0) + kg / (oxide_per_element(element) if oxide else 1.0)


def _cas(attributes: Mapping[str, str]) -> str:
    return next((v.strip() for k, v in attributes.items() if k.lower() in ("cas", "casnumber", "casno")), "")


def _form(kg: Mapping[str, float], told: bool) -> str:
    """Form of a material: with a magnet's light elements a magnet; none for another that holds rare earths."""
    if kg.get("Nd", 0) + kg.get("Pr", 0) + kg.get("Sm", 0) > 0:
        return "magnet"
    return "other" if told and not kg else ""
