"""Functions that Numba compiles once and keeps, under a name that all of their source has a part in."""

from neurolsm.compiled.cache import compiled

__all__ = ["compiled"]
