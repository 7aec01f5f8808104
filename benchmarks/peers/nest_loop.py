"""NEST: ``iaf_psc_exp`` with the same constants in floating point, delays of 1 to 6 steps of 1 ms, spikes recorded.

All samples run in one call of ``Simulate``; the state goes on from sample to sample, because setting it costs more. A readout
learns in NumPy from the recorded spikes.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import nest
import numpy as np
import readouts
import serve

SAMPLES = 64


def network(work: SimpleNamespace, threads: int) -> tuple[Any, Any, np.ndarray]:
    """The liquid, the generators of its inputs, and the numbers of its neurons; recurrent synapses are for the caller."""
    n = int(work.n)
    nest.set_verbosity("M_ERROR")
    nest.ResetKernel()
    nest.set(resolution=1.0, local_num_threads=threads, print_time=False)
    tau_syn, tau_m = (-1 / np.log(float(k)) for k in (work.keep_u, work.keep_v))
    # One unit of current adds one unit to the voltage in the first step, as in the workload.
    capacity = (np.exp(-1 / tau_syn) - np.exp(-1 / tau_m)) * tau_syn * tau_m / (tau_syn - tau_m)
    drive = tau_m / capacity * (1 - np.exp(-1 / tau_m))
    liquid = nest.Create("iaf_psc_exp", n, {
        "C_m": capacity, "tau_m": tau_m, "tau_syn_ex": tau_syn, "tau_syn_in": tau_syn, "t_ref": 0.0,
        "E_L": 0.0, "V_reset": 0.0, "V_m": 0.0, "V_th": float(work.vth), "I_e": work.bias / 64 / drive,
    })  # fmt: skip
    stimulus = nest.Create("spike_generator", int(work.inputs))
    number = np.asarray(liquid.tolist())
    nest.Connect(
        np.asarray(stimulus.tolist())[work.in_pre], number[work.in_post], "one_to_one",
        {"weight": work.in_weight.astype(float), "delay": np.ones(work.in_pre.size)},
    )  # fmt: skip
    return liquid, stimulus, number


def show(work: SimpleNamespace, stimulus: Any, samples: int) -> None:
    """Input spikes of all samples, from now on."""
    mine = work.sample < samples
    at, unit = work.sample[mine] * int(work.steps) + work.step[mine], work.unit[mine]
    begin = nest.biological_time
    for channel, generator in enumerate(stimulus):
        generator.spike_times = np.sort(begin + 1.0 + at[unit == channel])


def prepare(work: SimpleNamespace, threads: int) -> tuple[int, serve.Batch]:
    samples, steps = min(SAMPLES, int(work.samples)), int(work.steps)
    liquid, stimulus, number = network(work, threads)
    nest.Connect(
        number[work.rec_pre], number[work.rec_post], "one_to_one",
        {"weight": work.rec_weight.astype(float), "delay": 1.0 + work.rec_delay},
    )  # fmt: skip
    recorder = nest.Create("spike_recorder")
    nest.Connect(liquid, recorder)
    learn = readouts.learner(work)

    def batch() -> int:
        recorder.n_events = 0
        begin = nest.biological_time
        show(work, stimulus, samples)
        nest.Simulate(float(samples * steps))
        if learn:
            found = recorder.events
            step = np.rint(found["times"] - begin).astype(np.int64) - 1
            learn(readouts.counts(work, samples, step // steps, step % steps, found["senders"] - number[0]))
        return int(recorder.n_events)

    return samples, batch


if __name__ == "__main__":
    serve.serve(prepare, version=nest.__version__)
