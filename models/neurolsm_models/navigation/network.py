"""The brain of the robot: two liquids side by side, and motor neurons behind them.

One liquid is fast (membranes of a decision's length) and mixes what the sensors say now; the synaptic currents of the other last for
seconds, and carry what they no longer say.
"""

from __future__ import annotations

from neurolsm.describe.column import Column
from neurolsm.describe.input_map import RandomMap
from neurolsm.describe.laws import Constant, Gamma, Pairs, Uniform
from neurolsm.describe.lsm import LSM, Liquid, Parallel
from neurolsm.describe.neuron import LIF
from neurolsm.describe.random_graph import RandomGraph
from neurolsm.lowering import lower
from neurolsm.program import Program
from neurolsm_models.navigation.ends import attach_ends
from neurolsm_models.navigation.environment import DT
from neurolsm_models.navigation.motors import Motors
from neurolsm_models.navigation.sensing import ACTIONS, CHANNELS

STEPS = 8  # of the network in a decision
FAST, SLOW = (10, 10, 3), 200
MOTORS = Motors(actions=ACTIONS)


def lsm(seed: int) -> LSM:
    """The liquids: 300 fast neurons in a column, and 200 whose synapses last for eight seconds."""
    fast = Liquid(
        topology=Column(shape=FAST, wavelength=2.5),
        neuron=LIF(tau_syn=0.05, tau_mem=0.2, t_refractory=0.05),
        delays=Uniform(0, 0.125),
        input=RandomMap(density=0.04, weight=Gamma(0.6), inhibitory=0.4),
    )
    slow = Liquid(
        topology=RandomGraph(n=SLOW, density=0.02),
        neuron=LIF(tau_syn=8.0, tau_mem=0.1, t_refractory=0.05),
        weights=Pairs(*[Constant(0.02)] * 4),
        input=RandomMap(density=0.03, weight=Gamma(0.3), inhibitory=0.5),
    )
    return LSM(inputs=CHANNELS, liquid=Parallel((fast, slow)), seed=seed, dt=DT / STEPS)


def brain(seed: int, target: str = "loihi2", motors: Motors = MOTORS) -> Program:
    """The program of a seed, with motor neurons that know nothing yet, and neurons for the end that leads."""
    return attach_ends(motors.attach(lower(lsm(seed), target).program))
