"""One out-of-distribution input at a time: without labels, weights and offsets adapt to it until the model is confident or gives up."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from neurolsm.deployment import Deployment
from neurolsm.errors import refuse
from neurolsm.measure.scenarios.setting import Outcome, Setting, accuracy, calibration_error
from neurolsm.program.spikes import Spikes
from neurolsm.tasks.model import Data

CONFIDENCE, LIMIT = 0.9, 2  # more looks at a sample are no better: docs/notes/odd_samples.md


def sample(setting: Setting) -> Outcome:
    """Out-of-distribution samples are test samples under noise, each met once; ``forgotten`` is the loss on clean ones afterwards.

    The details tell what both come to where all samples of a label come in a row, which neither is made for.
    """
    train, test = setting.train, setting.test
    change = next((c for c in setting.changes if c.name == "noise"), None)
    if change is None:
        refuse(
            "learn_model",
            "model",
            setting.model.name,
            "names no noise among its changes",
            "Give it a Change('noise', ...)",
        )
    odd = Data(change.apply(test.x, setting.seed), test.y)
    in_rows = odd.take(np.argsort(odd.y, kind="stable"))
    noisy = Data(change.apply(train.x, setting.seed), train.y)
    with setting.deploy() as chip, TemporaryDirectory() as folder:
        chip.learn(train.x, train.y)
        before = accuracy(chip.predict(test.x).label, test.y)
        said = chip.predict(odd.x)
        frozen = accuracy(said.label, odd.y)
        longer = accuracy(chip.predict(_twice(chip, odd.x)).label, odd.y)
        chip.save(deployed := Path(folder) / "deployed.lsm")
        settled = _settled(chip, odd)
        all_at_once = accuracy(chip.predict(odd.x).label, odd.y)
        chip.load(deployed)
        sorted_settled = _settled(chip, in_rows)
        chip.load(deployed)
        sorted_right = [a.label for a in chip.adapt(in_rows.x, confidence=CONFIDENCE, limit=LIMIT)] == in_rows.y
        chip.load(deployed)
        found = chip.adapt(odd.x, confidence=CONFIDENCE, limit=LIMIT)
        right = np.array([a.label for a in found]) == odd.y
        after = accuracy(chip.predict(test.x).label, test.y)
        updates = sum(a.presentations - 1 for a in found)
    return Outcome(
        before=before, frozen=frozen, adapted=float(right.mean()), host_refit=setting.refit(noisy.x, noisy.y)(odd),
        forgotten=before - after, updates=updates, curve=right.tolist(), calibration=calibration_error(said, odd.y),
        controls={
            "longer presentation": longer, "re-normalisation only": settled,
            "random layer, streaming LDA": setting.random_layer(train.x, train.y)(odd),
        },
        details={
            "re-normalisation on all, then asked again": all_at_once, "sure": float(np.mean([a.sure for a in found])),
            "adapted, label after label": float(np.mean(sorted_right)), "re-normalisation only, label after label": sorted_settled,
        },
        numbers={"presentations": float(np.mean([a.presentations for a in found]))},
    )  # fmt: skip


def _settled(chip: Deployment, odd: Data) -> float:
    """Re-normalisation alone, one sample at a time, as ``adapt`` meets them."""
    right = []
    for k in range(len(odd)):
        one = odd.take(np.array([k]))
        chip.settle(one.x)
        right.append(accuracy(chip.predict(one.x).label, one.y))
    return float(np.mean(right))


def _twice(chip: Deployment, x: Any) -> Spikes:
    """Each sample shown twice in a row, as one sample of double length."""
    assert chip.encoder is not None or isinstance(x, Spikes)
    inputs = x if isinstance(x, Spikes) else chip.encoder.encode(x)  # type: ignore[union-attr]
    return Spikes.from_list([np.concatenate([raster, raster]) for raster in inputs.to_list()])
