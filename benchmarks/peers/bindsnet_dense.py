"""BindsNET: ``CurrentLIFNodes`` and dense connections, 16 samples at once, float32. It has no delays.

A readout learns in NumPy from the recorded spikes.
"""

from __future__ import annotations

from importlib.metadata import version
from types import SimpleNamespace
from typing import Any

import numpy as np
import readouts
import serve
import torch
from bindsnet.network import Network
from bindsnet.network.monitors import Monitor
from bindsnet.network.nodes import CurrentLIFNodes, Input
from bindsnet.network.topology import Connection


def network_of(work: SimpleNamespace, threads: int, samples: int, rule: dict[str, Any]) -> tuple[Network, Monitor]:
    """The network with what its recurrent connection is given to learn, and a monitor of its spikes."""
    torch.set_num_threads(threads)
    torch.set_grad_enabled(False)
    steps, n = int(work.steps), int(work.n)
    network = Network(dt=1.0, batch_size=samples, learning=bool(rule))
    stimulus = Input(n=int(work.inputs))
    liquid = CurrentLIFNodes(
        n=n, thresh=float(work.vth), rest=0.0, reset=0.0, refrac=0,
        traces=bool(rule), traces_additive=True, tc_trace=float(work.tau) if rule else 20.0,
        tc_decay=-1 / np.log(float(work.keep_v)), tc_i_decay=-1 / np.log(float(work.keep_u)),
    )  # fmt: skip
    network.add_layer(stimulus, "in")
    network.add_layer(liquid, "liquid")
    bias = torch.from_numpy(work.bias.astype("float32") / 64)
    feed, recurrent = (torch.from_numpy(serve.matrix(work, kind)) for kind in ("in", "rec"))
    # A bias of the current, which decays, such that what reaches the membrane in a step is the bias of the workload.
    network.add_connection(Connection(stimulus, liquid, w=feed, b=bias * (1 - float(work.keep_u))), "in", "liquid")
    network.add_connection(Connection(liquid, liquid, w=recurrent, **rule), "liquid", "liquid")
    monitor = Monitor(liquid, ["s"], time=steps)
    network.add_monitor(monitor, "spikes")
    return network, monitor


def prepare(work: SimpleNamespace, threads: int) -> tuple[int, serve.Batch]:
    samples, steps = min(16, int(work.samples)), int(work.steps)
    network, monitor = network_of(work, threads, samples, {})
    learn = readouts.learner(work)
    x = torch.from_numpy(serve.dense(work, samples)).transpose(0, 1).contiguous()

    def batch() -> int:
        network.reset_state_variables()
        network.run({"in": x}, time=steps)
        spikes = monitor.get("s")
        if learn:
            step, sample, unit = (found.numpy() for found in spikes.reshape(steps, samples, -1).nonzero(as_tuple=True))
            learn(readouts.counts(work, samples, sample, step, unit))
        return int(spikes.sum())

    return samples, batch


if __name__ == "__main__":
    serve.serve(prepare, version=version("bindsnet"))
