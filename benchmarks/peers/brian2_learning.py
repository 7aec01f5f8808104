"""Brian2 while it learns, written by hand: the neurons of ``brian2_by_hand.py``, weights in floating point.

Traces belong to neurons, not to synapses; a synapse learns from its source when the spike arrives, delay included. In the lesson of
rewards every synapse has a tag that fades every few steps, in one pass that also turns it into weight where there is a reward.
The time is Brian2's own, without start and files; each run begins with the same weights.
"""

from __future__ import annotations

from importlib.metadata import version
from types import SimpleNamespace
from typing import Any

import brian2_by_hand as by_hand
import numpy as np
import serve

UPDATE = by_hand.UPDATE.replace("acc*64", "int(acc*64)") + "x = open_*x*FALL\n"
PAIR = ("w : 1", "w = clip(w - AMOUNT*x_post, LOW, HIGH)", "w = clip(w + AMOUNT*x_pre, LOW, HIGH)")
REWARD = ("w : 1\nc : 1", "c = clip(c - AMOUNT*x_post, LOW, HIGH)", "c = clip(c + AMOUNT*x_pre, LOW, HIGH)")
REWARDED = """
w = clip(w + RATE*reward(t)*c, LOW, HIGH)
c = c*FADE
"""


def prepare(work: SimpleNamespace, threads: int) -> tuple[int, serve.Batch]:
    by_hand.begin()
    import brian2 as b2
    from brian2 import ms

    samples, steps, every = int(work.samples), int(work.steps), int(work.every)
    rest = int(work.rec_delay.max(initial=0)) + 2
    period = -(-(steps + rest) // every) * every  # samples begin with a step in which tags fade
    names = by_hand.constants(work, period) | {
        "FALL": float(np.exp(-1 / work.tau)), "AMOUNT": float(work.amount), "RATE": float(work.rate), "LOW": -256.0,
        "HIGH": 255.0, "FADE": float(np.exp(-every / work.tau_tag)),
    }  # fmt: skip
    liquid = b2.NeuronGroup(
        int(work.n), "u : integer\nv : integer\nacc : 1\nx : 1\nb : integer (constant)", threshold="v > VTH",
        reset="v = 0\nx += 1", namespace=names, name="liquid",
    )  # fmt: skip
    liquid.run_regularly(UPDATE, when="groups")
    liquid.b = work.bias
    stimulus = by_hand.stimulus_of(work, period)
    feed = b2.Synapses(stimulus, liquid, "w : integer (constant)", on_pre="acc_post += w", name="feed")
    feed.connect(i=work.in_pre, j=work.in_post)
    feed.w = work.in_weight
    parts: list[Any] = [liquid, stimulus, feed, b2.SpikeMonitor(liquid, name="monitor")]
    reward = str(work.lesson) == "reward"
    model, depress, strengthen = REWARD if reward else PAIR
    told = np.zeros(samples * period // every + 1)
    at = np.flatnonzero(work.reward[: samples * steps])
    told[(at // steps * period + at % steps + 1) // every] = work.reward[at]
    values = {"reward": b2.TimedArray(told, dt=every * ms)} if reward else {}
    for delay in np.unique(work.rec_delay):
        mine = work.rec_delay == delay
        made = b2.Synapses(
            liquid, liquid, model, on_pre=f"acc_post += w\n{depress}", on_post=strengthen, delay=int(delay) * ms,
            namespace=names | values, name=f"recurrent_{delay}",
        )  # fmt: skip
        made.connect(i=work.rec_pre[mine], j=work.rec_post[mine])
        made.w = work.rec_weight[mine]
        if reward:
            made.run_regularly(REWARDED, dt=every * ms, when="end")
        parts.append(made)
    folder = by_hand.built(parts, samples * period)

    def batch() -> tuple[int, float, float]:
        wall, cpu = by_hand.run(folder)
        delays = np.unique(work.rec_delay)
        changed = sum(
            np.abs(by_hand.result(folder, f"recurrent_{d}_w", np.float64) - work.rec_weight[work.rec_delay == d]).sum()
            for d in delays
        )
        assert changed > 0, "Brian2 did not learn"
        return by_hand.result(folder, "monitor_i", np.int32).size, wall, cpu

    return samples, batch


if __name__ == "__main__":
    serve.serve(prepare, version=version("brian2"))
