"""Characters to spikes: two steps per character, silence in the first, a spike on the character's channel in the second.

In the silent step the liquid answers to the character before, so what fires there is all that is known when a character
comes. The unknown symbol stays silent: the liquid then only knows that time has passed.
"""

from __future__ import annotations

import numpy as np

from neurolsm.program.spikes import Spikes
from neurolsm_models.language.text import Symbols

STEPS = 2  # a character
ENTER = 1  # the step of a character in which its spike comes


def spikes(symbols: Symbols, channels: int) -> Spikes:
    """One sample of two steps for each character; channel k is symbol k, symbols beyond the channels are silent."""
    known = symbols < channels
    indptr = np.zeros(STEPS * symbols.size + 1, np.int64)
    indptr[STEPS::STEPS] = known
    return Spikes(np.full(symbols.size, STEPS), np.cumsum(indptr), symbols[known].astype(np.int32), channels)


SILENCE = np.zeros(0, np.int32)


def one_step(symbol: int | None, channels: int) -> Spikes:
    """A sample of one step, with the spike of ``symbol`` or with none."""
    unit = SILENCE if symbol is None or symbol >= channels else np.array([symbol], np.int32)
    return Spikes(np.ones(1, np.int64), np.array([0, unit.size], np.int64), unit, channels)
