"""``neurolsm learn language --scenario drift``: a model of Shakespeare meets another text and goes on learning on the chip.

Three copies of one deployed model: frozen, learning on the chip, and, for what is forgotten, the learning one tested on
Shakespeare again. Its channels and readout neurons hold the characters of both texts from the start; its liquid grew on
Shakespeare alone.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurolsm.execute.backend import open_simulator
from neurolsm.plot.style import LINES
from neurolsm.tasks.scores import Picture, Scores
from neurolsm.tasks.task import Report
from neurolsm_models.language.chip import ChipReadout, ChipStream
from neurolsm_models.language.chip import learn as learn_text
from neurolsm_models.language.liquid import Size, build
from neurolsm_models.language.ngram import witten_bell
from neurolsm_models.language.text import Text, Vocabulary, read, tiny_shakespeare, topics

SIZE = Size(random=200, contexts=5000)
TRAIN, TEST, STREAM, PARTS = 100_000, 20_000, 30_000, 5  # characters, and pieces of the stream
SLOWNESS = 5  # of the deployed readout: fast again, for what comes is new
SCENARIOS = ("drift",)
FOLLOWERS = {
    "learning": "learning on the chip", "frozen": "frozen", "ngram": "Witten-Bell 5-gram of Shakespeare, frozen"
}  # fmt: skip


def learn(*, scenario: str, backend: str = "emulator", samples: int | None = None, seeds: int = 1, text: Path | None = None) -> Report:  # fmt: skip
    """Bits per character over the first ``samples`` characters of another text, frozen and learning, and on Shakespeare before and after."""
    other = topics() if text is None else read(text)
    new = other.first(min(STREAM, len(other.characters)) if samples is None else samples)
    found = [_one(new, backend, seed) for seed in range(1, seeds + 1)]
    mean = {key: np.mean([f[key] for f in found], axis=0) for key in found[0]}
    sd = {key: np.std([f[key] for f in found], axis=0).tolist() if seeds > 1 else None for key in found[0]}
    heads = tuple(f"part {k + 1}" for k in range(PARTS))
    rows = (
        (f"bpc on {new.name}, in {PARTS} parts", *heads),
        ("frozen", *(f"{b:.3f}" for b in mean["frozen"])),
        ("learning on the chip", *(f"{b:.3f}" for b in mean["learning"])),
        ("Witten-Bell 5-gram of Shakespeare, frozen", *(f"{b:.3f}" for b in mean["ngram"])),
    )
    before, after, back = (float(mean[key]) for key in ("before", "after", "back"))
    notes = (
        f"Shakespeare, {TEST:,} characters never trained on: {before:.3f} before, {after:.3f} after, {after - before:+.3f} "
        f"forgotten; {back:.3f} on their second half after learning on their first half",
        f"mean of {seeds} seeds" if seeds > 1 else "one seed",
    )
    values: dict[str, Any] = {
        "scenario": scenario, "text": new.name, "characters": len(new.characters), "trained": TRAIN, "seeds": seeds,
        "mean": {k: v.tolist() for k, v in mean.items()}, "sd": sd,
    }  # fmt: skip
    title = f"language, drift, on {backend}: {TRAIN:,} characters of Shakespeare, then {len(new.characters):,} of {new.name}"
    return Report(
        title=title, rows=rows, values=values, notes=notes, scores=scores(new.name, found),
        seeds=f"Seeds 1 to {seeds} of the liquid and of the readout's rounding; the texts are the same for all." if seeds > 1
        else "Seed 1 of the liquid and of the readout's rounding.",
        pictures=(
            Picture(
                title="Over the stream",
                said=f"Bits per character over {PARTS} equal parts of {new.name}, each character before it is learned: the mean over the "
                "seeds, with a band of one standard deviation where there are several. Less is better.",
                draw=lambda figure: over_the_stream(figure, new.name, found),
                size=(5.2, 4.2),
            ),
        ),
    )  # fmt: skip


def scores(name: str, found: list[dict[str, Any]]) -> tuple[Scores, ...]:
    """What was said of the other text, and what is left of the first."""
    said = {label: [float(np.mean(one[key])) for one in found] for key, label in FOLLOWERS.items()}
    kept = {"after learning the other text": "after", "before": "before"}
    return (
        Scores(
            title=f"Bits per character on {name}", label="bits per character", better="less", each="seeds", values=said,
            meaning="The mean of minus log2 of the probability that each character had before it came, over the whole stream.",
        ),
        Scores(
            title="What is forgotten of Shakespeare", label="bits per character", better="less", each="seeds",
            values={label: [float(one[key]) for one in found] for label, key in kept.items()},
            meaning=f"The same of {TEST:,} characters of Shakespeare that were never trained on.",
        ),
    )  # fmt: skip


def _one(new: Text, backend: str, seed: int) -> dict[str, Any]:
    shakespeare = tiny_shakespeare()
    vocabulary = Vocabulary.of(shakespeare.train + new.characters)
    train = vocabulary.encode(shakespeare.train[:TRAIN])
    test, stream = vocabulary.encode(shakespeare.test[:TEST]), vocabulary.encode(new.characters)
    program = build(SIZE, train, vocabulary.unknown, seed)
    learned = learn_text(program, train, vocabulary.size, backend=backend)
    with open_simulator(ChipReadout(symbols=vocabulary.size, slowness=SLOWNESS).attach(program), backend) as simulator:
        chip = ChipStream(simulator, seed)
        simulator.state = deployed = learned.state
        before = chip.bits(test, learn=False).mean()
        simulator.state = deployed
        frozen = chip.bits(stream, learn=False)
        simulator.state = deployed
        learning = chip.bits(stream, learn=True)
        changed = simulator.state
        after = chip.bits(test, learn=False).mean()
        simulator.state = changed
        half = test.size // 2
        chip.bits(test[:half], learn=True)
        back = chip.bits(test[half:], learn=False).mean()
    return {
        "frozen": _in_parts(frozen), "learning": _in_parts(learning), "before": before, "after": after, "back": back,
        "ngram": np.array([witten_bell(train, piece, vocabulary.size, 4)[4] for piece in np.array_split(stream, PARTS)]),
    }  # fmt: skip


def _in_parts(bits: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.array([part.mean() for part in np.array_split(bits, PARTS)])


def over_the_stream(figure: Any, name: str, found: list[dict[str, Any]]) -> None:
    """Bits per character over the parts of the stream."""
    ax = figure.subplots()
    x = np.arange(1, PARTS + 1)
    for (key, label), color, style in zip(FOLLOWERS.items(), LINES, ("-", "--", ":"), strict=False):
        each = np.array([one[key] for one in found])
        mean = each.mean(axis=0)
        ax.plot(x, mean, marker="o", color=color, linestyle=style, label=label)
        if len(found) > 1:
            sd = each.std(axis=0, ddof=1)
            ax.fill_between(x, mean - sd, mean + sd, color=color, alpha=0.2, linewidth=0)
    ax.set(xlabel=f"part of {name}", ylabel="bits per character", xticks=x)
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.18), frameon=False)
