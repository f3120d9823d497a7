"""Ratios on this machine: what the engine costs beside an encoder, plain loops and a pipeline.

Read in this order: timing, drawn, plain, engine, pictures, ceilings, half, starting, scaling,
report, measure.
"""

from twentyq.bench.measure import Wanted, measure
from twentyq.bench.report import Report

__all__ = ["Report", "Wanted", "measure"]
