"""A liquid that writes: each character it says is the next one that it hears."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from neurolsm.errors import refuse
from neurolsm.execute.backend import Simulator
from neurolsm.random import stream
from neurolsm_models.language.readout import SoftmaxReadout
from neurolsm_models.language.states import ahead, enter, states
from neurolsm_models.language.text import Vocabulary

MOST = 1_000_000


def check(chars: int, temperature: float) -> None:
    """Refuse lengths and temperatures that mean nothing, before anything is learned."""
    if not 1 <= chars <= MOST:
        refuse("generate", "chars", chars, f"must be 1 to {MOST:,}", "Give the number of characters to write")
    if not 0 < temperature <= 100:
        refuse(
            "generate",
            "temperature",
            temperature,
            "must be above 0 and at most 100",
            "1 follows the model, 0.5 is careful",
        )


def write(
    simulator: Simulator, readout: SoftmaxReadout, vocabulary: Vocabulary, *, prompt: str, chars: int, temperature: float, seed: int
) -> Iterator[str]:  # fmt: skip
    """``chars`` characters after ``prompt``, one at a time; the unknown symbol is never written.

        P(c) ~ exp(s_c / temperature)

    Args:
        simulator: the liquid at rest.
        prompt: what it hears first, maybe nothing; characters without a channel are silent.
        seed: of the choices.
    """
    check(chars, temperature)
    rng = stream(seed, "language/generate")
    if prompt:
        states(simulator, vocabulary.encode(prompt))
    for _ in range(chars):
        s = readout.scores(ahead(simulator))[: vocabulary.unknown].astype(float) / temperature
        p = np.exp(s - s.max())
        symbol = int(rng.choice(p.size, p=p / p.sum()))
        enter(simulator, symbol)
        yield vocabulary.characters[symbol]
