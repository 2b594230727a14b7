"""Separation: the physics of splitting rare earths, who needs how much acid, and what it costs where."""

from ytterby.separation.circuit import Circuit, CircuitFlows, Cut, parse_circuit, read_circuit, run_circuit
from ytterby.separation.compare import Comparison, compare, shapley_causes
from ytterby.separation.cut_design import CutDesign, design_cut
from ytterby.separation.design import CircuitDesign, design
from ytterby.separation.downstream import Downstream, downstream
from ytterby.separation.factors import Factors, read_factors
from ytterby.separation.feasibility import Split, judge_split
from ytterby.separation.feeds import Feed, read_feed
from ytterby.separation.inventory import AcidUse, Inventory, take_inventory
from ytterby.separation.plants import against_plants
from ytterby.separation.process import Separation
from ytterby.separation.published import against_costs, site_table
from ytterby.separation.simulation import CircuitSimulation
from ytterby.separation.starting import Commissioning
from ytterby.separation.steady import Cascade, SteadyState, Stream, solve_cascade
from ytterby.separation.synthesis import Weights, synthesise
from ytterby.separation.transient import StartUp, start_up

__all__ = [
    "AcidUse",
    "Cascade",
    "Circuit",
    "CircuitDesign",
    "CircuitFlows",
    "CircuitSimulation",
    "Commissioning",
    "Comparison",
    "Cut",
    "CutDesign",
    "Downstream",
    "Factors",
    "Feed",
    "Inventory",
    "Separation",
    "Split",
    "StartUp",
    "SteadyState",
    "Stream",
    "Weights",
    "against_costs",
    "against_plants",
    "compare",
    "design",
    "design_cut",
    "downstream",
    "judge_split",
    "parse_circuit",
    "read_circuit",
    "read_factors",
    "read_feed",
    "run_circuit",
    "shapley_causes",
    "site_table",
    "solve_cascade",
    "start_up",
    "synthesise",
    "take_inventory",
]
