"""From samples to liquid states: encode, run on a backend, extract features, a batch at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurolsm.encode import Encoder
from neurolsm.encode.encoder import encoded
from neurolsm.errors import Interrupted, refuse
from neurolsm.execute.backend import Simulator, open_simulator
from neurolsm.execute.recording import Recording
from neurolsm.execute.workers import Workers, check_workers, each_result
from neurolsm.program import Program
from neurolsm.program.spikes import Spikes
from neurolsm.program.state import State
from neurolsm.progress import Bar
from neurolsm.readout.activity import busy_share, check_activity, listened, repeat
from neurolsm.readout.cache import Cache, Run
from neurolsm.readout.features import Counts, Features, state_of
from neurolsm.readout.samples import Samples

AHEAD = 64  # batches on the workers or waiting for their turn, so that not all samples and states are held at once


@dataclass(frozen=True, eq=False, kw_only=True)
class LiquidStates:
    """The function from samples to liquid states [B, F]; each row depends on its own sample alone.

    Args:
        program: the network.
        encoder: turns samples into spikes; None where the samples are ``Spikes``.
        features: what is kept of a run.
        backend, options: what runs it.
        batch_size: samples that are held as spikes at once.
        progress: True or False: a bar or none; None: a bar on a terminal once it takes long.
        state: where each run starts from, for a liquid that has learned; None for the program's own start.
        cache: folder that keeps states, so that a run that was interrupted goes on where it was; it fits only runs with the same
            ``batch_size``. None to keep nothing. States of a liquid that has learned are never kept.
        workers: what runs the batches, as in ``neurolsm.execute.workers``; the states do not depend on it.
    """

    program: Program
    encoder: Encoder | None = None
    features: Features = Counts()
    backend: str = "emulator"
    options: dict[str, Any] = field(default_factory=dict)
    batch_size: int = 256
    progress: bool | None = None
    state: State | None = None
    cache: str | Path | None = None
    workers: Workers = None

    def __call__(self, samples: Samples) -> NDArray[np.float32]:
        """Liquid states, float32 [B, F]."""
        return self.run(samples).states

    def run(self, samples: Samples) -> Run:
        """Liquid states and what they took. No samples have states [0, F]."""
        if not len(samples):
            with open_simulator(self.program, self.backend, **self.options) as simulator:
                return self._part(simulator, Spikes.from_events([], [], self.program.n_inputs))
        states = np.zeros((0, 0), np.float32)
        spikes, synops, seconds = np.zeros(len(samples), np.int64), np.zeros(len(samples), np.int64), 0.0
        for rows, part in self.stream(samples):
            if not states.size:
                states = np.zeros((len(samples), part.states.shape[1]), np.float32)
            states[rows] = part.states
            spikes[rows], synops[rows] = part.spikes, part.synops
            seconds += part.seconds
        return Run(states, spikes, synops, seconds)

    def stream(self, samples: Samples) -> Iterator[tuple[slice, Run]]:
        """The parts of ``run``, ``batch_size`` samples at a time, and which samples they are: for more than the memory holds."""
        try:
            if check_workers(self.workers) != 1 and len(samples) > self.batch_size:
                yield from self._spread(samples)
            else:
                yield from self._in_turn(samples)
        except KeyboardInterrupt:
            raise Interrupted(self._kept) from None

    def _in_turn(self, samples: Samples) -> Iterator[tuple[slice, Run]]:
        """One batch after the other, each looked for in the cache."""
        keep = None if self.cache is None or self.state is not None else Cache(self.cache, self._name)
        if keep and " at 0x" in repr(self.features):  # another object may lie at that address tomorrow
            limit = "does not say in its repr what it is, so that kept states could be taken for those of others"
            refuse("LiquidStates", "features", self.features, limit, "Make it a frozen dataclass, or use no cache")
        with open_simulator(self.program, self.backend, **self.options) as simulator:
            for rows, inputs in self.batches(samples):
                part = keep.get(inputs) if keep else None
                if part is None:
                    part = self._part(simulator, inputs)
                    if keep:
                        keep.put(inputs, part)
                check_activity(self.program, inputs, part.spikes, busy=part.busy)
                yield rows, part

    def _spread(self, samples: Samples) -> Iterator[tuple[slice, Run]]:
        """A task for each batch."""
        rows = [slice(k, min(k + self.batch_size, len(samples))) for k in range(0, len(samples), self.batch_size)]
        alone = replace(self, workers=None, progress=False)
        how: dict[str, Any] = {"unit": "batch", "desc": self.backend, "progress": self.progress}
        tasks = ((samples[part],) for part in rows)
        found = each_result(listened, tasks, (alone.run,), workers=self.workers, ahead=AHEAD, total=len(rows), **how)
        for part, (run, said) in zip(rows, found, strict=True):
            repeat(said)
            yield part, run

    def _part(self, simulator: Simulator, inputs: Spikes) -> Run:
        if self.state is not None:
            simulator.state = self.state
        found = simulator.run(inputs, learn=False)
        spikes = np.diff(found.spikes.indptr[found.spikes.offsets])
        busy = busy_share(self.program, found.spikes)
        return Run(state_of(self.features, found, inputs), spikes, found.synops, found.seconds, busy)

    @property
    def _kept(self) -> str:
        """What an interruption leaves."""
        if self.state is not None:
            return "states of a liquid that has learned are not kept"
        if self.cache is None:
            return "no liquid states are kept without a cache; with one, the same call goes on from there"
        return f"the liquid states of all whole batches are kept in {self.cache}; the same call goes on from there"

    @property
    def _name(self) -> str:
        """Whatever decides the states of given input spikes."""
        return f"{self.program.sha256} {self.features!r} {self.backend} {sorted(self.options.items())!r}"

    def width(self, samples: Samples) -> int:
        """How many numbers F a state has, from a run without a spike: nothing is simulated, nor compiled."""
        _, inputs = next(self.batches(samples[:1]))
        n, rest = self.program.n, np.zeros((len(inputs), self.program.n), self.program.dtype)
        silent = Spikes.from_events([([], [])], steps=inputs.steps.tolist(), units=n)
        run = Recording.build(self.program, inputs, silent, u=rest, v=rest, seconds=0.0, info={})
        return int(np.shape(self.features(run, inputs))[1])

    def adapt(self, samples: Samples) -> State:
        """The state after the plastic parts of the program have learned from all samples in turn."""
        with open_simulator(self.program, self.backend, **self.options) as simulator:
            for _, inputs in self.batches(samples):
                simulator.run(inputs)
            return simulator.state

    def batches(self, samples: Samples) -> Iterator[tuple[slice, Spikes]]:
        """The input spikes, ``batch_size`` samples at a time, and which samples they are."""
        bar = Bar(
            total=len(samples),
            unit="sample",
            desc=self.backend,
            delay=2,
            leave=False,
            disable=None if self.progress is None else not self.progress,
        )
        with bar:
            for first in range(0, len(samples), self.batch_size):
                part = samples[first : first + self.batch_size]
                if not isinstance(part, Spikes) and self.encoder is None:
                    refuse(
                        "LiquidStates",
                        "samples",
                        type(samples).__name__,
                        "must be Spikes where there is no encoder",
                        "Give Spikes, or an encoder",
                    )
                inputs = part if isinstance(part, Spikes) else encoded(self.encoder, part, self.program.n_inputs)  # type: ignore[arg-type]
                yield slice(first, first + len(part)), inputs
                bar.update(len(part))
