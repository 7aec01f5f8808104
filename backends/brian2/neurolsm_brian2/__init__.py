"""The Brian2 backend of neurolsm: generated C++ that is built once for each program, and Brian2's NumPy target."""

from neurolsm_brian2.backend import Brian2Backend
from neurolsm_brian2.simulator import Brian2Simulator

__all__ = ["Brian2Backend", "Brian2Simulator"]
