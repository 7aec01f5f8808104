"""What a page has to know of a liquid to draw it: where its neurons are, and which of them inhibit."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurolsm.deployment import Deployment
from neurolsm.describe.column import Column
from neurolsm.describe.lsm import LSM
from neurolsm.program.signs import signs


def anatomy(chip: Deployment) -> dict[str, Any]:
    """JSON values: the neurons of the liquid, which come first in the program, with positions in a box around 0."""
    n = chip.lsm.n
    return {
        "neurons": n,
        "positions": np.round(positions(chip.lsm), 3).tolist(),
        "inhibitory": np.flatnonzero(signs(chip.program)[:n] < 0).tolist(),
        "dt": chip.program.dt,
        "synapses": chip.program.synapses,
    }


def positions(lsm: LSM) -> NDArray[np.float64]:
    """Where each neuron is drawn [n, 3]; the longest side of the box reaches from -1 to 1.

    A column stands on its own grid. Other graphs have no place of their own: their neurons fill a cube, in the order of their numbers.
    """
    topology = getattr(lsm.liquid, "topology", None)
    if isinstance(topology, Column) and topology.n == lsm.n:
        shape: tuple[int, ...] = topology.shape
    else:
        side = math.ceil(lsm.n ** (1 / 3) - 1e-9)
        shape = (side, side, side)
    grid = np.stack(np.unravel_index(np.arange(lsm.n), shape), axis=1).astype(float)
    return (2 * grid - (np.array(shape) - 1)) / max(1, max(shape) - 1)
