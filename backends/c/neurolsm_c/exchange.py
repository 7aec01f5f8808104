"""A batch as the bytes of a request, and its answer as arrays; ``host.c`` says how both are laid out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurolsm.native.worker import Nonsense
from neurolsm.program import INPUT, NEURON
from neurolsm.program.graded import Graded
from neurolsm.program.spikes import Spikes
from neurolsm_c.design import Design
from neurolsm_c.memory import dtype_of

Read = Callable[..., NDArray[Any]]


@dataclass(frozen=True, eq=False)
class Answer:
    """Raw results of a batch: spikes in each row, the neurons, synapses that spikes reached in each sample, u and v after it, traces after
    each step, the struct."""

    counts: NDArray[Any]
    unit: NDArray[Any]
    synops: NDArray[Any]
    u: NDArray[Any]
    v: NDArray[Any]
    traces: dict[str, NDArray[Any]]
    state: bytes


def request(
    design: Design, inputs: Spikes, graded: Graded, state: bytes, *, carry: bool, trace: bool, learn: bool
) -> list[NDArray[Any]]:
    """The arrays to send. What never learns has no ear for lessons."""
    heard = graded.row.size if learn and design.program.n_graded else 0
    rows = inputs.indptr.size - 1
    head = np.array([len(inputs), rows, inputs.count, carry, trace, heard], np.int32)
    return [
        head, np.frombuffer(state, np.uint8), inputs.steps.astype(np.int32), np.diff(inputs.indptr).astype(np.int32),
        inputs.unit.astype(dtype_of(design.index)), graded.row[:heard].astype(np.int32),
        graded.value[:heard].astype(np.int8), fan_out(design, INPUT), fan_out(design, NEURON),
    ]  # fmt: skip


def fan_out(design: Design, source: str) -> NDArray[np.int32]:
    """Synapses of each channel or neuron."""
    program = design.program
    none = np.zeros(program.n_inputs if source == INPUT else program.n, np.int64)
    return sum((np.diff(p.indptr) for p in program.projections if p.source == source), none).astype(np.int32)


def answer(design: Design, inputs: Spikes, trace: bool, read: Read) -> Answer:
    """Receive it with ``read(dtype, *shape)``.

    Raises:
        Nonsense: numbers that this program cannot give.
    """
    n, index = design.program.n, dtype_of(design.index)
    counts, units, synops, u, v = [], [], [], [], []
    traces: dict[str, list[NDArray[Any]]] = {"u": [], "v": []} if trace else {}
    for steps in inputs.steps.tolist():
        counts.append(read(np.int32, steps))
        spikes = int(counts[-1].sum(dtype=np.int64))
        _check(0 <= spikes <= n * steps)
        units.append(read(index, spikes).astype(np.int32))
        synops.append(read(np.int64, 1))
        u.append(read(np.int32, n))
        v.append(read(np.int32, n))
        for kept in traces.values():
            kept.append(read(np.int32, steps, n))
    count, unit = np.concatenate(counts), np.concatenate(units)
    for values, most in ((count, n), (unit, n - 1)):
        _check(not values.size or (values.min() >= 0 and values.max() <= most))
    state = read(np.uint8, design.size).tobytes()
    return Answer(
        count, unit, np.concatenate(synops), np.array(u), np.array(v),
        {name: np.concatenate(kept) for name, kept in traces.items()}, state,
    )  # fmt: skip


def _check(possible: bool) -> None:
    if not possible:
        raise Nonsense("answered with numbers that this program cannot give")
