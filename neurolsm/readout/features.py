"""Liquid states: what a readout sees of a run, one row of numbers per sample."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from neurolsm.describe import checks
from neurolsm.describe.protocols import check_part, refuse_returned
from neurolsm.errors import refuse, warn_unusual
from neurolsm.execute.recording import Recording, count_windows
from neurolsm.program.spikes import Spikes

State = NDArray[np.float32]


@runtime_checkable
class Features(Protocol):
    """A frozen description of a liquid state. Each row depends on its own sample alone."""

    def __call__(self, run: Recording | Spikes, inputs: Spikes | None = None) -> State:
        """The states [B, F] of a recording (or of bare spikes) and of the input spikes that caused it."""


@dataclass(frozen=True, kw_only=True)
class Counts:
    """Spikes of each neuron in k equal parts of the sample.

        F[w, i] = number of spikes of neuron i at the steps t with t k // T = w

    Args:
        windows: k, at least 1. F = k N, ordered by window, then by neuron.

    Raises:
        InvalidValue: a field outside its range.

    Example:
        >>> import neurolsm as nl
        >>> spikes = nl.Spikes.from_dense([[[1, 0], [1, 0], [0, 1], [0, 0]]])  # 4 steps, 2 neurons
        >>> nl.Counts(windows=2)(spikes).tolist()  # first half, then second half
        [[2.0, 0.0, 0.0, 1.0]]
    """

    windows: int = 4

    def __post_init__(self) -> None:
        checks.whole(self, "windows", 1)

    def __call__(self, run: Recording | Spikes, inputs: Spikes | None = None) -> State:
        spikes, k = spikes_of(run), int(self.windows)
        return count_windows(spikes, k).reshape(len(spikes), k * spikes.units).astype(np.float32)


@dataclass(frozen=True, kw_only=True)
class LowPass:
    """Exponentially low-passed spikes, sampled at the ends of k equal parts of the sample.

        trace(t) = exp(-1 / tau) trace(t - 1) + spike(t),   sampled at t = ceil((j + 1) T / k) - 1,   j = 0..k-1

    Args:
        tau: time constant, steps, above 0.
        samples: k, at least 1. F = k N, ordered by time, then by neuron.

    Raises:
        InvalidValue: a field outside its range.

    Example:
        >>> import numpy as np
        >>> import neurolsm as nl
        >>> spikes = nl.Spikes.from_dense([[[1], [0], [1]]])
        >>> trace = nl.LowPass(tau=1 / np.log(2))(spikes)  # halves in each step: 1, 0.5, 1.25
        >>> round(trace.item(), 6)
        1.25
    """

    tau: float = 30.0
    samples: int = 1

    def __post_init__(self) -> None:
        checks.number(self, "tau", 0, open_low=True, unit="steps")
        checks.whole(self, "samples", 1)
        if self.tau < 1:
            limit = "is shorter than a step, usual are 10 to 100 steps"
            warn_unusual("LowPass", "tau", self.tau, limit, "Give steps, such as 30 for 30 ms at dt = 1e-3")

    def __call__(self, run: Recording | Spikes, inputs: Spikes | None = None) -> State:
        with np.errstate(under="ignore"):  # what is left of an old spike may be too small for a number: then it is 0
            return self._traces(spikes_of(run), int(self.samples))

    def _traces(self, spikes: Spikes, k: int) -> State:
        b = np.arange(len(spikes)).repeat(spikes.steps)
        t = np.arange(b.size) - spikes.offsets[b]
        part = t * k // spikes.steps[b]
        end = -(-np.arange(1, k + 1) * spikes.steps[:, None] // k) - 1  # [B, k]
        fired = np.diff(spikes.indptr)
        left = np.exp((t - end[b, part]) / self.tau).repeat(fired)  # what is left of a spike at the end of its part
        key = ((b * k + part) * spikes.units).repeat(fired) + spikes.unit
        # NumPy counts in whole numbers where there is nothing to count, weights or not: a silent batch has float traces too.
        trace = np.bincount(key, left, len(spikes) * k * spikes.units).astype(np.float64, copy=False)
        trace = trace.reshape(len(spikes), k, spikes.units)
        keep = np.exp(-np.diff(end, axis=1) / self.tau)
        for j in range(1, k):
            trace[:, j] += keep[:, j - 1, None] * trace[:, j - 1]
        return trace.reshape(len(spikes), k * spikes.units).astype(np.float32)


@dataclass(frozen=True, kw_only=True)
class LastState:
    """Voltage and current after the last step, divided by ``scale``.

    Args:
        states: any of ``v`` and ``u``. F = N for each.
        scale: in units of v, above 0; 64 vth makes it a share of the threshold.

    Raises:
        InvalidValue: a field outside its range, or spikes without u and v.

    Example:
        >>> import neurolsm as nl
        >>> lsm = nl.LSM(inputs=1, liquid=nl.Liquid(topology=nl.Explicit([[0.0]]), input=nl.OneToOne(weight=0.5)))
        >>> program = nl.lower(lsm).program
        >>> with nl.open_simulator(program, "reference") as simulator:
        ...     recording = simulator.run(nl.Spikes.from_events([([0], [0])], steps=15, units=1))
        >>> share = nl.LastState(scale=64.0 * int(program.neurons.vth[0]))(recording)
        >>> share.shape, round(share.item(), 1)  # near the peak that one spike of weight 0.5 causes
        ((1, 1), 0.5)
    """

    states: tuple[str, ...] = ("v",)
    scale: float = 1.0

    def __post_init__(self) -> None:
        if not isinstance(self.states, tuple) or not self.states or not set(self.states) <= {"u", "v"}:
            refuse("LastState", "states", self.states, "must be a tuple of 'u' and 'v'", "Write ('v',) or ('u', 'v')")
        checks.number(self, "scale", 0, open_low=True)

    def __call__(self, run: Recording | Spikes, inputs: Spikes | None = None) -> State:
        if not isinstance(run, Recording):
            refuse("LastState", "run", type(run).__name__, "bare spikes have no u and v", "Give the recording of a run")
        with np.errstate(under="ignore"):  # what a long silence leaves may be too small for a number: then it is 0
            return (np.concatenate([getattr(run, name) for name in self.states], axis=1) / self.scale).astype(
                np.float32
            )


@dataclass(frozen=True, kw_only=True)
class FromInputs:
    """Any spike features of the input channels instead of the neurons."""

    features: Features = Counts()

    def __post_init__(self) -> None:
        check_part("FromInputs", "features", self.features, Features, "Use Counts(...) or LowPass(...)")
        if isinstance(self.features, (LastState, FromInputs, Joined)):
            remedy = "Use Counts(...) or LowPass(...)"
            refuse("FromInputs", "features", self.features, "must be features of spikes alone", remedy)

    def __call__(self, run: Recording | Spikes, inputs: Spikes | None = None) -> State:
        if inputs is None:
            refuse("FromInputs", "inputs", None, "the input spikes are needed", "Pass them as the second argument")
        return self.features(inputs)


@dataclass(frozen=True)
class Joined:
    """Several features side by side.

    Args:
        parts: a tuple of features, at least one. F is the sum of theirs.

    Raises:
        InvalidValue: no part, or a part that is no features.

    Example:
        >>> import neurolsm as nl
        >>> spikes = nl.Spikes.from_dense([[[1, 0], [1, 0], [0, 1], [0, 0]]])
        >>> nl.Joined((nl.Counts(windows=1), nl.Counts(windows=2)))(spikes).tolist()
        [[2.0, 1.0, 2.0, 0.0, 0.0, 1.0]]
    """

    parts: tuple[Features, ...]

    def __post_init__(self) -> None:
        if (
            not isinstance(self.parts, tuple)
            or not self.parts
            or not all(isinstance(part, Features) and not isinstance(part, type) for part in self.parts)
        ):
            refuse(
                "Joined",
                "parts",
                self.parts,
                "must be a tuple of features, at least one",
                "Write Joined((Counts(), LastState()))",
            )

    def __call__(self, run: Recording | Spikes, inputs: Spikes | None = None) -> State:
        return np.concatenate([state_of(part, run, inputs) for part in self.parts], axis=1)


def state_of(features: Features, run: Recording | Spikes, inputs: Spikes | None) -> State:
    """The states of a run, refused by the name of the features where they are none.

    Raises:
        InvalidValue: not one row of finite real numbers per sample.
    """
    found = features(run, inputs)
    array = np.asarray(found) if isinstance(found, (np.ndarray, list, tuple)) else np.zeros((), object)
    if array.dtype.kind not in "biuf" or array.ndim != 2 or len(array) != len(spikes_of(run)):
        shown = type(found).__name__ if array.dtype == object else f"{array.dtype} {array.shape}"
        limit = f"must be real numbers [{len(spikes_of(run))}, F]"
        refuse_returned(features, "__call__", shown, limit, "Return one row per sample")
    state = array.astype(np.float32, copy=False)
    if not np.isfinite(state).all():
        remedy = "Say what a sample without spikes is worth"
        refuse_returned(features, "__call__", "NaN or infinity", "must be finite in float32", remedy)
    return state


def spikes_of(run: Recording | Spikes) -> Spikes:
    found = run.spikes if isinstance(run, Recording) else run
    if not isinstance(found, Spikes):
        remedy = "Give what a simulator returned, or Spikes.from_dense(raster)"
        refuse("Features", "run", type(run).__name__, "must be a Recording or Spikes", remedy)
    return found
