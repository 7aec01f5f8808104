"""The circuit: a column of 135 or 270 integrate-and-fire neurons with dynamic synapses, in float arithmetic.

Published constants in mV, nA and s; here the reset, 13.5 mV, is 0 and the threshold, 15 mV, is 1. With the background current of
13.5 nA and 1 MOhm a resting membrane lies at the reset. Amplitudes become the peak of the response that they cause:

    peak = A R (tau_s / tau_m)^(tau_m / (tau_m - tau_s)) / 1.5 mV

Two things differ from the publication: a neuron here has one synaptic time constant, so inhibitory currents decay in 3 ms instead of
6 ms (with the same peak), and membranes start at the reset instead of at random.

Source: Maass, Natschlaeger and Markram, Computational models for generic cortical microcircuits, in Computational Neuroscience: A
Comprehensive Approach (2004); connection constants as in Neural Computation 14 (2002).
"""

from __future__ import annotations

from neurolsm import LIF, LSM, Column, Gamma, Liquid, Pairs, Program, RandomMap, ShortTermPlasticity, lower

Shape = tuple[int, int, int]
SMALL, LARGE = (15, 3, 3), (15, 6, 3)  # templates; multi-tasking, whose 270 neurons are published without their grid
DT = 0.5e-3  # s
TAU_MEMBRANE, TAU_E, TAU_I = 30e-3, 3e-3, 6e-3  # s
RANGE = 1.5  # mV from reset to threshold
DENSITY = 0.3  # of the input synapses
USE, DEPRESSION, FACILITATION = (
    {"ee": 0.5, "ei": 0.05, "ie": 0.25, "ii": 0.32},
    {"ee": 1.1, "ei": 0.125, "ie": 0.7, "ii": 0.144},
    {"ee": 0.05, "ei": 1.2, "ie": 0.02, "ii": 0.06},
)
AMPLITUDE = {"ee": 30.0, "ei": 60.0, "ie": 19.0, "ii": 19.0}  # nA
INPUT = 0.8 * 18.0 + 0.2 * 9.0  # nA: 18 to excitatory, 9 to inhibitory neurons; here their mean to all


def thresholds(amplitude: float, tau: float) -> float:
    """Peak response, in thresholds, to a current of ``amplitude`` nA that decays with ``tau``."""
    share = tau / TAU_MEMBRANE
    return amplitude * share ** (1 / (1 - share)) / RANGE


def column(inputs: int, seed: int, dynamic: bool = True, shape: Shape = SMALL, strength: float = 1.0) -> LSM:
    """The circuit; with ``dynamic`` false its synapses always deliver what a first spike would.

    ``strength`` multiplies the published amplitudes of the recurrent synapses.
    """

    def laws(means: dict[str, float], cv: float = 0.5) -> Pairs:
        return Pairs(**{kind: Gamma(mean, cv) for kind, mean in means.items()})

    weight = {kind: strength * thresholds(a, TAU_I if kind[0] == "i" else TAU_E) for kind, a in AMPLITUDE.items()}
    if not dynamic:
        weight = {kind: w * USE[kind] for kind, w in weight.items()}
    return LSM(
        inputs=inputs,
        liquid=Liquid(
            topology=Column(shape=shape),
            neuron=LIF(tau_syn=TAU_E, tau_mem=TAU_MEMBRANE, t_refractory=3e-3),
            inhibitory_neuron=LIF(tau_syn=TAU_E, tau_mem=TAU_MEMBRANE, t_refractory=2e-3),
            weights=laws(weight, 1.0),
            delays=Pairs(ee=1.0e-3, ei=0.5e-3, ie=0.5e-3, ii=0.5e-3),  # and one step more, which every spike takes
            input=RandomMap(density=DENSITY, weight=Gamma(thresholds(INPUT, TAU_E)), inhibitory=0.0),
            short_term=ShortTermPlasticity(use=laws(USE), recovery=laws(DEPRESSION), facilitation=laws(FACILITATION))
            if dynamic
            else None,
        ),
        seed=seed,
        dt=DT,
    )  # fmt: skip


def program(inputs: int, seed: int, dynamic: bool = True) -> Program:
    """The circuit in float arithmetic."""
    return lower(column(inputs, seed, dynamic), arithmetic="float").program
