"""How a peer answers: it loads the workload, gets ready, and runs a batch whenever it is asked to.

A peer is a script with a function ``prepare(work, threads)`` that returns the samples of a batch and a function that runs
one batch and returns its spikes (None for rates). It is called with the file of the workload and a number of threads, and
speaks JSON, a line per answer: first what it is, then seconds and spikes for each line it reads. Nothing of neurolsm is
imported, so that a peer may live in an environment of its own.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np

# What a batch gives back: spikes (None for rates), and wall and processor seconds where the peer has a truer clock than we.
Batch = Callable[[], "int | tuple[int, float, float] | None"]


class Clock:
    """Wall and processor seconds since it was made, for a part of a batch."""

    def __init__(self) -> None:
        self._wall, self._cpu = time.perf_counter(), time.process_time()

    def passed(self) -> tuple[float, float]:
        return time.perf_counter() - self._wall, time.process_time() - self._cpu


def load(path: str) -> SimpleNamespace:
    """The arrays that ``benchmarks/peers.py`` writes: synapses by pre, post, weight, delay; events by sample, step, unit."""
    with np.load(path) as held:
        return SimpleNamespace(**{name: held[name] for name in held.files})


def dense(work: SimpleNamespace, samples: int) -> np.ndarray:
    """Input spikes [samples, steps, inputs]."""
    raster = np.zeros((samples, int(work.steps), int(work.inputs)), np.float32)
    mine = work.sample < samples
    raster[work.sample[mine], work.step[mine], work.unit[mine]] = 1
    return raster


def matrix(work: SimpleNamespace, kind: str) -> np.ndarray:
    """Weights [sources, n] of ``in`` or ``rec``."""
    sources = int(work.inputs if kind == "in" else work.n)
    found = np.zeros((sources, int(work.n)), np.float32)
    found[getattr(work, f"{kind}_pre"), getattr(work, f"{kind}_post")] = getattr(work, f"{kind}_weight")
    return found


def serve(prepare: Callable[[SimpleNamespace, int], tuple[int, Batch]], **about: Any) -> None:
    """Answer on the real stdout; whatever the peer prints goes to stderr."""
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    threads = int(sys.argv[2])
    samples, batch = prepare(load(sys.argv[1]), threads)
    batch()  # warm
    print(json.dumps({"samples": samples, "threads": threads, **about}), file=answers)
    for _ in sys.stdin:
        clock = Clock()
        spikes = batch()
        wall, cpu = clock.passed()
        if isinstance(spikes, tuple):
            spikes, wall, cpu = spikes
        print(json.dumps({"seconds": wall, "cpu": cpu, "spikes": spikes}), file=answers)
