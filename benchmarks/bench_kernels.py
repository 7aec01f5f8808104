"""The emulator's kernels under pytest-benchmark, with counts of events and bytes beside the times.

    python -m pytest benchmarks/bench_kernels.py --benchmark-columns=median,iqr,rounds

Not collected by the normal test run.
"""

import contenders
import pytest
import workload

from neurolsm.emulator import EmulatorSimulator

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


def test_lowering(benchmark):
    """Synapses a second from the description to the Program."""
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
