"""The emulator against a plain C++ kernel on one workload (workload.py), and learning against its own static cost.

The plain kernel keeps one spike count per neuron; the emulator records every spike, final states and synaptic operations. All
run in turn, several times, on one thread and on two; medians of the ratios of neighbouring runs are shown, and counts are
compared first. On a busy machine the times move; the ratios move less.

Run:  python benchmarks/emulator_kernel.py [repeats]
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import compiled_cpp
import numpy as np
import plain_kernel
import workload

from neurolsm.emulator import EmulatorSimulator
from neurolsm.emulator.threads import cores

SAMPLES = 200


def interleaved(runs: dict[str, Callable[[], Any]], repeats: int) -> dict[str, list[float]]:
    """Seconds of each run, one after the other in every repeat; of the processor where one thread works, so that other
    processes on the same core do not count; on the wall where two do (names that end in ``_2``)."""
    times: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(repeats):
        for name, run in runs.items():
            clock = time.perf_counter if name.endswith("_2") else time.process_time
            start = clock()
            run()
            times[name].append(clock() - start)
    return times


def ratio(times: dict[str, list[float]], a: str, b: str) -> float:
    """Median of a / b over the repeats."""
    return statistics.median(x / y for x, y in zip(times[a], times[b], strict=True))


def measure(repeats: int = 15, samples: int = SAMPLES) -> dict[str, float]:
    """Milliseconds a sample of every run, and the ratios."""
    program, inputs = workload.program(), workload.inputs(samples)
    runs: dict[str, Callable[[], Any]] = {}
    threads = (1, 2) if cores() > 1 else (1,)
    for count in threads:
        emulator = EmulatorSimulator(program, workers=count)
        recording = emulator.run(inputs)
        runs[f"emulator_{count}"] = lambda emulator=emulator: emulator.run(inputs)
        if compiled_cpp.available():
            plain = plain_kernel.prepare(program, inputs, count)
            if not np.array_equal(recording.counts()[:, 0], plain()):
                raise SystemExit("emulator and plain kernel disagree")
            runs[f"cpp_{count}"] = plain
    learner = EmulatorSimulator(workload.plastic(program), workers=1)
    few = inputs[: max(1, samples // 4)]
    runs["plastic"], runs["frozen"] = lambda: learner.run(few), lambda: learner.run(few, learn=False)
    for run in runs.values():
        run()
    times = interleaved(runs, repeats)
    shares = {name: len(few) if name in ("plastic", "frozen") else samples for name in runs}
    found = {f"{name}_ms": statistics.median(t) / shares[name] * 1e3 for name, t in times.items()}
    found["synops_a_sample"] = float(recording.synops.mean())
    for count in threads:
        if f"cpp_{count}" in times:
            found[f"emulator_over_cpp_{count}"] = ratio(times, f"emulator_{count}", f"cpp_{count}")
    if 2 in threads:
        found["emulator_speedup_2"] = ratio(times, "emulator_1", "emulator_2")
        if "cpp_2" in times:
            found["cpp_speedup_2"] = ratio(times, "cpp_1", "cpp_2")
    found["plastic_over_static"] = ratio(times, "plastic", "emulator_1") * samples / len(few)
    return found


if __name__ == "__main__":
    for key, value in measure(*map(int, sys.argv[1:])).items():
        print(f"{key:24s} {value:.4g}")
