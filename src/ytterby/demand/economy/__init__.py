"""What a shortage costs beyond the product that lacks its material: markets first, then the sectors of an economy."""

from ytterby.demand.economy.loss import EconomyLoss, economy_loss, estimates
from ytterby.demand.economy.ration import ripple
from ytterby.demand.economy.sectors import Sectors, dependence, sectors
from ytterby.demand.economy.settling import Settled, settle

__all__ = [
    "EconomyLoss",
    "Sectors",
    "Settled",
    "dependence",
    "economy_loss",
    "estimates",
    "ripple",
    "sectors",
    "settle",
]
