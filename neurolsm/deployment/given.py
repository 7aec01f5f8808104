"""What a user gives a deployment, checked: samples, and what comes in a stream."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from neurolsm.arrays import samples_of
from neurolsm.deployment.codec import known
from neurolsm.describe.checks import plain
from neurolsm.encode import Encoder, Together, Transformed
from neurolsm.encode.encoder import encoded
from neurolsm.errors import refuse
from neurolsm.program.spikes import Spikes


def encode(X: Any, encoder: Encoder | None, channels: int) -> Spikes:
    """Samples as spikes of ``channels`` channels."""
    if isinstance(X, Spikes) or encoder is None:
        if not isinstance(X, Spikes):
            refuse("Deployment", "X", type(X).__name__, "must be Spikes where there is no encoder", "Give an encoder")
        inputs = X
    else:
        inputs = encoded(encoder, X)
    if inputs.units != channels:
        refuse("Deployment", "X", inputs.units, f"channels, the LSM has {channels}", "Encode for that number")
    return inputs


def entries(samples: Iterable[Any], encoder: Encoder | None, labelled: bool | None) -> Iterator[tuple[Any, Any]]:
    """Batches of one sample and their labels, None for none. See ``Deployment.stream``."""
    labelled = plain(labelled)  # the False of NumPy is no other than Python's
    if labelled is not None and not isinstance(labelled, bool):
        refuse(
            "Deployment.stream", "labelled", labelled, "must be True, False or None", "Leave it out where it is clear"
        )
    for entry in samples_of("Deployment.stream", "samples", samples, "an iterable of samples"):
        pair = isinstance(entry, tuple) and len(entry) == 2
        if labelled and not pair:
            refuse(
                "Deployment.stream", "samples", type(entry).__name__, "must be pairs (sample, label) where labelled is True",
                "Give (sample, None) where there is no label",
            )  # fmt: skip
        if labelled is None and pair and not _a_label_for_certain(entry, encoder):
            refuse(
                "Deployment.stream", "samples", entry, "may be a sample of two parts, or a sample and its label",
                "Write stream(..., labelled=True) for pairs (sample, label), or labelled=False for samples alone",
            )  # fmt: skip
        x, label = entry if pair and labelled is not False else (entry, None)
        numbers = isinstance(x, np.ndarray) and x.dtype.kind in "biuf"
        yield x if isinstance(x, Spikes) else x[None] if numbers else [x], label


def answer(judged: Any) -> bool:
    """What a judge said of a choice: right or wrong, in the type of anybody, and nothing else."""
    said = plain(judged)
    if not isinstance(said, (bool, int, float)) or said not in (0, 1):
        refuse(
            "Deployment.reward", "judge", judged, "must answer True or False", "Compare the label with the right one"
        )
    return bool(said)


def _a_label_for_certain(entry: tuple[Any, Any], encoder: Encoder | None) -> bool:
    """Whether a pair cannot be a sample: its second is one value, its first is not, and the encoder takes no such thing."""
    x, label = entry
    one = label is None or (np.isscalar(label) and not isinstance(x, str))
    return _takes_no_pairs(encoder) and one and (isinstance(x, (Spikes, list, tuple)) or np.ndim(x) > 0)


def _takes_no_pairs(encoder: Encoder | None) -> bool:
    """Whether no sample of the encoder is a pair with one value at its end; own encoders and transforms may take anything."""
    if isinstance(encoder, Together):
        return all(map(_takes_no_pairs, encoder.encoders))
    return encoder is None or (known(type(encoder).__name__) is type(encoder) and not isinstance(encoder, Transformed))
