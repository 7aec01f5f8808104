"""What a teacher tells a readout, checked before it is cut to the chip's narrow numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurolsm.arrays import take
from neurolsm.describe.checks import plain
from neurolsm.errors import refuse

FASTEST = 127


def teacher_values(owner: str, teacher: Any, size: int) -> NDArray[np.float64]:
    """One number for each of ``size`` neurons, of whatever type, as float64."""
    given = take(owner, "teacher", teacher)
    if given.shape != (size,):
        refuse(
            owner, "teacher", given.shape, f"must be one number for each neuron, ({size},)", "Give a list of numbers"
        )
    if given.dtype.kind not in "biuf":
        refuse(owner, "teacher", str(given.dtype), "must hold real numbers", "Convert it to numbers first")
    with np.errstate(over="ignore"):  # longer floats may hold more; that is infinity here, and refused
        return given.astype(np.float64)


def settle_speed(owner: str, settle: Any) -> int:
    """The speed of the counters' offsets, 0..127."""
    speed = plain(settle)
    if not isinstance(speed, int) or isinstance(speed, bool) or not 0 <= speed <= FASTEST:
        refuse(
            owner,
            "settle",
            settle,
            f"must be a whole number in 0..{FASTEST}",
            "Give 0 to leave the offsets as they are",
        )
    return speed
