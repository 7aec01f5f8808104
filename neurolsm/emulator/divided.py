"""One large network on several threads: each has some of the neurons and all synapses onto them.

In each step a thread updates its neurons, tells the others who of them fired, waits until all have told, and delivers the
spikes of the whole network to its own neurons. Nobody writes where another one reads or writes; a neuron's sums are made in the order
of the sources, as on one thread, so that float arithmetic gives the same bits, too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from threading import Barrier
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurolsm.emulator import divided_kernel, kernel
from neurolsm.emulator.output import Output
from neurolsm.emulator.tables import Table, table
from neurolsm.emulator.threads import shared
from neurolsm.program import INPUT, NEURON, Program
from neurolsm.program.spikes import Spikes
from neurolsm.program.state import State

LARGE = 30_000_000  # synapses from which on a step takes so long that the threads may meet in it
NEURON_COST = 16  # synapses that take as long as the update of a neuron where 1 % of the neurons fire
CHUNK = 1 << 22  # synapses counted at a time: NumPy makes 64-bit numbers of them first


@dataclass(frozen=True, eq=False)
class Share:
    """Neurons ``first`` to ``last`` - 1 and the synapses onto them: from the inputs, and from all neurons."""

    first: int
    last: int
    heard: Table
    sent: Table

    @property
    def nbytes(self) -> int:
        return self.heard.nbytes + self.sent.nbytes


def is_large(program: Program) -> bool:
    """Whether threads had better share one network than work at several samples. One that learns is not shared."""
    return program.synapses >= LARGE and not program.plastic and not program.dynamic


def divide(program: Program, parts: int) -> list[Share]:
    """The network in at most ``parts`` shares of about equal work, each made by a thread of its own."""
    work = np.full(program.n, NEURON_COST, np.int64)
    for p in program.projections:
        for k in range(0, p.size, CHUNK):
            work += np.bincount(p.post[k : k + CHUNK], minlength=program.n)
    done = np.cumsum(work)
    edges = sorted({0, *np.searchsorted(done, done[-1] * np.arange(1, parts) / parts).tolist(), program.n})

    def share(first: int, last: int) -> Share:
        heard, sent = (table(program, source, program.projections, (first, last)) for source in (INPUT, NEURON))
        return Share(first, last, heard, sent)

    return shared([partial(share, *span) for span in pairwise(edges)], parts)


class Meeting:
    """Where the threads of a run tell each other, once a step, who has fired."""

    def __init__(self, size: int) -> None:
        self._barrier = Barrier(size)
        # Of even and of odd steps: nobody writes again what another may still read, for that one has to come to the next meeting.
        self._told: list[list[NDArray[np.int32]]] = [[np.zeros(0, np.int32)] * size for _ in range(2)]

    def hear(self, step: int, place: int, fired: NDArray[np.int32]) -> NDArray[np.int32]:
        """Who fired in the whole network, in order; called by the thread of each ``place`` in each step."""
        told = self._told[step % 2]
        told[place] = fired
        self._barrier.wait()
        return np.concatenate(told)

    def end(self) -> None:
        """Let nobody wait any more: who comes, or is there, gets an error."""
        self._barrier.abort()


def run(
    program: Program, shares: Sequence[Share], state: State, inputs: Spikes, carry: bool, neurons: Sequence[NDArray[Any]],
    scalar: bool, full: bool, out: Output,
) -> NDArray[np.int32]:  # fmt: skip
    """All samples, on a thread a share -> all spiking neurons in order; fills ``out`` and moves ``state`` to the end.

    ``neurons`` are the constants of ``kernel.run`` from ``du`` to ``theta_decay``.
    """
    meeting, length = Meeting(len(shares)), program.max_delay + 2
    synops = np.zeros((len(shares), len(inputs)), np.int64)
    all_fired: list[NDArray[np.int32]] = []

    def one(place: int) -> None:
        share = shares[place]
        here, n = slice(share.first, share.last), share.last - share.first
        constants = [array[here] for array in neurons]
        u, v, held, theta = state.u[here], state.v[here], state.refractory[here], state.theta[here]
        ring = np.zeros((2 * length, n), program.dtype)  # as in ``kernel.run``
        ring[: length - 1] = state.pending[:, here]
        flat, half = ring.reshape(-1), length * n
        space, r = np.zeros(n, np.int32), 0
        for b in range(len(inputs)):
            if not carry:
                for array in (u, v, held, theta, ring):
                    array[:] = 0
            for row in range(inputs.offsets[b], inputs.offsets[b + 1]):
                count = divided_kernel.fire(
                    ring[r], *constants, scalar, full, u, v, held, theta, np.int32(share.first), space
                )
                fired = meeting.hear(row, place, space[:count].copy())
                r += 1
                base, channels = np.uint32(r * n), inputs.unit[inputs.indptr[row] : inputs.indptr[row + 1]].copy()
                synops[place, b] += kernel.deliver(flat, base, fired, *share.sent.arrays)
                synops[place, b] += kernel.deliver(flat, base, channels, *share.heard.arrays)
                if place == 0:
                    all_fired.append(fired)
                for values, kept in ((u, out.u_trace), (v, out.v_trace)):
                    if len(kept):
                        kept[row, here] = values
                if r == length:
                    flat[:half] = flat[half:]
                    flat[half:] = 0
                    r = 0
            out.u[b, here], out.v[b, here] = u, v
        state.pending[:, here] = ring[r : r + length - 1]

    shared([partial(one, place) for place in range(len(shares))], len(shares), meeting.end)
    out.counts[:] = [fired.size for fired in all_fired]
    out.synops[:] = synops.sum(0)
    return np.concatenate([np.zeros(0, np.int32), *all_fired])
