"""``neurolsm run sentences``: is a sentence positive or negative? Cross-validated over all sentences."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedKFold

from neurolsm.errors import refuse
from neurolsm.execute.backend import open_simulator, resolve
from neurolsm.tasks.scores import Scores
from neurolsm.tasks.task import Report
from neurolsm_models.data.labelled import Labelled, join, load_uci, read_labelled
from neurolsm_models.language.contexts import CONTEXT
from neurolsm_models.language.encode import STEPS
from neurolsm_models.language.text import Vocabulary
from neurolsm_models.sentences.controls import heard, in_random_layer, word_controls
from neurolsm_models.sentences.model import SIZE, grown
from neurolsm_models.sentences.readout import RatioClassifier
from neurolsm_models.sentences.states import encode, read, spelled

LIQUID = "liquid"
MEANING = "The share of the sentences of a fold whose label is guessed rightly by a readout that was fitted to the other folds."
Guess = NDArray[np.int64]


@dataclass(eq=False)
class Tally:
    """Guesses for all sentences, each made in the fold in which the sentence was not trained on, by who guessed."""

    data: Labelled
    folds: list[tuple[Guess, Guess]]
    guesses: dict[str, Guess] = field(default_factory=dict)

    def add(self, name: str, test: Guess, guess: Guess) -> None:
        self.guesses.setdefault(name, np.full(len(self.data), -1))[test] = guess

    def per_fold(self, name: str) -> NDArray[np.float64]:
        """Accuracy in each fold."""
        right = self.guesses[name] == self.data.label
        return np.array([right[test].mean() for _, test in self.folds])

    def per_source(self, name: str) -> NDArray[np.float64]:
        """Accuracy in each source, over all folds."""
        right = self.guesses[name] == self.data.label
        return np.array([right[self.data.source == k].mean() for k in range(len(self.data.sources))])


def load(text: Path | None, samples: int | None) -> Labelled:
    """The published sentences, or those of a file; of these a random choice of ``samples``, always the same."""
    data = load_uci() if text is None else join({text.stem: read_labelled(text)})
    if samples is None:
        return data
    if not 1 <= samples <= len(data):
        refuse("sentences", "samples", samples, f"must be 1 to {len(data)} sentences", "Leave it out for all")
    chosen = np.sort(np.random.default_rng(0).permutation(len(data))[:samples])
    return Labelled([data.text[k] for k in chosen], data.label[chosen], data.source[chosen], data.sources)


def split(data: Labelled, folds: int, seed: int) -> list[tuple[Guess, Guess]]:
    """Pairs of (train, test), with as many positive sentences of each source in each fold."""
    strata = 2 * data.source + data.label
    sizes = np.unique(strata, return_counts=True)[1]
    if np.unique(data.label).size < 2:
        refuse(
            "sentences",
            "labels",
            np.unique(data.label).tolist(),
            "must be 0 and 1, both",
            "Give sentences of both kinds",
        )
    if not 2 <= folds <= sizes.min():
        refuse("sentences", "folds", folds, f"must be 2 to {sizes.min()}, the sentences of the rarest label and source",
               "Give more sentences, or fewer folds")  # fmt: skip
    return list(StratifiedKFold(folds, shuffle=True, random_state=seed).split(strata, strata))


def run(*, backend: str = "emulator", samples: int | None = None, seed: int = 1, split_seed: int = 0, folds: int = 5,
        target: str = "loihi2", text: Path | None = None, controls: bool = False) -> Report:  # fmt: skip
    """Accuracy over the folds, pooled and in each source.

    Args:
        seed: of the random parts of the liquid.
        split_seed: of the folds.
        text: a file of other sentences, ``sentence TAB 0 or 1`` a line.
        controls: also the parts of the liquid alone, its input, a random layer, and classifiers on words.
    """
    start = time.perf_counter()
    resolve(backend)
    data = load(text, samples)
    tally = Tally(data, split(data, folds, split_seed))
    costs = list(_liquid(tally, seed, backend, target, controls))
    if controls:
        _words(tally)
        _random_layer(tally, costs[0], seed)
    neurons, synapses, spikes, operations = np.mean([cost.numbers for cost in costs], axis=0)
    head = ("accuracy, %", f"{folds} folds", *data.sources)
    values: dict[str, Any] = {
        "model": "sentences", "sentences": len(data), "sources": list(data.sources), "folds": folds, "seed": seed,
        "split_seed": split_seed, "backend": backend, "target": target, "neurons": neurons, "synapses": synapses,
        "spikes_per_sample": spikes, "synops_per_sample": operations, "penalties": [cost.penalty for cost in costs],
        "results": {
            name: {"folds": tally.per_fold(name).tolist(), "accuracy": float(tally.per_fold(name).mean()),
                   "sources": dict(zip(data.sources, tally.per_source(name).tolist(), strict=True))}
            for name in tally.guesses
        },
        "seconds": time.perf_counter() - start,
    }  # fmt: skip
    return Report(
        title=f"sentences on {backend} ({target}): {len(data):,} sentences, {neurons:,.0f} neurons and {synapses:,.0f} synapses in the "
              f"mean of the folds, seed {seed}, folds of seed {split_seed}",
        rows=(head, *(_row(tally, name) for name in tally.guesses)),
        values=values,
        notes=(f"{spikes:,.0f} spikes and {operations:,.0f} synaptic operations per sentence; {values['seconds']:.0f} s in all",),
        seeds=f"Seed {seed} of the random parts of the liquid and of the random layer, seed {split_seed} of the folds.",
        scores=(
            Scores(
                title="Positive or negative?", label="accuracy, %", meaning=MEANING, better="more", each="folds",
                values={name: (100 * tally.per_fold(name)).tolist() for name in tally.guesses},
            ),
        ),
    )  # fmt: skip


@dataclass(frozen=True)
class Cost:
    """Of one fold.

    Attributes:
        numbers: neurons, synapses, spikes per sentence, synaptic operations per sentence.
        penalty: C of the readout.
        contexts: neurons of the tree.
        active: of these, how many fire per character.
    """

    numbers: tuple[float, float, float, float]
    penalty: float
    contexts: int
    active: float


def _liquid(tally: Tally, seed: int, backend: str, target: str, parts: bool) -> Iterator[Cost]:
    """Grow, run and read out a liquid a fold."""
    data = tally.data
    for train, test in tally.folds:
        program, vocabulary = grown([data.text[k] for k in train], seed, target)
        inputs = encode(data.text, vocabulary, program.n_inputs)
        with open_simulator(program, backend) as simulator:
            found = read(simulator, inputs)
        edge = program.population(CONTEXT).start
        seen = {LIQUID: found.x}
        if parts:
            seen["context neurons alone"] = found.x[:, edge:]
            seen["random parts alone"] = found.x[:, :edge]
            seen["input spikes, same readout"] = heard(data.text, vocabulary)
        penalty = 0.0
        for name, x in seen.items():
            readout = RatioClassifier().fit(x[train], data.label[train])
            tally.add(name, test, readout.predict(x[test]))
            penalty = readout.penalty_ if name == LIQUID else penalty
        per_sentence = (found.spikes.sum() / len(data), found.operations / len(data))
        active = STEPS * float(found.spikes[edge:].sum() / inputs.steps.sum())
        yield Cost((program.n, program.synapses, *per_sentence), penalty, program.n - edge, active)


def _words(tally: Tally) -> None:
    for name, new in word_controls().items():
        for train, test in tally.folds:
            text = [tally.data.text[k] for k in train]
            fitted = new().fit(text, tally.data.label[train])
            tally.add(name, test, fitted.predict([tally.data.text[k] for k in test]))


def _random_layer(tally: Tally, cost: Cost, seed: int) -> None:
    """As many units as contexts of the first fold, as many of them active; drawn once, for it learns nothing of the sentences."""
    data = tally.data
    vocabulary = Vocabulary.of("".join(map(spelled, data.text)))
    x = in_random_layer(data.text, vocabulary, SIZE.longest, cost.contexts, max(1, round(cost.active)), seed)
    name = f"random layer of {cost.contexts:,} units, same readout"
    for train, test in tally.folds:
        tally.add(name, test, RatioClassifier().fit(x[train], data.label[train]).predict(x[test]))


def _row(tally: Tally, name: str) -> tuple[str, ...]:
    fold, source = 100 * tally.per_fold(name), 100 * tally.per_source(name)
    return (name, f"{fold.mean():.2f} ± {fold.std(ddof=1):.2f}", *(f"{one:.1f}" for one in source))
