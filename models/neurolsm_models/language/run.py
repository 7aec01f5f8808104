"""``neurolsm run language``: bits per character of a text's last tenth, after its first nine tenths were read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from neurolsm.execute.backend import open_simulator
from neurolsm.tasks.scores import Scores
from neurolsm.tasks.task import Report
from neurolsm_models.language.chip import ChipStream, learn
from neurolsm_models.language.contexts import CONTEXT
from neurolsm_models.language.controls import last_characters, random_layer
from neurolsm_models.language.model import PASSES, LanguageModel, test_bits, train
from neurolsm_models.language.ngram import witten_bell
from neurolsm_models.language.readout import SoftmaxReadout
from neurolsm_models.language.states import States
from neurolsm_models.language.states import states as read_states
from neurolsm_models.language.text import Symbols, Text, read, topics

CHIP_PASSES = 2
MEANING = (
    "The mean of minus log2 of the probability that each character of the test part had before it came: what an ideal coder would need. "
    "The text is said a character at a time, and nothing of the test part was learned before."
)
SEEN = 6  # characters that the controls see, as many as the longest context


def run(*, backend: str = "emulator", samples: int | None = None, seed: int = 1, target: str = "loihi2",
        text: Path | None = None, controls: bool = False) -> Report:  # fmt: skip
    """Train on the first 90 %, test on the last 10 %; a readout on the host and one that learns on the chip.

    Args:
        samples: only the first so many characters.
        controls: also n-grams, a linear readout on the last characters, a random layer, and the liquid's parts alone.
    """
    chosen = (topics() if text is None else read(text)).first(samples)
    model, states, passes = train(chosen.train, seed=seed, backend=backend, target=target)
    host = float(test_bits(model, chosen.train, chosen.test, backend).mean())
    chip, online, spikes, operations = on_chip(model, chosen, backend)
    parameters = f"{model.readout.parameters:,}"
    contexts = model.program.population(CONTEXT)
    heard = contexts.stop - contexts.start + 1  # and the clock, for the bias
    rows: list[tuple[str, str, str]] = [
        ("bits per character of the test part", "bpc", "parameters"),
        (f"liquid, softmax readout on the host, {PASSES} passes", f"{host:.3f}", parameters),
        (
            f"context neurons, readout that learns on the chip, {CHIP_PASSES} passes",
            f"{chip:.3f}",
            f"{heard * model.vocabulary.size:,}",
        ),
    ]
    values: dict[str, Any] = {
        "text": chosen.name, "train": len(chosen.train), "test": len(chosen.test), "symbols": model.vocabulary.size,
        "seed": seed, "backend": backend, "neurons": model.program.n, "synapses": model.program.synapses,
        "parameters": model.readout.parameters, "chip_parameters": heard * model.vocabulary.size,
        "host": host, "host_online": passes, "chip": chip, "chip_online": online,
        "spikes_per_character": states.unit.size / len(states), "synops_per_character": model.operations,
        "chip_spikes_per_character": spikes, "chip_synops_per_character": operations,
    }  # fmt: skip
    if controls:
        found = run_controls(model, states, chosen, seed)
        rows += [(name, f"{bits:.3f}", f"{size:,}" if size else "") for name, bits, size in found]
        values["controls"] = [{"name": name, "bpc": bits, "parameters": size} for name, bits, size in found]
    notes = (
        f"{values['spikes_per_character']:.1f} spikes and {model.operations:,.0f} synaptic operations per character; with the "
        f"on-chip readout {spikes:.1f} and {operations:,.0f}",
        f"each character before it was learned: {', '.join(f'{b:.3f}' for b in passes)} in the passes of the host, {online:.3f} on the chip",
    )
    title = (
        f"language on {backend} ({target}): {chosen.name}, {len(chosen.train):,} + {len(chosen.test):,} characters, "
        f"{model.program.n:,} neurons, {model.program.synapses:,} synapses, seed {seed}"
    )
    others = {one["name"]: [one["bpc"]] for one in values.get("controls", ())}
    own = {"Readout on the host": (rows[1][0], host), "Readout that learns on the chip": (rows[2][0], chip)}
    return Report(
        title=title, rows=tuple(rows), values=values, notes=notes,
        seeds=f"Seed {seed} of the liquid, of the random layer and of the rounding of the readout on the chip. The text is split at 90 %, "
        "so that nothing else is drawn.",
        scores=tuple(
            Scores(title=title, label="bits per character", meaning=MEANING, better="less", values={name: [bits], **others}, each="seeds")
            for title, (name, bits) in own.items()
        ),
    )  # fmt: skip


def on_chip(model: LanguageModel, text: Text, backend: str) -> tuple[float, float, float, float]:
    """Bits per character of the test part, frozen, and of the last pass of the training, on line; spikes and operations per character."""
    symbols = model.vocabulary.encode(text.train)
    found = learn(model.program, symbols, model.vocabulary.size, passes=CHIP_PASSES, backend=backend)
    with open_simulator(found.program, backend) as simulator:
        simulator.state = found.state
        bits = ChipStream(simulator, model.program.seed).bits(model.vocabulary.encode(text.test), learn=False)
    return float(bits.mean()), float(found.online[-symbols.size :].mean()), found.spikes, found.operations


def run_controls(model: LanguageModel, states: States, text: Text, seed: int) -> list[tuple[str, float, int]]:
    """Name, bits per character of the test part, and parameters of each control."""
    train, test = model.vocabulary.encode(text.train), model.vocabulary.encode(text.test)
    kinds, n = model.vocabulary.size, model.program.n
    grams = witten_bell(train, test, kinds)
    found = [(f"Witten-Bell n-gram of order {k}", float(bits), 0) for k, bits in enumerate(grams[:6], 1)]
    found.append(("Witten-Bell n-gram of order 7", float(grams[6]), 0))
    both = np.concatenate([train, test])
    last = last_characters(both, SEEN, kinds)
    found.append((f"linear readout on the last {SEEN} characters", *_fit(last, both, train.size, kinds)))
    active = max(1, round(states.unit.size / len(states)))
    layer = random_layer(both, SEEN, kinds, n, active, seed)
    found.append((f"random layer of {n:,} units on them, {active} active", *_fit(layer, both, train.size, kinds)))
    return found + parts_alone(model, states, text)


def parts_alone(model: LanguageModel, states: States, text: Text) -> list[tuple[str, float, int]]:
    """The random parts and the context neurons, each with a readout of its own."""
    train, test = model.vocabulary.encode(text.train), model.vocabulary.encode(text.test)
    with open_simulator(model.program) as simulator:
        heard = min(200, train.size)
        after, _ = read_states(simulator, np.concatenate([train[-heard:], test]))
    after = after.part(heard, heard + test.size)
    edge = model.program.population(CONTEXT).start
    found = []
    for name, start, stop in (("random parts alone", 0, edge), ("context neurons alone", edge, model.program.n)):
        readout = SoftmaxReadout(model.program.n, model.vocabulary.size)
        for _ in range(PASSES):
            readout.learn(states.select(start, stop), train)
        found.append((name, float(readout.bits(after.select(start, stop), test).mean()), readout.parameters))
    return found


def _fit(states: States, symbols: Symbols, cut: int, kinds: int) -> tuple[float, int]:
    readout = SoftmaxReadout(states.units, kinds)
    for _ in range(PASSES):
        readout.learn(states.part(0, cut), symbols[:cut])
    return float(readout.bits(states.part(cut, symbols.size), symbols[cut:]).mean()), readout.parameters
