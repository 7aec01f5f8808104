"""Time-warped templates: which of ten spike patterns was it, played up to three times faster or slower?

A template is 0.5 s of 40 Poisson trains of 4 Hz. A sample is a template whose times are multiplied by a factor between 1/3 and 3 (its
logarithm uniform) and then moved by a normal deviate of 32 ms each. When it ends, one linear readout a template says whether
it was this one; the error of a readout is

    S = false positives / correct positives + false negatives / correct negatives

"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from neurolsm.program.spikes import Spikes
from neurolsm_models.maass.column import DT

PUBLISHED, PUBLISHED_BEST = 0.09, 0.005
TEMPLATES, CHANNELS, RATE, SECONDS = 10, 40, 4.0, 0.5
WARP, JITTER = 3.0, 32e-3


def draw(samples: int, seed: int) -> tuple[Spikes, NDArray[np.int64]]:
    """Input spikes, samples of different length, and which template each is. The templates depend on the seed alone."""
    rng = np.random.default_rng([seed, 43])
    template = [
        (rng.uniform(0, SECONDS, n), rng.integers(0, CHANNELS, n))
        for n in rng.poisson(CHANNELS * RATE * SECONDS, TEMPLATES)
    ]
    rng = np.random.default_rng([seed, 47])
    label = rng.integers(0, TEMPLATES, samples)
    factor = WARP ** rng.uniform(-1, 1, samples)
    steps = np.ceil(SECONDS * factor / DT).astype(np.int64)
    events = []
    for k in range(samples):
        times, channels = template[label[k]]
        at = np.floor((times * factor[k] + rng.normal(0, JITTER, times.size)) / DT).astype(np.int64)
        events.append((np.clip(at, 0, steps[k] - 1), channels))
    return Spikes.from_events(events, steps.tolist(), CHANNELS), label


def errors(
    train: NDArray[np.float64], label: NDArray[np.int64], test: NDArray[np.float64], truth: NDArray[np.int64]
) -> NDArray[np.float64]:
    """S of each readout, from its outputs [B, 10] on the training samples, which set its threshold, and on the test samples."""
    found = []
    for k in range(TEMPLATES):
        levels = np.quantile(train[:, k], np.linspace(0.5, 1, 200))
        best = min(levels, key=lambda level: score(train[:, k] > level, label == k))
        found.append(score(test[:, k] > best, truth == k))
    return np.array(found)


def score(said: NDArray[np.bool_], truth: NDArray[np.bool_]) -> float:
    """S of one readout; infinite where nothing positive or nothing negative is right."""
    positives, negatives = int((said & truth).sum()), int((~said & ~truth).sum())
    if not positives or not negatives:
        return float("inf")
    return int((said & ~truth).sum()) / positives + int((~said & truth).sum()) / negatives
