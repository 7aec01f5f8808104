"""What the estimators of series share: from X to states after each value, and where a series stands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.validation import check_is_fitted

from neurolsm.describe.checks import plain
from neurolsm.describe.lsm import LSM
from neurolsm.encode.clipping import count_clipped
from neurolsm.encode.streaming import Streaming, check_streaming
from neurolsm.encode.values import CLIPPED
from neurolsm.errors import refuse, warn_unusual
from neurolsm.estimators.default import default_sequence_lsm
from neurolsm.estimators.params import Described
from neurolsm.estimators.series_encoder import candidates, population
from neurolsm.estimators.tuned import tuned
from neurolsm.execute.backend import Simulator
from neurolsm.lowering import lower
from neurolsm.program.spikes import Spikes
from neurolsm.readout.chosen import LATER, RIDGES, ChosenRidge
from neurolsm.readout.rls import Follower
from neurolsm.sequence.features import StepFeatures
from neurolsm.sequence.series import Series, is_list_of_series, length_of, read_series, width_of
from neurolsm.sequence.states import Piece, SeriesStates
from neurolsm.sequence.walk import Walk, WalkState, check_hold

AUTO = "auto"
TYPICAL = 500  # values from which a liquid tunes itself


class LSMSequenceEstimator(Described):
    """What the regressor and the classifier of series share. Not used by itself."""

    state_: WalkState | None
    _follower: Follower | None

    def __init__(
        self,
        lsm: LSM | None = None,
        encoder: Streaming | str | None = None,
        features: StepFeatures | None = None,
        *,
        washout: int = 100,
        hold: int = 8,
        ridge: float | None = None,
        forget: float = 1.0,
        backend: str = "emulator",
        arithmetic: str = "loihi",
        target: str = "loihi2",
        options: dict[str, Any] | None = None,
        progress: bool | None = None,
        random_state: int | None = None,
    ) -> None:
        self.lsm = lsm
        self.encoder = encoder
        self.features = features
        self.washout = washout
        self.hold = hold
        self.ridge = ridge
        self.forget = forget
        self.backend = backend
        self.arithmetic = arithmetic
        self.target = target
        self.options = options
        self.progress = progress
        self.random_state = random_state

    def transform(self, X: Any) -> Any:
        """States [T, F] after each value, of one series; [B, T, F] or a list of [T_i, F] of several. Each begins afresh."""
        check_is_fitted(self, "states_")
        series = self._read(X)
        found = self.states_(series)
        return like(X, found)

    def reset_state(self) -> Any:
        """Forget where the last series stood: the next one that goes on begins afresh."""
        check_is_fitted(self, "states_")
        self.state_ = None
        return self

    # ------------------------------------------------------------------ for the estimators

    def _read(self, X: Any) -> Series:
        """Series like those of ``fit``."""
        series = read_series(type(self).__name__, X, check_hold(type(self).__name__, self.states_.hold))
        if width_of(series[0]) != self.n_features_in_:
            limit = f"fit saw {self.n_features_in_} values per step"
            refuse(type(self).__name__, "X", width_of(series[0]), limit, "Give the same values, or fit anew")
        if isinstance(series[0], Spikes) != (self.encoder_ is None):
            limit = "fit saw values" if self.encoder_ else "fit saw Spikes"
            refuse(type(self).__name__, "X", type(series[0]).__name__, limit, "Give the same kind, or fit anew")
        return series

    def _first(self, X: Any) -> Series:
        """The series of a first ``fit``."""
        return read_series(type(self).__name__, X, check_hold(type(self).__name__, self.hold))

    def _build(self, series: Series) -> None:
        """Settle encoder, network and features; a plastic network learns from the series once, in order."""
        name = type(self).__name__
        washout = plain(self.washout)
        if not isinstance(washout, int) or isinstance(washout, bool) or washout < 0:
            refuse(
                name,
                "washout",
                self.washout,
                "must be a whole number, at least 0",
                "Give a number of values, such as 100",
            )
        self.n_features_in_ = width_of(series[0])
        self._install(self._encoder(series), series)

    def _install(self, encoder: Streaming | None, series: Series) -> None:
        """Settle network and features behind an encoder."""
        name = type(self).__name__
        self.encoder_ = encoder
        channels = self._channels(encoder)
        seed = 0 if self.random_state is None else int(self.random_state)
        self.lsm_ = default_sequence_lsm(channels, seed) if self.lsm is None else self.lsm
        if not isinstance(self.lsm_, LSM):
            refuse(name, "lsm", self.lsm, "must be an LSM", "Write LSM(inputs=..., liquid=...), or leave it out")
        if self.lsm_.inputs != channels:
            refuse(
                name,
                "lsm.inputs",
                self.lsm_.inputs,
                f"X has {channels} channels once encoded",
                f"Set LSM(inputs={channels})",
            )
        if self.lsm_.tuning is not None:
            self.lsm_ = tuned(self.lsm_, self._typical(series), self)
        features = StepFeatures() if self.features is None else self.features
        if not isinstance(features, StepFeatures):
            refuse(name, "features", features, "must be StepFeatures", "Write StepFeatures(traces=(10.0, 40.0))")
        self.program_ = lower(replace(self.lsm_, readout=None), target=self.target, arithmetic=self.arithmetic).program
        self.states_ = SeriesStates(
            program=self.program_, encoder=self.encoder_, features=features, hold=check_hold(name, self.hold), backend=self.backend,
            options=dict(self.options or {}), progress=self.progress,
        )  # fmt: skip
        if self.program_.learns:
            self.states_ = self.states_.learned(series)

    def _typical(self, series: Series) -> Spikes:
        """The beginning of the first series, as one sample."""
        first = series[0]
        if isinstance(first, Spikes) or self.encoder_ is None:
            return first  # type: ignore[return-value]
        encoder, few = self.encoder_, np.asarray(first[:TYPICAL], np.float64)
        raster, _ = encoder.go_on(encoder.begin(few.shape[1]), few, check_hold(type(self).__name__, self.hold))
        return Spikes.from_dense(raster[None])

    def _channels(self, encoder: Streaming | None) -> int:
        return self.n_features_in_ if encoder is None else encoder.channels(self.n_features_in_)

    def _encoder(self, series: Series) -> Streaming | None:
        if isinstance(series[0], Spikes):
            return None
        values = np.concatenate(series)
        if isinstance(self.encoder, str):
            return self._fitting(candidates(values))[0]
        if self.encoder is not None:
            encoder = check_streaming(type(self).__name__, self.encoder)
            if hasattr(encoder, "high") and count_clipped(encoder, values) > CLIPPED * values.size:
                limit = "more than 5 % of the values of X lie outside its range and are clipped, usual are at most 5 %"
                warn_unusual(
                    type(encoder).__name__,
                    "low, high",
                    encoder,
                    limit,
                    "Give the range of your data, or leave the encoder out",
                )
            return encoder
        return population(values)

    def _fitting(self, encoders: list[Streaming]) -> list[Streaming]:
        """Those whose channels the given network has."""
        name = type(self).__name__
        if self.encoder != AUTO:
            refuse(
                name, "encoder", self.encoder, f"must be an encoder, {AUTO!r} or None", "Write nl.PopulationEncoder()"
            )
        inputs = getattr(self.lsm, "inputs", None)
        found = [one for one in encoders if inputs is None or self._channels(one) == inputs]
        if not found:
            counts = sorted({self._channels(one) for one in encoders})
            limit = f"no encoder that {AUTO!r} tries has so many channels: they have {', '.join(map(str, counts))}"
            refuse(name, "lsm.inputs", inputs, limit, "Leave the network out, or give an encoder")
        return found

    def _choose(self, series: Series, targets: list[NDArray[np.float64]]) -> None:
        """Of the encoders that fit, take the one whose readout errs least on the last fifth of the rows."""
        values = np.concatenate(series)
        early = self._fitting(candidates(values[: max(int(len(values) * (1 - LATER)), 1)]))
        errors = []
        for encoder in early:
            self._install(encoder, series)
            errors.append(min(self._rows_of(series, targets, choose=True)[0].errors()))
        self._install(self._fitting(candidates(values))[int(np.argmin(errors))], series)

    def _fit(self, series: Series, targets: list[NDArray[np.float64]]) -> None:
        """Fit the readout to targets [T_i, K]."""
        if isinstance(self.encoder, str) and self.encoder_ is not None:
            self._choose(series, targets)
        rows, end = self._rows_of(series, targets, choose=self.ridge is None)
        self.solution_, self.state_, self._rows = rows.solve(), end, rows
        self.ridge_, self._follower = float(rows.ridge or 0), None

    def _rows_of(
        self, series: Series, targets: list[NDArray[np.float64]], *, choose: bool
    ) -> tuple[ChosenRidge, WalkState]:
        """What a readout has to know of all rows, and where the last series stands; the last fifth apart if they ``choose``."""
        until = int(self._count(series, targets) * (1 - LATER)) if choose else 0
        alike = self.states_.features.alike(self.program_.n, self.states_.hold)
        rows = ChosenRidge(self.states_.width(series), targets[0].shape[1], until, self._ridges(), alike)
        end: list[WalkState] = []
        for piece, known in self._lessons(series, targets, end):
            rows.add(piece.states[known], targets[piece.series][piece.rows][known])
        return rows, end[0]

    def _follow(self, series: Series, targets: list[NDArray[np.float64]], go_on: bool) -> list[NDArray[np.float64]]:
        """Test, then learn, value by value: what was said before each target was learned from."""
        follow = self._following()
        said = [np.full(one.shape, np.nan) for one in targets]
        with self.states_.open() as simulator:
            walk = self._walk(simulator, go_on)
            for k, one in enumerate(series):
                if k:
                    walk.reset()
                warm = self.washout - walk.values
                for rows, states in self.states_.through(walk, one):
                    wanted = targets[k][rows].copy()
                    wanted[: max(warm - rows.start, 0)] = np.nan
                    said[k][rows] = follow.learn_rows(states, wanted)
            self.state_ = walk.state
        self._follower, self.solution_ = follow, follow.solution()
        return said

    def _predict(self, series: Series, go_on: bool) -> list[NDArray[np.float64]]:
        """What the readout says after each value [T_i, K]."""
        said = [np.empty((length_of(one, self.states_.hold), self.solution_.target.size)) for one in series]
        if not go_on:
            for piece in self.states_.stream(series):
                said[piece.series][piece.rows] = self.solution_(piece.states)
            return said
        with self.states_.open() as simulator:
            walk = self._walk(simulator, True)
            for k, one in enumerate(series):
                if k:
                    walk.reset()
                for rows, states in self.states_.through(walk, one):
                    said[k][rows] = self.solution_(states)
            self.state_ = walk.state
        return said

    def _walk(self, simulator: Simulator, go_on: bool) -> Walk:
        """A series that begins, or goes on where the last one stood."""
        walk = self.states_.walk(simulator, self.n_features_in_)
        if go_on and self.state_ is not None:
            walk.state = self.state_
        return walk

    def _ridges(self) -> tuple[float, ...]:
        if self.ridge is None:
            return RIDGES
        value = plain(self.ridge)
        if not isinstance(value, (int, float)) or isinstance(value, bool) or not 0 < value < np.inf:
            refuse(
                type(self).__name__, "ridge", self.ridge, "must be a number above 0", "Leave it out to have it chosen"
            )
        return (float(value),)

    def _following(self) -> Follower:
        """The readout as one that learns value by value."""
        forget = plain(self.forget)
        if not isinstance(forget, (int, float)) or isinstance(forget, bool) or not 0 < forget <= 1:
            limit = "must be above 0 and at most 1"
            refuse(type(self).__name__, "forget", self.forget, limit, "Try 0.999, or 1 to keep all")
        if self._follower is None:
            return Follower.of(self._rows.sums, self.solution_.sd, self.ridge_, float(forget))
        follower = self._follower.copy()
        follower.forget = float(forget)
        return follower

    def _lessons(
        self, series: Series, targets: list[NDArray[Any]], end: list[WalkState]
    ) -> Iterator[tuple[Piece, NDArray[np.bool_]]]:
        """States, and which of their rows are learned from: those after the washout whose target is there."""
        for piece in self.states_.stream(series, end=end):
            known = known_rows(targets[piece.series][piece.rows])
            known &= np.arange(piece.rows.start, piece.rows.stop) >= self.washout
            yield piece, known

    def _count(self, series: Series, targets: list[NDArray[Any]]) -> int:
        """How many rows there are to learn from; refused if none."""
        name, hold = type(self).__name__, self.states_.hold
        longest = max(length_of(one, hold) for one in series)
        if longest <= self.washout:
            limit = f"the longest series has {longest:,} values, and the washout takes them all"
            refuse(name, "washout", self.washout, limit, "Lower it, or give longer series")
        count = int(sum(known_rows(y)[self.washout :].sum() for y in targets))
        if not count:
            refuse(
                name, "y", "no target", "after the washout every target is missing", "Give at least one row of targets"
            )
        return count


def known_rows(targets: NDArray[Any]) -> NDArray[np.bool_]:
    """Rows whose targets are all there."""
    rows = targets.reshape(len(targets), -1)
    if rows.dtype.kind == "f":
        return ~np.isnan(rows).any(axis=1)
    if rows.dtype.kind == "O":
        return np.array([all(one is not None and one == one for one in row) for row in rows], bool)
    return np.ones(len(rows), bool)


def like(X: Any, found: list[NDArray[Any]]) -> Any:
    """Results of all series in the form of X: of one series alone, side by side for an array [B, T, N], else a list."""
    if isinstance(X, Spikes):
        return found[0] if len(found) == 1 else found
    if is_list_of_series(X) or (isinstance(X, (list, tuple)) and isinstance(X[0], Spikes)):
        return found
    return np.stack(found) if np.ndim(X) == 3 else found[0]
