"""From samples to liquid states: encode, run on a backend, extract features, a batch at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm.auto import tqdm

from neurolsm.encode import Encoder
from neurolsm.errors import refuse
from neurolsm.execute.backend import open_simulator
from neurolsm.program import Program
from neurolsm.readout.features import Counts, Features
from neurolsm.readout.samples import Samples
from neurolsm.spikes import Spikes
from neurolsm.state import State


@dataclass(frozen=True, eq=False)
class Run:
    """States of a batch and what they took.

    Attributes:
        states: features, float32 [B, F].
        spikes: spikes of the neurons of each sample [B].
        synops: synaptic operations of each sample [B].
        seconds: time in the simulator, without encoding and features.
    """

    states: NDArray[np.float32]
    spikes: NDArray[np.int64]
    synops: NDArray[np.int64]
    seconds: float


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
    """

    program: Program
    encoder: Encoder | None = None
    features: Features = Counts()
    backend: str = "emulator"
    options: dict[str, Any] = field(default_factory=dict)
    batch_size: int = 256
    progress: bool | None = None
    state: State | None = None

    def __call__(self, samples: Samples) -> NDArray[np.float32]:
        """Liquid states, float32 [B, F]."""
        return self.run(samples).states

    def run(self, samples: Samples) -> Run:
        """Liquid states and what they took."""
        states = np.zeros((0, 0), np.float32)
        spikes, synops, seconds = np.zeros(len(samples), np.int64), np.zeros(len(samples), np.int64), 0.0
        with open_simulator(self.program, self.backend, **self.options) as simulator:
            for rows, inputs in self.batches(samples):
                if self.state is not None:
                    simulator.state = self.state.copy()
                found = simulator.run(inputs, learn=False)
                part = self.features(found, inputs)
                if not states.size:
                    states = np.zeros((len(samples), part.shape[1]), np.float32)
                states[rows] = part
                spikes[rows] = np.diff(found.spikes.indptr[found.spikes.offsets])
                synops[rows] = found.synops
                seconds += found.seconds
        return Run(states, spikes, synops, seconds)

    def adapt(self, samples: Samples) -> State:
        """The state after the plastic parts of the program have learned from all samples in turn."""
        with open_simulator(self.program, self.backend, **self.options) as simulator:
            for _, inputs in self.batches(samples):
                simulator.run(inputs)
            return simulator.state.copy()

    def batches(self, samples: Samples) -> Iterator[tuple[slice, Spikes]]:
        """The input spikes, ``batch_size`` samples at a time, and which samples they are."""
        bar = tqdm(
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
                inputs = part if isinstance(part, Spikes) else self.encoder.encode(part)  # type: ignore[union-attr]
                yield slice(first, first + len(part)), inputs
                bar.update(len(part))
