"""A drive as a stream of spikes, and the program with what it has learned in its weights: for comparing backends and counting events."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from neurolsm.hardware.energy import DAVIES, estimate
from neurolsm.hardware.events import count_events
from neurolsm.hardware.place import place
from neurolsm.program import Program
from neurolsm.program.spikes import Spikes
from neurolsm_models.navigation.agent import Agent
from neurolsm_models.navigation.motors import MOTOR


def learned(agent: Agent) -> Program:
    """The program with the weights that the agent has now."""
    found = iter(agent.simulator.state.plastic)
    parts = tuple(
        replace(p, weight=next(found).weight.copy()) if p.plasticity else p for p in agent.program.projections
    )
    return replace(agent.program, projections=parts)


def record(agent: Agent, env: Any, seeds: Any, longest: int = 10**6) -> Spikes:
    """The input spikes of drives without learning, one sample a drive of at most ``longest`` decisions."""
    samples = []
    for seed in seeds:
        seen, _ = env.reset(seed=int(seed))
        agent.begin()
        agent.heard = []
        over = False
        while not over and len(agent.heard) < longest:
            seen, _, ended, late, _ = env.step(agent.drive(seen))
            over = ended or late
        samples.append(joined(agent.heard))
        agent.heard = None
    return Spikes.concatenate(samples)


def joined(parts: list[Spikes]) -> Spikes:
    """One sample of several, one after the other."""
    all_of_them = Spikes.concatenate(parts)
    return Spikes(np.array([all_of_them.steps.sum()]), all_of_them.indptr, all_of_them.unit, all_of_them.units)


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What one decision takes.

    Attributes:
        spikes, synops: of all neurons; synaptic operations.
        dynamic_joule: modelled on Loihi 1, least and most (``neurolsm.hardware.energy``): a model, not a measurement.
        real_joule: with the static power of a chip for the 0.2 s that a decision lasts.
        lesson_joule: at most, for the update of every synapse of the motor neuron that acted. Loihi 1 could not host the rule
            itself, which needs a third factor for each neuron (Loihi 2); its figures are the only public ones.
        cores: of the chip.
    """

    spikes: float
    synops: float
    dynamic_joule: tuple[float, float]
    real_joule: tuple[float, float]
    lesson_joule: float
    cores: int


def cost(program: Program, inputs: Spikes, steps: int) -> Cost:
    """Count the events of recorded drives, weights as learned (even numbers) and fixed; ``steps`` of the network are a decision."""
    here = program.population(MOTOR)
    fan_in = sum(p.size for p in program.plastic if p.name.startswith(MOTOR)) // (here.stop - here.start)
    parts = tuple(
        replace(p, weight=p.weight & ~np.int16(1), plasticity=None) if p.plasticity else p for p in program.projections
    )
    program = replace(program, target="loihi1", projections=parts, modulators=())
    placement = place(program)
    events = count_events(program, placement, inputs, learn=False)
    found = estimate(events, placement, program.dt)
    assert found is not None
    share = steps / found.steps  # decisions of a drive
    low, high = (share * joule for joule in found.dynamic_joule)
    least, most = (share * joule for joule in found.real_joule)
    return Cost(
        spikes=share * events.spikes / events.samples, synops=share * float(events.synops.sum()) / events.samples,
        dynamic_joule=(low, high), real_joule=(least, most), lesson_joule=1e-12 * DAVIES.plastic * fan_in, cores=placement.cores,
    )  # fmt: skip
