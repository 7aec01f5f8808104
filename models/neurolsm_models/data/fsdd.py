"""The Free Spoken Digit Dataset: 3,000 recordings of ten digits by six speakers."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neurolsm.errors import FileRefused, NotAvailable
from neurolsm_models.data.place import folder
from neurolsm_models.data.wav import read_wav

RATE = 8000
SPEAKERS = ("george", "jackson", "lucas", "nicolas", "theo", "yweweler")
TAKES = 50
TEST_TAKES = 5  # takes 0 to 4 are the official test set
SOURCE = "github.com/Jakobovski/free-spoken-digit-dataset (commit 26eb9aa, 3,000 WAV files, 21 MB)"
SHA256 = (
    "4e0317650d9c876eeda8788b4d4132af747e323d495a3da12c9bce9bc456a45f"  # of all samples, in the order of ``load_fsdd``
)


@dataclass(frozen=True, eq=False)
class Recordings:
    """Sounds at 8,000 samples per second with what is known of each.

    Attributes:
        sounds: samples in -1..1, float32 [T_i] each.
        digit, speaker, take: int64 [B]; speakers count in the order of ``SPEAKERS``.
    """

    sounds: list[NDArray[np.float32]]
    digit: NDArray[np.int64]
    speaker: NDArray[np.int64]
    take: NDArray[np.int64]


def load_fsdd() -> Recordings:
    """All recordings, by speaker, digit and take.

    Raises:
        NotAvailable: they are not there, or some are missing.
        FileRefused: a file that is no such recording, or samples that are not those that were published.
    """
    place = folder("fsdd", ("recordings",), SOURCE) / "recordings"
    index = np.array([(d, s, t) for s in range(len(SPEAKERS)) for d in range(10) for t in range(TAKES)])
    paths = [place / f"{d}_{SPEAKERS[s]}_{t}.wav" for d, s, t in index]
    missing = [path.name for path in paths if not path.exists()]
    if missing:
        raise NotAvailable(
            f"data set 'fsdd': {place} lacks {len(missing)} of {len(paths)} recordings, the first is {missing[0]}. Put the files of "
            f"{SOURCE} there"
        )
    sounds = [read_wav(path, RATE) for path in paths]
    digest = hashlib.sha256()
    for sound in sounds:
        digest.update(np.rint(sound * 2**15).astype("<i2").tobytes())
    if digest.hexdigest() != SHA256:
        raise FileRefused(
            f"{place}: the samples are not those of the published recordings (SHA-256 differs). Get them again."
        )
    return Recordings(sounds, *index.T.astype(np.int64))
