"""Choose the prototypes of ``mnist``, learned in five tasks of two digits, on the host and on validation data only.

The liquid has the seed 101; 25,000 of the first 50,000 training images are learned, and scored are 5,000 others of the first 50,000, and the last
5,000 of the training set apart, which are easier than the rest of it. The bits of the readout
and its rule are worked out with real numbers: offsets are quantiles of the images of the first task, for on the chip they settle on
these. Each label learns from its own samples alone, so the order of the tasks changes nothing else. One line per trial, settings that
are not named as in ``START``; ``nearest`` is what a score is the mean of:

    python models/tune/tasks.py '[{}, {"windows": 3}, {"pull": 0.2}, {"novel": 0.6}]'

``copies`` per label come first; with ``novel`` a later sample whose best cosine is below it becomes one, too. ``length`` is what cosines are
made with: ``exact``, or the ``mean`` of what a prototype agreed with.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import numpy as np
from neurolsm_models import mnist
from numpy.typing import NDArray

import neurolsm as nl
from neurolsm.readout import Counts, LiquidStates

START: dict[str, Any] = {
    "windows": 1, "activity": 0.75, "copies": 400, "pull": 0.1, "novel": 0.0, "length": "exact", "seed": 101,
}  # fmt: skip
NEAREST = (1, 3, 5, 10)
Bits = NDArray[np.float32]


def counts(windows: int, seed: int) -> tuple[Bits, NDArray[Any]]:
    """Roots of spike counts of 25,000 + 5,000 + 5,000 training images, and their labels."""
    data = mnist.load()
    chosen = np.random.default_rng([seed, 5]).permutation(50_000)[:30_000]
    images = np.concatenate([chosen, np.arange(55_000, 60_000)])
    program = nl.lower(mnist.MODEL.lsm(seed)).program
    states = LiquidStates(program=program, encoder=mnist.MODEL.encoder, features=Counts(windows=windows))
    return states(data.x[images]), data.y[images]


def prototypes(x: Bits, c: dict[str, Any]) -> tuple[Bits, Bits]:
    """Prototypes of the samples [n, bits] of one label, and their squared lengths as the teacher knows them."""
    w = x.copy()
    level, n, pull, bits = np.ones(len(x), np.float32), 0, c["pull"], x.shape[1]
    for sample in x:
        agreement = w[:n] @ sample / bits
        cosine = agreement / np.sqrt(level[:n])
        if n < c["copies"] or cosine.max() < c["novel"]:
            w[n], n = sample, n + 1
            continue
        k = int(cosine.argmax())
        w[k] += pull * (sample - w[k])
        if c["length"] == "exact":
            level[k] = (1 - pull) ** 2 * level[k] + 2 * pull * (1 - pull) * agreement[k] + pull**2
        else:
            level[k] += pull * (agreement[k] - level[k])
    return w[:n], level[:n]


def main(changes: list[dict[str, Any]]) -> None:
    found: dict[tuple[int, int], tuple[Bits, NDArray[Any]]] = {}
    for change in changes:
        c = {**START, **change}
        if (key := (c["windows"], c["seed"])) not in found:
            found = {key: counts(*key)}
        states, y = found[key]
        train, labels = states[:25_000], y[:25_000]
        usual = np.quantile(train[labels < 2], 1 - c["activity"], axis=0, method="lower")
        bits = np.where(states > usual, 1, -1).astype(np.float32)
        made = [prototypes(bits[:25_000][labels == label], c) for label in range(10)]
        cosines = [bits[25_000:] @ w.T / bits.shape[1] / np.sqrt(level) for w, level in made]
        shown = []
        for k in NEAREST:
            score = np.stack([np.sort(np.partition(one, -k)[:, -k:]).mean(axis=1) for one in cosines], axis=1)
            others, last = 100 * (score.argmax(axis=1) == y[25_000:]).reshape(2, -1).mean(axis=1)
            shown.append(f"{others:.2f} and {last:.2f} (nearest {k})")
        print(*shown, f"{sum(len(w) for w, _ in made)} prototypes", change, flush=True)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
