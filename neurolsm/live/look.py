"""What a page is shown of a drawing: the spikes of the liquid, and what the readout says."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurolsm.deployment import Deployment


def look_at(chip: Deployment, pixels: NDArray[np.float64]) -> dict[str, Any]:
    """The drawing through the liquid; JSON values. A drawing of nothing is not shown to it."""
    labels = [str(label) for label in chip.labels.tolist()]
    look: dict[str, Any] = {"say": "look", "pixels": pixels.round(2).tolist(), "labels": labels}
    if not pixels.any():
        return look | {"blank": True, "steps": 0, "raster": "", "spikes": 0, "score": [], "probability": []}
    said, recording = chip.observe(pixels[None])
    spikes, n = recording.spikes, chip.lsm.n
    fired = np.zeros((int(spikes.steps[0]), n), bool)
    liquid = spikes.unit < n
    fired[spikes.row[liquid], spikes.unit[liquid]] = True
    raster = np.packbits(fired).tobytes()  # a bit for each step and neuron: small, and soon read
    return look | {
        "blank": False, "steps": len(fired), "raster": base64.b64encode(raster).decode(), "spikes": int(fired.sum()),
        "score": plain(said.score[0]), "probability": plain(said.probability[0]),
    }  # fmt: skip


def plain(numbers: NDArray[np.float64]) -> list[float | None]:
    """As JSON knows them: what was never learned has no score."""
    return [round(float(one), 4) if np.isfinite(one) else None for one in numbers]
