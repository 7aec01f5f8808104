"""A chip on a desk: one million neurons and about 119 million synapses, lowered for Loihi 2 and emulated.

A random graph, so that no neighbourhood helps the cache; delays of 0 to 5 steps; weights for which about 1 % of the neurons
fire in a step. More synapses are drawn, of which some round to 0. Membranes start at random voltages, else all neurons would
fire together. One sample runs on one core. Seconds are those of the processor. Ends with exit code 2 and one message where
the machine has too little memory.

Run:  python benchmarks/desk_chip.py [neurons] [steps]        (about 7 GB and 2 minutes at full size)
"""

from __future__ import annotations

import resource
import sys
import time

import numpy as np
from numpy.typing import NDArray

import neurolsm as nl
from neurolsm.emulator import EmulatorSimulator
from neurolsm.errors import NeuroLSMError

FAN_OUT, INPUTS, MAX_DELAY = 123, 64, 5e-3


def description(neurons: int) -> nl.LSM:
    """Fan-out and activity do not depend on the number of neurons."""
    excitatory, inhibitory = nl.Gamma(0.02), nl.Gamma(0.12)
    liquid = nl.Liquid(
        topology=nl.RandomGraph(n=neurons, density=FAN_OUT / (neurons - 1)),
        neuron=nl.LIF(tau_syn=4e-3, tau_mem=30e-3, v_leak=nl.Uniform(0.9, 1.15)),
        weights=nl.Pairs(ee=excitatory, ei=excitatory, ie=inhibitory, ii=inhibitory),
        delays=nl.Uniform(0, MAX_DELAY),
        input=nl.RandomMap(density=0.02, weight=0.05),
    )
    return nl.LSM(inputs=INPUTS, liquid=liquid, seed=1)


def memory() -> float:
    """Peak memory of this process so far, in GB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e9 if sys.platform == "darwin" else 1e6)


def size(arrays: dict[str, NDArray[np.generic]]) -> float:
    return float(sum(a.nbytes for a in arrays.values()))


def measure(neurons: int = 1_000_000, steps: int = 100) -> dict[str, float]:
    """Seconds of the processor (one thread works), bytes, and steps per second at the activity that was reached."""
    start = time.process_time()
    program = nl.lower(description(neurons)).program
    lowered = time.process_time()
    found = {
        "neurons": float(program.n),
        "synapses": float(program.synapses),
        "lower_s": lowered - start,
        "lower_synapses_per_s": program.synapses / (lowered - start),
        "lower_peak_gb": memory(),
    }
    simulator = EmulatorSimulator(program, workers=1)
    found["tables_s"] = time.process_time() - lowered
    state = simulator.state
    state.v[:] = np.random.default_rng(1).integers(0, int(program.neurons.vth[0]) << 6, program.n)
    simulator.state = state
    rng = np.random.default_rng(2)
    inputs = [nl.Spikes.from_dense(rng.random((1, steps, INPUTS)) < 0.02) for _ in range(2)]
    simulator.run(inputs[0], carry=True)  # away from the start
    begin = time.process_time()
    recording = simulator.run(inputs[1], carry=True)
    seconds = time.process_time() - begin
    return found | {
        "activity": recording.spikes.count / steps / program.n,
        "steps_per_s": steps / seconds,
        "events_per_s": float(recording.synops.sum()) / seconds,
        "ns_an_event": 1e9 * seconds / float(recording.synops.sum()),
        "program_bytes_a_synapse": size(program.arrays()) / program.synapses,
        "emulator_bytes_a_synapse": simulator.table_bytes / program.synapses,
        "peak_gb": memory(),
    }


if __name__ == "__main__":
    try:
        for key, value in measure(*map(int, sys.argv[1:])).items():
            print(f"{key:26s} {value:,.4g}" if value < 1e4 else f"{key:26s} {value:,.0f}")
    except NeuroLSMError as error:
        print(f"desk_chip: {error}", file=sys.stderr)
        sys.exit(2)
