"""The first weights of a linear readout on the chip: a ridge regression on what its neurons hear, rounded to 8 bits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import scipy.linalg
from numpy.typing import NDArray

from neurolsm.deployment.series import AT_ONCE, SeriesDeployment, SeriesModel
from neurolsm.execute.backend import Simulator, open_simulator
from neurolsm.learn.chip.delta import READOUT
from neurolsm.learn.chip.linear import ONE
from neurolsm.program import Program
from neurolsm.program.state import State
from neurolsm.readout.chosen import LATER, joined
from neurolsm.readout.moments import Sums
from neurolsm.sequence.features import FeatureMemory, StepFeatures, features_into

PENALTIES = tuple(10.0**k for k in range(-4, 1))  # times the mean square of what is heard
HIGHEST = 192  # of a first weight, so that lessons have room on both sides
SCALES = range(6, 17)

Values = NDArray[np.float64]


def heard(model: SeriesModel, simulator: Simulator, x: Values) -> Iterator[tuple[slice, Values]]:
    """What a readout neuron holds of each source in the last step of each value [T, F]: the neurons before it, the channels, the
    clock. The simulator runs ``model.program``, and is left after the last value.
    """
    hold, first = model.hold, model.program.population(READOUT).start
    keep = 1 - int(model.program.neurons.dv[first]) / 4096
    features = StepFeatures(traces=(-1 / np.log(keep),), counts=(1,), inputs=False)
    sizes = [first, model.program.n_inputs]
    memories = [FeatureMemory.empty(features, size, hold) for size in sizes]
    encoder = model.encoder.begin(model.n_values)
    simulator.state = State.rest(model.program)
    once = max(AT_ONCE // (hold * sum(sizes)), 1)
    for start in range(0, len(x), once):
        part = slice(start, min(start + once, len(x)))
        inputs, encoder = model.spikes(encoder, x[part])
        fired = simulator.run(inputs, learn=False, carry=True).spikes
        found = []
        for spikes, size, memory in zip((fired, inputs), sizes, memories, strict=True):
            out = np.empty((len(x[part]), 2 * size), np.float32)
            features_into(features, memory, hold, spikes.indptr, spikes.unit, {}, x[part], out)
            # a spike of the last step is not in the voltage yet
            found.append((out[:, :size] - out[:, size:]).astype(np.float64) / keep)
        if not model.readout.channels:
            found[1] = found[1][:, -1:]
        yield part, np.hstack(found)


class FirstWeights:
    """Rows come in order; the first 80 % are fitted with each penalty and the rest decides.

        minimise  mean |y - W' r|^2 + penalty mean(r_i^2) |W|^2

    Attributes:
        power: mean of the sum of all r_i^2.
    """

    def __init__(self, features: int, outputs: int, rows: int) -> None:
        self._early, self._late = Sums.none(features, outputs), Sums.none(features, outputs)
        self._until, self._n, self._squares = int(rows * (1 - LATER)), 0, 0.0

    def add(self, r: Values, y: Values) -> None:
        """Take in rows [B, F] and their targets [B, K]."""
        split = min(max(self._until - self._n, 0), len(r))
        for sums, these in ((self._early, slice(0, split)), (self._late, slice(split, None))):
            if len(r[these]):
                sums.add(r[these], y[these])
        self._n += len(r)

    @property
    def _all(self) -> Sums:
        if not self._late.n or not self._early.n:
            return self._late if self._late.n else self._early
        return joined(self._early, self._late)

    @property
    def power(self) -> float:
        return max(float(np.trace(_moments(self._all)[0])), 1e-9)

    def solve(self, scale: int | None, below: float) -> tuple[NDArray[np.int16], int]:
        """Weights [F, K] and the scale they are for.

            error of the later rows + power / 4 / (127 2^(scale - 6))^2     is least

        where the second part is what weights add that are rounded at random. Small penalties make large weights, which need a
        small scale.

        Args:
            scale: of the readout, or None to have it chosen.
            below: how far below its target an output is meant to be, in steps of 1/127.
        """
        fits = [self._scale(penalty) if scale is None else scale for penalty in PENALTIES]
        unit = np.array([ONE * 2.0 ** (s - 6) for s in fits])
        best = int(np.argmin(self._errors() + self.power / 4 / unit**2))
        whole = np.rint(np.clip(_ridge(self._all, PENALTIES[best], below / ONE) * unit[best], -HIGHEST, HIGHEST))
        return whole.astype(np.int16), fits[best]

    def _scale(self, penalty: float) -> int:
        """The largest scale that has room for the weights, or the smallest there is."""
        largest = float(np.abs(_ridge(self._all, penalty, 0.0)).max())
        return max((s for s in SCALES if largest * ONE * 2.0 ** (s - 6) <= HIGHEST), default=SCALES[0])

    def _errors(self) -> Values:
        """Mean squared error of the later rows with each penalty, up to a constant; rows too few to part say nothing."""
        if not self._late.n or not self._early.n:
            return np.arange(len(PENALTIES), dtype=float)
        xx, xy = _moments(self._late)
        weights = [_ridge(self._early, penalty, 0.0) for penalty in PENALTIES]
        return np.array([float((w * (xx @ w) - 2 * w * xy).sum()) for w in weights])


def _moments(sums: Sums) -> tuple[Values, Values]:
    """Means of r r' and r y'."""
    return sums.xx / sums.n + np.outer(sums.x, sums.x), sums.xy / sums.n + np.outer(sums.x, sums.y)


def _ridge(sums: Sums, penalty: float, below: float) -> Values:
    xx, xy = _moments(sums)
    xy = xy - below * sums.x[:, None]
    mean = max(float(np.trace(xx)) / len(xx), 1e-12)
    found: Values = scipy.linalg.solve(xx + penalty * mean * np.eye(len(xx)), xy, assume_a="pos", check_finite=False)
    return found


def at_work(
    model: SeriesModel, series: list[Values], targets: list[Values], washout: int, *, host: tuple[str, dict[str, Any]],
    backend: str, options: dict[str, Any], fitted: bool,
) -> SeriesDeployment:  # fmt: skip
    """A deployment that stands after the last of the series.

    Args:
        model: with the liquid alone as its program, and a readout whose power and scale may be open.
        series, targets: of the first weights; NaN where nothing is to be learned.
        washout: values of each series that are not learned from.
        host: the backend that shows the series to the liquid, and its options.
        backend, options: what runs the deployment.
        fitted: False: weights of 0.
    """
    liquid, given = model.program, replace(model.readout, hold=model.hold)
    model = replace(model, lsm=replace(model.lsm, readout=given), program=given.attach(liquid))
    middle, half = (model.low + model.high) / 2, (model.high - model.low) / 2
    rows = sum(int((~np.isnan(y[washout:]).any(axis=1)).sum()) for y in targets)
    first: FirstWeights | None = None
    with open_simulator(model.program, host[0], **host[1]) as simulator:
        for x, y in zip(series, targets, strict=True):
            for part, r in heard(model, simulator, x):
                first = first or FirstWeights(r.shape[1], y.shape[1], rows)
                known = ~np.isnan(y[part]).any(axis=1) & (np.arange(part.start, part.stop) >= washout)
                first.add(r[known], (y[part][known] - middle) / half)
    assert first is not None
    weights, scale = first.solve(given.scale, 0.5)
    readout = replace(given, power=first.power if given.power is None else given.power, scale=scale)
    model = replace(model, lsm=replace(model.lsm, readout=readout), program=readout.attach(liquid))
    if fitted:
        weights, _ = first.solve(scale, readout.below(model.program) / 2.0**scale)
    made = SeriesDeployment(model, backend, options)
    try:
        made.state = model.begin(_with_weights(model.program, weights if fitted else 0 * weights))
        made.show(series[-1])
    except BaseException:
        made.close()
        raise
    return made


def _with_weights(program: Program, weights: NDArray[np.int16]) -> State:
    """The state at rest of ``program`` with first weights [F, K] of its readout."""
    state = State.rest(program)
    first = 0
    for projection, memory in zip(program.plastic, state.plastic, strict=True):
        rows = projection.size // weights.shape[1]
        memory.weight[:] = weights[first : first + rows].ravel()
        first += rows
    return state
