"""Instruments: how good a liquid is, apart from any task. One measure a file, each with its definition and its source."""

from neurolsm.measure.liquid.balance import Balance, balance
from neurolsm.measure.liquid.branching import branching_factor
from neurolsm.measure.liquid.capacity import Capacity, processing_capacity
from neurolsm.measure.liquid.drive import drive, driven_states
from neurolsm.measure.liquid.firing import Firing, firing
from neurolsm.measure.liquid.inspection import Inspection, inspect_model, inspect_program
from neurolsm.measure.liquid.memory import memory_capacity
from neurolsm.measure.liquid.perturbation import Perturbation, perturbation
from neurolsm.measure.liquid.rank import jittered, state_rank
from neurolsm.measure.liquid.separation import class_separation, separation
from neurolsm.measure.liquid.trajectory import trajectory

__all__ = [
    "Balance",
    "Capacity",
    "Firing",
    "Inspection",
    "Perturbation",
    "balance",
    "branching_factor",
    "class_separation",
    "drive",
    "driven_states",
    "firing",
    "inspect_model",
    "inspect_program",
    "jittered",
    "memory_capacity",
    "perturbation",
    "processing_capacity",
    "separation",
    "state_rank",
    "trajectory",
]
