"""The emulator's kernels under pytest-benchmark, with counts of events and bytes beside the times.

    python -m pytest benchmarks/bench_kernels.py --benchmark-columns=median,iqr,rounds

Not collected by the normal test run.
"""

from dataclasses import replace

import contenders
import numpy as np
import pytest
import workload

from neurolsm.emulator import EmulatorSimulator
from neurolsm.learn.products import product
from neurolsm.program.plasticity import SYNAPSE, Plasticity, Trace
from neurolsm.program.spikes import Spikes

KINDS = ("static", "plastic", "frozen")  # frozen: plastic synapses that do not learn


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("samples", [1, 32])
def test_kernel(benchmark, kind, samples):
    program = workload.program() if kind == "static" else workload.plastic(workload.program())
    inputs = workload.inputs(samples)
    simulator = EmulatorSimulator(program, workers=1)
    found = benchmark(simulator.run, inputs, learn=kind == "plastic")
    events = int(found.synops.sum())
    benchmark.extra_info |= {
        "events": events,
        "spikes": found.spikes.count,
        "ns_per_event": 1e9 * benchmark.stats.stats.median / events,
        "bytes_per_synapse": contenders.held(simulator) / program.synapses,
    }
    assert events > 0


@pytest.mark.parametrize("trace", [0, 100])
def test_silent_sources(benchmark, trace):
    """50,000 sources that nobody hears from, their traces at nothing or alive: what is at nothing costs less than half."""
    sources, steps = 50_000, 60
    rule = Plasticity(dw=(product("x0", 1, "x1"),), x1=Trace(50.0, 100), seed=5, stream=SYNAPSE, reset=())
    plain = workload.program(n=34, fan_out=1, inputs=sources)
    program = replace(plain, projections=(plain.projections[0], replace(plain.projections[1], plasticity=rule)))
    simulator = EmulatorSimulator(program, workers=1)
    silence = Spikes.from_dense(np.zeros((1, steps, sources), bool))
    state = simulator.state
    state.plastic[0].x1[:] = trace

    def prepare():
        simulator.state = state

    benchmark.pedantic(lambda: simulator.run(silence, carry=True), setup=prepare, rounds=10, warmup_rounds=1)
    left = simulator.state.plastic[0].x1
    benchmark.extra_info |= {"traces_alive": int((left > 0).sum())}
    assert (left == 0).all() if trace == 0 else (left > 0).all()


def test_lowering(benchmark):
    """Synapses per second from the description to the Program."""
    import neurolsm as nl

    lsm = nl.LSM(
        inputs=64,
        liquid=nl.Liquid(topology=nl.RandomGraph(n=2000, density=0.05), input=nl.RandomMap(density=0.1, weight=0.5)),
        seed=1,
    )
    program = benchmark(lambda: nl.lower(lsm).program)
    benchmark.extra_info |= {
        "synapses": program.synapses,
        "per_second": program.synapses / benchmark.stats.stats.median,
    }
    assert program.synapses > 100_000
