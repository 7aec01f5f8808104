"""What a deployment is like after 100,000 samples learnt in one stream: memory, weights, activity and accuracy.

The training images of ``digits`` come again and again, each time shifted by up to one pixel and with other noise, made while
they are needed. The delta readout on the chip learns from every one (test, then train), 256 at a time. A fixed batch of test
images, never learnt from, shows the activity of liquid and counters after each 10,000 samples. Ends with 1 as its exit code
where memory grows, weights leave their range or pile up at its ends, or activity dies or saturates.

Run:  python benchmarks/long_stream.py [samples]
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import numpy as np
from neurolsm_models.digits import MODEL
from numpy.typing import NDArray

import neurolsm as nl
from neurolsm.deployment.chip import Chip
from neurolsm.learn.chip.counters import COUNTER
from neurolsm.program.decay import WEIGHT_RANGE
from neurolsm.program.spikes import Spikes
from neurolsm.program.state import State
from neurolsm.tasks.model import Data

SAMPLES, REPORT, BATCH, PROBE, SEED = 100_000, 10_000, 256, 100, 1
NOISE = 1.0  # standard deviation, of values from 0 to 16
FLAT = 5.0  # MB of growth after the first report that still count as none
ALIVE = (0.001, 0.5)  # spikes per neuron and step
STUCK = 0.01  # share of the readout's weights that may lie at a limit


@dataclass(frozen=True)
class Report:
    """One line. Weights are those of the readout; ``offset`` is the lowest weight that stands for a counter's offset."""

    samples: int
    memory: float
    lowest: int
    highest: int
    at_limit: float
    offset: int
    in_range: bool
    liquid: float
    counters: float
    online: float
    held_out: float
    seconds: float

    def __str__(self) -> str:
        return (
            f"{self.samples:>7,}  {self.memory:7.1f} MB  weights {self.lowest:>4}..{self.highest:<4} {self.at_limit:6.2%} at a limit"
            f"  offsets from {self.offset:>4}  liquid {self.liquid:.4f}  counters {self.counters:.4f}"
            f"  online {self.online:6.2%}  held out {self.held_out:6.2%}  {1e3 * self.seconds:.2f} ms per sample"
        )


def stream(data: Data, seed: int) -> Iterator[tuple[NDArray[np.float64], NDArray[np.int64]]]:
    """Endless batches: images drawn at random, moved by up to a pixel each way, with noise."""
    rng = np.random.default_rng(seed)
    framed = np.pad(data.x.reshape(-1, 8, 8), ((0, 0), (1, 1), (1, 1)))
    pixel = np.arange(8)
    while True:
        chosen = rng.integers(len(data), size=BATCH)
        rows, columns = (rng.integers(3, size=(BATCH, 1)) + pixel for _ in range(2))
        images = framed[chosen[:, None, None], rows[:, :, None], columns[:, None, :]].reshape(BATCH, -1)
        yield np.clip(images + rng.normal(0, NOISE, images.shape), 0, 16), data.y[chosen]


def resident() -> float:
    """Memory of this process, MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def activity(chip: Chip, state: State, probe: Spikes) -> tuple[float, float]:
    """Spikes per neuron and step of liquid and counters, in ``state``; nothing learns."""
    chip.simulator.state = state
    spikes = chip.simulator.run(chip.frame(probe), learn=False).spikes
    steps = int(spikes.steps.sum())
    liquid, counters = (chip.program.population(name).slice for name in ("liquid", COUNTER))
    return tuple(spikes.select(here).count / (steps * (here.stop - here.start)) for here in (liquid, counters))  # type: ignore[return-value]


def learned(program: nl.Program, state: State) -> dict[str, int | float | bool]:
    """Smallest and largest weight of the readout and their share at the limits, the lowest offset, and all in range."""
    ranges = [WEIGHT_RANGE[p.sign_mode] for p in program.plastic]
    weight = {p.name: s.weight for p, s in zip(program.plastic, state.plastic, strict=True)}
    w = weight["readout/weights"]
    low, high = ranges[list(weight).index("readout/weights")]
    return {
        "lowest": int(w.min()), "highest": int(w.max()), "at_limit": float(np.mean((w <= low) | (w >= high))),
        "offset": int(weight["readout/offset"].min()),
        "in_range": all(a <= x.min() and x.max() <= b for (a, b), x in zip(ranges, weight.values(), strict=True)),
    }  # fmt: skip


def main(samples: int = SAMPLES) -> int:
    data = MODEL.load()
    train, test = (data.take(part) for part in next(data.splits(1, SEED)))
    lsm = replace(MODEL.lsm(SEED), readout=nl.DeltaReadout(classes=10))
    probe = MODEL.encoder.encode(test.x[:PROBE])
    reports: list[Report] = []
    right: list[NDArray[np.bool_]] = []
    with nl.deploy(lsm, MODEL.encoder, labels=np.arange(10), workers=1) as model:
        chip = Chip(model.program, nl.DeltaReadout(classes=10), "emulator", {"workers": 1})
        print(f"{model.program.n:,} neurons, {model.program.synapses:,} synapses, resident {resident():.1f} MB")
        seconds = 0.0
        for x, y in islice(stream(train, SEED), -(-samples // BATCH)):
            start = time.perf_counter()
            right.append(model.learn(x, y).label == y)
            seconds += time.perf_counter() - start
            if model.updates // REPORT > (model.updates - BATCH) // REPORT or model.updates >= samples:
                online = np.concatenate(right)
                state = model.state
                liquid, counters = activity(chip, state, probe)
                held_out = float(np.mean(model.predict(test.x).label == test.y))
                reports.append(Report(
                    model.updates, resident(), **learned(model.program, state), liquid=liquid, counters=counters,  # type: ignore[arg-type]
                    online=float(online.mean()), held_out=held_out, seconds=seconds / online.size,
                ))  # fmt: skip
                print(reports[-1], flush=True)
                right, seconds = [], 0.0
        chip.close()
    return judge(reports)


def judge(reports: list[Report]) -> int:
    """0 where everything held, else 1; says each."""
    growth = max(r.memory for r in reports) - reports[0].memory
    rates = [rate for r in reports for rate in (r.liquid, r.counters)]
    checks = {
        f"memory grew by {growth:.1f} MB after the first {reports[0].samples:,} samples, {FLAT:g} allowed": growth <= FLAT,
        "all weights of all plastic synapses within their ranges": all(r.in_range for r in reports),
        f"at most {max(r.at_limit for r in reports):.2%} of the readout's weights at a limit, {STUCK:.0%} allowed":
            all(r.at_limit <= STUCK for r in reports),
        f"spikes per neuron and step {min(rates):.4f}..{max(rates):.4f}, {ALIVE[0]}..{ALIVE[1]} allowed":
            ALIVE[0] <= min(rates) and max(rates) <= ALIVE[1],
    }  # fmt: skip
    for what, holds in checks.items():
        print("held: " if holds else "BROKEN: ", what, sep="")
    return 0 if all(checks.values()) else 1


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
