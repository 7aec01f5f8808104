"""One sample with the brian2 backend against one turn of the usual loop: restore, set the input spikes, run.

The work: 1,000 neurons with 50 recurrent synapses each (delays 0 to 5 steps), 300 input channels at 2 % a step, 100
steps; about 5 % of the neurons fire in a step. The loop is written as well as Brian2's runtime mode allows: integer
state, one Synapses object a pathway, Brian2's own delays, functions that are not checked for units.

    python backends/brian2/benchmarks/restore_loop.py [--samples 200] [--turns 5] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from neurolsm_brian2 import Brian2Backend
from neurolsm_brian2.functions import decay, saturate, wrap

from neurolsm.files.results import write_result
from neurolsm.program import INPUT, NEURON, Neurons, Population, Program, Projection
from neurolsm.program.spikes import Spikes
from neurolsm.semantics import ReferenceSimulator

N, FAN_OUT, INPUTS, STEPS, MAX_DELAY, RATE = 1000, 50, 300, 100, 5, 0.02


def workload(seed: int = 3) -> Program:
    """The program of the module's docstring."""
    rng = np.random.default_rng(seed)
    inhibitory = np.repeat(rng.random(N) < 0.2, FAN_OUT)
    strength = rng.integers(6, 40, N * FAN_OUT) * 0.6
    recurrent = np.clip(np.where(inhibitory, -4 * strength, strength).astype(int), -256, 254)
    projections = (
        _random(rng, "feed", INPUT, INPUTS, int(0.03 * N), rng.integers(40, 250, INPUTS * int(0.03 * N)), 0),
        _random(rng, "recurrent", NEURON, N, FAN_OUT, recurrent, MAX_DELAY),
    )
    constants = {name: np.full(N, value, np.int32) for name, value in (("du", 409), ("dv", 200), ("vth", 3000))}
    zeros = {name: np.zeros(N, np.int32) for name in ("bias_exp", "refractory", "theta_step", "theta_decay")}
    bias = (4 * rng.integers(0, 40, N)).astype(np.int32)
    neurons = Neurons(**constants, **zeros, bias_mant=bias)
    return Program("loihi2", "loihi", 1e-3, seed, INPUTS, (Population("all", 0, N),), neurons, projections)


def _random(
    rng: np.random.Generator, name: str, source: str, sources: int, fan_out: int, weight: Any, max_delay: int
) -> Projection:
    post = np.concatenate([np.sort(rng.choice(N, fan_out, replace=False)) for _ in range(sources)])
    delay = rng.integers(0, max_delay + 1, post.size)
    indptr = np.arange(sources + 1, dtype=np.int64) * fan_out
    even = (np.asarray(weight) // 2 * 2).astype(np.int16)
    return Projection(name, source, "mixed", 0, indptr, post.astype(np.int32), even, delay.astype(np.uint8))


def restore_loop(program: Program, inputs: Spikes) -> Iterator[int]:
    """Runs the samples in a loop in Brian2's runtime mode on NumPy; gives the number of spikes of each."""
    from brian2 import (
        Function,
        Network,
        NeuronGroup,
        SpikeGeneratorGroup,
        SpikeMonitor,
        Synapses,
        defaultclock,
        ms,
        prefs,
    )  # fmt: skip

    def function(body: Callable[..., Any], arguments: int) -> Any:
        made = Function(
            body, arg_units=[1] * arguments, return_unit=1, arg_types=["integer"] * arguments, return_type="integer"
        )
        made.implementations.add_numpy_implementation(body, discard_units=True)
        return made

    prefs.codegen.target = "numpy"
    defaultclock.dt = 1 * ms
    p = program.neurons
    names = {"decay": function(decay, 2), "wrap": function(wrap, 1), "saturate": function(saturate, 1)}
    names |= {"KU": int(4096 - p.du[0] - 1), "KV": int(4096 - p.dv[0]), "VTH": int(p.vth[0]) << 6}
    liquid = NeuronGroup(
        N, "u : integer\nv : integer\nacc : integer\nb : integer (constant)", threshold="v > VTH", reset="v = 0",
        namespace=names, name="liquid",
    )  # fmt: skip
    liquid.run_regularly("u = wrap(decay(u, KU) + acc*64)\nacc = 0\nv = saturate(decay(v, KV) + u + b)", when="groups")
    liquid.b = p.bias
    stimulus = SpikeGeneratorGroup(program.n_inputs, [], [] * ms, name="stimulus")
    synapses = []
    for projection, source in zip(program.projections, (stimulus, liquid), strict=True):
        made = Synapses(source, liquid, "w : integer (constant)", on_pre="acc_post += w", name=projection.name)
        made.connect(i=projection.pre, j=projection.post)
        made.w = projection.effective
        made.pre.delay = projection.delay * ms
        synapses.append(made)
    monitor = SpikeMonitor(liquid, name="monitor")
    network = Network(stimulus, liquid, synapses, monitor, name="loop")
    network.store()
    for sample in range(len(inputs)):
        network.restore()
        step, channel = inputs.events(sample)
        stimulus.set_spikes(channel, step * ms)
        network.run(STEPS * ms, namespace={})
        yield monitor.num_spikes


def seconds(action: Callable[[], Any]) -> float:
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samples", type=int, default=200, help="samples in a batch of the backend")
    parser.add_argument("--turns", type=int, default=5, help="samples of the loop")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    options = parser.parse_args()
    program = workload()
    rng = np.random.default_rng(7)
    inputs = Spikes.from_dense(rng.random((max(options.samples, options.turns + 1), STEPS, INPUTS)) < RATE)
    with Brian2Backend.open(program) as simulator:
        recording = simulator.run(inputs)
        batch = min(seconds(lambda: simulator.run(inputs)) for _ in range(5)) / len(inputs)
        target = simulator.info["target"]
    counts = np.diff(recording.spikes.indptr[recording.spikes.offsets])
    reference = ReferenceSimulator(program).run(inputs[:2])
    assert np.array_equal(reference.u, recording.u[:2]) and reference.spikes.equal(recording.spikes[:2])
    loop = restore_loop(program, inputs)
    assert next(loop) == counts[0]  # the first turn warms up
    turns: list[float] = []
    for turn in range(1, options.turns + 1):
        turns.append(seconds(lambda: np.testing.assert_equal(next(loop), counts[turn])))  # noqa: B023
    figures = {
        "target": target,
        "spikes_per_sample": float(counts.mean()),
        "loop_ms_per_sample": 1e3 * min(turns),
        "backend_ms_per_sample": 1e3 * batch,
        "ratio": min(turns) / batch,
    }
    print(f"{'restore and run, numpy':28s}{figures['loop_ms_per_sample']:10.2f} ms per sample")
    print(f"{'brian2 backend, ' + target:28s}{figures['backend_ms_per_sample']:10.2f} ms per sample")
    print(f"{'ratio':28s}{figures['ratio']:10.0f}   (all spikes equal, {figures['spikes_per_sample']:.0f} a sample)")
    if options.json:
        write_result(options.json, json.dumps(figures, indent=1).encode())


if __name__ == "__main__":
    main()
