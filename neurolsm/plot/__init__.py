"""Pictures of what came out; every function takes ``ax=None`` and returns the axes."""

from neurolsm.plot.agreement import agreement
from neurolsm.plot.raster import overlay, raster

__all__ = ["agreement", "overlay", "raster"]
