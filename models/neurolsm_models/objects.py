"""``objects``: 28 x 28 photographs of clothing (Fashion-MNIST), seen as ``mnist`` sees digits. The card is ``objects.md``."""

from __future__ import annotations

from neurolsm.model import Data
from neurolsm_models.data.idx import FASHION_MNIST, load_idx
from neurolsm_models.mnist import model


def load() -> Data:
    """60,000 + 10,000 images and their labels."""
    return load_idx(FASHION_MNIST)


MODEL = model("objects", "Fashion-MNIST, swept into a column of 1,000 neurons.", load, columns=1, windows=7)
LARGE = model("objects-8000", "Fashion-MNIST, swept into eight columns of 1,000 neurons.", load, columns=8, windows=2)
