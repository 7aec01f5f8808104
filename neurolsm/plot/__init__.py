"""Pictures of what came out; every function takes ``ax=None`` and returns the axes."""

from neurolsm.plot.agreement import agreement
from neurolsm.plot.connectivity import column, connectivity
from neurolsm.plot.controls import with_controls
from neurolsm.plot.learning import learning_curve
from neurolsm.plot.outcome import confusion, outcome
from neurolsm.plot.over_time import over_time
from neurolsm.plot.raster import overlay, raster
from neurolsm.plot.rate import rate
from neurolsm.plot.rules import fixed_point, learning_window
from neurolsm.plot.series_drift import series_drift_curve
from neurolsm.plot.voltage import voltage
from neurolsm.plot.weights import weights

__all__ = [
    "agreement",
    "column",
    "confusion",
    "connectivity",
    "fixed_point",
    "learning_curve",
    "learning_window",
    "outcome",
    "over_time",
    "overlay",
    "raster",
    "rate",
    "series_drift_curve",
    "voltage",
    "weights",
    "with_controls",
]
