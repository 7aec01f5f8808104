"""Values, signals, images and events become spikes: one encoder a file."""

from neurolsm.encode.camera import CameraEncoder, to_events
from neurolsm.encode.clipping import count_clipped
from neurolsm.encode.delta import DeltaEncoder
from neurolsm.encode.encoder import Encoder
from neurolsm.encode.events import EventEncoder
from neurolsm.encode.filterbank import FilterBank
from neurolsm.encode.latency import LatencyEncoder
from neurolsm.encode.poisson import PoissonEncoder
from neurolsm.encode.population import PopulationEncoder
from neurolsm.encode.rate import RateEncoder
from neurolsm.encode.signed import SignedRateEncoder
from neurolsm.encode.sweep import Sweep
from neurolsm.encode.together import Together
from neurolsm.encode.transformed import Transformed

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
    "SignedRateEncoder",
    "Sweep",
    "Together",
    "Transformed",
    "count_clipped",
    "to_events",
]
