"""Values, signals, images and events become spikes: one encoder a file."""

from neurolsm.encode.camera import CameraEncoder
from neurolsm.encode.clipping import count_clipped
from neurolsm.encode.delta import DeltaEncoder
from neurolsm.encode.encoder import Encoder
from neurolsm.encode.events import EventEncoder
from neurolsm.encode.filterbank import FilterBank
from neurolsm.encode.latency import LatencyEncoder
from neurolsm.encode.poisson import PoissonEncoder
from neurolsm.encode.population import PopulationEncoder
from neurolsm.encode.rate import RateEncoder
from neurolsm.encode.sweep import Sweep

__all__ = [
    "CameraEncoder",
    "DeltaEncoder",
    "Encoder",
    "EventEncoder",
    "FilterBank",
    "LatencyEncoder",
    "PoissonEncoder",
    "PopulationEncoder",
    "RateEncoder",
    "Sweep",
    "count_clipped",
]
