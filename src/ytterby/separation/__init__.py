"""Separation: the physics of splitting rare earths, who needs how much acid, and what it costs where."""

from ytterby.separation.circuit import Circuit, CircuitFlows, Cut, parse_circuit, read_circuit, run_circuit
from ytterby.separation.compare import Comparison, compare, shapley_causes
from ytterby.separation.factors import Factors, read_factors
from ytterby.separation.feeds import Feed, read_feed
from ytterby.separation.inventory import AcidUse, Inventory, take_inventory
from ytterby.separation.process import Separation

__all__ = [
    "AcidUse",
    "Circuit",
    "CircuitFlows",
    "Comparison",
    "Cut",
    "Factors",
    "Feed",
    "Inventory",
    "Separation",
    "compare",
    "parse_circuit",
    "read_circuit",
    "read_factors",
    "read_feed",
    "run_circuit",
    "shapley_causes",
    "take_inventory",
]
