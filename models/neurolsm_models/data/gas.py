"""UCI's Gas Sensor Array Drift data: ten files of lines ``class;ppm 1:value ... 128:value``, one file per batch of months."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from neurolsm.errors import FileRefused
from neurolsm_models.data.place import folder
from neurolsm_models.data.utf8 import read_utf8

FOLDER, FILE = "gas_drift", "batch{}.dat"
SOURCE = "archive.ics.uci.edu, data set 224 (Gas Sensor Array Drift at Different Concentrations)"
FEATURES = 128  # eight of each of 16 sensors
GASES = ("ethanol", "ethylene", "ammonia", "acetaldehyde", "acetone", "toluene")  # classes 1 to 6
# Samples of each gas in the batches that are used; 7 and 10 are not.
BATCHES = {
    1: (90, 98, 83, 30, 70, 74), 2: (164, 334, 100, 109, 532, 5), 3: (365, 490, 216, 240, 275, 0),
    4: (64, 43, 12, 30, 12, 0), 5: (28, 40, 20, 46, 63, 0), 6: (514, 574, 110, 29, 606, 467),
    8: (30, 30, 40, 33, 143, 18), 9: (61, 55, 100, 75, 78, 101),
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Gas:
    """Samples in the order of their files.

    Attributes:
        x: features [n, 128]: of each sensor its two steady-state and its six transient ones.
        gas: class 1 to 6, int64 [n].
        ppm: concentration [n].
        batch: number of the file, int64 [n].
    """

    x: NDArray[np.float64]
    gas: NDArray[np.int64]
    ppm: NDArray[np.float64]
    batch: NDArray[np.int64]


def load_gas() -> Gas:
    """6,697 samples of six gases, recorded over 36 months with sensors that drift; batches 1 to 6, 8 and 9.

    Source: Vergara et al., Chemical gas sensor drift compensation using classifier ensembles, Sensors and Actuators B 166 (2012).

    Raises:
        NotAvailable: files are missing; the message names them and says where they come from.
        FileRefused: a file is not what its name says.
    """
    place = gas_folder()
    parts = [read_batch(place / FILE.format(number), number) for number in BATCHES]
    return Gas(*(np.concatenate([getattr(part, name) for part in parts]) for name in ("x", "gas", "ppm", "batch")))


def gas_folder() -> Path:
    """Where the files lie.

    Raises:
        NotAvailable: as ``load_gas``.
    """
    return folder(FOLDER, tuple(FILE.format(number) for number in BATCHES), SOURCE)


def read_batch(path: str | Path, number: int) -> Gas:
    """The samples of one file, which must be that of batch ``number``.

    Raises:
        FileRefused: it cannot be read, a line is of another form or holds what is no finite number, or the samples are those of
            another batch; the message names the line.
    """
    path = Path(path)
    lines = read_utf8(path, "a batch of gas sensor data").splitlines()
    rows = [_row(f"{path}, line {k}", line) for k, line in enumerate(lines, 1) if line.strip()]
    gas = np.array([row[0] for row in rows], np.int64)
    counts = tuple(np.bincount(gas, minlength=len(GASES) + 1)[1:].tolist())
    if counts != BATCHES[number]:
        other = next(
            (f"the samples of batch {b}" for b, each in BATCHES.items() if each == counts),
            f"{counts} samples of gases 1 to 6",
        )
        raise FileRefused(
            f"{path}: holds {other}, batch {number} has {BATCHES[number]}. Put the file of {SOURCE} there."
        )
    return Gas(np.array([row[2] for row in rows]), gas, np.array([row[1] for row in rows]), np.full(gas.size, number))


def _row(where: str, line: str) -> tuple[int, float, list[float]]:
    """Class, concentration and features of one line."""
    head, *pairs = line.split()
    gas, _, ppm = head.partition(";")
    if gas not in {str(k + 1) for k in range(len(GASES))}:
        raise FileRefused(
            f"{where}: begins with {head:.20}, not with a gas of 1 to {len(GASES)}, as in 1;10.0. Get the file again."
        )
    places = [pair.partition(":")[0] for pair in pairs]
    if places != [str(k) for k in range(1, FEATURES + 1)]:
        raise FileRefused(
            f"{where}: has {len(pairs)} features, must have 1: to {FEATURES}: in this order. Get the file again."
        )
    return (
        int(gas),
        _number(where, "its concentration", ppm),
        [_number(where, f"feature {p.partition(':')[0]}", p.partition(":")[2]) for p in pairs],
    )


def _number(where: str, what: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise FileRefused(f"{where}: {what} is {text!r:.20}, not a finite number. Get the file again.")
    return value
