"""What checks cost beside the runs that they guard, on the emulator: seconds of the check, of the run, and their share.

    python benchmarks/checks.py

Spikes are checked once, when they are made by hand; each run then compares identities alone. A program is checked once, when it
is opened for the first time. A state is checked whenever it is set.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

import neurolsm as nl
from neurolsm.program.state_check import check_state
from neurolsm.program.wellformed import _check, check

TIMES = 9
LIMIT = 0.02


def least(call: Callable[[], object], often: int = 1) -> float:
    """Seconds of one call, the least of several measurements: whatever else the machine does only adds."""
    call()
    found = []
    for _ in range(TIMES):
        start = time.perf_counter()
        for _ in range(often):
            call()
        found.append((time.perf_counter() - start) / often)
    return min(found)


def show(what: str, check_seconds: float, run_seconds: float) -> bool:
    share = check_seconds / run_seconds
    print(f"{what:58} {1e6 * check_seconds:12.1f} us {1e3 * run_seconds:12.3f} ms {100 * share:8.3f} %")
    return share < LIMIT


def measure(name: str, lsm: nl.LSM, samples: int, steps: int, rate: float) -> bool:
    program = nl.lower(lsm).program
    raster = np.random.default_rng(0).random((samples, steps, lsm.inputs)) < rate
    inputs = nl.Spikes.from_dense(raster)
    with nl.open_simulator(program, workers=1) as simulator:
        often = max(1, 2_000 // (samples * steps))
        run = least(lambda: simulator.run(inputs), often)
        every = least(inputs.recheck, 1000)
        once = least(lambda: nl.Spikes(inputs.steps.copy(), inputs.indptr.copy(), inputs.unit.copy(), lsm.inputs))
        state = simulator.state
        setting = least(lambda: check_state(state, program))
        opening = least(lambda: nl.open_simulator(program, workers=1).close())
    kept = show(f"{name}: every run", every, run)
    show(f"{name}: spikes made by hand, once", once, run)
    show(f"{name}: a state that is set", setting, run)
    show(f"{name}: a program, once; beside opening it", least(lambda: _check(program)), opening)
    show(f"{name}: a program that is known; beside opening it", least(lambda: check(program), 100), opening)
    return kept


def main() -> None:
    print(f"{'':58} {'check':>15} {'run':>15} {'share':>10}")

    def lsm(n: int, rule: nl.STDP | None = None) -> nl.LSM:
        topology = nl.RandomGraph(n=n, density=0.1)
        return nl.LSM(inputs=64, liquid=nl.Liquid(topology=topology, plasticity=rule), seed=1)

    found = [
        measure("static, 1,000 neurons, 128 samples of 100 steps", lsm(1000), 128, 100, 0.05),
        measure("STDP, 1,000 neurons, 16 samples of 100 steps", lsm(1000, nl.STDP()), 16, 100, 0.05),
        measure("static, 100 neurons, 1 sample of 20 steps", lsm(100), 1, 20, 0.05),
        measure("STDP, 100 neurons, 1 sample of 20 steps", lsm(100, nl.STDP()), 1, 20, 0.05),
        measure("static, 100 neurons, 1 sample of 1 step", lsm(100), 1, 1, 0.05),
    ]
    print("every run below 2 %" if all(found) else "ABOVE 2 %")


if __name__ == "__main__":
    main()
