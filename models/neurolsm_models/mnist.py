"""``mnist``: 28 x 28 handwritten digits, swept into a cortical column. The card ``mnist.md`` has the results."""

from __future__ import annotations

from typing import Any

from neurolsm.measure.changes import image_changes
from neurolsm.model import Control, Data, Model
from neurolsm.readout import Counts, StreamingRidgeClassifier
from neurolsm_models.data.idx import MNIST, load_idx
from neurolsm_models.swept import ENCODER, SHAPE, swept_lsm


def load() -> Data:
    """60,000 + 10,000 images and their labels."""
    return load_idx(MNIST)


def controls() -> tuple[Control, ...]:
    """Logistic regression on the pixels."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return (
        Control("logistic regression on pixels", make_pipeline(StandardScaler(), LogisticRegression(max_iter=200))),
    )


def model(name: str, summary: str, load: Any, columns: int, windows: int) -> Model:
    """A model of 28 x 28 images with so many columns of 1,000 neurons, read out in so many windows."""
    return Model(
        name=name,
        summary=summary,
        load=load,
        lsm=lambda seed: swept_lsm(seed, columns),
        encoder=ENCODER,
        features=Counts(windows=windows),
        readout=lambda: StreamingRidgeClassifier(ridge=0.1),
        splits=1,
        controls=controls,
        changes=lambda: image_changes(SHAPE, 0.0, 255.0),
    )


MODEL = model("mnist", "MNIST digits, swept into a column of 1,000 neurons.", load, columns=1, windows=7)
LARGE = model("mnist-8000", "MNIST digits, swept into eight columns of 1,000 neurons.", load, columns=8, windows=2)
