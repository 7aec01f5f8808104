"""What the same readout reaches without the liquid, on the same splits."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import clone

from neurolsm.encode import CameraEncoder, EventEncoder
from neurolsm.encode.encoder import takes_own_samples
from neurolsm.encode.values import read
from neurolsm.estimators.base import LSMEstimator
from neurolsm.execute.workers import Workers
from neurolsm.measure.baselines.random_relu import OnRandomReLU, RandomReLU
from neurolsm.measure.evaluation.evaluate import Evaluation, Splits, evaluate
from neurolsm.program.spikes import Spikes
from neurolsm.readout.features import Counts, Joined, LowPass
from neurolsm.readout.ridge import StreamingRidge, StreamingRidgeClassifier
from neurolsm.readout.samples import Samples

VALUES, INPUT_SPIKES = "input values", "input spikes"


def controls(
    model: LSMEstimator,
    X: Any,
    y: ArrayLike,
    *,
    splits: int | Splits = 10,
    test_size: float = 0.2,
    seed: int = 0,
    progress: bool | None = None,
    workers: Workers = None,
) -> dict[str, Evaluation]:
    """Evaluate what a liquid has to beat, with the readout of ``model`` and on the splits that ``evaluate`` makes.

    * ``input values``: the readout on the values themselves; of values over time, their means in the windows of the model's
      ``Counts``. Left out for spikes and events, which have none.
    * ``input spikes``: the readout on the spikes of the encoder, counted in the same windows.
    * ``random ReLU, n units``: the readout on a static random layer over the values (over the counts of input spikes where
      there are no values), once with as many units as the liquid has neurons, once with as many as the readout of the
      liquid sees features; another layer for each split.

    The ridge readout takes roots of spike counts only.

    Args:
        model: the LSM estimator to compare with; it need not be fitted.
        X, y, splits, test_size, seed, progress, workers: as in ``evaluate``.

    Returns:
        One evaluation per baseline, by name.

    Raises:
        InvalidValue: as ``evaluate``.

    Example:
        >>> import numpy as np
        >>> import neurolsm as nl
        >>> rng = np.random.default_rng(1)
        >>> y = np.repeat([0, 1], 20)
        >>> x = rng.uniform(0.0, 0.4, (40, 2)) + 0.6 * np.eye(2)[y]
        >>> model = nl.LSMClassifier(encoder=nl.RateEncoder(steps=20), backend="reference")
        >>> found = nl.controls(model, x, y, splits=2)
        >>> for name, evaluation in found.items():
        ...     print(name, evaluation.mean)
        input values 1.0
        input spikes 1.0
        random ReLU, 343 units 1.0
        random ReLU, 1372 units 1.0
    """
    model = clone(model)
    samples = model.prepare(X)
    windows = _windows(model)
    counts = np.concatenate([Counts(windows=windows)(inputs) for _, inputs in model.states_.batches(samples)])
    values = _values(model, samples, windows)
    plain = counts if values is None else values
    features = model.states_.width(samples)
    how: dict[str, Any] = {
        "splits": splits,
        "test_size": test_size,
        "seed": seed,
        "progress": progress,
        "workers": workers,
    }

    def layer(units: int) -> Evaluation:
        return evaluate(lambda split: OnRandomReLU(RandomReLU(units, split), _plain_readout(model)), plain, y, **how)

    found = {} if values is None else {VALUES: evaluate(_plain_readout(model), values, y, **how)}
    found[INPUT_SPIKES] = evaluate(model.new_readout(), counts, y, **how)
    for units in sorted({model.program_.n, features}):
        found[f"random ReLU, {units} units"] = layer(units)
    return found


def table(results: dict[str, Evaluation]) -> str:
    """One line per evaluation, names aligned."""
    width = max(map(len, results), default=0)
    return "\n".join(f"{name:<{width}}  {found}" for name, found in results.items())


def _windows(model: LSMEstimator) -> int:
    """Into how many parts the features of the model cut a sample; the most, if they differ."""
    features = model.states_.features
    parts = features.parts if isinstance(features, Joined) else (features,)
    return max(
        part.windows if isinstance(part, Counts) else part.samples if isinstance(part, LowPass) else 1 for part in parts
    )


def _values(model: LSMEstimator, samples: Samples, windows: int) -> NDArray[np.float64] | None:
    """Values of each sample [B, N], or their means in windows [B, windows * N]; None where there are none."""
    if (
        isinstance(samples, Spikes)
        or isinstance(model.encoder, (EventEncoder, CameraEncoder))
        or takes_own_samples(model.encoder)
    ):
        return None
    rows, steps = read("controls", samples)
    if steps is None:
        return rows
    start = np.cumsum(steps) - steps
    means = [
        rows[s + t * j // windows : max(s + t * (j + 1) // windows, s + t * j // windows + 1)].mean(axis=0)
        for s, t in zip(start, steps, strict=True)
        for j in range(windows)
    ]
    return np.reshape(means, (len(steps), -1))


def _plain_readout(model: LSMEstimator) -> Any:
    readout = model.new_readout()
    return (
        readout.set_params(root=False) if isinstance(readout, (StreamingRidge, StreamingRidgeClassifier)) else readout
    )
