"""The facts: a shipment and the graph of steps that made it. What is not known is None, never "no"."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ytterby.world.errors import Fault, InputError

StepKind = Literal["mine", "crack", "separate", "reduce", "alloy", "magnet", "assemble", "recycle"]
STEP_KINDS: tuple[str, ...] = (
    "mine",
    "crack",
    "separate",
    "reduce",
    "alloy",
    "magnet",
    "assemble",
    "recycle",
)

NOT_LISTED = "unlisted"
"""Name of a party that the user declares to stand on no list and to be held 50 % or more by none."""


class _Facts(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Holding(_Facts):
    """A share in a party."""

    holder: str
    share: float = Field(ge=0, le=1)
    country: str | None = None
    """Country of the holder; None: unknown."""
    owners: tuple[Holding, ...] = ()
    """Who holds the holder."""


class Party(_Facts):
    """Someone who takes part in a shipment."""

    name: str
    country: str | None = None
    owners: tuple[Holding, ...] | None = None
    """None: the owners are unknown; empty: declared to have none that matters."""


class Item(_Facts):
    """What is shipped, or what a step puts out."""

    form: str | None = None
    """ore, concentrate, carbonate, oxide, compound, metal, alloy, target, magnet, assembly, end product,
    phosphor,
    catalyst, equipment, reagent, technology, service, scrap, other."""
    elements: tuple[str, ...] | None = None
    """Rare-earth elements that it contains by intention; None: unknown; empty: none."""
    base: str | None = None
    """Family of a magnet or alloy: NdFeB, SmCo, or the partner metals of an alloy (Fe, Co ...)."""
    code: str | None = None
    """Control code, if the item was classified."""
    cas: str | None = None
    commodity: str | None = None
    name: str = ""


class Input(_Facts):
    """What a step takes from an earlier one."""

    step: str
    share: float = Field(1.0, ge=0, le=1)
    """Share of the earlier step's output that goes in here."""


class Step(_Facts):
    """One step of making."""

    id: str
    kind: StepKind
    country: str | None = None
    operator: Party | None = None
    technology_country: str | None = None
    """Where the technology of this step comes from; None: unknown."""
    inputs: tuple[Input, ...] = ()
    output: Item = Item()
    mass_kg: float | None = Field(None, ge=0)
    value_usd: float | None = Field(None, ge=0)
    values_usd: Mapping[str, float] = Field(default_factory=dict)
    """Value under each basis of the switch value-basis, where they differ."""
    allocated_origin: str | None = None
    """Origin that a mass-balance certificate allots to this lot."""
    evidence: str = ""
    """Document that shows what is said of this step."""


class Shipment(_Facts):
    """One movement of one item."""

    item: Item = Item()
    steps: tuple[Step, ...] = ()
    """The lot graph; the last step that nothing takes from is the item itself."""
    mass_kg: float | None = Field(None, ge=0)
    value_usd: float | None = Field(None, ge=0)
    values_usd: Mapping[str, float] = Field(default_factory=dict)
    origin_country: str | None = None
    """Origin of the item as such, where no lot graph says it."""
    step_countries: Mapping[str, str] = Field(default_factory=dict)
    """Country of each step kind, where no lot graph says it; several are separated by semicolons."""
    technology_countries: Mapping[str, str] = Field(default_factory=dict)
    """Technology origin of each step kind (``any``: of all), where no lot graph says it."""
    value_share: float | None = Field(None, ge=0)
    """Value share of listed inputs, where it was computed elsewhere."""
    value_share_low: float | None = Field(None, ge=0)
    value_share_high: float | None = Field(None, ge=0)
    ship_from: str | None = None
    ship_to: str | None = None
    transit: tuple[str, ...] = ()
    exporter: Party | None = None
    end_user: Party | None = None
    user_kind: str | None = None
    """civil, military, us-dod, listed; None: unknown."""
    end_use: str | None = None
    """civil, military, military-strengthening, wmd, terrorism, humanitarian, logic, memory,
    semiconductor-tools,
    military-ai, rare-earth-processing; None: unknown."""
    measures: Mapping[str, float] = Field(default_factory=dict)
    """Other quantities that clauses name: logic_nm, memory_layers, us_controlled_share, mass_purity ..."""
    date: datetime.date | None = None
    """Day of shipment; default: the day asked."""
    label: str = ""
    evidence: Mapping[str, str] = Field(default_factory=dict)
    """Document that shows each fact, by the fact's name: ``value_share = "invoice 4711"``."""


def read_shipment(raw: Mapping[str, Any], where: str = "shipment") -> Shipment:
    """Check one shipment's facts; raises InputError with every fault."""
    try:
        shipment = Shipment.model_validate(raw)
    except ValidationError as error:
        raise InputError(
            "shipment does not fit its model",
            [
                Fault(f"{where}, {'.'.join(str(p) for p in e['loc'])}", repr(e.get("input"))[:80], e["msg"])
                for e in error.errors()
            ],
        ) from error
    known = {step.id for step in shipment.steps}
    faults = [
        Fault(f"{where}, step {step.id}", f"input {i.step!r}", f"one of {', '.join(sorted(known))}")
        for step in shipment.steps
        for i in step.inputs
        if i.step not in known
    ]
    if len(known) != len(shipment.steps):
        faults.append(Fault(f"{where}, steps", "the same id twice", "each id once"))
    if faults:
        raise InputError("the lot graph does not hang together", faults)
    return shipment
