"""The .ts files of the UEA and UCR time series archive: several series of different length a sample, and a label."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from neurolsm.errors import FileRefused
from neurolsm.tasks.model import Data
from neurolsm_models.data.official import Official

JAPANESE_VOWELS = Official(
    "japanese_vowels",
    "Japanese Vowels, nine speakers",
    {
        "JapaneseVowels_TRAIN.ts": "68a430eabd919cc77f40b1f5f3bc0dcafacc1486bca9260785aeb7d262cc78cd",
        "JapaneseVowels_TEST.ts": "b3d41d6a0ca3bcad3afb9ca7d4365382aa51341e2e58bae2a574babdda5b9462",
    },
    0.6,
    "https://www.timeseriesclassification.com/aeon-toolkit/JapaneseVowels.zip",
)


def load_ts(published: Official) -> Data:
    """Series, a list of float64 [T_i, N], and labels, the official test set marked; the train file comes first.

    Raises:
        NotAvailable: the files are not there and cannot be downloaded.
        FileRefused: a file that is not the published one, or not what its name says.
    """
    place = published.folder()
    (train, labels), (test, test_labels) = (read_ts(place / file) for file in published.files)
    y = np.concatenate([labels, test_labels])
    return Data(train + test, y, np.arange(len(y)) >= len(labels))


def read_ts(path: Path) -> tuple[list[NDArray[np.float64]], NDArray[np.str_]]:
    """Samples [T_i, N] and labels of one file: ``values,values,...:values,...:label`` a line, one group a dimension.

    Source: https://www.timeseriesclassification.com, "formatting".

    Raises:
        FileRefused: no header, no sample, numbers that are none, dimensions of different length, or labels it does not declare.
    """
    try:
        lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
    except UnicodeDecodeError as error:
        raise FileRefused(f"{path}: not a .ts file (its bytes are no text). Get it again.") from error
    header = {line.split()[0].lower(): line.split()[1:] for line in lines if line.startswith("@")}
    start = next((k for k, line in enumerate(lines) if line.lower() == "@data"), None)
    declared = header.get("@classlabel", ["false"])
    if start is None or declared[0].lower() != "true":
        raise FileRefused(f"{path}: not a .ts file with class labels (no @classLabel true and @data). Get it again.")
    samples, labels = [], []
    for number, line in enumerate(lines[start + 1 :], start + 2):
        if not line:
            continue
        *dimensions, label = line.split(":")
        try:
            values = np.array([[float(v) for v in part.split(",")] for part in dimensions])
            if values.ndim != 2 or not np.isfinite(values).all():
                raise ValueError
        except ValueError:
            raise FileRefused(
                f"{path}, line {number}: not numbers of one length in each dimension: cut short or changed. Get it again."
            ) from None
        if label not in declared[1:] or (samples and values.shape[0] != samples[0].shape[1]):
            raise FileRefused(
                f"{path}, line {number}: label {label!r} with {values.shape[0]} dimensions, not one of {declared[1:]} with as many "
                "as the others: cut short or changed. Get it again."
            )
        samples.append(np.ascontiguousarray(values.T))
        labels.append(label)
    if not samples:
        raise FileRefused(f"{path}: no sample after @data. Get it again.")
    return samples, np.array(labels)
