"""The liquid of ``sentences``: that of ``language``, its contexts grown on the sentences of the training part."""

from __future__ import annotations

from neurolsm.program import Program
from neurolsm_models.language.liquid import Size, build
from neurolsm_models.language.text import Vocabulary
from neurolsm_models.sentences.states import spelled, stream

SIZE = Size(random=600, contexts=50_000, longest=6, least=2)


def grown(sentences: list[str], seed: int, target: str = "loihi2", size: Size = SIZE) -> tuple[Program, Vocabulary]:
    """A liquid for sentences like these, and the characters that have a channel."""
    vocabulary = Vocabulary.of("".join(map(spelled, sentences)))
    symbols, _ = stream(sentences, vocabulary)
    return build(size, symbols, vocabulary.unknown, seed, target), vocabulary
