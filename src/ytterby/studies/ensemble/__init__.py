"""Bands of a counterfactual: base and cases under common quasi-random samples of the world's own bands."""

from ytterby.studies.assembling import assembly_of
from ytterby.studies.ensemble.measure import GROUPS, metrics_of
from ytterby.studies.ensemble.run import BASE, Ensemble, How

__all__ = ["BASE", "GROUPS", "Ensemble", "How", "assembly_of", "metrics_of"]
