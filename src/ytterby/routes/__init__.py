"""Routes: every lawful way from ore to customer, with its cost, time and risk."""

from ytterby.routes.forms import (
    air_break_even_usd_per_t,
    cut_off_grade,
    hazard_class,
    product_form,
    specific_activity_bq_per_g,
)
from ytterby.routes.router import Router

__all__ = [
    "Router",
    "air_break_even_usd_per_t",
    "cut_off_grade",
    "hazard_class",
    "product_form",
    "specific_activity_bq_per_g",
]
