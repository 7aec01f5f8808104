"""Readouts on the chip: what the liquid says is counted by neurons, and neurons learn to name it."""

from neurolsm.learn.chip.delta import DeltaReadout
from neurolsm.learn.chip.linear import LinearReadout
from neurolsm.learn.chip.prototypes import PrototypeReadout

__all__ = ["DeltaReadout", "LinearReadout", "PrototypeReadout"]
