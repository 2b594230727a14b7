"""Transit policies: which territory lets which product pass, from where, to where, on which date.

A *refusal* closes the legs on the territory; a *permit* costs days, money and a chance of refusal, once each
time that a way enters the territory (leaves it, for an export rule), or once for the whole shipment where the
law asks for one approval (column ``counted``; permits.py sees to that). The caller's own rules (export control of an
item) come in as extra closures: this room does not know them.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ytterby.routes.network import Carriage, Floats, RouteNetwork
from ytterby.routes.tariffs import rows_of
from ytterby.world.load import World


@dataclass(frozen=True)
class Policy:
    """One row of the table transit_policies, in force and switched on."""

    policy: str
    country: str
    role: str
    forms: frozenset[str]
    origins: tuple[str, ...]
    destinations: tuple[str, ...]
    hub: str
    modes: frozenset[str]
    class7_only: bool
    refused: bool
    kind: str
    days: tuple[float, float]
    refusal_probability: float
    usd_per_teu: tuple[float, float, float]
    a_shipment: bool
    """Is it asked for once for the whole shipment, not for each entry?"""
    holder: str
    text: str
    premise: str

    def concerns(self, origin: str, destination: str, form: str, class7: bool, zones: dict[str, str]) -> bool:
        """Does the row speak of goods of this origin and destination country, form and hazard?"""
        if self.class7_only and not class7:
            return False
        if "*" not in self.forms and form not in self.forms:
            return False
        if not (_named(self.origins, origin, zones) and _named(self.destinations, destination, zones)):
            return False
        place = {"transit": self.country not in (origin, destination), "export": self.country == origin}
        return place.get(self.role, self.role == "any" or self.country == destination)


def _named(names: tuple[str, ...], country: str, zones: dict[str, str]) -> bool:
    if "*" in names:
        return True
    spoken = {country, zones.get(country, "")}
    if any(name.startswith("!") for name in names):
        return not any(name[1:] in spoken for name in names)
    return bool(spoken & set(names))


@dataclass(frozen=True)
class Charges:
    """What the policies that concern one shipment do to each carriage of the network."""

    closed: NDArray[np.bool_]
    usd_per_teu: Floats
    """Shape (3, carriages): point, low, high."""
    days: Floats
    """Shape (2, carriages): low, high."""
    log_pass: Floats
    """-ln(1 - p) by carriage: adds up along a way."""
    closing: dict[int, tuple[str, ...]]
    charging: dict[int, tuple[str, ...]]
    holders: dict[int, tuple[str, ...]]
    approvals: dict[int, tuple[Policy, ...]]
    """Carriage -> the approvals charged on it that a shipment needs only once."""


def log_pass_of(policy: Policy) -> float:
    """-ln(1 - p) of a permit's chance of refusal, which adds up along a way."""
    return -float(np.log1p(-min(policy.refusal_probability, 0.999)))


def read_policies(world: World, on: datetime.date) -> tuple[Policy, ...]:
    """Return the rows of transit_policies that are active and hold on the date."""
    when = pd.Timestamp(on)
    table = world.table("transit_policies")
    held = table[
        table["active"].fillna(False).astype(bool)
        & (table["valid_from"].isna() | (table["valid_from"] <= when))
        & (table["valid_to"].isna() | (table["valid_to"] >= when))
        & (table["decision"] != "free")
    ]
    number = np.nan_to_num
    return tuple(
        Policy(
            policy=row.policy,
            country=row.country,
            role=row.role,
            forms=frozenset(row.forms.split("|")),
            origins=tuple(row.origins.split("|")),
            destinations=tuple(row.destinations.split("|")),
            hub=row.hub,
            modes=frozenset(row.modes.split("|")),
            class7_only=row.hazard == "class7",
            refused=row.decision == "refused",
            kind=row.kind,
            days=(float(number(row.days_low)), float(number(row.days_high))),
            refusal_probability=float(number(row.refusal_probability)),
            usd_per_teu=(
                float(number(row.usd_per_teu_add)),
                float(number(row.usd_per_teu_add_low)),
                float(number(row.usd_per_teu_add_high)),
            ),
            a_shipment=row.counted == "shipment",
            holder=row.holder,
            text=row.text,
            premise=row.premise,
        )
        for row in rows_of(held)
    )


def zones_of_countries(world: World) -> dict[str, str]:
    """ISO3 code -> market zone, from the table countries."""
    return dict(zip(*(world.table("countries")[c] for c in ("iso3", "place")), strict=True))


def concerning(
    policies: tuple[Policy, ...],
    zones: dict[str, str],
    origin: str,
    destination: str,
    form: str,
    class7: bool,
) -> tuple[Policy, ...]:
    """Return the policies that concern a shipment; shipments with the same answer share one network."""
    return tuple(p for p in policies if p.concerns(origin, destination, form, class7, zones))


def charges(network: RouteNetwork, policies: tuple[Policy, ...]) -> Charges:
    """Apply policies to the carriages of a network."""
    count = len(network.carriages)
    closed = np.zeros(count, dtype=bool)
    usd, days, log_pass = np.zeros((3, count)), np.zeros((2, count)), np.zeros(count)
    closing: dict[int, tuple[str, ...]] = {}
    charging: dict[int, tuple[str, ...]] = {}
    holders: dict[int, tuple[str, ...]] = {}
    approvals: dict[int, tuple[Policy, ...]] = {}
    countries = network.hubs["country"].to_numpy()
    for policy in policies:
        hub = network.hub_index.get(policy.hub, -1)
        for i, carriage in enumerate(network.carriages):
            if not _touches(policy, carriage, countries, hub):
                continue
            said = f"{policy.country}: {policy.text} ({policy.kind}, {policy.policy}, {policy.premise})"
            if policy.refused:
                closed[i] = True
                closing[i] = (*closing.get(i, ()), said)
                holders[i] = (*holders.get(i, ()), policy.holder)
            else:
                usd[:, i] += policy.usd_per_teu
                days[:, i] += policy.days
                log_pass[i] += log_pass_of(policy)
                charging[i] = (*charging.get(i, ()), said)
                if policy.a_shipment:
                    approvals[i] = (*approvals.get(i, ()), policy)
    return Charges(closed, usd, days, log_pass, closing, charging, holders, approvals)


def _touches(policy: Policy, carriage: Carriage, countries: NDArray[np.object_], hub: int) -> bool:
    if "*" not in policy.modes and carriage.mode not in policy.modes:
        return False
    if policy.hub:
        leaves = carriage.origin == hub
        return (leaves or carriage.destination == hub) if policy.refused else leaves
    if policy.role == "export":  # a leg that begins at the border may name only the country beyond it
        return bool(countries[carriage.origin] == policy.country != countries[carriage.destination])
    if policy.country not in carriage.countries:
        return False
    if policy.refused:
        return True
    return bool(countries[carriage.origin] != policy.country)
