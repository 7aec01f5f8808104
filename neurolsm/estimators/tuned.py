"""The network of an estimator at its working point, before anything is read out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from neurolsm.describe.lsm import LSM
from neurolsm.program.spikes import Spikes
from neurolsm.tuning import self_tune


def tuned(lsm: LSM, typical: Spikes, estimator: Any) -> LSM:
    """``self_tune`` on the estimator's backend; the network that it took by default stays as it is where all is silent."""
    if estimator.lsm is None and not typical.count:
        return replace(lsm, tuning=None)
    return self_tune(
        lsm, typical, backend=estimator.backend, arithmetic=estimator.arithmetic, target=estimator.target,
        **(estimator.options or {}),
    ).lsm  # fmt: skip
