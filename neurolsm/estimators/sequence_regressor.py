"""Numbers in every step of a series: filtering, forecasting, closed loops."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import RegressorMixin
from sklearn.metrics import r2_score
from sklearn.utils.validation import check_is_fitted

from neurolsm.deployment.series import SeriesDeployment, SeriesModel, held
from neurolsm.deployment.series_start import at_work
from neurolsm.describe.checks import plain
from neurolsm.errors import refuse
from neurolsm.estimators.sequence import LSMSequenceEstimator, known_rows, like
from neurolsm.learn.chip.linear import LinearReadout
from neurolsm.program.spikes import Spikes
from neurolsm.readout.given import all_or_nothing
from neurolsm.sequence.series import Series, is_list_of_series, length_of, read_targets
from neurolsm.sequence.walk import Walk

FREE = 0.25  # of the range of a target, left free on both sides of what a readout on the chip can say


class LSMSequenceRegressor(RegressorMixin, LSMSequenceEstimator):
    """Predicts numbers in every step of a series by a Liquid State Machine.

        y[t] = b + W' s[t],   s[t]: features of the network after the last of ``hold`` steps with x[t]

    so y[t] has seen x[0] .. x[t] and nothing later (docs/concepts/time.md). A forecast of n values ahead is the target x[t + n].

    X is one series [T, N] (or [T]), several [B, T, N], a list of [T_i, N], or ``Spikes`` of ``hold`` steps for each row of y.
    y has one row for each row of X, [T] or [T, K]; NaN (in any of its columns) where nothing is to be learned. Every series
    begins with a network at rest; its first ``washout`` rows are not learned from and not scored.

    Args:
        lsm: the description; its ``inputs`` are the channels of the encoder. None: a general liquid of 500 neurons. A readout
            on the chip is left out here. Plastic parts learn from the X of ``fit``, once and in order, before the readout does.
        encoder: PopulationEncoder, SignedRateEncoder, RateEncoder or DeltaEncoder (any ``neurolsm.encode.streaming.Streaming``).
            None: a population code with the range of each value in the X of ``fit``. ``"auto"``: of a few population codes, a
            signed rate and a delta code, with the ranges of X, the one whose readout errs least on the last fifth of X; six
            networks are run.
        features: what the readout sees; None for ``StepFeatures()``.
        washout: values of each series before anything is learned, at least 0.
        hold: steps of the network for each value, at least 2.
        ridge: penalty as in ``StreamingRidge``, above 0. None: the best of 1e-9 .. 10 on the last fifth of the rows.
        forget: of ``partial_fit``, above 0 and at most 1; below 1 older errors count less, by this factor with each value
            (recursive least squares). 1 keeps all.
        backend, arithmetic, target, options, progress: as in ``LSMClassifier``.
        random_state: seed of the general liquid; None is 0.

    Attributes:
        encoder_, lsm_, program_, states_: what runs.
        ridge_: the penalty that was taken.
        solution_: the weights.
        state_: where the last series of ``fit`` or ``partial_fit`` stands; None after ``reset_state``.
        forecasts_: whether y was the next value of X, so that ``forecast`` may close the loop.
        n_features_in_: values per step.

    Raises:
        InvalidValue: X, y or a field does not fit; the estimator stays as it was.

    >>> import numpy as np, neurolsm as nl
    >>> x = np.sin(np.arange(400) / 5)
    >>> model = nl.LSMSequenceRegressor(washout=50).fit(x[:-1], x[1:])
    >>> model.forecast(3).shape
    (3,)

    The bands of a sound are a series, and so are the events of a camera, as spikes with ``hold`` steps for each row of y:

    >>> sound = np.sin(np.arange(8000) ** 1.3 / 20)  # a second that rises in pitch
    >>> bands = nl.FilterBank(channels=8, steps=None, trim_db=None).values([sound])[0]
    >>> model = nl.LSMSequenceRegressor(washout=20).fit(bands, np.arange(len(bands)))
    >>> events = np.array([(k % 8, 3, 1000 * k, True) for k in range(400)], nl.encode.camera.EVENT)
    >>> spikes = nl.CameraEncoder(shape=(8, 8), steps=400, bin=1000).encode([events])
    >>> model = nl.LSMSequenceRegressor(hold=4, washout=20).fit(spikes, np.arange(100) % 2)
    """

    def fit(self, X: Any, y: Any = None) -> LSMSequenceRegressor:
        """Build the network and fit the readout. ``y`` None: the next value of each series, for ``forecast``."""
        with all_or_nothing(self):
            series, targets = self._pairs(X, y)
            self._build(series)
            self._fit(series, targets)
        return self

    def partial_fit(self, X: Any, y: Any = None, *, go_on: bool = False) -> LSMSequenceRegressor:
        """Learn from more series; the first call is ``fit``. ``go_on``: the first series goes on where the last one stood.

        With ``forget`` below 1 each value is learned after the one before was forgotten a little; else all rows count alike.
        """
        if not hasattr(self, "solution_"):
            return self.fit(X, y)
        self.follow(X, y, go_on=go_on)
        return self

    def follow(self, X: Any, y: Any = None, *, go_on: bool = True) -> Any:
        """Test, then learn: what is predicted after each value, before its target is learned from. In the form of ``predict``."""
        check_is_fitted(self, "solution_")
        with all_or_nothing(self):
            series, targets = self._pairs(X, y, again=True)
            said = self._follow(series, targets, go_on)
        return like(X, [one[:, 0] if self._flat else one for one in said])

    def force(self, X: Any, *, go_on: bool = False) -> NDArray[np.float64]:
        """FORCE learning: the network is shown its own predictions of X instead of X while the readout learns X's next value.

        The first ``washout`` values are shown as they are; then x[t] is replaced by what was predicted for it. Returns the
        predictions of each next value.

        Source: Sussillo and Abbott, Neuron 63 (2009).
        """
        check_is_fitted(self, "solution_")
        self._check_forecasts("force")
        series = self._read(X)
        if len(series) != 1 or isinstance(series[0], Spikes):
            refuse(
                type(self).__name__,
                "X",
                f"{len(series)} series",
                "must be one series of values",
                "Call it once for each",
            )
        x = series[0]
        with all_or_nothing(self):
            follow = self._following()
            said = np.full(x.shape, np.nan)
            with self.states_.open() as simulator:
                walk = self._walk(simulator, go_on)
                shown = x[0]
                for t in range(len(x)):
                    row = walk.push(shown[None])[0]
                    closed = t >= self.washout
                    if closed and t + 1 < len(x):
                        said[t] = follow.learn(row, x[t + 1])
                    else:
                        said[t] = follow.predict(row)
                    shown = said[t] if closed or t + 1 >= len(x) else x[t + 1]
                self.state_ = walk.state
            self._follower, self.solution_ = follow, follow.solution()
        return said[:, 0] if x.shape[1] == 1 and self._flat else said

    def predict(self, X: Any, *, go_on: bool = False) -> Any:
        """Targets of each value: [T] or [T, K] of one series, [B, T, ...] or a list of several.

        Every series begins with a network at rest; ``go_on``: the first one goes on where the last series of ``fit`` stood,
        or where the last call with ``go_on`` ended.
        """
        check_is_fitted(self, "solution_")
        said = self._predict(self._read(X), go_on)
        return like(X, [one[:, 0] if self._flat else one for one in said])

    def forecast(self, n: int, context: Any = None) -> NDArray[np.float64]:
        """The next ``n`` values in a closed loop: each prediction is shown as the next value. [n] or [n, N].

        Args:
            n: at least 1.
            context: values [T, N] that are shown before, from rest; None: goes on where the last series stood (``state_``).

        Raises:
            InvalidValue: y was not the next value of X, or there is nothing to go on from.
        """
        check_is_fitted(self, "solution_")
        self._check_forecasts("forecast")
        count = plain(n)
        if not isinstance(count, int) or isinstance(count, bool) or count < 1:
            refuse(type(self).__name__, "n", n, "must be a whole number, at least 1", "Give a number of values")
        with self.states_.open() as simulator:
            walk = self.states_.walk(simulator, self.n_features_in_)
            if context is not None:
                shown = self._read(context)
                if len(shown) != 1:
                    refuse(
                        type(self).__name__,
                        "context",
                        f"{len(shown)} series",
                        "must be one series",
                        "Call it once for each",
                    )
                for _ in self.states_.through(walk, shown[0]):
                    pass
            elif self.state_ is None:
                refuse(
                    type(self).__name__, "context", None, "there is no series to go on from", "Give the values before"
                )
            else:
                walk.state = self.state_
            said = self._closed_loop(walk, count)
        return said[:, 0] if self._flat else said

    def score(self, X: Any, y: Any) -> float:  # type: ignore[override]  # values in time have no weights
        """R2 over all values after the washout of each series whose target is there."""
        series, targets = self._pairs(X, y, again=True)
        truth, guess = [], []
        for said, target in zip(self._predict(series, False), targets, strict=True):
            known = known_rows(target)
            known[: self.washout] = False
            truth.append(target[known])
            guess.append(said[known])
        if not sum(map(len, truth)):
            refuse(
                type(self).__name__,
                "y",
                "no target",
                "after the washout there is nothing to score",
                "Give longer series",
            )
        return float(r2_score(np.concatenate(truth), np.concatenate(guess)))

    def deploy(
        self, X: Any, y: Any = None, *, backend: str = "emulator", fitted: bool = True, **options: Any
    ) -> SeriesDeployment:  # fmt: skip
        """The model on a chip: readout neurons answer after each value, and learn there by their own error.

        The readout is the ``LinearReadout`` of ``lsm``, or one for the targets. Its first weights are a ridge regression on what
        its neurons hear, rounded to 8 bits; features, ``ridge`` and ``forget`` are those of the host and have no part in it.

        Args:
            X, y: as in ``fit``; the first weights are fitted to them, the range of each target is taken from them with a quarter
                of it free on both sides, and the deployment stands after the last series.
            backend, options: what runs it.
            fitted: False: weights of 0, all is to be learned on the chip.

        Raises:
            InvalidValue: float arithmetic, spikes in place of values, a readout of another kind or width.
            NotAvailable: a backend that is missing, or lacks what the program needs.

        >>> import numpy as np, neurolsm as nl
        >>> x = np.sin(np.arange(600) / 5)
        >>> liquid = nl.Liquid(topology=nl.RandomGraph(n=60))
        >>> lsm = nl.LSM(inputs=16, liquid=liquid, readout=nl.LinearReadout(), seed=1)
        >>> model = nl.LSMSequenceRegressor(lsm, washout=50).fit(x[:400])
        >>> with model.deploy(x[:400]) as chip:
        ...     said = chip.follow(x[400:-1], x[401:])
        >>> said.shape, chip.lessons, bool(np.std(said - x[401:]) < 0.2 * np.std(x))
        ((199,), 199, True)
        """
        check_is_fitted(self, "solution_")
        name = type(self).__name__
        if not self.program_.integer:
            limit = "does not learn on the chip"
            refuse(name, "arithmetic", self.program_.arithmetic, limit, "Fit with arithmetic='loihi'")
        series, targets = self._pairs(X, y, again=True)
        if self.encoder_ is None or isinstance(series[0], Spikes):
            refuse(name, "X", "Spikes", "a deployment encodes values itself", "Fit with values and an encoder")
        outputs = targets[0].shape[1]
        readout = LinearReadout(outputs=outputs) if self.lsm_.readout is None else self.lsm_.readout
        if not isinstance(readout, LinearReadout) or readout.outputs != outputs:
            remedy = f"Use LinearReadout(outputs={outputs})"
            refuse(name, "lsm.readout", readout, f"must be linear, with {outputs} outputs", remedy)
        self._count(series, targets)
        known = np.concatenate([one[known_rows(one)] for one in targets])
        low, high = known.min(axis=0), known.max(axis=0)
        room = FREE * np.where(high > low, high - low, np.maximum(1, np.abs(low)))
        model = SeriesModel(
            lsm=replace(self.lsm_, readout=readout), encoder=self.encoder_, program=held(self.program_, self.states_.start),
            hold=self.states_.hold, n_values=self.n_features_in_, low=low - room, high=high + room, flat=self._flat,
            closes=self.forecasts_,
        )  # fmt: skip
        return at_work(
            model, series, targets, self.washout, host=(self.backend, dict(self.options or {})), backend=backend,
            options=options, fitted=fitted,
        )  # fmt: skip

    # ------------------------------------------------------------------

    def _closed_loop(self, walk: Walk, n: int) -> NDArray[np.float64]:
        said = np.empty((n, self.n_features_in_))
        row = walk.row
        for t in range(n):
            said[t] = self.solution_(row[None])[0]
            if t + 1 < n:
                row = walk.push(said[t][None])[0]
        return said

    def _pairs(self, X: Any, y: Any, *, again: bool = False) -> tuple[Series, list[NDArray[np.float64]]]:
        """The series and their targets; sets what kind of targets they are, or refuses another kind."""
        name = type(self).__name__
        series = self._read(X) if again else self._first(X)
        lengths = [length_of(one, self.states_.hold if again else self.hold) for one in series]
        ahead = (
            None
            if isinstance(series[0], Spikes)
            else [np.vstack([one[1:], np.full((1, one.shape[1]), np.nan)]) for one in series]
        )
        if y is None:
            if ahead is None:
                refuse(name, "y", None, "spikes have no next value", "Give a row of targets for each hold steps")
            targets, flat = ahead, np.ndim(X[0] if is_list_of_series(X) else X) == 1
        else:
            targets = read_targets(name, y, lengths)
            first = y if len(series) == 1 and np.ndim(y) else y[0]
            flat = np.ndim(first) == 1 if not (len(series) > 1 and isinstance(y, np.ndarray)) else y.ndim == 2
        if again:
            if targets[0].shape[1] != self.solution_.target.size:
                limit = f"fit learned {self.solution_.target.size} targets per step"
                refuse(name, "y", targets[0].shape, limit, "Give the same targets, or fit anew")
            return series, targets
        self._flat = flat
        self.forecasts_ = ahead is not None and all(
            one.shape == two.shape and np.array_equal(one[:-1][k := known_rows(one[:-1])], two[:-1][k]) for one, two in zip(targets, ahead, strict=True)
        )  # fmt: skip
        return series, targets

    def _check_forecasts(self, what: str) -> None:
        if not self.forecasts_:
            limit = "closes the loop, but the y of fit was not the next value of X"
            refuse(type(self).__name__, what, "y", limit, "Fit with y[t] = x[t + 1], or without y")
