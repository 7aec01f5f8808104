"""The liquid: random recurrent parts with several memories, and a tree of context neurons, in one Program.

Everything keeps the beat of the characters: currents last one step and recurrent delays are one step, so that all neurons
fire in the silent step of a character, and the second one is free for the on-chip readout to receive and to learn.
"""

from __future__ import annotations

from dataclasses import dataclass

from neurolsm import LIF, LSM, Gamma, Liquid, Pairs, Parallel, RandomGraph, RandomMap, Uniform, lower
from neurolsm.program import Program
from neurolsm_models.language.contexts import add_contexts, grow
from neurolsm_models.language.encode import STEPS
from neurolsm_models.language.text import Symbols

DT = 1e-3
CHARACTER = STEPS * DT  # seconds


@dataclass(frozen=True, kw_only=True)
class Size:
    """How large a liquid is.

    Args:
        random: neurons of the random parts together; half have short memories, half long ones. 0 for none.
        contexts: neurons of the tree, at most. 0 for none.
        longest: characters of the longest context.
        least: how often a context must occur to get a neuron.
    """

    random: int = 600
    contexts: int = 20_000
    longest: int = 6
    least: int = 4


def part(n: int, shortest: float, longest: float) -> Liquid:
    """A random liquid whose membranes remember ``shortest`` to ``longest`` characters."""
    return Liquid(
        topology=RandomGraph(n=n, density=min(1.0, 20 / n)),
        neuron=LIF(tau_syn=DT / 10, tau_mem=Uniform(shortest * CHARACTER, longest * CHARACTER)),
        weights=Pairs(ee=Gamma(0.15), ei=Gamma(0.15), ie=Gamma(0.3), ii=Gamma(0.3)),
        delays=DT,
        input=RandomMap(density=0.5, weight=Gamma(0.4), inhibitory=0.6),
    )


def describe(size: Size, channels: int, seed: int) -> LSM:
    """The random parts."""
    half = size.random // 2
    parts = Parallel((part(half, 0.5, 3), part(size.random - half, 3, 16)))
    return LSM(inputs=channels, liquid=parts, seed=seed, dt=DT)


def build(size: Size, train: Symbols, channels: int, seed: int, target: str = "loihi2") -> Program:
    """The whole liquid for a text: random parts drawn from ``seed``, contexts grown on ``train``."""
    program = lower(describe(size, channels, seed), target).program
    contexts = grow(train, channels, size.contexts, size.longest, size.least)
    return add_contexts(program, contexts)
