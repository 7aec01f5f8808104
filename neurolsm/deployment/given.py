"""What a user gives a deployment, checked: samples and labels."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neurolsm.encode import Encoder
from neurolsm.errors import refuse
from neurolsm.spikes import Spikes


def encode(X: Any, encoder: Encoder | None, channels: int) -> Spikes:
    """Samples as spikes of ``channels`` channels."""
    if isinstance(X, Spikes) or encoder is None:
        if not isinstance(X, Spikes):
            refuse("Deployment", "X", type(X).__name__, "must be Spikes where there is no encoder", "Give an encoder")
        inputs = X
    else:
        inputs = encoder.encode(X)
    if inputs.units != channels:
        refuse("Deployment", "X", inputs.units, f"channels, the LSM has {channels}", "Encode for that number")
    return inputs


def places(y: ArrayLike | None, labels: NDArray[Any], samples: int) -> NDArray[np.int64]:
    """The place of each sample's label among the declared ``labels`` [B]."""
    if y is None:
        refuse("Deployment", "y", None, "labels are needed", "Give one a sample, or use adapt")
    given = np.asarray(y)
    if given.shape != (samples,):
        refuse(
            "Deployment",
            "y",
            given.shape,
            f"must hold one label for each of the {samples} samples",
            "Give [B] labels",
        )
    known = {label: k for k, label in enumerate(labels.tolist())}
    for label in given.tolist():
        if label not in known:
            refuse(
                "Deployment", "y", label, f"was never declared; known are {', '.join(map(str, known))}",
                "Call declare(label) first, if the readout has room",
            )  # fmt: skip
    return np.array([known[label] for label in given.tolist()], np.int64)
