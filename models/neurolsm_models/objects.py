"""``objects``: photographs of clothing (Fashion-MNIST), swept into columns of neurons. The card ``objects.md`` has the results."""

from __future__ import annotations

from neurolsm.tasks.model import Data
from neurolsm_models.data.idx import FASHION_MNIST, load_idx
from neurolsm_models.swept import swept_model


def load() -> Data:
    """60,000 + 10,000 images and their labels."""
    return load_idx(FASHION_MNIST)


MODEL = swept_model(
    "objects", "Fashion-MNIST, swept into a column of 1,000 neurons.", load, rate=1.0, gain=2.0, columns=1, windows=7
)
LARGE = swept_model(
    "objects-8000", "Fashion-MNIST, swept slowly into eight columns of 1,000 neurons.", load,
    rate=0.7, gain=1.2, hold=4, tau_syn=3e-3, tau_mem=10e-3, ridge=0.03, columns=8, windows=2,
)  # fmt: skip
