"""What a readout sees of the network after each value of a series."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurolsm.compiled import compiled
from neurolsm.describe.checks import plain
from neurolsm.errors import refuse
from neurolsm.program import Program

LONGEST = 4096  # steps that counts may look back


@dataclass(frozen=True, kw_only=True)
class StepFeatures:
    """Numbers in every step of a series, side by side in this order, sampled after the last step of each value.

        trace_k <- exp(-1 / tau_k) trace_k + spike         for each tau in ``traces``, N each
        spikes of the last k steps                         for each k in ``counts``, N each
        v / (64 vth)                                       ``voltage``, N
        u / (64 vth)                                       ``current``, N
        x                                                  ``inputs``, the value itself, as it was given

    They are computed from spikes and states alone, so they are the same numbers whatever runs the network, and however the
    series is cut.

    Args:
        traces: time constants in steps, each above 0. None: one and four times the steps of a value.
        counts: steps to look back, each 1..4096.
        voltage, current, inputs: whether they are among the features.

    Raises:
        InvalidValue: a field outside its range, or no feature at all.

    >>> import neurolsm as nl
    >>> nl.StepFeatures(traces=(10.0, 40.0), voltage=True).width(neurons=100, n_values=2, hold=8)
    302
    """

    traces: tuple[float, ...] | None = None
    counts: tuple[int, ...] = ()
    voltage: bool = False
    current: bool = False
    inputs: bool = True

    def __post_init__(self) -> None:
        for name in ("voltage", "current", "inputs"):
            value = plain(getattr(self, name))
            if not isinstance(value, bool):
                refuse("StepFeatures", name, getattr(self, name), "must be True or False", "Choose one of them")
            object.__setattr__(self, name, value)
        if self.traces is not None:
            object.__setattr__(self, "traces", _numbers("traces", self.traces, float, np.inf, "steps above 0"))
        object.__setattr__(self, "counts", _numbers("counts", self.counts, int, LONGEST, f"steps in 1..{LONGEST}"))
        if self.traces == () and not (self.counts or self.voltage or self.current or self.inputs):
            refuse("StepFeatures", "traces", (), "leaves nothing for a readout to see", "Name at least one feature")

    def taus(self, hold: int) -> tuple[float, ...]:
        """The time constants of the traces in steps."""
        return (float(hold), 4.0 * hold) if self.traces is None else self.traces

    @property
    def states(self) -> tuple[str, ...]:
        """What a run has to trace for them."""
        return tuple(name for name, wanted in (("v", self.voltage), ("u", self.current)) if wanted)

    def width(self, neurons: int, n_values: int, hold: int) -> int:
        """Number of features F."""
        each = len(self.taus(hold)) + len(self.counts) + self.voltage + self.current
        return each * neurons + n_values * self.inputs

    def alike(self, neurons: int, hold: int) -> tuple[slice, ...]:
        """Features of one kind each, such as the traces with one time constant; the values themselves are not among them."""
        kinds = self.width(neurons, 0, hold) // neurons
        return tuple(slice(k * neurons, (k + 1) * neurons) for k in range(kinds))


@dataclass(eq=False)
class FeatureMemory:
    """What the features remember between two values.

    Attributes:
        trace: float64 [K, N].
        recent: spikes of the last steps, uint8 [longest, N], a ring.
        count: int32 [C, N].
        at: number of the next step, modulo the length of the ring.
    """

    trace: NDArray[np.float64]
    recent: NDArray[np.uint8]
    count: NDArray[np.int32]
    at: int = 0

    @staticmethod
    def empty(features: StepFeatures, neurons: int, hold: int) -> FeatureMemory:
        longest = max(features.counts, default=0)
        return FeatureMemory(
            np.zeros((len(features.taus(hold)), neurons)),
            np.zeros((longest, neurons), np.uint8),
            np.zeros((len(features.counts), neurons), np.int32),
        )

    def copy(self) -> FeatureMemory:
        return FeatureMemory(self.trace.copy(), self.recent.copy(), self.count.copy(), self.at)


def threshold_scale(program: Program) -> NDArray[np.float32]:
    """What u and v of each neuron are divided by to be in thresholds."""
    vth = program.neurons.vth.astype(np.float32)
    return np.maximum(vth, 1) * np.float32(64 if program.arithmetic == "loihi" else 1)


def features_into(
    features: StepFeatures, memory: FeatureMemory, hold: int, indptr: NDArray[Any], unit: NDArray[Any],
    states: dict[str, NDArray[Any]], shown: NDArray[Any], out: NDArray[np.float32],
) -> None:  # fmt: skip
    """Take in whole values and write the features after each to ``out`` [T, F].

    Args:
        indptr, unit: spikes, one row per step.
        states: v and u in thresholds after each value [T, N], as far as ``features.states`` names them.
        shown: the values [T, n_values].
    """
    taus = np.asarray(features.taus(hold), np.float64)
    with np.errstate(under="ignore"):
        late = np.exp(-np.arange(hold - 1, -1, -1) / taus[:, None])  # what a spike of each step has left at the end
        keep = np.exp(-hold / taus)
    reach = np.asarray(features.counts, np.int64)
    memory.at = _walk(indptr, unit, hold, late, keep, memory.trace, reach, memory.recent, memory.count, memory.at, out)
    at = (memory.trace.shape[0] + memory.count.shape[0]) * memory.trace.shape[1]
    for name in features.states:
        width = states[name].shape[1]
        out[:, at : at + width] = states[name]
        at += width
    if features.inputs:
        out[:, at:] = shown


@compiled()
def _walk(indptr, unit, hold, late, keep, trace, reach, recent, count, at, out):  # type: ignore[no-untyped-def]
    kinds, neurons = trace.shape
    ring = recent.shape[0]
    for t in range(out.shape[0]):
        for k in range(kinds):
            for i in range(neurons):
                trace[k, i] *= keep[k]
        for step in range(hold):
            first, last = indptr[t * hold + step], indptr[t * hold + step + 1]
            for s in range(first, last):
                i = unit[s]
                if i < neurons:
                    for k in range(kinds):
                        trace[k, i] += late[k, step]
            if ring:
                for c in range(reach.size):
                    old = (at - reach[c]) % ring
                    for i in range(neurons):
                        count[c, i] -= recent[old, i]
                recent[at] = 0
                for s in range(first, last):
                    i = unit[s]
                    if i < neurons:
                        recent[at, i] = 1
                        for c in range(reach.size):
                            count[c, i] += 1
                at = (at + 1) % ring
        for k in range(kinds):
            for i in range(neurons):
                out[t, k * neurons + i] = trace[k, i]
        for c in range(reach.size):
            for i in range(neurons):
                out[t, (kinds + c) * neurons + i] = count[c, i]
    return at


def _numbers(field: str, given: Any, kind: type, most: float, what: str) -> tuple[Any, ...]:
    values = given if isinstance(given, (list, tuple, np.ndarray)) else (given,)
    found = []
    for value in map(plain, values):
        number = (
            isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value <= most and value < np.inf
        )
        if not number or (kind is int and value != int(value)):
            refuse(
                "StepFeatures",
                field,
                given,
                f"must be a tuple of {what}",
                f"Write {field}=({'10,' if kind is int else '10.0,'})",
            )
        found.append(kind(value))
    return tuple(found)
