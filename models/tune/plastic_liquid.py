"""What plasticity in the liquid is worth: a static liquid against plastic ones of equal size, seeds and readout.

Excitatory recurrent synapses learn by STDP; thresholds or the same synapses keep a rate by homeostasis. Both learn without
labels from the training samples, in one pass in random order, and then stay; the readout is fitted on the host. Tasks:
``digits``, with a stratified split for each seed, and ``vowels``, the speakers of the Japanese Vowels, with their official split.

    python models/tune/plastic_liquid.py choose TASK [NAME]    settings on the training part: readouts on five inner 80/20 splits
    python models/tune/plastic_liquid.py test TASK [NAME]      what CHOSEN names on the test part, once for each seed

With NAME only those whose name begins with it, and the static liquid. ``faint`` and ``loud`` are ``vowels`` with a tenth and
with ten times the input weights: what the settings chosen for a liquid that is tuned do for one that is not.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
from neurolsm_models import digits
from numpy.typing import NDArray
from sklearn.linear_model import RidgeClassifier
from sklearn.model_selection import StratifiedShuffleSplit
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

import neurolsm as nl
from neurolsm.encode import PopulationEncoder
from neurolsm.errors import NotAvailable, refuse
from neurolsm.program.decay import WEIGHT_RANGE
from neurolsm.program.plasticity import SYNAPSE
from neurolsm.program.spikes import Spikes
from neurolsm.program.state import State
from neurolsm.readout import Counts
from neurolsm.tasks.model import Data, Model

VALIDATION_SEEDS, TEST_SEEDS = (101, 102), (1, 2, 3, 4, 5)
HOLD = 6  # steps for which a frame of speech is shown

# ---------------------------------------------------------------------- tasks


def vowels() -> Data:
    """640 utterances of 9 speakers, [7..29 frames, 12 cepstra], in standard deviations of the training part."""
    folder = Path(os.environ.get("NEUROLSM_DATA", "")) / "japanese_vowels"
    parts = []
    for file in (folder / "JapaneseVowels_TRAIN.ts", folder / "JapaneseVowels_TEST.ts"):
        if not file.is_file():
            raise NotAvailable(
                f"data set 'vowels': {file} is missing. Set NEUROLSM_DATA to a folder with japanese_vowels/*.ts in it "
                "(UCI data set 128, as .ts files from timeseriesclassification.com)"
            )
        parts.append([line.split(":") for line in file.read_text().splitlines() if line[:1] not in ("", "#", "@")])
    x = [np.array([values.split(",") for values in row[:-1]], float).T for row in parts[0] + parts[1]]
    y = np.array([int(row[-1]) for row in parts[0] + parts[1]])
    frames = np.concatenate(x[: len(parts[0])])
    held = [np.repeat((one - frames.mean(0)) / frames.std(0), HOLD, axis=0) for one in x]
    return Data(held, y, np.arange(len(y)) >= len(parts[0]))


def vowels_lsm(seed: int, drive: float = 1.0) -> nl.LSM:
    """A column of 500 neurons: four tuning curves for each cepstrum, each heard by three neurons of ten.

    Args:
        seed: of the liquid.
        drive: what the input weights are multiplied with.
    """
    liquid = nl.Liquid(
        topology=nl.Column(shape=(10, 10, 5), wavelength=2.5),
        neuron=nl.LIF(tau_syn=4e-3, tau_mem=20e-3, t_refractory=2e-3),
        weights=nl.Pairs(ee=nl.Gamma(0.1), ei=nl.Gamma(0.2), ie=nl.Gamma(0.2), ii=nl.Gamma(0.2)),
        delays=nl.Uniform(0, 10e-3),
        input=nl.RandomMap(density=0.3, weight=nl.Gamma(0.2 * drive), inhibitory=0.35),
    )
    return nl.LSM(inputs=48, liquid=liquid, seed=seed)


VOWELS = Model(
    name="vowels", summary="Nine speakers, told apart by two Japanese vowels.", load=vowels, lsm=vowels_lsm, splits=1,
    encoder=PopulationEncoder(neurons=4, rate=0.6, low=-2.0, high=2.0), features=Counts(windows=4),
    readout=lambda: make_pipeline(FunctionTransformer(np.sqrt), RidgeClassifier(alpha=30.0)),
)  # fmt: skip
TASKS = {
    "digits": digits.MODEL, "vowels": VOWELS, "faint": replace(VOWELS, lsm=partial(vowels_lsm, drive=0.1)),
    "loud": replace(VOWELS, lsm=partial(vowels_lsm, drive=10.0)),
}  # fmt: skip
RATES = {"digits": 370.0, "vowels": 150.0, "faint": 150.0, "loud": 150.0}  # spikes per second, static, tuned liquid

# ---------------------------------------------------------------------- what may be plastic


@dataclass(frozen=True)
class Plastic:
    """What learns in a liquid; nothing by default. ``cut``: its excitatory neurons have no recurrent synapses at all."""

    stdp: nl.STDP | None = None
    scaling: nl.SynapticScaling | None = None
    intrinsic: nl.IntrinsicPlasticity | None = None
    cut: bool = False

    def into(self, lsm: nl.LSM) -> nl.LSM:
        liquid = lsm.liquid
        assert isinstance(liquid, nl.Liquid) and isinstance(liquid.topology, nl.Column)
        topology = replace(liquid.topology, p_ee=0.0, p_ei=0.0) if self.cut else liquid.topology
        rule = replace(self.scaling, on=self.stdp) if self.scaling else self.stdp
        return replace(lsm, liquid=replace(liquid, topology=topology, plasticity=rule, intrinsic=self.intrinsic))


def additive(step: float, tau_minus: float) -> nl.STDP:
    """Depression reaches further back than potentiation, so that chance pairs weaken."""
    return nl.STDP(tau_plus=10e-3, tau_minus=tau_minus, a_plus=step, a_minus=step, impulse=8)


def soft(step: float, impulse: int) -> nl.STDP:
    """Chance pairs balance at a ninth of the range, near the mean weight before learning."""
    return nl.STDP(tau_plus=10e-3, tau_minus=10e-3, a_plus=step, a_minus=8 * step, impulse=impulse, multiplicative=True)


def scaling(rate: float) -> Plastic:
    return Plastic(scaling=nl.SynapticScaling(target_rate=rate, tau=40 / rate, impulse=1, rate=2.0**-11, decimate=8))


def intrinsic(rate: float) -> Plastic:
    return Plastic(intrinsic=nl.IntrinsicPlasticity(target_rate=rate, period=0.2, threshold_step=0.02))


STDPS = {
    "additive": additive(1 / 16, 12e-3), "depressing": additive(1 / 16, 20e-3),
    "soft, slow": soft(255 / 2048, 2), "soft, fast": soft(255 / 256, 16),
}  # fmt: skip
# STDP, homeostasis alone and homeostasis beside that STDP: the best on the training part.
CHOSEN = {
    "digits": ("additive", "intrinsic 0.5", "scaling 0.5"),
    "vowels": ("additive", "scaling 1", "intrinsic 0.5"),
}


def homeostases(task: str) -> dict[str, Plastic]:
    """Towards the mean rate of the static liquid, and towards half of it."""
    return {
        f"{kind.__name__} {share:g}": kind(share * RATES[task]) for kind in (scaling, intrinsic) for share in (1.0, 0.5)
    }


def candidates(task: str) -> dict[str, Plastic]:
    """STDP raises rates, so that beside it homeostasis seeks the lower one only."""
    best, alone = CHOSEN[task][0], homeostases(task)
    return (
        {f"STDP {name}": Plastic(rule) for name, rule in STDPS.items()}
        | alone
        | {f"STDP {best} + {name}": replace(alone[name], stdp=STDPS[best]) for name in ("scaling 0.5", "intrinsic 0.5")}
    )


def finalists(task: str) -> dict[str, Plastic]:
    stdp, alone, beside = CHOSEN["digits" if task == "digits" else "vowels"]
    rule, homeostasis = STDPS[stdp], homeostases(task)
    return {
        "cut": Plastic(cut=True), f"STDP {stdp}": Plastic(rule),
        f"STDP {stdp}, stream 'synapse'": Plastic(replace(rule, stream=SYNAPSE)),
        f"STDP {stdp} + {beside}": replace(homeostasis[beside], stdp=rule), beside: homeostasis[beside],
        alone: homeostasis[alone],
    }  # fmt: skip


# ---------------------------------------------------------------------- measuring


Score = Callable[[nl.LSMClassifier, Data, Data], float]  # machine, training part, test part -> accuracy


@dataclass(frozen=True)
class Found:
    """One liquid of one seed.

    Attributes:
        accuracy: share of 1.
        before, after: spikes per neuron and step on the held-out samples, before and after learning.
        silent: share of neurons that never fire on them after learning.
        moved: share of the plastic weights that changed.
        by: mean size of a change, in weight steps.
        stuck: share of the plastic weights at an end of their range.
        threshold: mean of threshold after / before.
    """

    accuracy: float
    before: float
    after: float
    silent: float
    moved: float
    by: float
    stuck: float
    threshold: float


def measure(model: Model, plastic: Plastic, seed: int, score: Score) -> Found:
    data = model.load()
    train, test = (data.take(part) for part in next(data.splits(1, seed)))
    train = train.take(np.random.default_rng([seed, 5]).permutation(len(train)))  # files are sorted by label
    machine = nl.LSMClassifier(
        plastic.into(model.lsm(seed)), model.encoder, model.features, model.readout(), options={"workers": 1}
    )
    accuracy = score(machine, train, test)
    held_out = model.encoder.encode(test.x)
    start = State.rest(machine.program_)
    end = machine.states_.state or start
    before, after = (activity(machine.program_, state, held_out) for state in (start, end))
    weights = [
        (a.weight, b.weight, WEIGHT_RANGE[p.sign_mode])
        for a, b, p in zip(start.plastic, end.plastic, machine.program_.plastic, strict=True)
    ]
    change = np.concatenate([np.zeros(0), *(np.abs(b - a) for a, b, _ in weights)])
    stuck = np.concatenate([np.zeros(0), *((b == low) | (b == high) for _, b, (low, high) in weights)])
    return Found(
        accuracy, float(before.mean()), float(after.mean()), float(np.mean(after == 0)),
        float(np.mean(change > 0)) if change.size else 0.0, float(change.mean()) if change.size else 0.0,
        float(stuck.mean()) if stuck.size else 0.0, float(np.mean(end.vth / start.vth)),
    )  # fmt: skip


def activity(program: nl.Program, state: State, inputs: Spikes) -> NDArray[np.float64]:
    """Spikes of each neuron in a step [N]."""
    with nl.open_simulator(program, workers=1) as simulator:
        simulator.state = state
        fired = simulator.run(inputs, learn=False).spikes
    return np.bincount(fired.unit, minlength=program.n) / inputs.steps.sum()


def on_test(machine: nl.LSMClassifier, train: Data, test: Data) -> float:
    return float(machine.fit(train.x, train.y).score(test.x, test.y))


def on_training_part(machine: nl.LSMClassifier, train: Data, test: Data) -> float:
    """The liquid learns from the whole training part, which needs no labels; readouts from four fifths of it."""
    samples = machine.prepare(train.x)
    states = machine.states_(samples)
    inner = StratifiedShuffleSplit(5, test_size=0.2, random_state=1234).split(states, train.y)
    return float(np.mean([
        machine.new_readout().fit(states[a], train.y[a]).score(states[b], train.y[b]) for a, b in inner
    ]))  # fmt: skip


def line(name: str, found: Sequence[Found], static: Sequence[Found], seconds: float) -> str:
    accuracy, gain = (
        100 * np.array([f.accuracy for f in found]),
        [100 * (a.accuracy - b.accuracy) for a, b in zip(found, static, strict=True)],
    )
    mean = {name: float(np.mean([getattr(f, name) for f in found])) for name in Found.__dataclass_fields__}
    return (
        f"{name:<38} {accuracy.mean():6.2f} +- {accuracy.std(ddof=1):.2f}  gain {np.mean(gain):+.2f} +- {np.std(gain, ddof=1):.2f}"
        f"  rate {mean['before']:.4f} -> {mean['after']:.4f}  silent {mean['silent']:5.1%}  moved {mean['moved']:6.1%}"
        f" by {mean['by']:5.1f}  at limits {mean['stuck']:5.1%}  threshold x{mean['threshold']:.2f}  {seconds:.0f} s"
    )


def run(task: str, arms: dict[str, Plastic], seeds: Sequence[int], score: Score) -> None:
    """Print a line for each, the static liquid first."""
    static: list[Found] = []
    for name, plastic in ({"static": Plastic()} | arms).items():
        start = time.perf_counter()
        found = [measure(TASKS[task], plastic, seed, score) for seed in seeds]
        static = static or found
        print(line(name, found, static, time.perf_counter() - start), flush=True)


def main(what: str = "", task: str = "", word: str = "") -> None:
    if what not in ("choose", "test") or task not in TASKS or (what == "choose" and task not in CHOSEN):
        refuse(
            "plastic_liquid",
            "arguments",
            (what, task),
            f"must be choose or test, and one of {', '.join(TASKS)}",
            "Try: choose digits",
        )
    arms = candidates(task) if what == "choose" else finalists(task)
    chosen = {name: plastic for name, plastic in arms.items() if name.startswith(word)}
    seeds, score = (VALIDATION_SEEDS, on_training_part) if what == "choose" else (TEST_SEEDS, on_test)
    run(task, chosen, seeds, score)


if __name__ == "__main__":
    main(*sys.argv[1:])
