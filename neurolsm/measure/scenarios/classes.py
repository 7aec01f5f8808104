"""New classes: deployed knowing the first half of the labels, the others arrive in one stream, once, without replay."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from neurolsm.learn.chip import DeltaReadout
from neurolsm.measure.scenarios.setting import Outcome, Setting, accuracy, calibration_error


def classes(setting: Setting) -> Outcome:
    """Accuracies are over all labels; ``forgotten`` is the loss on the labels known before."""
    train, test, labels = setting.train, setting.test, setting.labels
    known = labels[: (labels.size + 1) // 2]
    old, new = (train.take(np.flatnonzero(np.isin(train.y, known) == wanted)) for wanted in (True, False))
    tested = test.take(np.flatnonzero(np.isin(test.y, known)))

    def run(readout: object) -> Outcome:
        with setting.deploy(readout) as chip, TemporaryDirectory() as folder:
            chip.learn(old.x, old.y)
            before = accuracy(chip.predict(tested.x).label, tested.y)
            frozen = accuracy(chip.predict(test.x).label, test.y)
            chip.save(deployed := Path(folder) / "deployed.lsm")
            chip.settle(new.x)
            settled = accuracy(chip.predict(test.x).label, test.y)
            chip.load(deployed)
            online = chip.learn(new.x, new.y)
            said = chip.predict(test.x)
            after = accuracy(chip.predict(tested.x).label, tested.y)
            found = Outcome(
                before=before, frozen=frozen, adapted=accuracy(said.label, test.y), host_refit=0.0, forgotten=before - after,
                curve=(online.label == new.y).tolist(), updates=chip.updates, calibration=calibration_error(said, test.y),
            )  # fmt: skip
            found.numbers, found.controls = chip.learned(), {"re-normalisation only": settled}
            return found

    found = run(None)
    delta = run(DeltaReadout(classes=labels.size))
    found.host_refit = setting.refit(train.x, train.y)(test)
    found.controls |= {
        "delta rule on the same stream": delta.adapted,
        "random layer, streaming LDA": setting.random_layer(train.x, train.y)(test),
    }
    found.details = {"forgotten by the delta rule": delta.forgotten}
    return found
