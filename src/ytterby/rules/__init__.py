"""Export controls and origin rules as dated data, and the one evaluator that reads them.

This is a model of rules, not legal advice.
"""

from ytterby.rules.decision import DecisionTree
from ytterby.rules.engine import Rules
from ytterby.rules.shipment import Holding, Input, Item, Party, Shipment, Step, read_shipment
from ytterby.rules.validate import regime_faults

__all__ = [
    "DecisionTree",
    "Holding",
    "Input",
    "Item",
    "Party",
    "Rules",
    "Shipment",
    "Step",
    "read_shipment",
    "regime_faults",
]
