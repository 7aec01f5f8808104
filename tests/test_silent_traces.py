"""Learning costs what is alive: traces at nothing, of neurons that are silent, are not worked on."""

from time import perf_counter

import numpy as np
import pytest
from networks import network, projection

from neurolsm.emulator import EmulatorSimulator
from neurolsm.learn.products import product
from neurolsm.plasticity import SYNAPSE, Plasticity, Trace
from neurolsm.spikes import Spikes

SOURCES, STEPS = 50_000, 60


@pytest.mark.xdist_group("plastic kernel")
def test_silent_traces_cost_less_than_half_of_live_ones():
    rule = Plasticity(dw=(product("x0", 1, "x1"),), x1=Trace(50.0, 100), seed=5, stream=SYNAPSE, reset=())
    source = np.arange(SOURCES)
    program = network(1, SOURCES, projection("wide", "input", SOURCES, source, 0 * source, 1, plasticity=rule))
    simulator = EmulatorSimulator(program)
    silence = Spikes.from_dense(np.zeros((1, STEPS, SOURCES), bool))

    def seconds(trace):
        taken = []
        for _ in range(5):
            state = simulator.state
            state.plastic[0].x1[:] = trace
            simulator.state = state
            start = perf_counter()
            simulator.run(silence, carry=True)
            taken.append(perf_counter() - start)
        return min(taken)

    seconds(0)  # compiles
    assert seconds(0) < 0.5 * seconds(100)
