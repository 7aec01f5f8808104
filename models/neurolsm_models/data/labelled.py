"""Sentences with a label: one per line, ``sentence TAB 0`` or ``sentence TAB 1``."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from neurolsm.errors import FileRefused
from neurolsm_models.data.official import check
from neurolsm_models.data.place import folder
from neurolsm_models.data.utf8 import read_utf8

SOURCE = "archive.ics.uci.edu, data set 331 (Sentiment Labelled Sentences, 0.2 MB)"
UCI = {
    "amazon_cells": "47003fc0a0d4840b00e96e715b6189bad09e7443a3da41c4cbe12ffc79f86ae3",
    "imdb": "a5851cfed830b68d4b18fa11f7e9fa85debee7566be0933c9a679ce747c86d67",
    "yelp": "c76468b7b5c6e56a0804d728345c5f84aa2142ddb214420f61cc9cfd4c00d2ea",
}
LONGEST = 10_000  # characters, so that a foreign file does not fill the memory
LABELS = {"0": 0, "1": 1}


@dataclass(frozen=True, eq=False)
class Labelled:
    """Sentences in the order of their files.

    Attributes:
        text: the sentences, without spaces around them; none is empty.
        label: 0 or 1, int64 [n].
        source: number of the file, int64 [n].
        sources: names of the files.
    """

    text: list[str]
    label: NDArray[np.int64]
    source: NDArray[np.int64]
    sources: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.text)


def load_uci() -> Labelled:
    """3,000 sentences on products, films and restaurants, half of them positive, 1,000 per source.

    Source: Kotzias et al., From group to individual labels using deep features, KDD (2015).

    Raises:
        NotAvailable: the files are not there; the message says where they come from.
        FileRefused: a file is not the published one.
    """
    files = {name: f"{name}_labelled.txt" for name in UCI}
    place = folder("text_uci_sentiment", tuple(files.values()), SOURCE)
    for name, file in files.items():
        check(place / file, hashlib.sha256((place / file).read_bytes()).hexdigest(), UCI[name])
    return join({name: read_labelled(place / file) for name, file in files.items()})


def join(parts: dict[str, list[tuple[str, int]]]) -> Labelled:
    """Sentences and labels of several sources, by name."""
    pairs = [pair for part in parts.values() for pair in part]
    source = np.repeat(np.arange(len(parts)), [len(part) for part in parts.values()])
    return Labelled(
        [text for text, _ in pairs], np.array([label for _, label in pairs], np.int64), source, tuple(parts)
    )


def read_labelled(path: str | Path) -> list[tuple[str, int]]:
    """Sentences and labels of one file in UTF-8; empty lines are passed over.

    Lines end at a line feed alone: a sentence may hold any other character that some take for the end of a line.

    Raises:
        FileRefused: it cannot be read, or a line has no label of 0 or 1, no sentence, or too long a one; the message names the line.
    """
    path = Path(path)
    lines = read_utf8(path, "a file of labelled sentences", "utf-8-sig").split("\n")
    found = [_pair(path, number, line) for number, line in enumerate(lines, 1) if line.strip()]
    if not found:
        raise FileRefused(f"{path}: holds no sentence. Write one per line, a tab, and 0 or 1.")
    return found


def _pair(path: Path, number: int, line: str) -> tuple[str, int]:
    text, _, label = line.rpartition("\t")
    shown = line.strip()[:40]
    if label.strip() not in LABELS:
        raise FileRefused(f"{path}, line {number}: {shown!r} has no label. End the line with a tab and 0 or 1.")
    if not text.strip():
        raise FileRefused(f"{path}, line {number}: a label without a sentence. Remove the line.")
    if len(text) > LONGEST:
        raise FileRefused(
            f"{path}, line {number}: {len(text):,} characters, the limit is {LONGEST:,}. Cut it into sentences."
        )
    return text.strip(), LABELS[label.strip()]
