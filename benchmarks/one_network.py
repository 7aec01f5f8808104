"""One stream through one large network: how much faster two threads are than one.

The network of desk_chip.py, a million neurons and 119 million synapses, lowered once; one simulator with one thread and one with two take
turns on the same stream of inputs, and every spike and the final states are compared. A ratio is that of two runs that follow
one another, on the wall, and as processor time: that of one thread over half of what two took, which is what the ratio would be if
each thread had a core to itself. On a busy machine only the latter says something, and contention for memory is in it.

Run:  python benchmarks/one_network.py [neurons] [steps] [turns]        (about 8 GB and 2 minutes at full size)
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from dataclasses import dataclass

import desk_chip
import numpy as np
from measured import NotMeasured

import neurolsm as nl
from neurolsm.emulator import EmulatorSimulator
from neurolsm.emulator.threads import cores
from neurolsm.errors import NeuroLSMError

QUICK, FULL = 300_000, 1_000_000  # neurons
RATE = 0.02  # of the inputs, as in desk_chip.py


@dataclass(frozen=True)
class Found:
    """Of each turn but the first: the two ratios, and nanoseconds of the wall per event on one thread and on two."""

    synapses: int
    activity: float
    wall: list[float]
    processor: list[float]
    ns: list[tuple[float, float]]


def measure(neurons: int = FULL, steps: int = 50, turns: int = 6) -> Found:
    """Raises ``NotMeasured`` where two threads differ from one, or there is one core."""
    if cores() < 2:
        raise NotMeasured("this process has one core")
    program = nl.lower(desk_chip.description(neurons)).program
    simulators = [EmulatorSimulator(program, workers=workers) for workers in (1, 2)]
    state = simulators[0].state
    state.v[:] = np.random.default_rng(1).integers(0, int(program.neurons.vth[0]) << 6, program.n)
    for simulator in simulators:
        simulator.state = state
    rng, wall, processor, ns, activity = np.random.default_rng(2), [], [], [], 0.0
    for turn in range(turns):
        inputs = nl.Spikes.from_dense(rng.random((1, steps, desk_chip.INPUTS)) < RATE)
        recordings, seconds, busy = [], [], []
        for simulator in simulators:
            begin, used = time.perf_counter(), time.process_time()
            recordings.append(simulator.run(inputs, carry=True))
            seconds.append(time.perf_counter() - begin)
            busy.append(time.process_time() - used)
        one, two = recordings
        if not (one.spikes.equal(two.spikes) and np.array_equal(one.synops, two.synops)):
            raise NotMeasured("two threads gave other spikes than one")
        if turn:  # the first one compiles, and leaves the start
            wall.append(seconds[0] / seconds[1])
            processor.append(2 * busy[0] / busy[1])
            events = float(one.synops.sum())
            ns.append((1e9 * seconds[0] / events, 1e9 * seconds[1] / events))
            activity = one.spikes.count / steps / program.n
    if not simulators[0].state.equal(simulators[1].state):
        raise NotMeasured("two threads gave another state than one")
    return Found(program.synapses, activity, wall, processor, ns)


def speedup(quick: bool) -> float:
    """Median over the turns of the wall time of one thread over that of two."""
    try:
        return statistics.median(measure(QUICK if quick else FULL).wall)
    except NeuroLSMError as error:
        raise NotMeasured(str(error)) from error


if __name__ == "__main__":
    try:
        found = measure(*map(int, sys.argv[1:]))
    except (NeuroLSMError, NotMeasured) as error:
        print(f"one_network: {error}", file=sys.stderr)
        sys.exit(2)
    print(
        f"{found.synapses:,} synapses, activity {found.activity:.4f}, load {os.getloadavg()[0]:.1f} on {cores()} cores"
    )
    for name, values in (("wall", found.wall), ("processor", found.processor)):
        print(
            f"one thread over two, {name:10s} {statistics.median(values):.2f}  ({min(values):.2f} to {max(values):.2f})"
        )
    for threads, values in zip((1, 2), zip(*found.ns, strict=True), strict=True):
        print(f"ns per event, {threads} thread{'s' * (threads > 1):10s}   {statistics.median(values):.2f}")
