"""Tasks: from nothing, the labels come two by two, once, without replay, and one readout tells them all apart."""

from __future__ import annotations

import numpy as np

from neurolsm.measure.scenarios.setting import Outcome, Setting, accuracy, calibration_error

LABELS_A_TASK = 2


def tasks(setting: Setting) -> Outcome:
    """``adapted`` is over all labels at the end; ``forgotten`` is the mean loss on a task since it was learned."""
    train, test, labels = setting.train, setting.test, setting.labels
    groups = [labels[k : k + LABELS_A_TASK] for k in range(0, labels.size, LABELS_A_TASK)]
    first, last = [], []
    curve: list[bool] = []
    marks = []
    with setting.deploy() as chip:
        before = accuracy(chip.predict(test.x).label, test.y)
        for group in groups:
            part = train.take(np.flatnonzero(np.isin(train.y, group)))
            tested = test.take(np.flatnonzero(np.isin(test.y, group)))
            marks.append((len(curve), " and ".join(map(str, group))))
            curve += (chip.learn(part.x, part.y).label == part.y).tolist()
            first.append(accuracy(chip.predict(tested.x).label, tested.y))
        said = chip.predict(test.x)
        for group in groups:
            these = np.isin(test.y, group)
            last.append(accuracy(said.label[these], test.y[these]))
        found = Outcome(
            before=before, frozen=before, adapted=accuracy(said.label, test.y), host_refit=0.0,
            forgotten=float(np.mean(np.subtract(first, last))), updates=chip.updates, curve=curve, marks=marks,
            calibration=calibration_error(said, test.y), numbers=chip.learned(),
        )  # fmt: skip
    found.host_refit = setting.refit(train.x, train.y)(test)
    found.controls = {"random layer, streaming LDA": setting.random_layer(train.x, train.y)(test)}
    return found
