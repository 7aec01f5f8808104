"""Context neurons: a tree of coincidence detectors that grows on a text.

    the neuron of "ab" fires  <=>  the neuron of "a" fired one character ago  and  "b" has just come

A neuron of one character hears its channel alone; any longer one hears the channel of its last character and, one character
late, the neuron of the context without it. Both together cross its threshold, one does not. So the last k characters make
at most k neurons fire, one of each length, and a neuron costs two synapses.

Growing is structural plasticity without a teacher, done once and by the host: where a neuron and a character coincide
often, the coincidence gets a neuron of its own; the most frequent ones win.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neurolsm.learn.chip.grow import Indices, add_neurons, connect, point_neurons
from neurolsm.lowering.target import DV_MAX
from neurolsm.program import INPUT, NEURON, Program
from neurolsm_models.language.encode import STEPS
from neurolsm_models.language.text import Symbols

CONTEXT = "context"
HALF, VTH = 100, 150  # two halves in one step cross the threshold


@dataclass(frozen=True, eq=False)
class Contexts:
    """A grown tree; parents come before their children.

    Attributes:
        parent: neuron of the context without its last character, -1 for contexts of one character, int64 [n].
        last: the last character of each, int64 [n].
        length: characters of each, int64 [n].
    """

    parent: NDArray[np.int64]
    last: NDArray[np.int64]
    length: NDArray[np.int64]

    @property
    def size(self) -> int:
        return self.parent.size


def grow(symbols: Symbols, channels: int, neurons: int, longest: int, least: int = 4) -> Contexts:
    """The ``neurons`` most frequent contexts of 1 .. ``longest`` characters that occur ``least`` times, with all shorter parts.

    Args:
        symbols: the text; symbols beyond ``channels`` belong to no context.
        channels: number of characters; each has a neuron, frequent or not.
        neurons: at most this many, but never fewer than ``channels``.
    """
    text = np.asarray(symbols, np.int64)
    known = text < channels
    parent, last, length = [np.full(channels, -1)], [np.arange(channels)], [np.ones(channels, np.int64)]
    count = [np.full(channels, np.iinfo(np.int64).max)]
    active, first, size = (
        np.where(known, text, -1),
        0,
        channels,
    )  # who of the last generation fires after each character
    for k in range(2, longest + 1):
        ready = np.concatenate([[False], active[:-1] >= 0]) & known
        key = np.concatenate([[0], active[:-1]]) * channels + text
        kinds, place, found = np.unique(key[ready], return_inverse=True, return_counts=True)
        kept = found >= least
        number = np.where(kept, np.cumsum(kept) - 1, -1)
        parent.append(first + kinds[kept] // channels)
        last.append(kinds[kept] % channels)
        length.append(np.full(int(kept.sum()), k))
        count.append(found[kept])
        active = np.full(text.size, -1)
        active[ready] = number[place]
        first, size = size, size + int(kept.sum())
    return _most_frequent(*map(np.concatenate, (parent, last, length, count)), max(neurons, channels))


def _most_frequent(parent: Indices, last: Indices, length: Indices, count: Indices, neurons: int) -> Contexts:
    """A context is never more frequent than its parent, and comes behind it: a stable order keeps parents."""
    chosen = np.sort(np.argsort(-count, kind="stable")[:neurons])
    number = np.full(parent.size, -1)
    number[chosen] = np.arange(chosen.size)
    return Contexts(np.where(parent[chosen] < 0, -1, number[parent[chosen]]), last[chosen], length[chosen])


def add_contexts(program: Program, contexts: Contexts) -> Program:
    """The program with one neuron for each context behind the others; channel k is character k."""
    program, neurons = add_neurons(program, CONTEXT, point_neurons(contexts.size, vth=VTH, leak=DV_MAX))
    alone = contexts.parent < 0
    program = connect(
        program, "context/character", INPUT, contexts.last, neurons, np.where(alone, 2 * HALF, HALF)
    )  # fmt: skip
    return connect(
        program, "context/parent", NEURON, neurons[contexts.parent[~alone]], neurons[~alone], HALF, delay=STEPS - 1
    )
