"""The liquids of the task: one setting for each series, chosen on validation data (``models/tune/forecast.py``)."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

import neurolsm as nl
from neurolsm.program import Program
from neurolsm.sequence import SeriesStates, StepFeatures

MARGIN = 0.05  # of the range of the training values, left free on both sides
DT = 1e-3  # seconds per step


@dataclass(frozen=True, kw_only=True)
class Setting:
    """A liquid, its input and what is read from it. Times are in steps, weights in thresholds.

    Args:
        neurons: a multiple of 100.
        curves, overlap, rate: of the population code of each value.
        hold: steps of each value.
        tau_mem, tau_syn: range that each neuron draws its own from.
        wavelength: of the column: how far it is connected.
        recurrent: mean weight between excitatory neurons; twice as much from and to inhibitory ones.
        heard: channels that a neuron hears on average.
        gain: mean weight of an input, half of them inhibitory.
        input_delay, delay: longest of the inputs and of the recurrent synapses; each draws its own.
        inhibitory: share of the input synapses that are inhibitory.
        features: what the readout sees.
        ridge: penalty of the readout.
    """

    neurons: int = 1000
    curves: int = 16
    overlap: float = 1.0
    rate: float = 0.8
    hold: int = 8
    tau_mem: tuple[float, float] = (50.0, 200.0)
    tau_syn: tuple[float, float] = (5.0, 40.0)
    wavelength: float = 2.0
    recurrent: float = 0.06
    heard: float = 6.0
    gain: float = 0.4
    input_delay: int = 60
    delay: int = 20
    inhibitory: float = 0.5
    features: StepFeatures = field(default_factory=lambda: StepFeatures(traces=(8.0,), voltage=True, current=True))
    ridge: float = 1e-4

    def lsm(self, n_values: int, seed: int) -> nl.LSM:
        """The description."""
        channels = self.curves * n_values
        weak, strong = nl.Gamma(self.recurrent), nl.Gamma(2 * self.recurrent)
        liquid = nl.Liquid(
            topology=nl.Column(shape=(10, 10, self.neurons // 100), wavelength=self.wavelength),
            neuron=nl.LIF(tau_syn=_spread(self.tau_syn), tau_mem=_spread(self.tau_mem)),
            weights=nl.Pairs(ee=weak, ei=strong, ie=strong, ii=strong),
            delays=nl.Uniform(0.0, self.delay * DT),
            input=nl.RandomMap(
                density=min(1.0, self.heard / channels), weight=nl.Gamma(self.gain), inhibitory=self.inhibitory,
                delay=nl.Uniform(0.0, self.input_delay * DT),
            ),
        )  # fmt: skip
        return nl.LSM(inputs=channels, liquid=liquid, seed=seed)

    def program(self, n_values: int, seed: int, target: str = "loihi2", arithmetic: str = "loihi") -> Program:
        """The lowered liquid."""
        return nl.lower(self.lsm(n_values, seed), target=target, arithmetic=arithmetic).program

    def encoder(self, train: NDArray[np.float64]) -> nl.PopulationEncoder:
        """The population code of the range of the training values [T, N]."""
        low, high = train.min(axis=0), train.max(axis=0)
        free = MARGIN * (high - low)
        return nl.PopulationEncoder(
            neurons=self.curves, overlap=self.overlap, rate=self.rate, low=tuple(low - free), high=tuple(high + free)
        )

    def states(
        self, train: NDArray[np.float64], seed: int, backend: str = "emulator", target: str = "loihi2",
        arithmetic: str = "loihi",
    ) -> SeriesStates:  # fmt: skip
        """From a series like the training values [T, N] to states."""
        return SeriesStates(
            program=self.program(train.shape[1], seed, target, arithmetic), encoder=self.encoder(train),
            features=self.features, hold=self.hold, backend=backend, progress=False,
        )  # fmt: skip


def _spread(steps: tuple[float, float]) -> float | nl.Uniform:
    low, high = steps
    return nl.Uniform(low * DT, high * DT) if high > low else low * DT
