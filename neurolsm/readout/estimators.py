"""LSMClassifier and LSMRegressor: encoder, liquid and readout behind scikit-learn's interface."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin, TransformerMixin
from sklearn.utils import Tags, check_random_state
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from neurolsm.describe.checks import plain
from neurolsm.describe.lsm import LSM
from neurolsm.encode import Encoder, Sweep
from neurolsm.errors import refuse
from neurolsm.execute.workers import Workers
from neurolsm.lowering import lower
from neurolsm.readout import given
from neurolsm.readout.cache import Run
from neurolsm.readout.default import classifier_readout, default_lsm, regressor_readout
from neurolsm.readout.features import Counts, Features, Joined
from neurolsm.readout.ridge import StreamingRidge, StreamingRidgeClassifier, fit_pieces
from neurolsm.readout.samples import Samples, learn_range, read_samples
from neurolsm.readout.states import LiquidStates
from neurolsm.spikes import Spikes

if TYPE_CHECKING:
    from neurolsm.deployment import Deployment


class LSMEstimator(TransformerMixin, BaseEstimator):
    """What the classifier and the regressor share: from X to liquid states. Not used by itself."""

    def __init__(
        self,
        lsm: LSM | None = None,
        encoder: Encoder | None = None,
        features: Features | tuple[Features, ...] | None = None,
        readout: Any = "ridge",
        *,
        backend: str = "emulator",
        arithmetic: str = "loihi",
        target: str = "loihi2",
        options: dict[str, Any] | None = None,
        batch_size: int = 256,
        progress: bool | None = None,
        random_state: Any = None,
        cache: str | Path | None = None,
        workers: Workers = None,
    ) -> None:
        self.lsm = lsm
        self.encoder = encoder
        self.features = features
        self.readout = readout
        self.backend = backend
        self.arithmetic = arithmetic
        self.target = target
        self.options = options
        self.batch_size = batch_size
        self.progress = progress
        self.random_state = random_state
        self.cache = cache
        self.workers = workers

    def transform(self, X: Any) -> NDArray[np.float32]:
        """Liquid states [B, F] of samples like those of ``fit``."""
        return self.run(X).states

    def run(self, X: Any) -> Run:
        """Liquid states of samples like those of ``fit``, with the spikes, operations and time they took."""
        check_is_fitted(self, "states_")
        return self.states_.run(self._read(X, reset=False))

    def prepare(self, X: Any) -> Samples:
        """Everything of ``fit`` but the readout: sets ``states_`` and the rest, and returns the samples it takes."""
        with given.all_or_nothing(self):
            samples = self._read(X, reset=True)
            self._build(samples)
        return samples

    def _read(self, X: Any, *, reset: bool) -> Samples:
        return read_samples(self, X, self.encoder if reset else self.encoder_, reset=reset)

    def _build(self, samples: Samples) -> None:
        """Settle encoder, liquid and program; let a plastic liquid learn from the samples, once and in order."""
        self._check_parts()
        self.encoder_ = learn_range(samples) if self.encoder is None else self.encoder
        values = self.n_features_in_
        channels = self.encoder_.channels(values) if self.encoder_ and not isinstance(samples, Spikes) else values
        self.lsm_ = default_lsm(channels, self._seed()) if self.lsm is None else self.lsm
        if self.lsm_.inputs != channels:
            refuse(
                type(self).__name__,
                "lsm.inputs",
                self.lsm_.inputs,
                f"X has {channels} channels once encoded",
                self._layout(samples) or f"Set LSM(inputs={channels})",
            )
        self.target_, self.arithmetic_ = self.target, self.arithmetic
        liquid_alone = self.lsm_  # the host reads out here
        if liquid_alone.readout is not None:
            liquid_alone = replace(liquid_alone, readout=None)
        self.program_ = lower(liquid_alone, target=self.target, arithmetic=self.arithmetic).program
        self.states_ = LiquidStates(
            program=self.program_,
            encoder=self.encoder_,
            features=_features(self.features),
            backend=self.backend,
            options=dict(self.options or {}),
            batch_size=int(plain(self.batch_size)),
            progress=self.progress,
            cache=self.cache,
            workers=self.workers,
        )
        if self.program_.learns:
            self.states_ = replace(self.states_, state=self.states_.adapt(samples))

    def _check_parts(self) -> None:
        """Refuse parameters of another kind, which scikit-learn lets anybody set."""
        name, size = type(self).__name__, plain(self.batch_size)
        if not isinstance(size, int) or isinstance(size, bool) or size < 1:
            refuse(name, "batch_size", self.batch_size, "must be a whole number, at least 1", "Try 256")
        if self.lsm is not None and not isinstance(self.lsm, LSM):
            refuse(name, "lsm", self.lsm, "must be an LSM", "Write LSM(inputs=..., liquid=...), or leave it out")
        if self.encoder is not None and (isinstance(self.encoder, type) or not isinstance(self.encoder, Encoder)):
            refuse(name, "encoder", self.encoder, "must be an encoder", "Use one of neurolsm.encode, or leave it out")
        if self.options is not None and not isinstance(self.options, dict):
            refuse(name, "options", self.options, "must be a dict of options of the backend", "Such as {'workers': 1}")
        if self.cache is not None and not isinstance(self.cache, (str, Path)):
            refuse(name, "cache", self.cache, "must be the path of a folder", "Leave it out to keep nothing")

    def _layout(self, samples: Samples) -> str:
        """What to do about an X whose axes come in another order, or lack one; empty if that is not the matter."""
        shape = samples.shape if isinstance(samples, np.ndarray) and not isinstance(self.encoder_, Sweep) else ()
        inputs = self.lsm_.inputs
        if len(shape) == 3 and self.encoder_ and self.encoder_.channels(shape[1]) == inputs:
            return "The axes are [B, T, N]: swap the last two with X.transpose(0, 2, 1)"
        if len(shape) == 2 and self.encoder_ and self.encoder_.channels(1) == inputs:
            return "Give one value over time as [B, T, 1]: X[:, :, None]"
        return ""

    def _fit_readout(self, samples: Samples, targets: NDArray[Any]) -> Any:
        """A new readout, fitted; the ridge readouts never see more than a batch of states at once."""
        readout = self.new_readout()
        if not isinstance(readout, (StreamingRidge, StreamingRidgeClassifier)):
            return readout.fit(self.states_(samples), targets)
        return fit_pieces(
            readout, ((part.states, targets[rows]) for rows, part in self.states_.stream(samples)), targets
        )

    def new_readout(self) -> Any:
        """An unfitted readout of the kind that ``fit`` fits."""
        raise NotImplementedError

    def _seed(self) -> int:
        if self.random_state is None or isinstance(self.random_state, (int, np.integer)):
            return int(self.random_state or 0)
        return int(check_random_state(self.random_state).randint(2**31 - 1))

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        tags.transformer_tags.preserves_dtype = []  # states are float32 whatever X is
        return tags


def _features(features: Features | tuple[Features, ...] | None) -> Features:
    if features is None:
        return Counts()
    chosen = Joined(features) if isinstance(features, tuple) else features
    if isinstance(chosen, type) or not isinstance(chosen, Features):
        refuse("LSMEstimator", "features", features, "must be features, or a tuple of them", "Use Counts(windows=4)")
    return chosen


def _readout_has(name: str) -> Callable[[Any], bool]:
    def check(model: Any) -> bool:
        return hasattr(model.readout_ if hasattr(model, "readout_") else model.new_readout(), name)

    return check


class LSMClassifier(ClassifierMixin, LSMEstimator):
    """Classifies samples by a Liquid State Machine: encoder, liquid, features, readout.

    X is one of: static values [B, N]; values over time [B, T, N] or a list of [T_i, N]; images [B, H, W] before a ``Sweep``;
    (times, channels) pairs before an ``EventEncoder``; arrays of events before a ``CameraEncoder``; ``Spikes``, a list of them
    (what scikit-learn's splitters make), or a boolean raster, [B, T, N] or a list of [T_i, N], without an encoder. What X was in
    the first ``fit`` or ``partial_fit`` it has to be later on; where that were values, booleans count as the values 0 and 1.

    Parameters that are set after ``fit`` have no effect until the next ``fit``, and a call that fails leaves the model as it was.

    Args:
        lsm: the description; its ``inputs`` are the channels of the encoder. None: a small general liquid made for X. An
            on-chip readout in it is left out here. Plastic parts learn from the X of ``fit``, once and in order, and stay
            as they are from then on.
        encoder: None: a ``RateEncoder`` with the range of each value in the X of ``fit``.
        features: what the readout sees, or a tuple to put side by side. None: ``Counts(windows=4)``.
        readout: ``"ridge"`` (``StreamingRidgeClassifier``), ``"logistic"`` (logistic regression on standardised roots), or
            any scikit-learn classifier, which then sees the states as they are.
        backend: what runs the liquid, by name.
        arithmetic, target: as in ``neurolsm.lower``.
        options: further options of the backend, such as ``{"workers": 1}``.
        batch_size: samples that are held as spikes at once.
        progress: True or False: a bar or none; None: a bar on a terminal once it takes long.
        random_state: seed of the small general liquid; None is 0, so that nothing depends on chance unasked.
        cache: folder that keeps liquid states, so that ``fit`` goes on where it was interrupted; None to keep nothing.
        workers: None, a number of processes or the address of a Dask scheduler: what runs the batches; see
            ``neurolsm.execute.workers``. A plastic liquid learns in this process all the same.

    Attributes:
        classes_: the labels, sorted.
        encoder_, lsm_, program_: what runs.
        states_: the function from samples to liquid states.
        readout_: the fitted readout.
        n_features_in_: values (channels) of a sample.
        kind_: what the samples of ``fit`` were.

    Raises:
        InvalidValue: X or a field does not fit the others.
        TargetRefusal: the target cannot hold the liquid.
        NotAvailable: unknown or missing backend.
    """

    def fit(self, X: Any, y: ArrayLike) -> LSMClassifier:
        """Build the liquid, let it learn where it is plastic, and fit the readout to labels [B]."""
        with given.all_or_nothing(self):
            samples = self._read(X, reset=True)
            labels = given.labels(self, y, len(samples))
            self._build(samples)
            self.readout_ = self._fit_readout(samples, labels)
            self.classes_ = self.readout_.classes_
        return self

    @available_if(_readout_has("partial_fit"))
    def partial_fit(self, X: Any, y: ArrayLike, classes: ArrayLike | None = None) -> LSMClassifier:
        """Let the readout learn from more samples.

        The first call builds the liquid, takes the range of an unspecified encoder from its X, and needs ``classes``, every
        label that will come. With the ridge readout the result is that of one ``fit``, in any order.
        """
        first = not hasattr(self, "readout_")
        if first and classes is None:
            refuse(
                "LSMClassifier",
                "classes",
                None,
                "is needed in the first call of partial_fit",
                "Pass every label that will come",
            )
        with given.all_or_nothing(self):
            samples = self._read(X, reset=first)
            labels = given.labels(self, y, len(samples))
            if first:
                self.classes_ = given.distinct(self, classes)  # type: ignore[arg-type]
            given.check_known(self, labels, classes)
            if first:
                self._build(samples)
            readout = self.new_readout() if first else self.readout_
            more = {"classes": self.classes_} if first else {}
            self.readout_ = readout.partial_fit(self.states_(samples), labels, **more)
            self.classes_ = self.readout_.classes_
        return self

    def predict(self, X: Any) -> NDArray[Any]:
        """Labels [B]."""
        check_is_fitted(self, "readout_")
        return np.asarray(self.readout_.predict(self.transform(X)))

    @available_if(_readout_has("decision_function"))
    def decision_function(self, X: Any) -> NDArray[np.float64]:
        """Scores [B, classes], or [B] for two classes."""
        check_is_fitted(self, "readout_")
        return np.asarray(self.readout_.decision_function(self.transform(X)))

    @available_if(_readout_has("predict_proba"))
    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """Probabilities [B, classes]; only with readouts that give them, such as ``"logistic"``."""
        check_is_fitted(self, "readout_")
        return np.asarray(self.readout_.predict_proba(self.transform(X)))

    def deploy(self, backend: str | None = None, **options: Any) -> Deployment:
        """Put encoder, liquid and labels of the fitted model to work with the readout on the chip that the LSM describes.

        The readout on the host stays here; the one on the chip knows nothing yet: teach it with ``learn``. What a plastic
        liquid has learned in ``fit`` is taken along.

        Args:
            backend: what runs it; None for the backend of this model.
            options: of the backend.

        Raises:
            InvalidValue: no readout on the chip in the description, or float arithmetic.
        """
        from neurolsm.deployment import deploy

        check_is_fitted(self, "readout_")
        if self.arithmetic_ != "loihi":
            refuse(type(self).__name__, "arithmetic", self.arithmetic_, "does not learn on a chip", "Use 'loihi'")
        chip = deploy(
            self.lsm_,
            self.encoder_,
            labels=self.classes_,
            backend=backend or self.states_.backend,
            target=self.target_,
            **options,
        )
        if self.states_.state is not None:
            chip.adopt(self.states_.state)
        return chip

    def new_readout(self) -> Any:
        """An unfitted readout of the kind that ``fit`` fits."""
        return classifier_readout(self.readout)


class LSMRegressor(RegressorMixin, LSMEstimator):
    """Predicts numbers from samples by a Liquid State Machine; one number, or several, for each sample.

    Args:
        readout: ``"ridge"`` (``StreamingRidge``) or any scikit-learn regressor, which then sees the states as they are.
        lsm, encoder, features, backend, arithmetic, target, options, batch_size, progress, random_state, cache, workers: as in
            ``LSMClassifier``, and so are X, the attributes and the errors.
    """

    def fit(self, X: Any, y: ArrayLike) -> LSMRegressor:
        """Build the liquid, let it learn where it is plastic, and fit the readout to targets [B] or [B, K]."""
        with given.all_or_nothing(self):
            samples = self._read(X, reset=True)
            targets = given.targets(self, y, len(samples))
            self._build(samples)
            self.readout_ = self._fit_readout(samples, targets)
        return self

    @available_if(_readout_has("partial_fit"))
    def partial_fit(self, X: Any, y: ArrayLike) -> LSMRegressor:
        """Let the readout learn from more samples; the first call builds the liquid. See ``LSMClassifier.partial_fit``."""
        first = not hasattr(self, "readout_")
        with given.all_or_nothing(self):
            samples = self._read(X, reset=first)
            targets = given.targets(self, y, len(samples))
            if first:
                self._build(samples)
            readout = self.new_readout() if first else self.readout_
            self.readout_ = readout.partial_fit(self.states_(samples), targets)
        return self

    def predict(self, X: Any) -> NDArray[np.float64]:
        """Targets [B] or [B, K]."""
        check_is_fitted(self, "readout_")
        return np.asarray(self.readout_.predict(self.transform(X)))

    def new_readout(self) -> Any:
        """An unfitted readout of the kind that ``fit`` fits."""
        return regressor_readout(self.readout)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = self.readout == "ridge"
        return tags
