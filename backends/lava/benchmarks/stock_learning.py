"""What a step costs on Lava's own processes while a readout learns, and whether the bits are those of the emulator.

The column of ``digits``, 1,000 neurons, with counters for each of them in 1 or 3 windows and a delta readout of ten classes: 1,000 or
3,000 counters. The clock starts after one sample, when all processes run. Processor time is the sum over all processes, so half
of it is the least that two cores can need.

Run:  python backends/lava/benchmarks/stock_learning.py [samples]
"""

from __future__ import annotations

import sys
import time
from dataclasses import replace

import numpy as np
from neurolsm_lava.guard import GuardedRuntime
from neurolsm_models import digits

import neurolsm as nl

TICK = 0.01  # seconds, of /proc


def processor(runtime: GuardedRuntime) -> float:
    """Seconds that all processes have computed."""
    ticks = 0
    for part in runtime._parts:
        with open(f"/proc/{part.pid}/stat") as file:
            fields = file.read().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks * TICK


def measure(windows: int, samples: int) -> bool:
    lsm = replace(digits.lsm(1), readout=nl.DeltaReadout(classes=10, windows=windows, stock=True))
    data = digits.load()
    states = []
    for backend in ("emulator", "lava:stock"):
        with nl.deploy(lsm, digits.ENCODER, labels=np.arange(10), backend=backend) as chip:
            chip.learn(data.x[:1], data.y[:1])
            simulator = chip._chip.simulator
            runtime = simulator._learner._runtime if backend == "lava:stock" else None
            first, before = processor(runtime) if runtime else 0.0, simulator.state.clock
            start = time.perf_counter()
            chip.learn(data.x[1 : samples + 1], data.y[1 : samples + 1])
            wall, steps = time.perf_counter() - start, simulator.state.clock - before
            if runtime:
                used = processor(runtime) - first
                print(f"windows {windows}  {len(runtime._parts)} processes  {1e3 * wall / steps:.1f} ms per step  "
                      f"{1e3 * used / steps:.1f} ms of processor time", flush=True)  # fmt: skip
            states.append(simulator.state)
    agree = states[0].equal(states[1])
    print(f"equal to the emulator: {agree}")
    return agree


if __name__ == "__main__":
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    sys.exit(not all([measure(windows, wanted) for windows in (1, 3)]))
