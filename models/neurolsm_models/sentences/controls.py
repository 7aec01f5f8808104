"""Controls on the same folds: word counts under the field's classifiers and under our readout, and states without the liquid."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import make_pipeline

from neurolsm_models.language.controls import random_layer
from neurolsm_models.language.text import Symbols, Vocabulary
from neurolsm_models.sentences.readout import RatioClassifier
from neurolsm_models.sentences.states import stream

WORD = re.compile(r"[a-z0-9']+|[!?]")
BLOCK = 250  # sentences that the random layer works on at a time


def words(sentence: str) -> list[str]:
    """Words in lower case, question marks and exclamation marks."""
    return WORD.findall(sentence.lower())


def counts(pairs: bool, binary: bool = False) -> CountVectorizer:
    """Counts of words, and of pairs of neighbouring ones."""
    return CountVectorizer(analyzer=_pairs if pairs else words, binary=binary)


def _pairs(sentence: str) -> list[str]:
    found = words(sentence)
    return found + [f"{a} {b}" for a, b in pairwise(found)]


def word_controls() -> dict[str, Callable[[], Any]]:
    """Unfitted estimators of sentences, by name."""
    return {
        "naive Bayes on words": lambda: make_pipeline(counts(False), MultinomialNB()),
        "logistic regression on words": lambda: make_pipeline(counts(False), LogisticRegression(max_iter=1000)),
        "naive Bayes on words and pairs": lambda: make_pipeline(counts(True), MultinomialNB()),
        "the liquid's readout on words": lambda: make_pipeline(counts(False, True), RatioClassifier()),
        "the liquid's readout on words and pairs": lambda: make_pipeline(counts(True, True), RatioClassifier()),
    }


def heard(sentences: list[str], vocabulary: Vocabulary) -> csr_matrix:
    """Which input channels spiked at all, [B, channels] of 0 and 1."""
    symbols, lengths = stream(sentences, vocabulary)
    sentence, known = np.repeat(np.arange(lengths.size), lengths), symbols < vocabulary.unknown
    return _once(sentence[known], symbols[known], lengths.size, vocabulary.unknown)


def in_random_layer(
    sentences: list[str], vocabulary: Vocabulary, seen: int, units: int, active: int, seed: int
) -> csr_matrix:
    """Which units of a random layer on the last ``seen`` characters were active at all, [B, units] of 0 and 1."""
    symbols, lengths = stream(sentences, vocabulary)
    bounds = np.concatenate([[0], np.cumsum(lengths)])
    layer = random_layer(symbols, seen, vocabulary.size, units, active, seed)
    sentence = np.repeat(np.arange(lengths.size), active * lengths)
    assert layer.unit.size == active * bounds[-1]
    return _once(sentence, layer.unit, lengths.size, units)


def _once(row: NDArray[np.int64], column: NDArray[Any] | Symbols, rows: int, columns: int) -> csr_matrix:
    key = np.unique(row * columns + column)
    row, column = np.divmod(key, columns)
    return csr_matrix((np.ones(key.size, np.float32), (row, column)), shape=(rows, columns))
