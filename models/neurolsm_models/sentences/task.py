"""The task ``sentences``: positive or negative? The card ``sentences.md`` has the results with their baselines."""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn

from neurolsm.errors import InvalidValue
from neurolsm.program import Program
from neurolsm.program.spikes import Spikes
from neurolsm.tasks.task import Task
from neurolsm_models.language.liquid import Size
from neurolsm_models.sentences.model import grown
from neurolsm_models.sentences.run import load, run
from neurolsm_models.sentences.states import encode

SMALL = Size(random=200, contexts=500, longest=6, least=2)


def compare(*, samples: int = 20, seed: int = 1, target: str = "loihi2") -> tuple[Program, Spikes]:
    """A small liquid that grew on all sentences, and a random choice of ``samples`` to show it."""
    program, vocabulary = grown(load(None, None).text, seed, target, SMALL)
    return program, encode(load(None, samples).text, vocabulary, program.n_inputs)


def learn(*, scenario: str, text: Path | None = None) -> NoReturn:
    """Refused: the readout weighs neurons by how often they fired with either label, over all of the training part."""
    raise InvalidValue(
        "sentences: its readout is fitted on the host, from the counts of all training sentences; there is none that learns on the "
        "chip. Use 'neurolsm run sentences', or 'neurolsm learn language' for text that is learned on the chip"
    )


TASK = Task(
    name="sentences",
    summary="Labelled sentences, character by character through the liquid of language: positive or negative?",
    metric="accuracy",
    run=run,
    learn=learn,
    scenarios=("classes", "drift", "sample", "reward", "scratch"),
    compare=compare,
)
