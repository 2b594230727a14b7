"""Approvals that a shipment needs only once: the network told apart by what has been paid.

A search adds up arcs, so it would pay such an approval at every entry. Here each state stands once for every set of
approvals paid so far, and an arc of an approval paid before costs without it. Plain searches over the unfolded network
then find the exact answers, whatever they minimise: a state with its set of approvals is all that the past decides.
Most shipments need no such approval and keep the network as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ytterby.routes.network import Ints, RouteNetwork
from ytterby.routes.policy import Charges, Policy, log_pass_of
from ytterby.routes.pricing import ArcCosts


@dataclass(frozen=True)
class Unfolded:
    """A network in as many layers as there are sets of approvals; layer 0, nothing paid, is the network itself."""

    network: RouteNetwork
    approvals: tuple[Policy, ...]
    """Layer l has paid the approvals whose bits are set in l."""
    paid: tuple[Ints, ...]
    """For each approval, the arcs of the unfolded network that would charge it again."""

    def costs(self, once: ArcCosts, payload_t_per_teu: float) -> ArcCosts:
        """Return the costs of the unfolded arcs from those of the network's own (``once``)."""
        if not self.approvals:
            return once
        layers = 1 << len(self.approvals)
        usd, days, log_pass = (np.tile(x, layers) for x in (once.usd, once.days, once.log_pass))
        for approval, arcs in zip(self.approvals, self.paid, strict=True):
            usd[:, arcs] -= np.array(approval.usd_per_teu)[:, None] / payload_t_per_teu
            days[:, arcs] -= np.array(approval.days)[:, None]
            log_pass[arcs] -= log_pass_of(approval)
        usd, days, log_pass = (np.maximum(x, 0.0) for x in (usd, days, log_pass))  # what rounding leaves below zero
        kg, delay = np.tile(once.kg_co2e, layers), np.tile(once.delay, layers)
        return ArcCosts(usd, days, log_pass, kg, np.tile(once.open, layers), delay)


def unfold(network: RouteNetwork, charge: Charges) -> Unfolded:
    """Return the network by the approvals paid; with none that is charged on two carriages, the network itself."""
    charged: dict[Policy, list[int]] = {}
    for ride, policies in charge.approvals.items():
        for policy in policies:
            charged.setdefault(policy, []).append(ride)
    approvals = tuple(policy for policy, rides in charged.items() if len(rides) > 1)
    if not approvals:
        return Unfolded(network, (), ())
    layers, arcs = 1 << len(approvals), len(network.tail)
    charging = [np.isin(network.carriage, charged[policy]) for policy in approvals]
    pays = np.sum([mask.astype(np.int64) << bit for bit, mask in enumerate(charging)], axis=0)
    tail, head = [], []
    for layer in range(layers):
        tail.append(network.tail + layer * network.states)
        head.append(network.head + (layer | pays) * network.states)
    paid = tuple(
        np.concatenate([np.flatnonzero(mask) + layer * arcs for layer in range(layers) if layer >> bit & 1])
        for bit, mask in enumerate(charging)
    )
    deep = replace(
        network,
        state_hub=np.tile(network.state_hub, layers),
        state_kind=network.state_kind * layers,
        tail=np.concatenate(tail),
        head=np.concatenate(head),
        carriage=np.tile(network.carriage, layers),
        transfer=network.transfer * layers,
        arrivals={
            hub: np.concatenate([ends + layer * network.states for layer in range(layers)])
            for hub, ends in network.arrivals.items()
        },
    )
    return Unfolded(deep, approvals, paid)


def asked_again(charge: Charges, rides: Sequence[int]) -> tuple[str, ...]:
    """Return the approvals that a way's carriages (-1: a transfer) meet beyond the first time, by key."""
    seen: set[str] = set()
    again: dict[str, None] = {}
    for policy in (p for ride in rides for p in charge.approvals.get(ride, ())):
        if policy.policy in seen:
            again[policy.policy] = None
        seen.add(policy.policy)
    return tuple(again)
