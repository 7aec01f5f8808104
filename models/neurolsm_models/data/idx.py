"""The IDX files of MNIST and of its kin."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from neurolsm.errors import FileRefused
from neurolsm.model import Data
from neurolsm_models.data.place import folder

FILES = (
    "train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz", "t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz",
)  # fmt: skip


def load_idx(name: str, source: str) -> Data:
    """Images [B, H * W] of 0 to 255 and labels, the official test set marked.

    Raises:
        NotAvailable: the files are not there.
        FileRefused: a file that is not what its name says.
    """
    place = folder(name, FILES, source)
    images, labels, test_images, test_labels = (read_idx(place / file) for file in FILES)
    x = np.concatenate([images, test_images]).reshape(len(images) + len(test_images), -1)
    test = np.arange(len(x)) >= len(images)
    return Data(x, np.concatenate([labels, test_labels]).astype(np.int64), test)


def read_idx(path: Path) -> NDArray[np.uint8]:
    """One gzipped IDX file of unsigned bytes.

    Source: http://yann.lecun.com/exdb/mnist, "the IDX file format".
    """
    try:
        data = gzip.decompress(path.read_bytes())
        shape = tuple(int.from_bytes(data[4 + 4 * k : 8 + 4 * k], "big") for k in range(data[3]))
        if data[:3] != b"\x00\x00\x08":
            raise ValueError("not unsigned bytes")
        return np.frombuffer(data, np.uint8, offset=4 + 4 * len(shape)).reshape(shape)
    except (OSError, EOFError, ValueError, IndexError) as error:
        raise FileRefused(f"{path}: not an IDX file of bytes ({error}). Get it again.") from error
