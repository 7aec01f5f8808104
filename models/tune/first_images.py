"""A model of images, learned from the first of its training images and scored on its whole official test set.

For the models of 8,000 neurons, where the time is too short for all 60,000. Usage:

    python models/tune/first_images.py objects-8000 24576 FOLDER      # FOLDER keeps liquid states, as --cache does
"""

from __future__ import annotations

import sys

import numpy as np

import neurolsm as nl
from neurolsm import model as models
from neurolsm.model import Model


def main(name: str, images: int, cache: str, seed: int = 1) -> None:
    model = models.get(name)
    assert isinstance(model, Model)
    data = model.load()
    train, test = next(data.splits(1))
    machine = nl.LSMClassifier(model.lsm(seed), model.encoder, model.features, model.readout(), cache=cache)
    machine.fit(data.x[train[:images]], data.y[train[:images]])
    accuracy = np.mean(machine.predict(data.x[test]) == data.y[test])
    print(f"{name}: {100 * accuracy:.2f} %, {images:,} + {len(test):,} images, seed {seed}")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3])
