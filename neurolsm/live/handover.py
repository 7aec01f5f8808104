"""From one backend to another in mid-life, if the next spikes are the same."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from neurolsm.deployment import Deployment, resume
from neurolsm.live.messages import Refused


@final
@dataclass(frozen=True, eq=False)
class Handed:
    """What goes on.

    Attributes:
        chip: the same deployment on the other backend.
        spikes, steps: of all neurons on the next sample, each of them equal on both.
        numbers: currents and voltages after it, all equal as well.
    """

    chip: Deployment
    spikes: int
    steps: int
    numbers: int


def copied(chip: Any, backend: str) -> Any:
    """The same deployment, of samples or of a series, once more: on ``backend``, where ``chip`` stands.

    Raises:
        NotAvailable, TargetRefusal: as ``resume``.
    """
    with TemporaryDirectory() as folder:
        chip.save(Path(folder) / "state.lsm")
        return resume(Path(folder) / "state.lsm", backend=backend)


def handed_over(chip: Deployment, backend: str, sample: NDArray[np.float64]) -> Handed:
    """Copy to ``backend``, and show both the same sample. ``chip`` is left as it was, and is to be closed by the caller.

    Raises:
        Refused: the two differ; the new one has been closed then.
        NotAvailable, TargetRefusal: as ``resume``.
    """
    other = copied(chip, backend)
    try:
        mine, theirs = (one.observe(sample[None])[1] for one in (chip, other))
        same = (
            mine.spikes.equal(theirs.spikes)
            and np.array_equal(mine.u, theirs.u)
            and np.array_equal(mine.v, theirs.v)
        )  # fmt: skip
        if not same:
            raise Refused(f"The next spikes on {backend} differ from those on {chip.backend}, so it stays where it is")
    except BaseException:
        other.close()
        raise
    return Handed(other, mine.spikes.count, int(mine.spikes.steps[0]), mine.u.size + mine.v.size)
