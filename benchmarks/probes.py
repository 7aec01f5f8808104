"""What a probe of weights costs: the run is cut into pieces, and the state is read after each.

python benchmarks/probes.py [BACKEND ...]
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

import numpy as np

import neurolsm as nl

STEPS, EVERY = 200, 5
liquid = nl.Liquid(
    topology=nl.Column(shape=(10, 10, 10)), plasticity=nl.STDP(), input=nl.RandomMap(density=0.3)
)  # fmt: skip
program = nl.lower(nl.LSM(inputs=16, liquid=liquid, seed=1)).program
inputs = nl.Spikes.from_dense(np.random.default_rng(0).random((1, STEPS, 16)) < 0.2)
probe = nl.Probe(what="weight", synapses={program.plastic[0].name: range(10)}, every=EVERY)


def least(call: Callable[[], object], times: int = 5) -> float:
    """Milliseconds of the fastest of a few calls."""
    found = []
    for _ in range(times):
        start = time.perf_counter()
        call()
        found.append(1e3 * (time.perf_counter() - start))
    return min(found)


print(f"{program.n} neurons, {program.plastic[0].size:,} of {program.synapses:,} synapses learn, {STEPS} steps")
for backend in sys.argv[1:] or ("emulator", "brian2", "brian2:numpy", "lava"):
    with nl.open_simulator(program, backend) as simulator:
        nl.record(simulator, inputs, probe)  # compiles
        whole = least(lambda: simulator.run(inputs))
        probed = least(lambda: nl.record(simulator, inputs, probe))
    a_piece = (probed - whole) / (STEPS // EVERY)
    print(f"{backend:14s} plain {whole:7.1f} ms, probed {probed:7.1f} ms: {a_piece:6.2f} ms a piece more")
