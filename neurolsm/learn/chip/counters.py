"""Counters: neurons that count the spikes of a liquid neuron in a window of the sample, beyond what is usual.

    liquid -> gates -> counters          gates let spikes through while the clock channel of their window is on
              clock    onset             the onset channel inhibits each counter by its own offset m at the start

    counter:  c = number of its spikes in the sample = max(0, count - m), or at most 1 where it may fire only once
    offset:   m <- m + settle (c - activity)      homeostasis, in the last step, by the third factor y3

The offset removes what a neuron always says, so that a readout learns from differences: a readout that learns by the delta
rule from plain counts needs ten times as many samples. With one window there are no gates.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from neurolsm.learn.chip.grow import (
    Indices,
    add_inputs,
    add_neurons,
    all_pairs,
    connect,
    point_neurons,
    seed_of,
    stream_of,
)
from neurolsm.learn.products import product
from neurolsm.lowering.target import DV_MAX
from neurolsm.program import INPUT, NEURON, Program
from neurolsm.program.plasticity import Factor, Modulator, Plasticity, Trace

GATE, COUNTER, OFFSET, ONCE = "gate", "counter", "readout/offset", "readout/once"
GATE_WEIGHT, GATE_VTH = 100, 150  # two inputs in one step open a gate, one does not
UNIT = 4  # weight units of one spike, so that offsets are quarters of a spike, up to 63 spikes
IMPULSE = 8  # of the trace that counts a counter's spikes; 7 bits hold 15 of them
SETTLE_RATE = 2.0**-10  # m moves by settle / 512 spikes for a spike too many
REFRACTORY_MAX = 63
INHIBITION = -252  # what a counter does to itself where it has no refractory period: 63 spikes cannot undo it


@dataclass(frozen=True, eq=False)
class Counted:
    """A program with counters.

    Attributes:
        counters: numbers of the counters, window by window.
        clocks: input channels of the windows (none with one window), then the onset channel.
        delay: steps from a spike of the liquid to the spike of its counter.
    """

    program: Program
    counters: Indices
    clocks: Indices
    delay: int


def add_counters(program: Program, windows: int, activity: float, *, once: bool, stock: bool) -> Counted:
    """``windows`` counters for each neuron of ``program``; ``once``: each fires at most once in a sample.

    The third factor y3 of all counters is the next graded channel, ``settle``: 0 leaves the offsets, 127 is fastest. With ``stock``
    they are what Lava's own processes can express: rounding by one random number per step for all synapses, and a synapse from
    each counter to itself in place of a refractory period.
    """
    liquid = np.arange(program.n)
    program, clocks = add_inputs(program, windows + 1 if windows > 1 else 1)
    n = liquid.size * windows
    sources = np.tile(liquid, windows)
    if windows > 1:
        program, gates = add_neurons(program, GATE, point_neurons(n, vth=GATE_VTH, leak=DV_MAX))
        program = connect(program, "readout/gate", NEURON, sources, gates, GATE_WEIGHT)
        program = connect(program, "readout/clock", INPUT, np.repeat(clocks[:-1], liquid.size), gates, GATE_WEIGHT)
        sources = gates
    quiet = REFRACTORY_MAX if once and not stock else 0
    program, counters = add_neurons(program, COUNTER, point_neurons(n, vth=0, refractory=quiet))
    program = connect(program, "readout/count", NEURON, sources, counters, UNIT)
    if once and stock:
        program = connect(program, ONCE, NEURON, counters, counters, INHIBITION, sign_mode="inhibitory")
    offset = Plasticity(
        dw=(product("u", -SETTLE_RATE, Factor("y1", -round(IMPULSE * activity)), "y3"),), third=("y3",),
        y1=Trace(np.inf, IMPULSE), seed=seed_of(program, OFFSET), stream=stream_of(stock),
    )  # fmt: skip
    program = connect(
        program,
        OFFSET,
        INPUT,
        *all_pairs(clocks[-1:], counters),
        0,
        sign_mode="inhibitory",
        plasticity=offset,
    )
    settle = Modulator("y3", int(counters[0]), int(counters[-1]) + 1, "direct", program.n_graded)
    program = replace(program, modulators=(*program.modulators, settle))
    return Counted(program, counters, clocks, 2 if windows > 1 else 1)


def clock_events(windows: int, steps: int) -> tuple[Indices, Indices]:
    """Steps and clock channels (0 the first) of a sample of ``steps`` steps: window t * windows // steps at step t, onset at 0."""
    if windows == 1:
        return np.zeros(1, np.int64), np.zeros(1, np.int64)
    t = np.arange(steps)
    return np.append(t, 0), np.append(t * windows // steps, windows)
