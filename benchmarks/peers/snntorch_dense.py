"""snnTorch: ``Synaptic`` neurons, dense matrices, 128 samples at once, float32, no gradients. It has no delays.

A readout learns in NumPy from the counts.
"""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import readouts
import serve
import snntorch
import torch


def prepare(work: SimpleNamespace, threads: int) -> tuple[int, serve.Batch]:
    torch.set_num_threads(threads)
    torch.set_grad_enabled(False)
    samples = min(128, int(work.samples))
    x = torch.from_numpy(serve.dense(work, samples)).transpose(0, 1).contiguous()
    feed, recurrent = (torch.from_numpy(serve.matrix(work, kind)) for kind in ("in", "rec"))
    bias = torch.from_numpy(work.bias.astype("float32") / 64)
    neuron = snntorch.Synaptic(
        alpha=float(work.keep_u), beta=float(work.keep_v), threshold=float(work.vth), reset_mechanism="zero"
    )
    learn, windows, steps = readouts.learner(work), int(work.windows), int(work.steps)

    def batch() -> int:
        counted = torch.zeros(windows, samples, int(work.n)) if learn else None
        spikes = torch.zeros(samples, int(work.n))
        synapse, membrane = torch.zeros_like(spikes), torch.zeros_like(spikes)
        count = 0
        for t, step in enumerate(x):
            current = step @ feed + spikes @ recurrent
            spikes, synapse, membrane = neuron(current, synapse, membrane + bias)
            count += int(spikes.sum())
            if counted is not None:
                counted[t * windows // steps] += spikes
        if learn:
            learn(np.concatenate(list(counted.numpy()), axis=1))
        return count

    return samples, batch


if __name__ == "__main__":
    serve.serve(prepare, version=snntorch.__version__)
