"""Liquid states on disk, a file per batch, so that a long run may be interrupted."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurolsm.errors import FileRefused, refuse
from neurolsm.files.checked import read, write
from neurolsm.program.spikes import Spikes

KIND = "liquid states"


@dataclass(frozen=True, eq=False)
class Run:
    """States of a batch and what they took.

    Attributes:
        states: features, float32 [B, F].
        spikes: spikes of the neurons of each sample [B].
        synops: synaptic operations of each sample [B].
        seconds: time in the simulator, without encoding and features.
        busy: share of the neurons that are saturated.
    """

    states: NDArray[np.float32]
    spikes: NDArray[np.int64]
    synops: NDArray[np.int64]
    seconds: float
    busy: float = 0.0


@dataclass(frozen=True)
class Cache:
    """States under the checksum of what they follow from: whatever ``name`` says, and the input spikes of the batch.

    Args:
        folder: is made if need be.
        name: program, features, backend.
    """

    folder: str | Path
    name: str

    def __post_init__(self) -> None:
        try:
            Path(self.folder).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            refuse("Cache", "folder", str(self.folder), f"cannot be made ({error.strerror})", "Name another folder")

    def get(self, inputs: Spikes) -> Run | None:
        """The states of the batch; None where they are not kept. A file that was cut short or changed is made anew."""
        path = self._path(inputs)
        if not path.exists():
            return None
        try:
            header, arrays = read(path, KIND)
        except FileRefused:
            return None
        states = arrays["states"].astype(np.float32)
        busy = float(header.get("busy", 0.0))  # states that were kept before it was counted have none
        return Run(states, arrays["spikes"], arrays["synops"], float(header["seconds"]), busy)

    def put(self, inputs: Spikes, part: Run) -> None:
        """Keep the states of the batch; whole numbers up to 255, such as counts, take a byte each."""
        states: NDArray[Any] = part.states
        if states.size and states.min() >= 0 and states.max() <= 255 and np.array_equal(states, np.floor(states)):
            states = states.astype(np.uint8)
        arrays = {"states": states, "spikes": part.spikes, "synops": part.synops}
        write(self._path(inputs), KIND, {"seconds": part.seconds, "busy": part.busy}, arrays)

    def _path(self, inputs: Spikes) -> Path:
        digest = hashlib.sha256(self.name.encode())
        for array in (inputs.steps, inputs.indptr, inputs.unit):
            digest.update(array.tobytes())
        return Path(self.folder) / f"{digest.hexdigest()[:32]}.lsm"
