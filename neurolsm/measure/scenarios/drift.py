"""Drift: the surroundings change, one change after the other, and the model learns from a few hundred samples of each."""

from __future__ import annotations

import numpy as np

from neurolsm.measure.scenarios.setting import Outcome, Setting, accuracy, calibration_error
from neurolsm.tasks.model import Data

STREAM = 400  # samples after each change


def drift(setting: Setting) -> Outcome:
    """Means over the changes. Each stream is tested, then trained on; ``forgotten`` is the loss on unchanged samples at the end."""
    train, test = setting.train, setting.test
    frozen, adapted, refit, layer, settled, ece = [], [], [], [], [], []
    curve: list[bool] = []
    marks = []
    details: dict[str, float] = {}
    with setting.deploy() as chip, setting.deploy() as still, setting.deploy() as normal:
        for machine in (chip, still, normal):
            machine.learn(train.x, train.y)
        before = accuracy(chip.predict(test.x).label, test.y)
        host, random = setting.refit(train.x, train.y)(test), setting.random_layer(train.x, train.y)
        for k, change in enumerate(setting.changes):
            seed = 100 * setting.seed + k
            part = train.take(np.random.default_rng([setting.seed, k]).permutation(len(train))[:STREAM])
            now = Data(change.apply(part.x, seed), part.y)
            then = Data(change.apply(test.x, seed), test.y)
            frozen.append(accuracy(still.predict(then.x).label, then.y))
            layer.append(random(then))
            online = chip.learn(now.x, now.y)
            marks.append((len(curve), change.name))
            curve += (online.label == now.y).tolist()
            said = chip.predict(then.x)
            adapted.append(accuracy(said.label, then.y))
            ece.append(calibration_error(said, then.y))
            normal.settle(now.x)
            settled.append(accuracy(normal.predict(then.x).label, then.y))
            refit.append(setting.refit(now.x, now.y)(then))
            details |= {
                f"{change.name}, frozen": frozen[-1], f"{change.name}, adapted": adapted[-1],
                f"{change.name}, host refit": refit[-1],
            }  # fmt: skip
        after = accuracy(chip.predict(test.x).label, test.y)
        updates = chip.updates
    return Outcome(
        before=before, frozen=float(np.mean(frozen)), adapted=float(np.mean(adapted)), host_refit=float(np.mean(refit)),
        forgotten=before - after, updates=updates, curve=curve, marks=marks, calibration=float(np.mean(ece)),
        controls={
            "re-normalisation only": float(np.mean(settled)), "random layer, streaming LDA, frozen": float(np.mean(layer)),
        },
        details=details | {"host refit before the changes": host},
    )  # fmt: skip
