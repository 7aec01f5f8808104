"""A readout on the host that learns from a stream: softmax regression on spikes, one character after the other.

    s = b + sum of W_i over the neurons i that fired,     p = softmax(s),     e = p - (1 for the character that came)
    G_i <- G_i + e^2,    W_i <- W_i - rate e / sqrt(G_i)      for the neurons that fired, and for b

Only rows of neurons that fired are touched, so time and memory depend on the activity and not on the length of the text.

Source: adaptive steps: Duchi, Hazan and Singer, Journal of Machine Learning Research 12 (2011).
"""

# mypy: ignore-errors
from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from neurolsm.compiled import compiled
from neurolsm_models.language.states import States
from neurolsm_models.language.text import Symbols


class SoftmaxReadout:
    """One row of weights per neuron, float32 [units + 1, symbols]; the last row is the bias.

    Args:
        units: neurons of the liquid.
        symbols: what there is to predict.
        rate: size of the first steps.
        start: what the sums of squares begin with; larger is more careful with rare neurons.
    """

    def __init__(self, units: int, symbols: int, rate: float = 0.1, start: float = 0.1) -> None:
        self.weight = np.zeros((units + 1, symbols), np.float32)
        self.square = np.full((units + 1, symbols), start, np.float32)
        self.rate = rate

    @property
    def parameters(self) -> int:
        return self.weight.size

    def learn(self, states: States, symbols: Symbols) -> NDArray[np.float64]:
        """Bits of each character, predicted before it was learned."""
        return _pass(states.indptr, states.unit, symbols, self.weight, self.square, np.float32(self.rate), True)

    def bits(self, states: States, symbols: Symbols) -> NDArray[np.float64]:
        """Bits of each character, -log2 of its probability."""
        return _pass(states.indptr, states.unit, symbols, self.weight, self.square, np.float32(self.rate), False)

    def scores(self, states: States) -> NDArray[np.float32]:
        """Scores of all symbols for one state."""
        return self.weight[-1] + self.weight[states.unit].sum(axis=0)


@compiled(fastmath=False)
def _pass(indptr, unit, symbols, weight, square, rate, learn):
    width, bias = weight.shape[1], weight.shape[0] - 1
    bits = np.empty(symbols.size)
    s = np.empty(width, np.float32)
    for t in range(symbols.size):
        s[:] = weight[bias]
        for k in range(indptr[t], indptr[t + 1]):
            row = weight[unit[k]]
            for c in range(width):
                s[c] += row[c]
        top = s.max()
        total = np.float32(0)
        for c in range(width):
            s[c] = np.exp(s[c] - top)
            total += s[c]
        bits[t] = -np.log2(max(s[symbols[t]] / total, np.float32(1e-30)))
        if learn:
            for c in range(width):
                s[c] /= total
            s[symbols[t]] -= np.float32(1)
            for k in range(indptr[t], indptr[t + 1] + 1):
                i = unit[k] if k < indptr[t + 1] else bias
                row, g = weight[i], square[i]
                for c in range(width):
                    g[c] += s[c] * s[c]
                    row[c] -= rate * s[c] / np.sqrt(g[c])
    return bits
