"""The two ways to a running deployment: put a description to work, or go on with a file."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from numpy.typing import ArrayLike

from neurolsm.deployment import keeping, series_file
from neurolsm.deployment.checkpoint import KIND, Checkpoint
from neurolsm.deployment.codec import by_name, own_classes, to_json
from neurolsm.deployment.deployment import Deployment
from neurolsm.deployment.given import encode
from neurolsm.deployment.labels import declared
from neurolsm.describe.lsm import LSM
from neurolsm.encode import Encoder
from neurolsm.errors import InvalidValue, refuse
from neurolsm.files.checked import read_any
from neurolsm.learn.chip import LinearReadout
from neurolsm.lowering import lower
from neurolsm.tuning import self_tune


class CannotBeSaved(UserWarning):
    """A deployment that runs, and holds what no file can."""


def deploy(
    lsm: LSM,
    encoder: Encoder | None = None,
    *,
    labels: ArrayLike,
    samples: Any = None,
    backend: str = "emulator",
    target: str = "loihi2",
    **options: Any,
) -> Deployment:
    """Put a described machine with an on-chip readout to work; it knows nothing yet.

    Args:
        lsm: the description; its ``readout`` is an on-chip readout, which learns on the backend.
        encoder: samples to spikes; None where samples are ``Spikes``.
        labels: every label that may come [K], different and of one kind (strings, bytes, booleans, numbers or dates of NumPy),
            kept in their type; more can be declared later where the readout has room.
        samples: typical ones, from which a liquid with ``tuning`` finds its working point first, see ``neurolsm.self_tune``.
        backend: what runs it, ``name`` or ``name:variant``.
        target: as in ``neurolsm.lower``.
        options: of the backend.

    Raises:
        InvalidValue: a liquid with ``tuning`` and no samples, or the other way round; no on-chip readout, no labels, labels that could not be kept as they are, more labels than room.
        TargetRefusal, NotAvailable: as ``neurolsm.lower`` and ``neurolsm.open_simulator``.

    Warns:
        CannotBeSaved: an own encoder or part that is no dataclass, or holds a function; all but ``save`` works.

    Example:
        >>> import numpy as np
        >>> import neurolsm as nl
        >>> rng = np.random.default_rng(1)
        >>> y = np.repeat([0, 1], 15)
        >>> x = rng.uniform(0.0, 0.4, (30, 2)) + 0.6 * np.eye(2)[y]
        >>> liquid = nl.Liquid(topology=nl.RandomGraph(n=20))
        >>> lsm = nl.LSM(inputs=2, liquid=liquid, readout=nl.DeltaReadout(classes=2), seed=1)
        >>> with nl.deploy(lsm, nl.RateEncoder(steps=20), labels=[0, 1], backend="reference") as deployment:
        ...     _ = deployment.learn(x[::2], y[::2])
        ...     found = deployment.predict(x[1::2])
        >>> (found.label == y[1::2]).mean().item() > 0.8, found.probability.shape
        (True, (15, 2))
    """
    if not isinstance(lsm, LSM):
        refuse("deploy", "lsm", type(lsm).__name__, "must be an LSM", "Write LSM(inputs=..., liquid=..., readout=...)")
    if lsm.readout is None:
        refuse("deploy", "lsm.readout", None, "an on-chip readout is needed", "Give the LSM a DeltaReadout(classes=10)")
    if isinstance(lsm.readout, LinearReadout):
        remedy = "Follow a series with LSMSequenceRegressor(lsm).fit(X, y).deploy(X, y), or use DeltaReadout"
        refuse("deploy", "lsm.readout", "LinearReadout", "says numbers after each value of a series, no labels", remedy)
    known = declared(labels)
    if (lsm.tuning is None) != (samples is None):
        what = "finds its working point from samples" if samples is None else "has no working point to find"
        remedy = (
            "Give deploy(..., samples=X)"
            if samples is None
            else "Write LSM(..., tuning=SelfTuning()), or leave samples out"
        )
        refuse("deploy", "lsm.tuning", lsm.tuning, what, remedy)
    if samples is not None:
        lsm = self_tune(lsm, encode(samples, encoder, lsm.inputs), backend=backend, target=target, **options).lsm
    try:
        to_json((lsm, encoder), {})
        own_classes((lsm, encoder))
    except InvalidValue as error:
        warnings.warn(f"this deployment runs, but save will refuse it: {error}", CannotBeSaved, stacklevel=2)
    program = lower(lsm, target).program
    return Deployment(lsm, encoder, program, known, backend, options)


def resume(
    path: str | Path, *, backend: str = "emulator", parts: Iterable[type] = (), **options: Any
) -> Any:  # fmt: skip
    """Go on with a saved deployment, on any backend: a ``Deployment``, or a ``SeriesDeployment`` in the middle of its series.

    Args:
        path: what ``Deployment.save`` or ``SeriesDeployment.save`` wrote.
        backend: what runs it, ``name`` or ``name:variant``.
        parts: the classes of own encoders, topologies, laws and rules in it. Files keep the name of such a class and its fields; only
            classes that are handed over here are made of them.
        options: of the backend.

    Raises:
        FileRefused: not such a file, cut short, changed or newer, or with own parts whose classes are not among ``parts``.
        InvalidValue: ``parts`` that are no dataclasses, or two of one name.
        TargetRefusal, NotAvailable: the backend lacks what the program needs, or is missing.

    Example:
        >>> import tempfile
        >>> import neurolsm as nl
        >>> liquid = nl.Liquid(topology=nl.RandomGraph(n=20))
        >>> lsm = nl.LSM(inputs=2, liquid=liquid, readout=nl.DeltaReadout(classes=2), seed=1)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     with nl.deploy(lsm, nl.RateEncoder(steps=20), labels=["a", "b"], backend="reference") as first:
        ...         _ = first.learn([[0.1, 0.9], [0.9, 0.1]], ["a", "b"])
        ...         first.save(f"{folder}/life.lsm")
        ...         expected = first.predict([[0.2, 0.8]])
        ...     with nl.resume(f"{folder}/life.lsm", backend="reference") as second:
        ...         found = second.predict([[0.2, 0.8]])
        >>> found.label.tolist() == expected.label.tolist(), found.score.tolist() == expected.score.tolist()
        (True, True)
    """
    own = by_name(parts)
    kind, header, arrays = read_any(path, (KIND, series_file.KIND))
    if kind == series_file.KIND:
        return series_file.resumed(path, header, arrays, own, backend, options)
    saved = Checkpoint.of(path, header, arrays, own)
    made = Deployment(saved.lsm, saved.encoder, saved.program, saved.labels, backend, options)
    try:
        keeping.restore(made, saved, path)
    except BaseException:
        made.close()
        raise
    return made
