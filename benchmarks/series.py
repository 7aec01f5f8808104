"""What the states of a long series cost next to the network that makes them, and whether memory stays flat.

A liquid of 1,000 neurons is shown the Mackey-Glass series, 8 steps a value. Bare: the same input spikes are simulated in the same
pieces, and nothing is read. States: values are encoded, simulated and read as features after each value (one trace of each neuron and
the value, or two traces). With the readout: a ridge regression takes them in, too, on the other core, and is solved; the products
of 2,001 features are four times the work of 1,001. All are timed in turn; medians are shown with their ratios to the bare network.
Peak memory is that of processes of their own, for the series and for one of four times the length.

Run:  python benchmarks/series.py [values] [rounds]
"""

from __future__ import annotations

import resource
import subprocess
import sys
import time

import numpy as np
from neurolsm_models.forecast import series
from neurolsm_models.forecast.setting import Setting
from numpy.typing import NDArray

import neurolsm as nl
from neurolsm.readout.chosen import ChosenRidge
from neurolsm.sequence import SeriesStates, StepFeatures
from neurolsm.sequence.walk import AT_ONCE

VALUES, ROUNDS = 100_000, 3
TRACES = {1: (8.0,), 2: (8.0, 32.0)}


def prepared(values: int, traces: int = 1) -> tuple[SeriesStates, NDArray[np.float64]]:
    x = np.resize(series.mackey_glass(2000), values + 1)[:, None]
    return Setting(features=StepFeatures(traces=TRACES[traces])).states(x[:-1], 1), x


def bare(states: SeriesStates, x: NDArray[np.float64]) -> float:
    """Seconds for the network alone, its input spikes made before."""
    once = max(AT_ONCE // (states.hold * states.program.n), 1)
    memory, pieces = states.encoder.begin(1), []
    for first in range(0, len(x) - 1, once):
        rows = x[first : min(first + once, len(x) - 1)]
        raster, memory = states.encoder.go_on(memory, rows, states.hold)
        pieces.append(nl.Spikes.from_dense(raster[None]))
    with states.open() as simulator:
        start = time.perf_counter()
        for piece in pieces:
            simulator.run(piece, carry=True)
        return time.perf_counter() - start


def whole(states: SeriesStates, x: NDArray[np.float64], *, readout: bool = True) -> float:
    """Seconds from values to a readout, or to states alone."""
    start = time.perf_counter()
    rows = ChosenRidge(states.width([x]), 1, 0, (1e-3,))
    for piece in states.stream([x[:-1]]):
        if readout:
            rows.add(piece.states, x[1:][piece.rows])
    if readout:
        rows.solve()
    return time.perf_counter() - start


def peak(values: int) -> float:
    """Most memory of a process that does the whole once, MB."""
    found = subprocess.run([sys.executable, __file__, str(values), "peak"], capture_output=True, text=True, check=True)
    return float(found.stdout)


def main(values: int, rounds: int) -> None:
    for traces in TRACES:
        states, x = prepared(values, traces)
        bare(states, x[:200]), whole(states, x[:200])  # kernels are compiled
        times = np.array([(bare(states, x), whole(states, x, readout=False), whole(states, x)) for _ in range(rounds)])
        alone, read, fitted = np.median(times, axis=0)
        print(
            f"{values:,} values, {states.width([x]):,} features, medians of {rounds}: bare {alone:.2f} s, states {read:.2f} s "
            f"({read / alone:.2f}), with the readout {fitted:.2f} s ({fitted / alone:.2f})"
        )
    small, large = peak(values), peak(4 * values)
    print(f"peak memory {small:.0f} MB for {values:,} values, {large:.0f} MB for {4 * values:,}")


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else VALUES
    if sys.argv[2:] == ["peak"]:
        whole(*prepared(count))
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    else:
        main(count, int(sys.argv[2]) if len(sys.argv) > 2 else ROUNDS)
