"""The IDX files of MNIST and of its kin."""

from __future__ import annotations

import gzip
import zlib
from math import prod
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from neurolsm.errors import FileRefused
from neurolsm.tasks.model import Data
from neurolsm_models.data.official import Official

FILES = (
    "train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz", "t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz",
)  # fmt: skip

MNIST = Official(
    "mnist",
    "the MNIST database of handwritten digits",
    dict(
        zip(
            FILES,
            (
                "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
                "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
                "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
                "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
            ),
            strict=True,
        )
    ),
    11.6,
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
)
FASHION_MNIST = Official(
    "fashion_mnist",
    "Fashion-MNIST, photographs of articles of clothing",
    dict(
        zip(
            FILES,
            (
                "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
                "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
                "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
                "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
            ),
            strict=True,
        )
    ),
    30.9,
    "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
)


def load_idx(published: Official) -> Data:
    """Images [B, H * W] of 0 to 255 and labels, the official test set marked.

    Raises:
        NotAvailable: the files are not there and cannot be downloaded.
        FileRefused: a file that is not the published one, or not what its name says.
    """
    place = published.folder()
    images, labels, test_images, test_labels = (read_idx(place / file) for file in FILES)
    for x, y in ((images, labels), (test_images, test_labels)):
        if x.ndim != 3 or y.ndim != 1 or len(x) != len(y) or x.shape[1:] != images.shape[1:]:
            raise FileRefused(f"{place}: images {x.shape} and labels {y.shape} do not belong together. Get them again.")
    x = np.concatenate([images, test_images]).reshape(len(images) + len(test_images), -1)
    test = np.arange(len(x)) >= len(images)
    return Data(x, np.concatenate([labels, test_labels]).astype(np.int64), test)


def read_idx(path: Path) -> NDArray[np.uint8]:
    """One gzipped IDX file of unsigned bytes: 0, 0, 8, the number of axes, each length as a 32-bit big-endian number, the bytes.

    Source: http://yann.lecun.com/exdb/mnist, "the IDX file format".

    Raises:
        FileRefused: cut short, too long, or another kind of file.
    """
    try:
        data = gzip.decompress(path.read_bytes())
        if data[:3] != b"\x00\x00\x08":
            raise ValueError("it does not begin with 0, 0, 8")
        shape = tuple(int.from_bytes(data[4 + 4 * k : 8 + 4 * k], "big") for k in range(data[3]))
        held = len(data) - 4 - 4 * len(shape)
        if held != prod(shape):
            raise ValueError(f"it holds {held} bytes where its shape {shape} needs {prod(shape)}")
        return np.frombuffer(data, np.uint8, offset=4 + 4 * len(shape)).reshape(shape)
    except (OSError, EOFError, ValueError, IndexError, zlib.error) as error:
        raise FileRefused(f"{path}: not an IDX file of bytes ({error}). Get it again.") from error
