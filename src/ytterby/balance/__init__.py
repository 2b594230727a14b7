"""The reconciliation of a base year: published statistics that do not close, made into one balanced chain."""

from ytterby.balance.balanced import BalancedYear
from ytterby.balance.reconcile import leave_one_out, reconcile

__all__ = ["BalancedYear", "leave_one_out", "reconcile"]
