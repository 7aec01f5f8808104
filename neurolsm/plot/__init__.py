"""Pictures of what came out; every function takes ``ax=None`` and returns the axes."""

from neurolsm.plot.agreement import agreement
from neurolsm.plot.learning import learning_curve
from neurolsm.plot.raster import overlay, raster
from neurolsm.plot.rules import fixed_point, learning_window

__all__ = ["agreement", "fixed_point", "learning_curve", "learning_window", "overlay", "raster"]
