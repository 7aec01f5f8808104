"""BindsNET while it learns: ``PostPre``, or ``MSTDPET`` with a reward in each call; a sample after the other, float32, dense.

Connections that the workload does not have are held at 0 by a mask. Weights start anew in each batch, which is not timed. A
reward holds for as long as a call, so a sample is as many calls as there are rewards.
"""

from __future__ import annotations

from importlib.metadata import version
from types import SimpleNamespace

import serve
import torch
from bindsnet.learning import MSTDPET, PostPre
from bindsnet_dense import network_of

SAMPLES, LARGEST = 2, 256.0


def prepare(work: SimpleNamespace, threads: int) -> tuple[int, serve.Batch]:
    samples, steps = min(SAMPLES, int(work.samples)), int(work.steps)
    amount, reward = float(work.amount), str(work.lesson) == "reward"
    rule = {"update_rule": MSTDPET, "tc_plus": float(work.tau), "tc_minus": float(work.tau),
            "tc_e_trace": float(work.tau_tag), "nu": (float(work.rate), float(work.rate))} if reward else {
            "update_rule": PostPre, "nu": (amount, amount)}  # fmt: skip
    network, monitor = network_of(work, threads, 1, rule | {"wmin": -LARGEST, "wmax": LARGEST})
    connection = network.connections["liquid", "liquid"]
    first = connection.w.clone()
    absent = {("liquid", "liquid"): first == 0}
    x = torch.from_numpy(serve.dense(work, samples))[:, :, None]
    told = {"a_plus": amount, "a_minus": -amount} if reward else {}
    part = int(work.reward_every) if reward else steps

    def batch() -> tuple[int, float, float]:
        connection.w[:] = first
        spikes, clock = 0, serve.Clock()
        for sample in range(samples):
            network.reset_state_variables()
            for begin in range(0, steps, part):
                if reward:
                    told["reward"] = float(work.reward[sample * steps + begin + part - 1]) / part
                network.run({"in": x[sample, begin : begin + part]}, time=part, masks=absent, **told)
                spikes += int(monitor.get("s").sum()) if begin + part == steps else 0
        wall, cpu = clock.passed()
        assert float((connection.w - first).abs().max()) > 0, "BindsNET did not learn"
        return spikes, wall, cpu

    return samples, batch


if __name__ == "__main__":
    serve.serve(prepare, version=version("bindsnet"))
