"""The C99 backend of neurolsm: programs for microcontrollers, with the same bits and the same learning."""

from neurolsm_c.backend import CBackend
from neurolsm_c.memory import pack, unpack
from neurolsm_c.simulator import CSimulator

__all__ = ["CBackend", "CSimulator", "pack", "unpack"]
