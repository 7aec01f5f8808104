"""What came out of a run, whichever backend made it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurolsm.errors import refuse
from neurolsm.program import INPUT, Program
from neurolsm.program.spikes import Spikes
from neurolsm.shown import shown


@shown()
@dataclass(frozen=True, eq=False)
class Recording:
    """Spikes and final states of a batch.

    Attributes:
        spikes: what the neurons emitted.
        u, v: current and voltage after the last step of each sample [B, N].
        traces: states after every step, by name, [sum(steps), N]; only what was asked for.
        synops: synaptic operations of each sample, int64 [B]: one for each synapse that a spike reached.
        seconds: wall time of the run without set-up.
        info: what ran it, for the record (engine, target, process model).

    Example:
        >>> import neurolsm as nl
        >>> lsm = nl.LSM(inputs=1, liquid=nl.Liquid(topology=nl.Explicit([[0.0]]), input=nl.OneToOne(weight=2.0)))
        >>> with nl.open_simulator(nl.lower(lsm).program, "reference") as simulator:
        ...     recording = simulator.run(nl.Spikes.from_events([([0, 9], [0, 0])], steps=20, units=1))
        >>> recording.spikes.count, recording.u.shape, recording.synops.tolist()  # two input spikes, one synapse
        (4, (1, 1), [2])
        >>> recording.counts(windows=2)[0].tolist()
        [[2], [2]]
    """

    spikes: Spikes
    u: NDArray[Any]
    v: NDArray[Any]
    synops: NDArray[np.int64]
    seconds: float
    info: dict[str, Any] = field(default_factory=dict)
    traces: dict[str, NDArray[Any]] = field(default_factory=dict)

    @staticmethod
    def build(
        program: Program,
        inputs: Spikes,
        spikes: Spikes,
        *,
        u: NDArray[Any],
        v: NDArray[Any],
        seconds: float,
        info: dict[str, Any],
        traces: dict[str, NDArray[Any]] | None = None,
    ) -> Recording:
        """Add what follows from the spikes alone."""
        synops = np.zeros(len(inputs), np.int64)
        for source, fired in ((INPUT, inputs), ("neuron", spikes)):
            fan_out = sum(
                (np.diff(p.indptr) for p in program.projections if p.source == source), np.zeros(fired.units, np.int64)
            )
            first = fired.indptr[fired.offsets]
            spiking = np.flatnonzero(np.diff(first))  # reduceat takes no sample without a spike
            if spiking.size:
                synops[spiking] += np.add.reduceat(fan_out.take(fired.unit), first[spiking])
        shape = (len(inputs), program.n)
        return Recording(spikes, u.reshape(shape), v.reshape(shape), synops, seconds, dict(info), traces or {})

    def counts(self, windows: int = 1) -> NDArray[np.int64]:
        """Spikes of each neuron in ``windows`` equal parts of each sample, [B, windows, N]."""
        return count_windows(self.spikes, windows)


def count_windows(spikes: Spikes, windows: int) -> NDArray[np.int64]:
    """Spikes of each unit in ``windows`` parts of each sample; step t of T falls into window t * windows // T."""
    if not isinstance(windows, (int, np.integer)) or isinstance(windows, bool) or windows < 1:
        refuse("Recording", "windows", windows, "must be a whole number, at least 1", "Give the number of parts")
    sample = np.repeat(np.arange(len(spikes)), spikes.steps)
    t = np.arange(sample.size) - spikes.offsets[sample]
    window = t * windows // spikes.steps[sample]
    key = np.repeat((sample * windows + window) * spikes.units, np.diff(spikes.indptr)) + spikes.unit
    return np.bincount(key, minlength=len(spikes) * windows * spikes.units).reshape(len(spikes), windows, spikes.units)
