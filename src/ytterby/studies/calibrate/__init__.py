"""Calibration in the open: named parameters fitted inside their bands to named observations, held-out ones unread."""

from ytterby.studies.calibrate.estimate import Estimate, estimate
from ytterby.studies.calibrate.named import Calibration, named
from ytterby.studies.calibrate.study import Calibrated, calibrate

__all__ = ["Calibrated", "Calibration", "Estimate", "calibrate", "estimate", "named"]
