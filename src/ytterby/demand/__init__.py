"""Use, substitution and electric vehicles: who buys how much of what, and what a shortage does to them."""

from ytterby.demand.adoption import (
    AdoptionTest,
    LogisticFit,
    adoption_test,
    baseline_path,
    ev_history,
    fit_logistic,
)
from ytterby.demand.bottomup import BottomUp, bottom_up
from ytterby.demand.goods import HORIZONS, annual_demand, annual_goods, goods, magnet_elements, totals
from ytterby.demand.motor import MotorCost, motor_cost
from ytterby.demand.shortfall import Delay, grade_weights, region_of, shortage_share, shortfall
from ytterby.demand.stops import StockCover, brier, expected_lost_weeks, line_stops, stop_probability
from ytterby.demand.substitution import Substitute, relief, substitutes
from ytterby.demand.wind import WindShortfall, generator_cost, wind_shortfall

__all__ = [
    "HORIZONS",
    "AdoptionTest",
    "BottomUp",
    "Delay",
    "LogisticFit",
    "MotorCost",
    "StockCover",
    "Substitute",
    "WindShortfall",
    "adoption_test",
    "annual_demand",
    "annual_goods",
    "baseline_path",
    "bottom_up",
    "brier",
    "ev_history",
    "expected_lost_weeks",
    "fit_logistic",
    "generator_cost",
    "goods",
    "grade_weights",
    "line_stops",
    "magnet_elements",
    "motor_cost",
    "region_of",
    "relief",
    "shortage_share",
    "shortfall",
    "stop_probability",
    "substitutes",
    "totals",
    "wind_shortfall",
]
