"""The task ``language``: a liquid that reads and writes. The card ``language.md`` has its results with their baselines."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from neurolsm.errors import refuse
from neurolsm.execute.backend import open_simulator
from neurolsm.program import Program
from neurolsm.program.spikes import Spikes
from neurolsm.tasks.task import Task
from neurolsm_models.language import drift, generate
from neurolsm_models.language.encode import spikes
from neurolsm_models.language.liquid import Size, build
from neurolsm_models.language.model import LanguageModel, train
from neurolsm_models.language.run import run
from neurolsm_models.language.text import Vocabulary, read, topics

PIECE = 20  # characters of a sample that backends are compared on


def compare(*, samples: int = 20, seed: int = 1, target: str = "loihi2") -> tuple[Program, Spikes]:
    """A small liquid and pieces of 20 characters of the built-in text."""
    text = topics().characters[:20_000]
    if not 1 <= samples <= len(text) // PIECE:
        refuse("language", "samples", samples, f"must be 1 to {len(text) // PIECE} pieces of text", "Take fewer")
    vocabulary = Vocabulary.of(text)
    symbols = vocabulary.encode(text)
    program = build(Size(random=200, contexts=500), symbols, vocabulary.unknown, seed, target)
    found = spikes(symbols[: samples * PIECE], program.n_inputs)
    return program, Spikes(found.steps.reshape(samples, PIECE).sum(axis=1), found.indptr, found.unit, found.units)


def write(*, prompt: str, chars: int, temperature: float, seed: int = 1, text: Path | None = None, samples: int | None = None,
          keep: Path | None = None) -> Iterator[str]:  # fmt: skip
    """Characters after ``prompt`` from the model in the file ``keep``, or from one trained now (and then kept there)."""
    generate.check(chars, temperature)
    if keep is not None and keep.exists():
        model = LanguageModel.load(keep)
    else:
        model, _, _ = train((topics() if text is None else read(text)).first(samples).characters)
        if keep is not None:
            model.save(keep)
    with open_simulator(model.program) as simulator:
        yield from generate.write(
            simulator, model.readout, model.vocabulary, prompt=prompt, chars=chars, temperature=temperature, seed=seed
        )


TASK = Task(
    name="language",
    summary="Text, character by character: bits per character, writing, and learning on the chip.",
    metric="bits per character",
    run=run,
    learn=drift.learn,
    scenarios=drift.SCENARIOS,
    compare=compare,
    generate=write,
)
