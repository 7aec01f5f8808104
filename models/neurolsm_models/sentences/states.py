"""Sentences to spikes, and spikes to what a readout sees: which neurons fired while the sentence was read.

    x_i = 1 if neuron i fired at all, else 0

A sentence comes as the characters of ``language`` do, two steps each, in lower case and with a space at either end, and one
silent character behind it, so that the last neurons can answer.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, vstack

from neurolsm.execute.backend import Simulator
from neurolsm.program.spikes import Spikes
from neurolsm_models.language.encode import STEPS, spikes
from neurolsm_models.language.text import Symbols, Vocabulary

BATCH = 250  # sentences that are held as spikes at once


def spelled(sentence: str) -> str:
    """The characters that are shown."""
    return f" {' '.join(sentence.lower().split())} "


def stream(sentences: list[str], vocabulary: Vocabulary) -> tuple[Symbols, NDArray[np.int64]]:
    """All sentences as one text, the unknown symbol, which is silent, behind each; and the number of characters of each."""
    rows = [np.append(vocabulary.encode(spelled(one)), np.int32(vocabulary.unknown)) for one in sentences]
    return np.concatenate(rows), np.array([row.size for row in rows], np.int64)


def encode(sentences: list[str], vocabulary: Vocabulary, channels: int) -> Spikes:
    """One sample per sentence."""
    symbols, lengths = stream(sentences, vocabulary)
    found = spikes(symbols, channels)
    return Spikes(STEPS * lengths, found.indptr, found.unit, channels)


def fired(found: Spikes) -> csr_matrix:
    """x of each sample, [B, N] of 0 and 1."""
    sample = np.repeat(np.arange(len(found)), found.steps)[found.row]
    key = np.unique(sample * found.units + found.unit)
    row, unit = np.divmod(key, found.units)
    indptr = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=len(found)))])
    return csr_matrix((np.ones(unit.size, np.float32), unit, indptr), shape=(len(found), found.units))


@dataclass(frozen=True, eq=False)
class Read:
    """What sentences left behind.

    Attributes:
        x: which neurons fired, [B, N] of 0 and 1.
        spikes: of each neuron, over all sentences, int64 [N].
        operations: synaptic operations of all sentences.
    """

    x: csr_matrix
    spikes: NDArray[np.int64]
    operations: int


def read(simulator: Simulator, inputs: Spikes) -> Read:
    """Show all sentences to a liquid, each from its rest."""
    parts, spikes, operations = [], np.zeros(simulator.program.n, np.int64), 0
    for first in range(0, len(inputs), BATCH):
        found = simulator.run(inputs[first : first + BATCH])
        parts.append(fired(found.spikes))
        spikes += np.bincount(found.spikes.unit, minlength=spikes.size)
        operations += int(found.synops.sum())
    return Read(vstack(parts, format="csr"), spikes, operations)
