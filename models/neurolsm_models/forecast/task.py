"""The task ``forecast``: series of numbers, value by value. The card ``forecast.md`` has its results with their controls."""

from __future__ import annotations

import numpy as np

from neurolsm.errors import refuse
from neurolsm.program import Program
from neurolsm.program.spikes import Spikes
from neurolsm.tasks.task import Task
from neurolsm_models.forecast import series
from neurolsm_models.forecast.drift import learn
from neurolsm_models.forecast.run import run
from neurolsm_models.forecast.setting import Setting

PIECE = 20  # values of a sample that backends are compared on


def compare(
    *, samples: int = 20, seed: int = 1, target: str = "loihi2", arithmetic: str = "loihi"
) -> tuple[Program, Spikes]:
    """A small liquid and pieces of 20 values of the Mackey-Glass series."""
    if not 1 <= samples <= 200:
        refuse("forecast", "samples", samples, "must be 1 to 200 pieces of the series", "Leave it out for 20")
    setting = Setting(neurons=300)
    x = series.mackey_glass(PIECE * samples)[:, None]
    encoder = setting.encoder(x)
    pieces = encoder.encode(np.repeat(x, setting.hold, axis=0).reshape(samples, PIECE * setting.hold, 1))
    return setting.program(1, seed, target, arithmetic), pieces


TASK = Task(
    name="forecast",
    summary="Series of numbers, value by value: forecasts, closed loops, and echo state networks next to them.",
    metric="nrmse",
    run=run,
    learn=learn,
    scenarios=("drift",),
    compare=compare,
)
