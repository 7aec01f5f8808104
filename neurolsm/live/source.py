"""What the page begins with: a model that is taught now, a file, or what was kept of either."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from neurolsm.deployment import Deployment, deploy, resume
from neurolsm.encode import Sweep
from neurolsm.errors import FileRefused, NeuroLSMError, refuse
from neurolsm.learn.chip import DeltaReadout
from neurolsm.live.drawing import Paper
from neurolsm.live.keeper import Keeper
from neurolsm.tasks import model as models
from neurolsm.tasks.own import is_own
from neurolsm.tasks.task import Task

ROOM = 10  # labels that may be added to those of the model
TAUGHT = 600  # samples that a model is shown before the page opens


@final
@dataclass(frozen=True, eq=False)
class Source:
    """A deployment of images.

    Attributes:
        chip: what runs.
        paper: what is drawn on.
        samples: images that it was not taught [B, H * W]; None where only a file is known.
        told: where it comes from, in a sentence.
    """

    chip: Deployment
    paper: Paper
    samples: NDArray[np.float64] | None
    told: str


def opened(
    name: str, backend: str, keeper: Keeper, *, taught: int = TAUGHT, fresh: bool = False,
    say: Callable[[str], object] = print,
) -> Source:  # fmt: skip
    """What was kept of ``name``; else the file or the model of that name, the model taught ``taught`` of its samples.

    Raises:
        NotAvailable, FileRefused, InvalidValue: an unknown model, a file that is none, or what no drawing can be made for.
    """
    is_file = not is_own(name) and (bool(Path(name).suffix) or "/" in name)
    if is_file:
        kept = _kept(keeper, backend, fresh, say, than=Path(name))
        chip = kept or resume(name, backend=backend)
        _check(name, chip)
        return Source(chip, paper_of(name, chip), None, f"goes on from {keeper.file if kept else name}")
    found = models.get(name)
    if isinstance(found, Task) or not isinstance(found.encoder, Sweep):
        refuse(
            "live", "MODEL", name, "has no images that could be drawn", "Name digits, mnist or another model of images"
        )
    data = found.load()
    y = np.asarray(data.y)
    order = np.random.default_rng(0).permutation(len(data))
    images = np.asarray(data.x, np.float64).reshape(len(data), -1)
    chip = _kept(keeper, backend, fresh, say)
    told = f"goes on from {keeper.file}"
    if chip is None:
        chip = _taught(found, images[order[:taught]], y[order[:taught]], np.unique(y), backend, say)
        told = f"{name}, taught {min(taught, len(data))} samples now"
    return Source(chip, paper_of(name, chip), images[order[taught:]] if len(data) > taught else images, told)


def paper_of(name: str, chip: Deployment) -> Paper:
    """What can be drawn for a deployment.

    Raises:
        InvalidValue: it was made for something else than images.
    """
    encoder = chip.encoder
    if not isinstance(encoder, Sweep):
        kind = type(encoder).__name__
        refuse(
            "live",
            name,
            kind,
            "is no encoder of images, so nothing can be drawn for it",
            "Use one that was deployed with a Sweep",
        )
    high = float(np.max(getattr(encoder.encoder, "high", 1.0)))
    return Paper(encoder.shape, high)


def _taught(
    found: models.Model,
    x: NDArray[Any],
    y: NDArray[Any],
    labels: NDArray[Any],
    backend: str,
    say: Callable[[str], object],
) -> Deployment:
    """The model, deployed for all of its labels as names, so that any name may be added, and taught some samples."""
    readout = DeltaReadout(classes=labels.size + ROOM)
    chip = deploy(replace(found.lsm(1), readout=readout), found.encoder, labels=labels.astype(str), backend=backend)
    say(f"{found.name}: {chip.lsm.n:,} neurons on {backend} are taught {len(x):,} samples, which takes some seconds")
    try:
        chip.learn(x, y.astype(str))
    except BaseException:
        chip.close()
        raise
    return chip


def _kept(
    keeper: Keeper, backend: str, fresh: bool, say: Callable[[str], object], than: Path | None = None
) -> Deployment | None:
    """What was kept, if it is newer ``than`` that; what cannot be read is set aside."""
    if not keeper.file.exists():
        return None
    if fresh or (than is not None and than.exists() and than.stat().st_mtime > keeper.file.stat().st_mtime):
        say(f"What was kept before is now {keeper.set_aside()}")
        return None
    try:
        found = resume(keeper.file, backend=backend)
        _check(str(keeper.file), found)
    except FileRefused as error:
        say(f"{error} It is now {keeper.set_aside()}")
        return None
    return found  # type: ignore[no-any-return]


def _check(name: str, chip: Any) -> None:
    if isinstance(chip, Deployment):
        return
    chip.close()
    raise NeuroLSMError(
        f"{name}: is a deployment of a series, and the page draws images. Use one that Deployment.save wrote; "
        "the page has a series of its own"
    )
