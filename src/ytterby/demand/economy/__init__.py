"""What a shortage costs beyond the product that lacks its material: markets first, then the sectors of an economy."""

from ytterby.demand.economy.loss import EconomyLoss, economy_loss, estimates
from ytterby.demand.economy.ration import ripple
from ytterby.demand.economy.sectors import DETAILED, Sectors, dependence, economies, sectors, standing_still, zone
from ytterby.demand.economy.settling import Settled, settle

__all__ = [
    "DETAILED",
    "EconomyLoss",
    "Sectors",
    "Settled",
    "dependence",
    "economies",
    "economy_loss",
    "estimates",
    "ripple",
    "sectors",
    "settle",
    "standing_still",
    "zone",
]
