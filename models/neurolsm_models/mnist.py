"""``mnist``: handwritten digits, swept into columns of neurons. The card ``mnist.md`` has the results."""

from __future__ import annotations

from neurolsm.model import Data
from neurolsm_models.data.idx import MNIST, load_idx
from neurolsm_models.swept import swept_model


def load() -> Data:
    """60,000 + 10,000 images and their labels."""
    return load_idx(MNIST)


MODEL = swept_model(
    "mnist", "MNIST digits, swept into a column of 1,000 neurons.", load, rate=0.7, gain=1.2, columns=1, windows=7
)
LARGE = swept_model(
    "mnist-8000", "MNIST digits, swept into eight columns of 1,000 neurons.", load,
    rate=0.7, gain=1.2, ridge=0.03, columns=8, windows=2,
)  # fmt: skip
