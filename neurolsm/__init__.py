"""Liquid State Machines on neuromorphic hardware: describe once, lower once, run bit for bit alike anywhere.

Names are imported when they are first used, so that ``import neurolsm`` stays fast.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from neurolsm import moved

__version__ = "0.2.0.dev0"
moved.install()

_WHERE = {
    "neurolsm.deployment": ["Adaptation", "Deployment", "Prediction", "SeriesDeployment", "deploy", "resume"],
    "neurolsm.describe.column": ["Column"],
    "neurolsm.describe.delay": ["ByDistance"],
    "neurolsm.describe.explicit": ["Explicit"],
    "neurolsm.describe.gain_control": ["gain_control"],
    "neurolsm.describe.input_map": ["OneToOne", "RandomMap", "ReceptiveFields"],
    "neurolsm.describe.laws": ["Constant", "Each", "Gamma", "Lognormal", "Pairs", "Uniform"],
    "neurolsm.describe.lsm": ["LSM", "Liquid", "Parallel", "Series"],
    "neurolsm.describe.neuron": ["LIF", "AdaptiveLIF"],
    "neurolsm.describe.random_graph": ["RandomGraph"],
    "neurolsm.describe.short_term": ["ShortTermPlasticity"],
    "neurolsm.describe.small_world": ["SmallWorld"],
    "neurolsm.encode": [
        "CameraEncoder",
        "DeltaEncoder",
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
    ],
    "neurolsm.errors": [
        "BackendFailure",
        "FileRefused",
        "InvalidValue",
        "NeuroLSMError",
        "NotAvailable",
        "TargetRefusal",
        "UnusualValue",
    ],
    "neurolsm.execute.backend": ["open_simulator"],
    "neurolsm.execute.compare": ["compare"],
    "neurolsm.execute.probe": ["Probe"],
    "neurolsm.execute.probed": ["Probed"],
    "neurolsm.execute.record": ["record"],
    "neurolsm.execute.recording": ["Recording"],
    "neurolsm.program.graded": ["Graded"],
    "neurolsm.learn.chip": ["DeltaReadout", "LinearReadout", "PrototypeReadout"],
    "neurolsm.learn.rules": [
        "STDP",
        "DeltaRule",
        "Homeostasis",
        "IntrinsicPlasticity",
        "Oja",
        "PrototypeRule",
        "RewardSTDP",
        "Rule",
        "SynapticScaling",
        "TripletSTDP",
    ],
    "neurolsm.lowering": ["lower"],
    "neurolsm.measure": ["controls", "evaluate"],
    "neurolsm.program": ["Program"],
    "neurolsm.estimators": ["LSMClassifier", "LSMRegressor", "LSMSequenceClassifier", "LSMSequenceRegressor"],
    "neurolsm.tuning": ["Tuned", "self_tune"],
    "neurolsm.describe.tuning": ["SelfTuning"],
    "neurolsm.sequence": ["Session", "StepFeatures", "open_session"],
    "neurolsm.readout": ["Counts", "Joined", "LastState", "LowPass"],
    "neurolsm.program.spikes": ["Spikes"],
    "neurolsm.program.state": ["State"],
}
_HOME = {name: module for module, names in _WHERE.items() for name in names}
__all__ = ["__version__", *sorted(_HOME)]

if TYPE_CHECKING:
    from neurolsm.deployment import Adaptation as Adaptation
    from neurolsm.deployment import Deployment as Deployment
    from neurolsm.deployment import Prediction as Prediction
    from neurolsm.deployment import SeriesDeployment as SeriesDeployment
    from neurolsm.deployment import deploy as deploy
    from neurolsm.deployment import resume as resume
    from neurolsm.describe.column import Column as Column
    from neurolsm.describe.delay import ByDistance as ByDistance
    from neurolsm.describe.explicit import Explicit as Explicit
    from neurolsm.describe.gain_control import gain_control as gain_control
    from neurolsm.describe.input_map import OneToOne as OneToOne
    from neurolsm.describe.input_map import RandomMap as RandomMap
    from neurolsm.describe.input_map import ReceptiveFields as ReceptiveFields
    from neurolsm.describe.laws import Constant as Constant
    from neurolsm.describe.laws import Each as Each
    from neurolsm.describe.laws import Gamma as Gamma
    from neurolsm.describe.laws import Lognormal as Lognormal
    from neurolsm.describe.laws import Pairs as Pairs
    from neurolsm.describe.laws import Uniform as Uniform
    from neurolsm.describe.lsm import LSM as LSM
    from neurolsm.describe.lsm import Liquid as Liquid
    from neurolsm.describe.lsm import Parallel as Parallel
    from neurolsm.describe.lsm import Series as Series
    from neurolsm.describe.neuron import LIF as LIF
    from neurolsm.describe.neuron import AdaptiveLIF as AdaptiveLIF
    from neurolsm.describe.random_graph import RandomGraph as RandomGraph
    from neurolsm.describe.short_term import ShortTermPlasticity as ShortTermPlasticity
    from neurolsm.describe.small_world import SmallWorld as SmallWorld
    from neurolsm.describe.tuning import SelfTuning as SelfTuning
    from neurolsm.encode import CameraEncoder as CameraEncoder
    from neurolsm.encode import DeltaEncoder as DeltaEncoder
    from neurolsm.encode import EventEncoder as EventEncoder
    from neurolsm.encode import FilterBank as FilterBank
    from neurolsm.encode import LatencyEncoder as LatencyEncoder
    from neurolsm.encode import PoissonEncoder as PoissonEncoder
    from neurolsm.encode import PopulationEncoder as PopulationEncoder
    from neurolsm.encode import RateEncoder as RateEncoder
    from neurolsm.encode import SignedRateEncoder as SignedRateEncoder
    from neurolsm.encode import Sweep as Sweep
    from neurolsm.encode import Together as Together
    from neurolsm.encode import Transformed as Transformed
    from neurolsm.errors import BackendFailure as BackendFailure
    from neurolsm.errors import FileRefused as FileRefused
    from neurolsm.errors import InvalidValue as InvalidValue
    from neurolsm.errors import NeuroLSMError as NeuroLSMError
    from neurolsm.errors import NotAvailable as NotAvailable
    from neurolsm.errors import TargetRefusal as TargetRefusal
    from neurolsm.errors import UnusualValue as UnusualValue
    from neurolsm.estimators import LSMClassifier as LSMClassifier
    from neurolsm.estimators import LSMRegressor as LSMRegressor
    from neurolsm.estimators import LSMSequenceClassifier as LSMSequenceClassifier
    from neurolsm.estimators import LSMSequenceRegressor as LSMSequenceRegressor
    from neurolsm.execute.backend import open_simulator as open_simulator
    from neurolsm.execute.compare import compare as compare
    from neurolsm.execute.probe import Probe as Probe
    from neurolsm.execute.probed import Probed as Probed
    from neurolsm.execute.record import record as record
    from neurolsm.execute.recording import Recording as Recording
    from neurolsm.learn.chip import DeltaReadout as DeltaReadout
    from neurolsm.learn.chip import LinearReadout as LinearReadout
    from neurolsm.learn.chip import PrototypeReadout as PrototypeReadout
    from neurolsm.learn.rules import STDP as STDP
    from neurolsm.learn.rules import DeltaRule as DeltaRule
    from neurolsm.learn.rules import Homeostasis as Homeostasis
    from neurolsm.learn.rules import IntrinsicPlasticity as IntrinsicPlasticity
    from neurolsm.learn.rules import Oja as Oja
    from neurolsm.learn.rules import PrototypeRule as PrototypeRule
    from neurolsm.learn.rules import RewardSTDP as RewardSTDP
    from neurolsm.learn.rules import Rule as Rule
    from neurolsm.learn.rules import SynapticScaling as SynapticScaling
    from neurolsm.learn.rules import TripletSTDP as TripletSTDP
    from neurolsm.lowering import lower as lower
    from neurolsm.measure import controls as controls
    from neurolsm.measure import evaluate as evaluate
    from neurolsm.program import Program as Program
    from neurolsm.program.graded import Graded as Graded
    from neurolsm.program.spikes import Spikes as Spikes
    from neurolsm.program.state import State as State
    from neurolsm.readout import Counts as Counts
    from neurolsm.readout import Joined as Joined
    from neurolsm.readout import LastState as LastState
    from neurolsm.readout import LowPass as LowPass
    from neurolsm.sequence import Session as Session
    from neurolsm.sequence import StepFeatures as StepFeatures
    from neurolsm.sequence import open_session as open_session
    from neurolsm.tuning import Tuned as Tuned
    from neurolsm.tuning import self_tune as self_tune


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'neurolsm' has no attribute {name!r}")
    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
