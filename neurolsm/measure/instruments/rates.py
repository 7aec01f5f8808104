"""Firing rates over time, of each neuron and of populations."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neurolsm.describe.checks import argument
from neurolsm.errors import refuse
from neurolsm.execute.quantities import rates as windowed
from neurolsm.execute.recording import Recording
from neurolsm.memory import require
from neurolsm.program.spikes import Spikes
from neurolsm.shown import shown


@shown()
@dataclass(frozen=True, eq=False)
class Rates:
    """Rates of one sample.

    Attributes:
        ms: the middle of each window [W], milliseconds from the start of the sample.
        hz: rate of each neuron in each window [W, N].
        window: the length of a window in seconds.
    """

    ms: NDArray[np.float64]
    hz: NDArray[np.float64]
    window: float

    def population(self, neurons: ArrayLike | slice = slice(None)) -> NDArray[np.float64]:
        """Mean rate of some neurons (numbers, a mask or a slice), of all without, in each window [W], Hz; 0 of none."""
        chosen = self.hz[:, neurons if isinstance(neurons, slice) else np.asarray(neurons)]
        return chosen.mean(1) if chosen.shape[1] else np.zeros(self.ms.size)


def rates(run: Recording | Spikes, sample: int = 0, *, dt: float = 1e-3, window: float = 20e-3) -> Rates:
    """Rates in windows that follow one another.

        rate = spikes in the window / window

    Args:
        run: a recording, or spikes of inputs or neurons.
        sample: its number in the batch.
        dt: seconds per step, ``LSM.dt`` or ``Program.dt``.
        window: seconds, a whole number of steps; at most the sample. What is left at its end is left out.

    Raises:
        InvalidValue: no such sample, or a window that does not fit.

    Example:
        >>> import neurolsm as nl
        >>> from neurolsm.measure.instruments import rates
        >>> spikes = nl.Spikes.from_events([([0, 1, 12], [0, 0, 1])], steps=20, units=2)
        >>> rates(spikes, window=10e-3).hz.tolist()
        [[200.0, 0.0], [0.0, 100.0]]
    """
    spikes = run.spikes if isinstance(run, Recording) else run
    argument("rates", "sample", sample, 0, len(spikes) - 1, "Choose one of the samples", whole=True)
    dt = argument("rates", "dt", dt, 1e-9, 1e3, "Give the seconds of a step")
    length = int(spikes.steps[sample]) * dt
    argument("rates", "window", window, dt, length, f"Give seconds, at most the sample's {length:g}")
    steps = round(window / dt)
    if abs(steps * dt - window) > 1e-6 * window:
        refuse("rates", "window", window, f"must be whole steps of {dt:g} s", f"Choose {steps * dt:g}")
    windows = int(spikes.steps[sample]) // steps
    require("rates", "window", window, 24.0 * windows * spikes.units, "Choose longer windows")
    hz = windowed(spikes[sample], np.arange(spikes.units), steps, dt)
    middle = np.multiply(1e3 * dt, steps * (np.arange(windows) + 0.5) - 0.5)
    return Rates(middle, hz, steps * dt)
