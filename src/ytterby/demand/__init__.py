"""Use, substitution and electric vehicles: who buys how much of what, and what a shortage does to them."""

from ytterby.demand.adoption import AdoptionTest, adoption_test, baseline_path, ev_history, target_pull
from ytterby.demand.bottomup import BottomUp, bottom_up
from ytterby.demand.curves import BassFit, LogisticFit, TargetPull, at_cost, fit_bass, fit_logistic
from ytterby.demand.goods import HORIZONS, annual_demand, annual_goods, elements, goods, magnet_elements, totals
from ytterby.demand.inuse import fleet, in_use, intensity, stock_and_flow, surviving
from ytterby.demand.motor import MotorCost, motor_cost, motor_types
from ytterby.demand.retired import purchases, recoverable, recovery, retired
from ytterby.demand.shortfall import Delay, grade_weights, region_of, shortage_share, shortfall
from ytterby.demand.stops import StockCover, brier, expected_lost_weeks, line_stops, stop_probability
from ytterby.demand.substitution import Substitute, relief, substitutes
from ytterby.demand.wind import WindShortfall, generator_cost, wind_shortfall

__all__ = [
    "HORIZONS",
    "AdoptionTest",
    "BassFit",
    "BottomUp",
    "Delay",
    "LogisticFit",
    "MotorCost",
    "StockCover",
    "Substitute",
    "TargetPull",
    "WindShortfall",
    "adoption_test",
    "annual_demand",
    "annual_goods",
    "at_cost",
    "baseline_path",
    "bottom_up",
    "brier",
    "elements",
    "ev_history",
    "expected_lost_weeks",
    "fit_bass",
    "fit_logistic",
    "fleet",
    "generator_cost",
    "goods",
    "grade_weights",
    "in_use",
    "intensity",
    "line_stops",
    "magnet_elements",
    "motor_cost",
    "motor_types",
    "purchases",
    "recoverable",
    "recovery",
    "region_of",
    "relief",
    "retired",
    "shortage_share",
    "shortfall",
    "stock_and_flow",
    "stop_probability",
    "substitutes",
    "surviving",
    "target_pull",
    "totals",
    "wind_shortfall",
]
