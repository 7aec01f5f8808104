"""How much faster the fused model is than the network of stock Lava processes, end to end, on the same work.

1,000 neurons with 50 recurrent synapses each, 300 inputs, 100 steps per sample; once with delays 0 to 5, for which stock
Lava has the slow DelaySparse, and once without. Both models are open and have run once before the clock starts; a
sample's time includes putting the input in and taking spikes, u and v out.

Run:  python backends/lava/benchmarks/stock_vs_fused.py [samples of the fused model] [samples of the stock network]
"""

from __future__ import annotations

import sys

import numpy as np
from neurolsm_lava import LavaBackend

from neurolsm.execute.recording import Recording
from neurolsm.program import INPUT, NEURON, Neurons, Population, Program, Projection
from neurolsm.program.spikes import Spikes
from neurolsm.semantics import ReferenceSimulator

N, INPUTS, FAN_OUT, STEPS = 1000, 300, 50, 100


def workload(max_delay: int, seed: int = 3) -> Program:
    """A fifth of the neurons is inhibitory and four times as strong."""
    rng = np.random.default_rng(seed)
    inhibitory = rng.random(N) < 0.2
    strength = rng.integers(6, 40, (N, FAN_OUT)) * 0.6
    weight = (np.where(inhibitory[:, None], -4 * strength, strength).astype(np.int64) // 2 * 2).ravel()
    recurrent = projection("recurrent", NEURON, N, FAN_OUT, weight, rng.integers(0, max_delay + 1, N * FAN_OUT), rng)
    fan_in = int(0.03 * N)
    feed = projection(
        "feed", INPUT, INPUTS, fan_in, rng.integers(40, 250, INPUTS * fan_in) // 2 * 2, np.zeros(INPUTS * fan_in), rng
    )
    constant = lambda value: np.full(N, value, np.int32)  # noqa: E731
    neurons = Neurons(
        du=constant(409),
        dv=constant(200),
        vth=constant(3000),
        bias_mant=(rng.integers(0, 40, N) * 4).astype(np.int32),
        bias_exp=constant(0),
        refractory=constant(0),
        theta_step=constant(0),
        theta_decay=constant(0),
    )
    return Program("loihi2", "loihi", 1e-3, seed, INPUTS, (Population("liquid", 0, N),), neurons, (feed, recurrent))


def projection(
    name: str, source: str, sources: int, fan_out: int, weight: np.ndarray, delay: np.ndarray, rng: np.random.Generator
) -> Projection:
    post = np.concatenate([np.sort(rng.choice(N, fan_out, replace=False)) for _ in range(sources)])
    indptr = np.arange(sources + 1, dtype=np.int64) * fan_out
    return Projection(
        name, source, "mixed", 0, indptr, post.astype(np.int32), weight.astype(np.int16), delay.astype(np.uint8)
    )


def samples(count: int, rate: float = 0.02, seed: int = 7) -> Spikes:
    return Spikes.from_dense(np.random.default_rng(seed).random((count, STEPS, INPUTS)) < rate)


def measure(program: Program, model: str, inputs: Spikes, warm: Spikes, **options: int) -> Recording:
    with LavaBackend.open(program, model=model, **options) as simulator:
        simulator.run(warm)
        recording = simulator.run(inputs)
    print(
        f"{model:5s} {options.get('lanes', 1):3d} lanes  {1e3 * recording.seconds / len(inputs):9.2f} ms/sample  "
        f"{recording.spikes.count} spikes in {len(inputs)} samples",
        flush=True,
    )
    return recording


def compare(max_delay: int, many: int, few: int) -> bool:
    print(f"delays 0 to {max_delay}")
    program, inputs = workload(max_delay), samples(many)
    reference = ReferenceSimulator(program).run(inputs[:few])
    stock = measure(program, "stock", inputs[:few], inputs[:1])
    base = stock.seconds / few
    agree = stock.spikes.equal(reference.spikes)
    for lanes in (1, 8, 64):
        count = min(many, max(few, 8 * lanes))
        fused = measure(program, "fused", inputs[:count], inputs[:count], lanes=lanes)
        agree &= fused.spikes[:few].equal(reference.spikes) and np.array_equal(fused.v[:few], reference.v)
        print(f"      {base / (fused.seconds / count):10.1f} times the speed of the stock network")
    print(f"equal to the reference: {agree}")
    return agree


if __name__ == "__main__":
    many, few = [int(a) for a in sys.argv[1:]] or (512, 3)
    sys.exit(not all([compare(max_delay, many, few) for max_delay in (5, 0)]))
