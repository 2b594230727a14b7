"""From a supply path by period, place and grade to stopped lines, later cars and turbines, cost and carbon."""

from ytterby.studies.delay.record import StopRecord, stop_record
from ytterby.studies.delay.study import DelayStudy, delay, delay_band
from ytterby.studies.delay.supply import Supply, supply_named, supply_of, supply_table

__all__ = [
    "DelayStudy",
    "StopRecord",
    "Supply",
    "delay",
    "delay_band",
    "stop_record",
    "supply_named",
    "supply_of",
    "supply_table",
]
