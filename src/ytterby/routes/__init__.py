"""Routes: every lawful way from ore to customer, with its cost, time and risk."""

from ytterby.routes.corridors import corridor_table
from ytterby.routes.export import geojson, leg_lines, legs_table, ways_table, write_excel, write_geojson
from ytterby.routes.follow import follow
from ytterby.routes.forms import (
    HazardClass,
    air_break_even_usd_per_t,
    cut_off_grade,
    hazard_class,
    product_form,
    specific_activity_bq_per_g,
)
from ytterby.routes.months import months_table
from ytterby.routes.page import pictures, write_files, write_page
from ytterby.routes.resilience import (
    Cut,
    YearlyFlow,
    closure_costs,
    fragile_first,
    smallest_country_cut,
    smallest_leg_cut,
    yearly_flow,
)
from ytterby.routes.router import Router
from ytterby.routes.simulate import Comparison, DoorToDoor, Said, compare_ways, door_to_door

__all__ = [
    "Comparison",
    "Cut",
    "DoorToDoor",
    "HazardClass",
    "Router",
    "Said",
    "YearlyFlow",
    "air_break_even_usd_per_t",
    "closure_costs",
    "compare_ways",
    "corridor_table",
    "cut_off_grade",
    "door_to_door",
    "follow",
    "fragile_first",
    "geojson",
    "hazard_class",
    "leg_lines",
    "legs_table",
    "months_table",
    "pictures",
    "product_form",
    "smallest_country_cut",
    "smallest_leg_cut",
    "specific_activity_bq_per_g",
    "ways_table",
    "write_excel",
    "write_files",
    "write_geojson",
    "write_page",
    "yearly_flow",
]
