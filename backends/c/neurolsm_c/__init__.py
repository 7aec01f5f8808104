"""The C99 backend of neurolsm: programs for microcontrollers, with the same bits and the same learning."""

from neurolsm_c.backend import CBackend
from neurolsm_c.drawn import redraw
from neurolsm_c.export import export
from neurolsm_c.memory import pack, unpack
from neurolsm_c.midlife import read_back, struct_of
from neurolsm_c.simulator import CSimulator

__all__ = ["CBackend", "CSimulator", "export", "pack", "read_back", "redraw", "struct_of", "unpack"]
