"""N-MNIST: handwritten digits on a screen, filmed by an event camera that moves in three saccades of 100 ms."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from neurolsm.encode.camera import EVENT
from neurolsm.errors import FileRefused, NotAvailable
from neurolsm_models.data.official import check
from neurolsm_models.data.place import VARIABLE, root

SHAPE = (34, 34)  # pixels
OVERFLOW = 240  # as y: no event, the clock of the camera wrapped
WRAP = 1 << 13  # microseconds
SOURCE = "https://www.garrickorchard.com/datasets/n-mnist"
PARTS = ("Train", "Test")


def read_bin(path: Path) -> NDArray[np.void]:
    """The events of one recording, as a structured array with the fields x, y (pixels), t (microseconds) and p (polarity).

    Five bytes per event: x, y, then polarity (1 bit) and time (23 bits, big-endian). The dtype is that of ``tonic.io``.

    Source: Orchard, Jayawant, Cohen and Thakor, Frontiers in Neuroscience 9:437 (2015).

    Raises:
        FileRefused: empty, cut short, pixels outside the camera, or times that go backwards.
    """
    raw = np.frombuffer(path.read_bytes(), np.uint8)
    if not raw.size:
        raise FileRefused(f"{path}: an empty recording. Get it again, or remove it.")
    if raw.size % 5:
        raise FileRefused(f"{path}: {raw.size} bytes are no whole number of 5-byte events: cut short. Get it again.")
    x, y, high, mid, low = raw.reshape(-1, 5).T.astype(np.int64)
    t = (high & 127) << 16 | mid << 8 | low
    t += np.cumsum(y == OVERFLOW) * WRAP
    kept = y != OVERFLOW
    events = np.empty(int(kept.sum()), EVENT)
    for name, values in zip("xytp", (x, y, t, high >> 7), strict=True):
        events[name] = values[kept]
    if not events.size:
        raise FileRefused(f"{path}: a recording without an event. Get it again, or remove it.")
    if events["x"].max() >= SHAPE[1] or events["y"].max() >= SHAPE[0]:
        raise FileRefused(
            f"{path}: pixel ({events['x'].max()}, {events['y'].max()}) lies outside the {SHAPE[1]} x {SHAPE[0]} of N-MNIST: "
            "another kind of file. Get it again."
        )
    back = np.flatnonzero(np.diff(events["t"]) < 0)
    if back.size:
        raise FileRefused(
            f"{path}: time goes backwards at event {back[0] + 1}, from {events['t'][back[0]]} to {events['t'][back[0] + 1]} "
            "microseconds. Get it again."
        )
    return events


def recordings(part: str, numbers: Iterable[int]) -> Iterator[tuple[Path, int]]:
    """File and digit of each recording of ``Train`` or ``Test``, in the order of ``numbers``, one folder per digit.

    Raises:
        NotAvailable: the part, or one of the recordings, is missing.
    """
    place = root() / "nmnist" / part
    found = {int(path.stem): path for path in place.glob("[0-9]/*.bin") if path.stem.isdigit()}
    wanted = list(numbers)
    missing = [number for number in wanted if number not in found]
    if missing:
        raise NotAvailable(
            f"data set 'nmnist' (digits before an event camera): {place} lacks {len(missing)} of {len(wanted)} recordings, such as "
            f"DIGIT/{missing[0]:05d}.bin. Get Train.zip and Test.zip of {SOURCE} (1.2 GB together; its host asks for a browser) "
            f"and unpack them in {place.parent}, or set the environment variable {VARIABLE} to the folder that holds nmnist/"
        )
    for number in wanted:
        yield found[number], int(found[number].parent.name)


def checked(files: list[Path], known: str) -> None:
    """Refuse recordings whose bytes, one file after the other, do not have the published SHA-256."""
    digest = hashlib.sha256()
    for path in files:
        digest.update(path.read_bytes())
    check(files[0].parents[1], digest.hexdigest(), known)
