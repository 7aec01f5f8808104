"""A program with a readout on a backend: samples in, scores out, lessons where the caller wants them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurolsm.describe.rule import ChipReadout
from neurolsm.execute.backend import Simulator, open_simulator
from neurolsm.execute.recording import Recording
from neurolsm.learn.chip.counters import COUNTER, GATE, OFFSET
from neurolsm.learn.chip.delta import READOUT
from neurolsm.program import Program
from neurolsm.program.graded import Graded
from neurolsm.program.spikes import Spikes
from neurolsm.program.state import PlasticState
from neurolsm.readout.activity import busy_share, check_activity


class Chip:
    """Presents samples to a program, clock channels and the steps after the sample included."""

    def __init__(self, program: Program, readout: ChipReadout, backend: str, options: dict[str, Any]) -> None:
        self.program, self.readout, self._backend, self._options = program, readout, backend, options
        self.simulator: Simulator = open_simulator(program, backend, **options)
        self._still: Simulator | None = None  # the same with a liquid that does not learn
        self._here = program.population(READOUT).slice
        self._liquid = min(p.start for p in program.populations if p.name in (GATE, COUNTER))  # what comes before
        self._blank = Spikes(np.ones(1, np.int64), np.zeros(2, np.int64), np.zeros(0, np.int32), program.n_inputs)

    def frame(self, inputs: Spikes) -> Spikes:
        """The samples with the spikes of the clock channels and silent steps until the readout has received all."""
        return with_clock(self.readout, inputs, self.program.n_inputs)

    def present(
        self, inputs: Spikes, *, learn: bool, lessons: NDArray[np.int16] | None = None
    ) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """Voltages of the readout neurons after each sample [B, K], and spikes of all neurons in it [B].

        Args:
            inputs: samples on the channels of the description.
            learn: whether plastic parts learn.
            lessons: graded values of the last step of each sample [B, channels]; None for none.
        """
        return self._looked_at(inputs, self._run(self.frame(inputs), learn, lessons))

    def one_by_one(self, inputs: Spikes) -> Iterator[NDArray[np.int32]]:
        """Voltages of the readout neurons [K] after each sample, which the plastic parts learn from; the caller may teach in between."""
        framed = self.frame(inputs)
        for k in range(len(inputs)):
            v, _ = self._looked_at(inputs[k : k + 1], self._run(framed[k : k + 1], True, None))
            yield v[0]

    def observe(self, inputs: Spikes) -> tuple[NDArray[np.int32], Recording]:
        """As ``present`` without learning, with everything that was recorded on the way."""
        found = self._run(self.frame(inputs), False, None)
        return found.v[:, self._here], found

    def _looked_at(self, inputs: Spikes, found: Recording) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """What ``present`` returns, once the activity of the liquid was looked at."""
        spikes, ends = found.spikes, found.spikes.indptr[found.spikes.offsets]
        counts = np.bincount(spikes.unit, minlength=self._liquid)[: self._liquid]
        inside = counts.sum(keepdims=True)
        if len(inputs) != 1:
            inside = np.diff(np.concatenate([[0], np.cumsum(spikes.unit < self._liquid)])[ends])
        check_activity(
            self.program, inputs, inside, self._liquid, busy_share(self.program, spikes, self._liquid, counts)
        )
        return found.v[:, self._here], np.diff(ends)

    def _run(self, framed: Spikes, learn: bool, lessons: NDArray[np.int16] | None) -> Recording:
        graded = None if lessons is None else at_the_end(framed, lessons)
        return self.simulator.run(framed, graded=graded, learn=learn)

    def wipe(self, neurons: NDArray[np.int64], order: NDArray[np.int64] | None = None) -> None:
        """Give readout neurons the weights that the program began with; then put all of them into another order.

        Args:
            neurons: which, counted from the first of the readout.
            order: the neuron [K] that each place takes over; None to leave them where they are.
        """
        state, width = self.simulator.state, self._here.stop - self._here.start
        for projection, memory in zip(self.program.plastic, state.plastic, strict=True):
            if projection.post.size and projection.post.min() >= self._here.start:  # all pairs, the targets ascending
                fresh = PlasticState.initial(projection, memory.x1.size, memory.y1.size)
                for name in ("weight", "tag1", "tag2"):
                    table, initial = (getattr(one, name).reshape(-1, width) for one in (memory, fresh))
                    table[:, neurons] = initial[:, neurons]
                    if order is not None:
                        table[:] = table[:, order]
        self.simulator.state = state

    def teach(self, lesson: NDArray[np.int16]) -> None:
        """One more step after the sample that was presented last, with graded values [channels]."""
        graded = Graded.made(np.zeros(1, np.int64), lesson[None].copy(), 1)
        self.simulator.run(self._blank, graded=graded, learn=True, carry=True)

    def settle(self, inputs: Spikes, lessons: NDArray[np.int16]) -> None:
        """Let the offsets of the counters follow samples; nothing else that is remembered changes, but for the clock.

        The clock goes on by whole epochs of all rules, so that a half-done epoch or period of the liquid is met as it was left.
        """
        before = self.simulator.state.copy()
        still = self._held_still()
        framed = self.frame(inputs)
        try:
            still.state = before.copy()
            still.run(framed, graded=at_the_end(framed, lessons), learn=True)
            after = still.state
            for rule, mine, moved in zip(self.program.plastic, before.plastic, after.plastic, strict=True):
                if rule.name == OFFSET:
                    mine.weight[:] = moved.weight
            whole = _common_period(self.program)
            before.clock += -(-(after.clock - before.clock) // whole) * whole
        finally:
            self.simulator.state = before

    def _held_still(self) -> Simulator:
        """A simulator of the program in which the readout alone learns, with the same state."""
        program = self.program
        if not program.intrinsic and all(p.name.startswith(f"{READOUT}/") for p in program.plastic):
            return self.simulator
        if self._still is None:
            held = tuple(
                p if p.plasticity is None or p.name.startswith(f"{READOUT}/")
                else replace(p, plasticity=replace(p.plasticity, dw=(), dt=(), dd=()))
                for p in program.projections
            )  # fmt: skip
            resting = tuple(replace(rule, bias_step=0, vth_step=0) for rule in program.intrinsic)
            still = replace(program, projections=held, intrinsic=resting)
            self._still = open_simulator(still, self._backend, **self._options)
        return self._still

    def close(self) -> None:
        if self._still is not None:
            self._still.close()
        self.simulator.close()


def with_clock(readout: ChipReadout, inputs: Spikes, channels: int) -> Spikes:
    """Samples on all ``channels`` of a program with ``readout``: with clock spikes, and silent steps until it has received all."""
    tail, lengths, offsets = readout.tail, inputs.steps, inputs.offsets
    starts = np.concatenate([[0], np.cumsum(lengths + tail)]).astype(np.int64)
    row = inputs.row
    sample = np.searchsorted(offsets, row, side="right") - 1
    rows, units = [starts[sample] + row - offsets[sample]], [inputs.unit.astype(np.int64)]
    for length in np.unique(lengths):
        t, clock = readout.clock_events(int(length))
        these = np.flatnonzero(lengths == length)
        rows.append((starts[these][:, None] + t).ravel())
        units.append(np.tile(clock + inputs.units, these.size))
    at, unit = np.concatenate(rows), np.concatenate(units)
    order = np.lexsort((unit, at))
    indptr = np.concatenate([[0], np.cumsum(np.bincount(at, minlength=int(starts[-1])))]).astype(np.int64)
    return Spikes(lengths + tail, indptr, unit[order].astype(np.int32), channels)


def at_the_end(framed: Spikes, lessons: NDArray[np.int16]) -> Graded:
    """Graded values in the last step of each sample."""
    return Graded.build(framed.offsets[1:] - 1, lessons, int(framed.offsets[-1]))


def _common_period(program: Program) -> int:
    """Steps after which every epoch and every period of the program begins anew."""
    epochs = [p.plasticity.t_epoch << p.plasticity.decimate for p in program.plastic if p.plasticity]
    return math.lcm(1, *epochs, *(rule.period for rule in program.intrinsic))
