"""LSMClassifier and LSMRegressor: encoder, liquid and readout behind scikit-learn's interface."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import TransformerMixin
from sklearn.utils import Tags, check_random_state
from sklearn.utils.validation import check_is_fitted

from neurolsm.describe.checks import plain
from neurolsm.describe.lsm import LSM
from neurolsm.describe.protocols import check_part
from neurolsm.encode import Encoder, Sweep
from neurolsm.encode.encoder import channels_of, encoded
from neurolsm.errors import refuse
from neurolsm.estimators.default import default_lsm
from neurolsm.estimators.params import Described
from neurolsm.estimators.tuned import tuned
from neurolsm.execute.linear_algebra import fit_on_host
from neurolsm.execute.workers import Workers
from neurolsm.lowering import lower
from neurolsm.program.spikes import Spikes
from neurolsm.readout import given
from neurolsm.readout.cache import Run
from neurolsm.readout.features import Counts, Features, Joined
from neurolsm.readout.ridge import StreamingRidge, StreamingRidgeClassifier, fit_pieces
from neurolsm.readout.samples import Samples, learn_range, read_samples
from neurolsm.readout.states import LiquidStates

TYPICAL = 100  # samples from which a liquid tunes itself


class LSMEstimator(TransformerMixin, Described):
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
        channels = channels_of(self.encoder_, values) if self.encoder_ and not isinstance(samples, Spikes) else values
        self.lsm_ = default_lsm(channels, self._seed()) if self.lsm is None else self.lsm
        if self.lsm_.inputs != channels:
            refuse(
                type(self).__name__,
                "lsm.inputs",
                self.lsm_.inputs,
                f"X has {channels} channels once encoded",
                self._layout(samples) or f"Set LSM(inputs={channels})",
            )
        if self.lsm_.tuning is not None:
            few: Any = samples[:TYPICAL]
            few = few if isinstance(few, Spikes) or self.encoder_ is None else encoded(self.encoder_, few)
            self.lsm_ = tuned(self.lsm_, few, self)
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
        if self.encoder is not None:
            check_part(name, "encoder", self.encoder, Encoder, "Use one of neurolsm.encode, or leave it out")
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
            return fit_on_host(readout, self.states_(samples), targets)
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
    check_part("LSMEstimator", "features", chosen, Features, "Use Counts(windows=4), or a tuple of features")
    return chosen


def readout_has(name: str) -> Callable[[Any], bool]:
    def check(model: Any) -> bool:
        return hasattr(model.readout_ if hasattr(model, "readout_") else model.new_readout(), name)

    return check
