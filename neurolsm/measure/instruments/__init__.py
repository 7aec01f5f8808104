"""Instruments: how good a liquid is, apart from any task. One measure a file, each with its definition and its source."""

from neurolsm.measure.instruments.balance import Balance, balance
from neurolsm.measure.instruments.branching import branching_factor
from neurolsm.measure.instruments.capacity import Capacity, processing_capacity
from neurolsm.measure.instruments.drive import drive, driven_states
from neurolsm.measure.instruments.firing import Firing, firing
from neurolsm.measure.instruments.inspection import Inspection, inspect_model, inspect_program
from neurolsm.measure.instruments.memory import memory_capacity
from neurolsm.measure.instruments.perturbation import Perturbation, perturbation
from neurolsm.measure.instruments.rank import jittered, state_rank
from neurolsm.measure.instruments.rates import Rates, rates
from neurolsm.measure.instruments.separation import class_separation, separation
from neurolsm.measure.instruments.trajectory import trajectory

__all__ = [
    "Balance",
    "Capacity",
    "Firing",
    "Inspection",
    "Perturbation",
    "Rates",
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
    "rates",
    "separation",
    "state_rank",
    "trajectory",
]
