"""The two ways to a running deployment: put a description to work, or go on with a file."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

from numpy.typing import ArrayLike

from neurolsm.deployment import keeping
from neurolsm.deployment.checkpoint import Checkpoint
from neurolsm.deployment.codec import to_json
from neurolsm.deployment.deployment import Deployment
from neurolsm.deployment.labels import declared
from neurolsm.describe.lsm import LSM
from neurolsm.encode import Encoder
from neurolsm.errors import InvalidValue, refuse
from neurolsm.lowering import lower


class CannotBeSaved(UserWarning):
    """A deployment that runs, and holds what no file can."""


def deploy(
    lsm: LSM,
    encoder: Encoder | None = None,
    *,
    labels: ArrayLike,
    backend: str = "emulator",
    target: str = "loihi2",
    **options: Any,
) -> Deployment:
    """Put a described machine with a readout on the chip to work; it knows nothing yet.

    Args:
        lsm: the description; its ``readout`` learns on the chip.
        encoder: samples to spikes; None where samples are ``Spikes``.
        labels: every label that may come [K], different and of one kind (strings, bytes, booleans, numbers or dates of NumPy),
            kept in their type; more can be declared later where the readout has room.
        backend: what runs it, ``name`` or ``name:variant``.
        target: as in ``neurolsm.lower``.
        options: of the backend.

    Raises:
        InvalidValue: no readout on the chip, no labels, labels that could not be kept as they are, more labels than room.
        TargetRefusal, NotAvailable: as ``neurolsm.lower`` and ``neurolsm.open_simulator``.

    Warns:
        CannotBeSaved: an encoder or a part that is not of neurolsm; all but ``save`` works.
    """
    if not isinstance(lsm, LSM):
        refuse("deploy", "lsm", type(lsm).__name__, "must be an LSM", "Write LSM(inputs=..., liquid=..., readout=...)")
    if lsm.readout is None:
        refuse(
            "deploy", "lsm.readout", None, "is needed to learn on the chip", "Give the LSM a DeltaReadout(classes=10)"
        )
    known = declared(labels)
    try:
        to_json((lsm, encoder), {})
    except InvalidValue as error:
        warnings.warn(f"this deployment runs, but save will refuse it: {error}", CannotBeSaved, stacklevel=2)
    program = lower(lsm, target).program
    return Deployment(lsm, encoder, program, known, backend, options)


def resume(path: str | Path, *, backend: str = "emulator", **options: Any) -> Deployment:
    """Go on with a saved deployment, on any backend.

    Raises:
        FileRefused: not such a file, cut short, changed or newer.
        TargetRefusal, NotAvailable: the backend lacks what the program needs, or is missing.
    """
    saved = Checkpoint.load(path)
    made = Deployment(saved.lsm, saved.encoder, saved.program, saved.labels, backend, options)
    try:
        keeping.restore(made, saved, path)
    except BaseException:
        made.close()
        raise
    return made
