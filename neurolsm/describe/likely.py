"""Time constants that are allowed and probably not meant: milliseconds where seconds are asked for, or a step too coarse."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from neurolsm.describe.laws import Constant, Each, Uniform
from neurolsm.errors import warn_unusual

ONE_STEP = 1e-4  # a current that lasts one step, as ``gain_control`` has it whatever the step; others write dt / 10
LONG, SLOW = 1.0, 10.0  # seconds: beyond what membranes and pairs of spikes remember, and what slow processes do
STEPS = 1000  # that a current lasts
COARSE = 0.1  # seconds per step


def seconds(owner: object, field: str, usual: str, most: float = LONG) -> None:
    """Warn of a time constant (or the mean of its law) above ``most`` seconds; infinite ones are meant."""
    value = getattr(owner, field)
    if most < typical(value) < math.inf:
        limit = f"is usually {usual}"
        warn_unusual(type(owner).__name__, field, value, limit, "Give seconds, such as 20e-3 for 20 ms")


def step(owner: object, dt: float, most: float = COARSE) -> bool:
    """Warn of a step that no dynamics of a neuron fit into; whether it is one."""
    if dt > most:
        limit = "is a long step, usual are 1e-4 to 10e-3 s"
        warn_unusual(type(owner).__name__, "dt", dt, limit, "Give seconds, such as 1e-3 for a step of 1 ms")
    return dt > most


def neuron(one: Any, dt: float) -> None:
    """Warn of time constants that do not go with a step of ``dt`` seconds."""
    name = type(one).__name__
    for field in ("tau_syn", "tau_mem"):
        value = getattr(one, field)
        tau = typical(value)
        at_once = field == "tau_syn" and (tau == ONE_STEP or math.isclose(tau, dt / 10))
        if tau < dt and not at_once:
            limit = f"is shorter than a step of {dt:g} s, so that nothing is left after it"
            remedy = "Lengthen it or shorten dt"
            if field == "tau_syn":
                remedy += "; write dt / 10 for a current that is to last one step"
            warn_unusual(name, field, value, limit, remedy)
        elif field == "tau_syn" and LONG < tau <= SLOW and tau > STEPS * dt:  # beyond SLOW it has been said already
            limit = f"lasts {tau / dt:.0f} steps of {dt:g} s, usual are 1 to 50 ms"
            warn_unusual(name, field, value, limit, "Give seconds, such as 4e-3 for 4 ms")


def typical(law: Any) -> float:
    """The mean of a law, or the number itself; NaN, which is neither long nor short, of a law that does not tell its mean."""
    if isinstance(law, Constant):
        return law.value
    if isinstance(law, Uniform):
        return (law.low + law.high) / 2
    if isinstance(law, Each):
        return float(np.median(law.values))  # infinite ones are meant, and most may be
    value = getattr(law, "mean", law)
    return float(value) if isinstance(value, (int, float, np.number)) else math.nan
