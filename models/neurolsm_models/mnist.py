"""``mnist``: handwritten digits, swept into columns of neurons. The card ``mnist.md`` has the results."""

from __future__ import annotations

from typing import Any

from neurolsm.learn.chip import DeltaReadout, PrototypeReadout
from neurolsm.tasks.model import Data
from neurolsm_models.data.idx import MNIST, load_idx
from neurolsm_models.swept import swept_model


def load() -> Data:
    """60,000 + 10,000 images and their labels."""
    return load_idx(MNIST)


def chip_readout(scenario: str, labels: int, samples: int) -> Any:
    """Where labels come one after the other, prototypes, as many for each; elsewhere the delta rule."""
    if scenario in ("classes", "tasks"):
        copies = max(1, min(samples, 4000) // labels)
        return PrototypeReadout(neurons=copies * labels, windows=4, activity=0.75, copies=copies, nearest=3, pull=0.3)
    return DeltaReadout(classes=labels)


MODEL = swept_model(
    "mnist", "MNIST digits, swept into a column of 1,000 neurons.", load,
    rate=0.7, gain=1.2, columns=1, windows=7, chip_readout=chip_readout,
)  # fmt: skip
LARGE = swept_model(
    "mnist-8000", "MNIST digits, swept into eight columns of 1,000 neurons.", load,
    rate=0.7, gain=1.2, ridge=0.03, columns=8, windows=2,
)  # fmt: skip
