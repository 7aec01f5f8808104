"""What the second look at an out-of-distribution sample should teach: the search behind ``Deployment.adapt``, on ``digits`` under noise.

    python models/tune/odd_samples.py --seeds 101,102,103,104,105,106

Each seed of liquid, split and order learns on the emulator. Counters, offsets and readout are then followed in NumPy, over three draws
of noise, with rounding of offsets alone. Points above re-normalisation alone: mean and standard error over the seeds. In rows: the
labels come one after the other, but the offsets are those of the mixed stream.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from typing import Any

import numpy as np
from neurolsm_models.digits import MODEL
from numpy.typing import NDArray

from neurolsm.lowering import lower
from neurolsm.measure.scenarios.setting import Setting
from neurolsm.readout import Counts
from neurolsm.readout.states import LiquidStates

DRAWS, WINDOWS, SURE = 3, 3, 0.9
Values = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Stream:
    """Counters of out-of-distribution samples whose offsets have followed [T, C], labels [T], and the readout as it was deployed."""

    counters: Values
    y: NDArray[Any]
    weights: Values
    bias: Values
    sharpness: float


@dataclass(frozen=True, kw_only=True)
class Way:
    """What is taught at the second look, and at later ones: ``soft``, ``sharp``, ``hard`` or ``nudge``."""

    pull: float = 0.25
    power: float = 0.5
    memory: float = 200.0  # infinite: labels are not weighed
    limit: int = 2
    later: str = "soft"
    rows: bool = False


def streams(seed: int) -> list[Stream]:
    """One for each draw of noise."""
    setting = Setting.of(MODEL, "sample", "emulator", seed, None)
    noise = next(change for change in setting.changes if change.name == "noise")
    program = lower(MODEL.lsm(seed)).program
    counts = LiquidStates(program=program, encoder=MODEL.encoder, features=Counts(windows=WINDOWS), progress=False)
    with setting.deploy() as chip:
        chip.learn(setting.train.x, setting.train.y)
        offset, weight = (chip.state.plastic[k].weight.astype(float) for k in (0, 1))
        weights = weight.reshape(offset.size, -1) / 2**13
        few = setting.test.x[:20]
        bias = (chip.predict(few).score - _counted(counts(few), -offset) @ weights).mean(axis=0)
        sharpness = chip._confidence.sharpness
    found = []
    for draw in range(DRAWS):
        rng, m = np.random.default_rng(draw), -offset
        heard = []
        for one in counts(noise.apply(setting.test.x, seed + 1000 * draw)):
            moved = m + 16 * (np.minimum(8 * _counted(one, m), 127) - 13) / 1024
            m = np.clip(np.floor(moved + rng.random(m.size)), 0, 255)
            heard.append(_counted(one, m))
        found.append(Stream(np.array(heard), setting.test.y, weights, bias, sharpness))
    return found


def right(stream: Stream, way: Way) -> float:
    """Accuracy, each sample answered at its last look."""
    w, b, n = stream.weights.copy(), stream.bias.copy(), stream.bias.size
    believed, good = np.full(n, 1 / n), 0
    for k in np.argsort(stream.y, kind="stable") if way.rows else range(stream.y.size):
        c = stream.counters[k]
        for look in range(2, way.limit + 1):
            score = c @ w + b
            raised = np.exp(stream.sharpness * (score - score.max())) / (1 if np.isinf(way.memory) else believed)
            p = raised / raised.sum()
            q = p**way.power / (p**way.power).sum()
            end = look == way.limit or p.max() >= SURE
            if look == 2 or way.later == "soft":
                believed += (q - believed) / way.memory
                error = way.pull * (2 * q - 1 - score)
            elif end:
                break
            else:
                error = _later(way, score, p)
            error = np.clip(np.floor(64 * error + 0.5), -128, 127) / 64
            w += 0.1875 / 2**13 * np.outer(np.minimum(3 * c, 127) / 3, error)
            b += 0.0275 * error
            if end:
                break
        good += int(p.argmax() == stream.y[k])
    return 100 * good / stream.y.size


def _later(way: Way, score: Values, p: Values) -> Values:
    order, error = np.argsort(p), np.zeros(p.size)
    if way.later == "nudge":
        error[order[-1]], error[order[-2]] = 0.05, -0.05
        return error
    target = 2 * p - 1 if way.later == "sharp" else 2.0 * (np.arange(p.size) == order[-1]) - 1
    return way.pull * (target - score)


def _counted(counts: Any, offset: Values) -> Values:
    """What the counters say: spikes beyond the offset, which is in quarters of one."""
    return np.maximum(0.0, counts - np.floor(offset / 4))


WAYS = {
    "soft, not weighed": Way(memory=np.inf), "soft, weighed over 50": Way(memory=50), "soft, weighed over 200": Way(),
    "soft, weighed over 400": Way(memory=400), "a tenth of the way": Way(pull=0.1), "half of the way": Way(pull=0.5),
    "at full sharpness": Way(power=1.0), "at a third of the sharpness": Way(power=1 / 3),
    "5 looks, soft": Way(limit=5), "5 looks, then sharp": Way(limit=5, later="sharp"), "5 looks, then hard": Way(limit=5, later="hard"),
    "5 looks, then nudged": Way(limit=5, later="nudge"), "20 looks, then sharp": Way(limit=20, later="sharp"),
    "20 looks, then nudged": Way(limit=20, later="nudge"), "in rows, not weighed": Way(memory=np.inf, rows=True),
    "in rows, over 50": Way(memory=50, rows=True), "in rows, over 200": Way(rows=True),
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seeds", default="101,102,103,104,105,106")
    every = [streams(int(seed)) for seed in parser.parse_args().seeds.split(",")]
    alone = np.array(
        [np.mean([100 * np.mean((s.counters @ s.weights + s.bias).argmax(1) == s.y) for s in seed]) for seed in every]
    )
    print(f"{'re-normalisation alone':30} {alone.mean():.2f}")
    for name, way in WAYS.items():
        gaps = np.array([np.mean([right(s, way) for s in seed]) for seed in every]) - alone
        print(f"{name:30} {gaps.mean():+.2f} ± {gaps.std(ddof=1) / np.sqrt(gaps.size):.2f}", flush=True)


if __name__ == "__main__":
    main()
