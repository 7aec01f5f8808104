"""The constants of the neurons: which are those of long runs of neurons, and which are tables."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neurolsm_c.design import Design

MOST_RUNS = 12  # of neurons that follow each other with the same constants; one that changes more often is a table


@dataclass(frozen=True, eq=False)
class Column:
    """A constant of the neurons: by which name the loop knows it, and how it is read where it is a table."""

    name: str
    values: NDArray[np.int64]
    from_memory: str = ""

    @property
    def changes(self) -> NDArray[np.int64]:
        return np.flatnonzero(np.diff(self.values)) + 1


def columns(design: Design) -> list[Column]:
    """What the equations need, in their order."""
    neurons = design.program.neurons
    wide = {name: getattr(neurons, name).astype(np.int64) for name in ("du", "dv", "theta_decay", "theta_step")}
    found = [Column("keep_u", 4095 - wide["du"]), Column("keep_v", 4096 - wide["dv"])]
    if design.moves:
        unit = np.left_shift(1, neurons.bias_exp.astype(np.int64))
        found += [
            Column("bias_unit", unit),
            Column("bias", unit, "lsm.bias_mant[i] * bias_unit"),
            Column("level", unit, "lsm.vth[i] * 64"),
        ]
    else:
        bias, level = neurons.bias.astype(np.int64), neurons.vth.astype(np.int64) << 6
        found += [Column("bias", bias), Column("level", level)]
    if neurons.refracts:
        found.append(Column("rest", neurons.refractory.astype(np.int64)))
    if neurons.adapts:
        found += [Column("theta_step", wide["theta_step"]), Column("keep_theta", 4096 - wide["theta_decay"])]
    return found


def tabled(found: list[Column]) -> list[Column]:
    """The columns that change too often along the neurons to be constants of runs: the fewest, so that few runs are left."""
    rest = sorted((c for c in found if not c.from_memory), key=lambda c: c.changes.size)
    cuts: set[int] = set()
    tables = [c for c in found if c.from_memory]
    for column in rest:
        new = cuts | set(column.changes.tolist())
        if len(new) < MOST_RUNS:
            cuts = new
        else:
            tables.append(column)
    return [c for c in found if c in tables]
