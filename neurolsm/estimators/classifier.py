"""Labels from samples."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import ClassifierMixin
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from neurolsm.errors import refuse
from neurolsm.estimators.base import LSMEstimator, readout_has
from neurolsm.estimators.default import classifier_readout
from neurolsm.readout import given
from neurolsm.sequence.mistaken import refuse_series

if TYPE_CHECKING:
    from neurolsm.deployment import Deployment


class LSMClassifier(ClassifierMixin, LSMEstimator):
    """Classifies samples by a Liquid State Machine: encoder, liquid, features, readout.

    X is one of: static values [B, N]; values over time [B, T, N] or a list of [T_i, N]; images [B, H, W] before a ``Sweep``;
    (times, channels) pairs before an ``EventEncoder``; arrays of events before a ``CameraEncoder``; ``Spikes``, a list of them
    (what scikit-learn's splitters make), or a boolean raster, [B, T, N] or a list of [T_i, N], without an encoder. What X was in
    the first ``fit`` or ``partial_fit`` it has to be later on; where that were values, booleans count as the values 0 and 1.

    Every field of ``lsm``, ``encoder`` and ``features`` is a parameter too, as deep as they go: ``lsm__liquid__input__weight``,
    ``encoder__rate``, ``lsm__liquid__liquids__0__topology__n``.

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

    Example:
        >>> import numpy as np
        >>> import neurolsm as nl
        >>> rng = np.random.default_rng(1)
        >>> y = np.repeat(["left", "right"], 10)
        >>> x = rng.uniform(0.0, 0.4, (20, 2)) + np.where(y == "left", [[0.6], [0.0]], [[0.0], [0.6]]).T
        >>> model = nl.LSMClassifier(encoder=nl.RateEncoder(steps=20), backend="reference").fit(x[::2], y[::2])
        >>> model.score(x[1::2], y[1::2])
        1.0
    """

    def fit(self, X: Any, y: ArrayLike) -> LSMClassifier:
        """Build the liquid, let it learn where it is plastic, and fit the readout to labels [B]."""
        refuse_series(type(self).__name__, X, y)
        with given.all_or_nothing(self):
            samples = self._read(X, reset=True)
            labels = given.labels(self, y, len(samples))
            self._build(samples)
            self.readout_ = self._fit_readout(samples, labels)
            self.classes_ = self.readout_.classes_
        return self

    @available_if(readout_has("partial_fit"))
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
        if first:
            refuse_series(type(self).__name__, X, y)
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

    @available_if(readout_has("decision_function"))
    def decision_function(self, X: Any) -> NDArray[np.float64]:
        """Scores [B, classes], or [B] for two classes."""
        check_is_fitted(self, "readout_")
        return np.asarray(self.readout_.decision_function(self.transform(X)))

    @available_if(readout_has("predict_proba"))
    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """Probabilities [B, classes]; only with readouts that give them, such as ``"logistic"``."""
        check_is_fitted(self, "readout_")
        return np.asarray(self.readout_.predict_proba(self.transform(X)))

    def deploy(self, backend: str | None = None, **options: Any) -> Deployment:
        """Put encoder, liquid and labels of the fitted model to work with the on-chip readout that the LSM describes.

        The readout on the host stays here; the on-chip readout has learned nothing yet: teach it with ``learn``. What a plastic
        liquid has learned in ``fit`` is taken along.

        Args:
            backend: what runs it; None for the backend of this model.
            options: of the backend.

        Raises:
            InvalidValue: no on-chip readout in the description, or float arithmetic.
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
