"""What learning has changed between two states, in numbers that a page can draw."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurolsm.learn.chip.counters import OFFSET
from neurolsm.learn.chip.delta import READOUT
from neurolsm.program import Program
from neurolsm.program.state import State

ROWS, COLUMNS = 32, 96  # of the picture, at most


def changes(program: Program, before: State, after: State) -> dict[str, Any]:
    """JSON values: means of weight changes, readout neuron by source, and of the changes of the biases that the counters subtract.

    weights[row][column] = mean of (w_after - w_before) over the synapses of a group of readout neurons and one of sources
    """
    here = program.population(READOUT)
    tables, moved, total, size = [], 0, 0, 0
    biases = np.zeros(0, np.int64)
    for projection, old, new in zip(program.plastic, before.plastic, after.plastic, strict=True):
        step = new.weight.astype(np.int64) - old.weight
        if projection.name == OFFSET:
            biases = step
            continue
        moved, total, size = moved + int((step != 0).sum()), total + step.size, size + int(np.abs(step).sum())
        if projection.post.size and projection.post.min() >= here.start:
            tables.append(step.reshape(-1, here.stop - here.start).T)  # all pairs, the targets ascending
    table = np.concatenate(tables, axis=1) if tables else np.zeros((1, 1))
    return {
        "weights": _means(_means(table, ROWS).T, COLUMNS).T.round(3).tolist(),
        "biases": _means(biases[:, None], COLUMNS)[:, 0].round(3).tolist(),
        "moved": moved,
        "of": total,
        "mean": round(size / moved, 2) if moved else 0.0,
        "moved_biases": int((biases != 0).sum()),
        "of_biases": int(biases.size),
    }


def _means(table: NDArray[Any], most: int) -> NDArray[np.float64]:
    """Means of neighbouring rows, so that there are ``most`` at the most."""
    if not len(table):
        return np.zeros((1, *table.shape[1:]))
    edges = np.unique(np.linspace(0, len(table), min(most, len(table)) + 1).astype(int))
    found: NDArray[np.float64] = np.add.reduceat(table.astype(np.float64), edges[:-1], axis=0)
    return found / np.diff(edges)[:, None]
