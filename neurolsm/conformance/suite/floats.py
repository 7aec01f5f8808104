"""A program in float arithmetic made from one in integers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from neurolsm.program import Program
from neurolsm.program.short_term import ShortTerm


def as_float(program: Program, seed: int) -> Program:
    """The same network in float64, in units of v. All numbers are shaken by up to 5 %, so that sums must be rounded."""
    rng = np.random.default_rng([seed, 3])
    neurons = program.neurons

    def shake(values: np.ndarray) -> np.ndarray:
        return values * rng.uniform(0.95, 1.0, np.shape(values))

    return replace(
        program,
        target="none",
        arithmetic="float",
        neurons=replace(
            neurons,
            du=shake((neurons.du + 1) / 4096),
            dv=shake(neurons.dv / 4096),
            vth=shake(neurons.vth * 64.0),
            bias_mant=shake(neurons.bias.astype(float)),
            bias_exp=np.zeros_like(neurons.bias_exp),
            theta_step=shake(neurons.theta_step.astype(float)),
            theta_decay=shake(neurons.theta_decay / 4096),
        ),
        projections=tuple(replace(p, weight=shake(p.effective * 64.0), weight_exp=0) for p in program.projections),
    )


def dynamic(program: Program, seed: int) -> Program:
    """The same network in float64 with short-term plasticity, drawn at random, in all projections but the first."""
    rng = np.random.default_rng([seed, 4])
    exact = as_float(program, seed)
    projections = [
        replace(
            p, short_term=ShortTerm(rng.uniform(0, 1, p.size), rng.uniform(1, 40, p.size), rng.uniform(1, 40, p.size))
        )
        for p in exact.projections[1:]
    ]
    return replace(exact, projections=(exact.projections[0], *projections))
