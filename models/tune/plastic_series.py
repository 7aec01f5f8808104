"""What plasticity in the liquid is worth in time: the best static liquid against others of equal size, input and readout.

Three tasks:

    memory   sum over k of the squared correlation of the answer with the value of k values ago, k = 1 .. 40 (higher is better)
    narma10  nrmse of the output of an unknown system of tenth order (lower is better)
    cue      share of cues (one of four, shown for three values) that are named after 15 values of noise (higher is better)

and five kinds of liquid, all of 300 neurons with 8-bit weights: ``static``; ``tuned``, which brings itself to a rate and a branching
ratio (``SelfTuning``); ``intrinsic``, whose thresholds seek a rate; ``stdp`` on the recurrent excitatory synapses; ``input``, STDP on
the input synapses. The last two may have thresholds that seek a rate, too. What learns does so without labels, once, along the
training part, and then stays; a ridge readout of filtered spikes alone is fitted on the host.

Every kind draws equally many settings at random, of the same ranges of input and recurrent weights, fan-in, share of inhibition and
input delays. Those that do best for seeds 101 to 103 (of liquid and series) are kept.

    python models/tune/plastic_series.py choose [TASK] [KIND]   best settings of 60 draws each
    python models/tune/plastic_series.py test [TASK]            what CHOSEN names, on seeds 1 to 10, pairwise against the static liquid
"""

from __future__ import annotations

import random
import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from neurolsm_models.forecast.series import narma10
from neurolsm_models.forecast.setting import Setting
from numpy.typing import NDArray

import neurolsm as nl
from neurolsm.errors import InvalidValue, refuse
from neurolsm.learn.language import RuleRounded
from neurolsm.sequence import StepFeatures

Array = NDArray[np.float64]
CHOICE, TEST, DRAWS = (101, 102, 103), tuple(range(1, 11)), 60
NEURONS, CURVES, LONGEST = 300, 16, 40

# ---------------------------------------------------------------------- tasks


@dataclass(frozen=True)
class Given:
    """Values [T, N], targets [T, K] (NaN where none is due), the first value of the test part, and the largest value."""

    x: Array
    y: Array
    cut: int
    high: float = 1.0


def memory(seed: int) -> Given:
    u = np.random.default_rng([seed, 1]).random(4000)
    y = np.stack([np.roll(u, k) for k in range(1, LONGEST + 1)], axis=1)
    y[:LONGEST] = np.nan
    return Given(u[:, None], y, 3000)


def narma(seed: int) -> Given:
    u, y = narma10(4000, seed)
    return Given(np.reshape(u, (-1, 1)), np.reshape(y, (-1, 1)), 3000, 0.5)


def cue(seed: int) -> Given:
    """The first value is the cue, a quarter for each kind, the second is noise."""
    rng = np.random.default_rng([seed, 2])
    trials, shown, length = 300, 3, 18
    x, y = rng.random((trials * length, 2)) * [0.0, 1.0], np.full((trials * length, 4), np.nan)
    for trial, kind in enumerate(rng.integers(0, 4, trials)):
        x[trial * length : trial * length + shown, 0] = 0.25 * (kind + 1)
        y[(trial + 1) * length - 1] = np.eye(4)[kind]
    return Given(x, y, 225 * length)


def capacity(said: Array, due: Array) -> float:
    return float(sum(np.corrcoef(a, b)[0, 1] ** 2 for a, b in zip(said.T, due.T, strict=True)))


def nrmse(said: Array, due: Array) -> float:
    return float(np.sqrt(np.mean((said - due) ** 2) / np.var(due)))


def named(said: Array, due: Array) -> float:
    return float(np.mean(said.argmax(1) == due.argmax(1)))


TASKS: dict[str, tuple[Callable[[int], Given], Callable[[Array, Array], float], bool]] = {
    "memory": (memory, capacity, True), "narma10": (narma, nrmse, False), "cue": (cue, named, True),
}  # fmt: skip

# ---------------------------------------------------------------------- liquids

KINDS = ("static", "tuned", "intrinsic", "stdp", "input")


@dataclass(frozen=True)
class Choice:
    """A liquid and what learns in it: ``stdp`` is (kind of synapse, a_plus, a_minus / a_plus, tau in steps)."""

    gain: float
    recurrent: float
    heard: float
    inhibitory: float
    input_delay: int
    tuning: tuple[float, float] | None = None
    rate: float | None = None
    stdp: tuple[str, float, int, int] | None = None

    def lsm(self, n_values: int, seed: int) -> nl.LSM:
        static = Setting(
            neurons=NEURONS, gain=self.gain, recurrent=self.recurrent, heard=self.heard, inhibitory=self.inhibitory,
            input_delay=self.input_delay,
        ).lsm(n_values, seed)  # fmt: skip
        rules: dict[str, Any] = {}
        if self.rate is not None:
            rules["intrinsic"] = nl.IntrinsicPlasticity(
                target_rate=1000 * self.rate, period=0.2, threshold_step=0.02, range=16.0
            )
        if self.stdp is not None:
            where, step, ratio, tau = self.stdp
            rules[where] = nl.STDP(
                tau_plus=tau * 1e-3, tau_minus=tau * 1e-3, a_plus=step, a_minus=ratio * step, impulse=2, multiplicative=True
            )  # fmt: skip
        tuning = None if self.tuning is None else nl.SelfTuning(rate=self.tuning[0], branching=self.tuning[1])
        return replace(static, liquid=replace(static.liquid, **rules), tuning=tuning)


def drawn(kind: str, rng: random.Random) -> Choice:
    one = Choice(
        gain=rng.choice((0.2, 0.4, 0.8, 1.6)), recurrent=rng.choice((0.015, 0.03, 0.06, 0.12, 0.24)),
        heard=rng.choice((2.0, 4.0, 6.0, 12.0)), inhibitory=rng.choice((0.0, 0.1, 0.2, 0.5)), input_delay=rng.choice((0, 60)),
    )  # fmt: skip
    rates = (0.03, 0.06, 0.1, 0.15, 0.2)
    if kind == "tuned":
        return replace(one, tuning=(rng.choice(rates), rng.choice((0.03, 0.1, 0.3, 0.6))))
    if kind == "intrinsic":
        return replace(one, rate=rng.choice(rates))
    if kind in ("stdp", "input"):
        where = "plasticity" if kind == "stdp" else "input_plasticity"
        rule = where, rng.choice((1 / 8, 1 / 4, 1 / 2)), rng.choice((2, 4, 8)), rng.choice((5, 10, 20))
        return replace(one, stdp=rule, rate=rng.choice((None, *rates)))
    return one


# What ``choose`` found best.
# Of the input synapses, the same draw was best in both tasks.
INPUT = Choice(
    gain=0.4, recurrent=0.06, heard=4.0, inhibitory=0.1, input_delay=60, rate=0.15, stdp=("input_plasticity", 0.25, 2, 10)
)  # fmt: skip
CHOSEN: dict[str, dict[str, Choice]] = {
    "memory": {
        "static": Choice(gain=0.8, recurrent=0.015, heard=4.0, inhibitory=0.1, input_delay=60),
        "tuned": Choice(gain=0.4, recurrent=0.015, heard=4.0, inhibitory=0.1, input_delay=60, tuning=(0.2, 0.3)),
        "intrinsic": Choice(gain=1.6, recurrent=0.12, heard=4.0, inhibitory=0.0, input_delay=60, rate=0.03),
        "stdp": Choice(gain=1.6, recurrent=0.03, heard=6.0, inhibitory=0.0, input_delay=60, rate=0.15, stdp=("plasticity", 0.5, 4, 20)),
        "input": INPUT,
    },
    "narma10": {
        "static": Choice(gain=0.8, recurrent=0.015, heard=4.0, inhibitory=0.1, input_delay=60),
        "tuned": Choice(gain=0.4, recurrent=0.015, heard=4.0, inhibitory=0.1, input_delay=60, tuning=(0.2, 0.3)),
        "intrinsic": Choice(gain=1.6, recurrent=0.06, heard=2.0, inhibitory=0.2, input_delay=60, rate=0.2),
        "stdp": Choice(gain=1.6, recurrent=0.03, heard=4.0, inhibitory=0.2, input_delay=60, rate=0.2, stdp=("plasticity", 0.5, 4, 5)),
        "input": INPUT,
    },
}  # fmt: skip

# ---------------------------------------------------------------------- measuring


def measure(task: str, choice: Choice, seed: int) -> float:
    make, score, _ = TASKS[task]
    given = make(seed)
    model = nl.LSMSequenceRegressor(
        choice.lsm(given.x.shape[1], seed), nl.PopulationEncoder(neurons=CURVES, low=0.0, high=given.high),
        features=StepFeatures(traces=(8.0,), inputs=False), washout=100, hold=8, options={"workers": 1},
    ).fit(given.x[: given.cut], given.y[: given.cut])  # fmt: skip
    said, due = np.asarray(model.predict(given.x))[given.cut :].reshape(-1, given.y.shape[1]), given.y[given.cut :]
    asked = ~np.isnan(due).any(axis=1)
    return score(said[asked], due[asked])


def choose(task: str, kind: str) -> None:
    rng, found, start = random.Random(1), [], time.perf_counter()
    for _ in range(DRAWS):
        choice = drawn(kind, rng)
        try:
            found.append((float(np.mean([measure(task, choice, seed) for seed in CHOICE])), choice))
        except InvalidValue as error:  # a rule that the learning engine cannot hold, a liquid that cannot be tuned
            print(f"{task} {kind}: {choice}: {str(error)[:100]}", flush=True)
    found.sort(key=lambda one: one[0], reverse=TASKS[task][2])
    for mean, choice in found[:3]:
        print(f"{task} {kind} {mean:.4f} {choice}  {time.perf_counter() - start:.0f} s", flush=True)


def test(task: str) -> None:
    if task not in CHOSEN:
        refuse("plastic_series", "task", task, "has no settings in CHOSEN yet", f"First choose {task}")
    static: Array | None = None
    for kind, choice in CHOSEN[task].items():
        found = np.array([measure(task, choice, seed) for seed in TEST])
        static = found if static is None else static
        gain = found - static if TASKS[task][2] else static - found
        error = gain.std(ddof=1) / np.sqrt(gain.size)
        print(f"{task:8} {kind:10} {found.mean():.4f} +- {found.std(ddof=1):.4f}  better by {gain.mean():+.4f}, standard error {error:.4f}",
              flush=True)  # fmt: skip


def main(what: str = "", task: str = "", kind: str = "") -> None:
    if what not in ("choose", "test") or task not in ("", *TASKS) or kind not in ("", *KINDS):
        limit = f"must be choose or test, one of {', '.join(TASKS)}, and one of {', '.join(KINDS)}"
        refuse("plastic_series", "arguments", (what, task, kind), limit, "Try: choose memory")
    warnings.simplefilter("ignore", RuleRounded)
    for one in (task,) if task else (CHOSEN if what == "test" else TASKS):
        if what == "test":
            test(one)
            continue
        for other in (kind,) if kind else KINDS:
            choose(one, other)


if __name__ == "__main__":
    main(*sys.argv[1:])
