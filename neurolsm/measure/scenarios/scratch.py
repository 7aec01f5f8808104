"""Trained entirely by on-chip learning, from nothing: one pass over the training samples, and ten."""

from __future__ import annotations

import numpy as np

from neurolsm.measure.scenarios.setting import Outcome, Setting, accuracy, calibration_error

PASSES = 10


def scratch(setting: Setting) -> Outcome:
    """``adapted`` is after one pass; ``after 10 passes`` is among the details."""
    train, test = setting.train, setting.test
    with setting.deploy() as chip:
        before = accuracy(chip.predict(test.x).label, test.y)
        online = chip.learn(train.x, train.y)
        said = chip.predict(test.x)
        once, calibration = accuracy(said.label, test.y), calibration_error(said, test.y)
        for k in range(1, PASSES):
            again = train.take(np.random.default_rng([setting.seed, k]).permutation(len(train)))
            chip.learn(again.x, again.y)
        often = accuracy(chip.predict(test.x).label, test.y)
        updates = chip.updates
    return Outcome(
        before=before, frozen=before, adapted=once, host_refit=setting.refit(train.x, train.y)(test), forgotten=0.0,
        controls={"random layer, streaming LDA": setting.random_layer(train.x, train.y)(test)},
        curve=(online.label == train.y).tolist(), updates=updates, calibration=calibration,
        details={f"after {PASSES} passes": often},
    )  # fmt: skip
