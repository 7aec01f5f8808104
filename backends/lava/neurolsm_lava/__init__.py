"""Lava backend of neurolsm: a fused process for the CPU simulator, stock processes for the chip."""

from neurolsm_lava.backend import LavaBackend

__all__ = ["LavaBackend"]
