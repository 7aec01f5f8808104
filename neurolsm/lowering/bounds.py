"""What a program asks of the target, each bound with how much of it is used."""

from __future__ import annotations

import numpy as np

from neurolsm.errors import refuse_target
from neurolsm.lowering.report import Report
from neurolsm.lowering.synapses import add_load
from neurolsm.lowering.target import CURRENT_LIMIT, DECAY_ONE, DELAY_MAX, STATE_LIMIT, VTH_MAX, Target
from neurolsm.memory import blocks
from neurolsm.program import Neurons, Projection

FIELDS = {"neurons": "liquid.topology", "synapses": "liquid.topology", "fan-in of a neuron": "liquid.topology"}


def check_bounds(
    neurons: Neurons, projections: tuple[Projection, ...], target: Target, report: Report, *, liquid: int
) -> None:
    """Write all bounds into ``report``, in place of those that it has, and refuse a program that breaks one.

    The input of a step is bounded for the first ``liquid`` neurons. A readout behind them adds up many counters that seldom fire
    together; what its neurons could receive at most is reported, and wraps once on every backend, as all currents do.

    Raises:
        TargetRefusal: the first bound that is broken.
    """
    report.bounds.clear()
    sums, fan_in = np.zeros(neurons.size), np.zeros(neurons.size, np.int64)
    for p in projections:
        add_load(sums, p.post, p.weight, p.weight_exp, p.plasticity is not None)
        for block in blocks(p.size):
            np.add.at(fan_in, p.post[block], 1)
    load = sums.astype(np.int64)
    report.bound("neurons", neurons.size, target.neurons)
    report.bound("synapses", sum(p.size for p in projections), target.synapses)
    report.bound("fan-in of a neuron", fan_in.max(initial=0), target.fan_in)
    report.bound("delay, steps", max((int(p.delay.max()) for p in projections if p.size), default=0), DELAY_MAX)
    report.bound("threshold mantissa", int(neurons.vth[0]), VTH_MAX)
    report.bound("summed input of a step, worst case", load[:liquid].max(initial=0), CURRENT_LIMIT - 1)
    if neurons.size > liquid:
        report.bound("the same for the readout", load[liquid:].max(), CURRENT_LIMIT - 1, fatal=False)
        if load[liquid:].max() >= CURRENT_LIMIT:
            report.notes.append(
                "readout: a score would wrap if all counters fired in one step over the largest weights"
            )
    sustained = (load[:liquid] << 6) * DECAY_ONE // (neurons.du[:liquid].astype(np.int64) + 1)
    report.bound("current if every input fires in every step", sustained.max(initial=0), STATE_LIMIT, fatal=False)
    if neurons.size == liquid and (sustained > STATE_LIMIT).any():
        count = int((sustained > STATE_LIMIT).sum())
        report.notes.append(f"{count} neurons could wrap their current under the strongest input")
    for bound in report.bounds:
        if bound.fatal and not bound.kept:
            refuse_target(
                target.name,
                FIELDS.get(bound.what, bound.what),
                f"{bound.used:,.0f} {bound.what}",
                f"the limit is {bound.limit:,.0f}",
                "Make the network or its readout smaller, or choose another target",
            )
