"""Reward: from nothing, the model chooses a label and learns only whether it was right."""

from __future__ import annotations

from neurolsm.measure.scenarios.setting import Outcome, Setting, accuracy, calibration_error


def reward(setting: Setting) -> Outcome:
    """One pass over the training samples."""
    train, test = setting.train, setting.test
    with setting.deploy() as chip:
        before = accuracy(chip.predict(test.x).label, test.y)
        online = chip.reward(train.x, train.y)
        said = chip.predict(test.x)
        adapted, calibration, updates = accuracy(said.label, test.y), calibration_error(said, test.y), chip.updates
    with setting.deploy() as told:
        told.learn(train.x, train.y)
        labelled = accuracy(told.predict(test.x).label, test.y)
    return Outcome(
        before=before, frozen=before, adapted=adapted, host_refit=setting.refit(train.x, train.y)(test), forgotten=0.0,
        controls={
            "the same rule, told the labels": labelled,
            "random layer, streaming LDA, told the labels": setting.random_layer(train.x, train.y)(test),
        },
        curve=(online.label == train.y).tolist(), updates=updates, calibration=calibration,
    )  # fmt: skip
