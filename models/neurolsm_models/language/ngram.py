"""Control: character n-grams with Witten-Bell smoothing.

    P(c | h) = (n(h c) + T(h) P(c | h')) / (n(h) + T(h)),      P(c | nothing before) starts from 1 / symbols

with n the counts of the training text, T(h) the number of different symbols after h, and h' the context without its oldest
character. A context never seen passes the question on.

Source: Witten and Bell, IEEE Transactions on Information Theory 37 (1991), interpolated form.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from neurolsm_models.language.text import Symbols


def witten_bell(train: Symbols, test: Symbols, symbols: int, longest: int = 6) -> NDArray[np.float64]:
    """Bits per character of ``test``, which follows ``train``, with contexts of 0 .. ``longest`` characters, [longest + 1]."""
    text = np.concatenate([train, test]).astype(np.int64)
    known = np.arange(text.size) < train.size
    p = np.full(text.size, 1 / symbols)
    context = np.zeros(text.size, np.int64)  # a dense number for the last k characters
    found = np.zeros(longest + 1)
    for k in range(longest + 1):
        seen = np.arange(text.size) >= k
        gram = np.unique(context * symbols + text, return_inverse=True)[1]
        used = known & seen
        n = np.bincount(context[used], minlength=text.size)[context]
        joint = np.bincount(gram[used], minlength=text.size)
        first = np.unique(gram[used], return_index=True)[1]
        kinds = np.bincount(context[used][first], minlength=text.size)[context]
        better = (joint[gram] + kinds * p) / np.maximum(n + kinds, 1)
        p = np.where(seen & (n > 0), better, p)
        found[k] = -np.log2(p[train.size :]).mean()
        context = np.concatenate([[0], np.unique(context[:-1] * symbols + text[:-1], return_inverse=True)[1]])
    return found
