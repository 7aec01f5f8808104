"""A program with a readout on a backend: samples in, scores out, lessons where the caller wants them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurolsm.describe.rule import ChipReadout
from neurolsm.execute.backend import Simulator, open_simulator
from neurolsm.graded import Graded
from neurolsm.learn.chip.delta import READOUT
from neurolsm.program import Program
from neurolsm.spikes import Spikes


class Chip:
    """Presents samples to a program, clock channels and the steps after the sample included."""

    def __init__(self, program: Program, readout: ChipReadout, backend: str, options: dict[str, Any]) -> None:
        self.program, self.readout = program, readout
        self.simulator: Simulator = open_simulator(program, backend, **options)
        self._here = program.population(READOUT).slice
        self._blank = Spikes(np.ones(1, np.int64), np.zeros(2, np.int64), np.zeros(0, np.int32), program.n_inputs)

    def frame(self, inputs: Spikes) -> Spikes:
        """The samples with the spikes of the clock channels and silent steps until the readout has heard all."""
        tail, lengths, offsets = self.readout.tail, inputs.steps, inputs.offsets
        starts = np.concatenate([[0], np.cumsum(lengths + tail)]).astype(np.int64)
        row = inputs.row
        sample = np.searchsorted(offsets, row, side="right") - 1
        rows, units = [starts[sample] + row - offsets[sample]], [inputs.unit.astype(np.int64)]
        for length in np.unique(lengths):
            t, channel = self.readout.clock_events(int(length))
            these = np.flatnonzero(lengths == length)
            rows.append((starts[these][:, None] + t).ravel())
            units.append(np.tile(channel + inputs.units, these.size))
        at, unit = np.concatenate(rows), np.concatenate(units)
        order = np.lexsort((unit, at))
        indptr = np.concatenate([[0], np.cumsum(np.bincount(at, minlength=int(starts[-1])))]).astype(np.int64)
        return Spikes(lengths + tail, indptr, unit[order].astype(np.int32), self.program.n_inputs)

    def present(
        self, inputs: Spikes, *, learn: bool, lessons: NDArray[np.int16] | None = None
    ) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """Voltages of the readout neurons after each sample [B, K], and spikes of all neurons in it [B].

        Args:
            inputs: samples on the channels of the description.
            learn: whether plastic parts learn.
            lessons: graded values of the last step of each sample [B, channels]; None for none.
        """
        framed = self.frame(inputs)
        graded = None
        if lessons is not None:
            graded = Graded.build(framed.offsets[1:] - 1, lessons, int(framed.offsets[-1]))
        found = self.simulator.run(framed, graded=graded, learn=learn)
        return found.v[:, self._here], np.diff(found.spikes.indptr[found.spikes.offsets])

    def teach(self, lesson: NDArray[np.int16]) -> None:
        """One more step after the sample that was presented last, with graded values [channels]."""
        self.simulator.run(self._blank, graded=Graded.build([0], lesson[None], 1), learn=True, carry=True)

    def close(self) -> None:
        self.simulator.close()
