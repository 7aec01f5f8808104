"""NEST while it learns: ``stdp_synapse``, additive, or ``stdp_dopamine_synapse``, whose rewards are spikes of dopamine.

Both in floating point on all recurrent synapses, excitatory and inhibitory ones with limits of their own sign. Weights start anew
in each batch, which is not timed. A volume transmitter tells of rewards as seldom as they come; they are never negative.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import nest
import numpy as np
import serve
from nest_loop import network, show

SAMPLES, LARGEST = 8, 256.0


def dopamine(work: SimpleNamespace) -> tuple[Any, Any]:
    """A transmitter of rewards, and the generator that makes them."""
    transmitter = nest.Create("volume_transmitter", params={"deliver_interval": int(work.reward_every)})
    source, repeater = nest.Create("spike_generator"), nest.Create("parrot_neuron")
    nest.Connect(source, repeater)
    nest.Connect(repeater, transmitter)
    return transmitter, source


def prepare(work: SimpleNamespace, threads: int) -> tuple[int, serve.Batch]:
    samples, steps = min(SAMPLES, int(work.samples)), int(work.steps)
    liquid, stimulus, number = network(work, threads)
    liquid.tau_minus = float(work.tau)
    reward = str(work.lesson) == "reward"
    if reward:
        transmitter, source = dopamine(work)
        change = float(work.amount * work.rate * np.abs(work.reward).mean())
        common = {"A_plus": change, "A_minus": change, "tau_c": float(work.tau_tag), "tau_n": 4.0,
                  "volume_transmitter": transmitter}  # fmt: skip
        model = "stdp_dopamine_synapse"
    else:
        common = {"lambda": float(work.amount) / LARGEST, "alpha": 1.0, "mu_plus": 0.0, "mu_minus": 0.0}
        model = "stdp_synapse"
    for name, sign in (("excitatory", 1.0), ("inhibitory", -1.0)):
        mine = np.sign(work.rec_weight) == sign
        ends = sorted((0.0, sign * LARGEST))
        limits = {"Wmin": ends[0], "Wmax": ends[1]} if reward else {"Wmax": sign * LARGEST}
        nest.CopyModel(model, name, {"weight": sign, "tau_plus": float(work.tau), **common, **limits})
        nest.Connect(
            number[work.rec_pre[mine]], number[work.rec_post[mine]], "one_to_one",
            {"synapse_model": name, "weight": work.rec_weight[mine].astype(float), "delay": 1.0 + work.rec_delay[mine]},
        )  # fmt: skip
    recorder = nest.Create("spike_recorder")
    nest.Connect(liquid, recorder)
    learning = [nest.GetConnections(synapse_model=name) for name in ("excitatory", "inhibitory")]
    first = [np.array(synapses.weight) for synapses in learning]

    def batch() -> tuple[int, float, float]:
        for synapses, weight in zip(learning, first, strict=True):
            synapses.weight = weight
        recorder.n_events = 0
        clock = serve.Clock()
        show(work, stimulus, samples)
        if reward:
            told = np.flatnonzero(work.reward[: samples * steps])
            source.spike_times = nest.biological_time + 1.0 + told
        nest.Simulate(float(samples * steps))
        wall, cpu = clock.passed()
        changed = sum(np.abs(np.array(s.weight) - w).mean() for s, w in zip(learning, first, strict=True))
        assert changed > 0, "NEST did not learn"
        return int(recorder.n_events), wall, cpu

    return samples, batch


if __name__ == "__main__":
    serve.serve(prepare, version=nest.__version__)
