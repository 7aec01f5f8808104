"""How the emulator compares with a bare Numba kernel that does nothing but LIF, synapses and spike counts.

1,000 neurons with 50 recurrent synapses each and delays of 0 to 5 steps, 300 inputs, 100 steps a sample, 200 samples. The
bare kernel keeps one count a neuron; the emulator records every spike, final states and synaptic operations. Both run
in turn, several times, on one thread and on all; medians of the pairwise ratios are shown.

Run:  python benchmarks/emulator_kernel.py [repeats]
"""

from __future__ import annotations

import statistics
import sys
import time

import numba as nb
import numpy as np

from neurolsm.emulator import EmulatorSimulator
from neurolsm.emulator.simulator import cores
from neurolsm.program import INPUT, NEURON, Neurons, Population, Program, Projection
from neurolsm.spikes import Spikes

N, INPUTS, FAN_OUT, FAN_IN, STEPS, SAMPLES, MAX_DELAY, RATE = 1000, 300, 50, 30, 100, 200, 5, 0.02
FLAGS = {"boundscheck": False, "error_model": "numpy"}
i32, u32 = np.int32, np.uint32


def workload(seed: int = 3) -> Program:
    """A fifth of the neurons is inhibitory and four times as strong."""
    rng = np.random.default_rng(seed)
    inhibitory = rng.random(N) < 0.2
    strength = rng.integers(6, 40, (N, FAN_OUT)) * 0.6
    recurrent = (np.where(inhibitory[:, None], -4 * strength, strength).astype(np.int64) // 2 * 2).clip(-256, 254)
    feed = rng.integers(40, 250, (INPUTS, FAN_IN)) // 2 * 2
    constant = lambda value: np.full(N, value, np.int32)  # noqa: E731
    neurons = Neurons(
        du=constant(409), dv=constant(200), vth=constant(3000), bias_mant=(rng.integers(0, 40, N) * 4).astype(np.int32),
        bias_exp=constant(0), refractory=constant(0), theta_step=constant(0), theta_decay=constant(0),
    )  # fmt: skip
    projections = (
        projection("recurrent", NEURON, recurrent, rng.integers(0, MAX_DELAY + 1, recurrent.shape), rng),
        projection("feed", INPUT, feed, np.zeros(feed.shape), rng),
    )
    return Program("loihi2", "loihi", 1e-3, seed, INPUTS, (Population("liquid", 0, N),), neurons, projections)


def projection(name: str, source: str, weight: np.ndarray, delay: np.ndarray, rng: np.random.Generator) -> Projection:
    sources, fan_out = weight.shape
    post = np.concatenate([np.sort(rng.choice(N, fan_out, replace=False)) for _ in range(sources)])
    indptr = np.arange(sources + 1, dtype=np.int64) * fan_out
    return Projection(
        name,
        source,
        "mixed",
        0,
        indptr,
        post.astype(np.int32),
        weight.ravel().astype(np.int16),
        delay.ravel().astype(np.uint8),
    )


@nb.njit(inline="always", **FLAGS)
def update(u, v, a, bias, ku, kv):
    for i in range(u.size):
        p = np.int64(u[i]) * ku
        c = i32((p + ((p >> 63) & 4095)) >> 12) + i32(a[i] << 6)
        c = i32(c - 16777216) if c > 8388608 else (i32(c + 16777216) if c <= -8388608 else c)
        u[i] = c
        a[i] = 0
        q = np.int64(v[i]) * kv
        x = i32((q + ((q >> 63) & 4095)) >> 12) + c + bias[i]
        v[i] = min(max(x, -8388607), 8388607)


@nb.njit(nogil=True, **FLAGS)
def sample(
    rows,
    unit,
    steps,
    slots,
    ptr,
    target,
    weight,
    in_ptr,
    in_target,
    in_weight,
    bias,
    ku,
    kv,
    vth,
    count,
    u,
    v,
    ring,
    fired,
):
    """One sample: ``rows`` are the bounds of each step's input events in ``unit``; delays are folded into ``target``."""
    u[:] = 0
    v[:] = 0
    ring[:] = 0
    n = u.size
    size = u32(slots * n)
    for t in range(steps):
        first = u32(t % slots) * u32(n)
        update(u, v, ring[first : first + n], bias, ku, kv)
        spikes = 0
        for i in range(n):
            fired[spikes] = i
            spikes += 1 if v[i] > vth else 0
        base = u32(((t + 1) % slots) * n)
        for k in range(spikes):
            j = u32(fired[k])
            v[j] = 0
            count[j] += 1
            for s in range(ptr[j], ptr[j + u32(1)]):
                x = base + target[s]
                if x >= size:
                    x -= size
                ring[x] += weight[s]
        row = ring[base : base + n]
        for k in range(rows[t], rows[t + 1]):
            j = u32(unit[k])
            for s in range(in_ptr[j], in_ptr[j + u32(1)]):
                row[in_target[s]] += in_weight[s]


@nb.njit(parallel=True, **FLAGS)
def batch(
    indptr, unit, steps, slots, ptr, target, weight, in_ptr, in_target, in_weight, bias, ku, kv, vth, count, threads
):
    for c in nb.prange(threads):
        u, v = np.zeros(bias.size, i32), np.zeros(bias.size, i32)
        ring, fired = np.zeros(slots * bias.size, i32), np.zeros(bias.size + 1, i32)
        for s in range(c, count.shape[0], threads):
            rows = indptr[s * steps : (s + 1) * steps + 1]
            sample(rows, unit, steps, slots, ptr, target, weight, in_ptr, in_target, in_weight, bias, ku, kv, vth,
                   count[s], u, v, ring, fired)  # fmt: skip


def bare(program: Program, inputs: Spikes, threads: int) -> np.ndarray:
    """Spike counts [samples, N] by the bare kernel."""
    recurrent, feed = program.projections
    p, slots = program.neurons, MAX_DELAY + 2
    target = (recurrent.delay.astype(np.int64) * N + recurrent.post).astype(u32)
    count = np.zeros((len(inputs), N), i32)
    nb.set_num_threads(threads)
    batch(
        inputs.indptr, inputs.unit, STEPS, slots, recurrent.indptr.astype(u32), target, recurrent.weight.astype(i32),
        feed.indptr.astype(u32), feed.post.astype(u32), feed.weight.astype(i32), p.bias_mant.astype(i32),
        np.int64(4095 - p.du[0]), np.int64(4096 - p.dv[0]), i32(p.vth[0] << 6), count, threads,
    )  # fmt: skip
    return count


def main(repeats: int = 15) -> None:
    program = workload()
    rng = np.random.default_rng(7)
    inputs = Spikes.from_dense(rng.random((SAMPLES, STEPS, INPUTS)) < RATE)
    for threads in sorted({1, min(2, cores()), cores()}):
        emulator = EmulatorSimulator(program, workers=threads)
        recording = emulator.run(inputs)
        assert np.array_equal(recording.counts()[:, 0], bare(program, inputs, threads)), "the two disagree"
        times = []
        for _ in range(repeats):
            start = time.perf_counter()
            bare(program, inputs, threads)
            middle = time.perf_counter()
            emulator.run(inputs)
            times.append((middle - start, time.perf_counter() - middle))
        ratio = statistics.median(b / a for a, b in times)
        alone, ours = (statistics.median(t) / SAMPLES * 1e3 for t in zip(*times, strict=True))
        print(
            f"{threads} threads: bare kernel {alone:.3f} ms a sample, emulator {ours:.3f}, ratio {ratio:.2f} (median of {repeats})"
        )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
