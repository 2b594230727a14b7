"""World: sourced tables, scenarios, terms, units and errors: the ground that every other room stands on."""

from ytterby.world.load import SHIPPED, World

__all__ = ["SHIPPED", "World"]
