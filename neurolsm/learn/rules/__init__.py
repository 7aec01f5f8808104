"""Ready learning rules, one file each."""

from neurolsm.learn.rules.custom import Rule
from neurolsm.learn.rules.delta import DeltaRule
from neurolsm.learn.rules.homeostasis import Homeostasis
from neurolsm.learn.rules.intrinsic import IntrinsicPlasticity
from neurolsm.learn.rules.oja import Oja
from neurolsm.learn.rules.prototype import PrototypeRule
from neurolsm.learn.rules.reward_stdp import RewardSTDP
from neurolsm.learn.rules.scaling import SynapticScaling
from neurolsm.learn.rules.stdp import STDP
from neurolsm.learn.rules.triplet import TripletSTDP

__all__ = [
    "STDP", "DeltaRule", "Homeostasis", "IntrinsicPlasticity", "Oja", "PrototypeRule", "RewardSTDP", "Rule", "SynapticScaling", "TripletSTDP",
]  # fmt: skip
