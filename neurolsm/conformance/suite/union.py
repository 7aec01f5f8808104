"""Several small programs as one, so that a backend that compiles each program compiles once. No synapse leads from one to another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace

import numpy as np

from neurolsm.program import INPUT, Neurons, Population, Program, Projection
from neurolsm.program.graded import Graded
from neurolsm.program.spikes import Spikes


def united(programs: Sequence[Program]) -> Program:
    """Neurons, channels and graded channels of each follow those of the one before; so do their projections."""
    channels, neurons = sum(p.n_inputs for p in programs), sum(p.n for p in programs)
    populations: list[Population] = []
    projections: list[Projection] = []
    modulators, intrinsic = [], []
    channel = neuron = value = 0
    for k, program in enumerate(programs):
        populations += [replace(p, name=f"{p.name}{k}", start=p.start + neuron, stop=p.stop + neuron)
                        for p in program.populations]  # fmt: skip
        for p in program.projections:
            before, all_of_them = (channel, channels) if p.source == INPUT else (neuron, neurons)
            after = all_of_them - before - (p.indptr.size - 1)
            indptr = np.pad(p.indptr, (before, after), mode="edge")
            projections.append(replace(p, name=f"{p.name}{k}", indptr=indptr, post=p.post + neuron))
        modulators += [
            replace(m, start=m.start + neuron, stop=m.stop + neuron, channel=m.channel + value)
            for m in program.modulators
        ]
        intrinsic += [replace(r, start=r.start + neuron, stop=r.stop + neuron) for r in program.intrinsic]
        channel, neuron, value = channel + program.n_inputs, neuron + program.n, value + program.n_graded
    constants = {
        f.name: np.concatenate([getattr(program.neurons, f.name) for program in programs]) for f in fields(Neurons)
    }
    return replace(
        programs[0], n_inputs=channels, populations=tuple(populations), neurons=Neurons(**constants),
        projections=tuple(projections), modulators=tuple(modulators), intrinsic=tuple(intrinsic),
    )  # fmt: skip


def beside(inputs: Sequence[Spikes]) -> Spikes:
    """Inputs of the same steps for programs that are united."""
    return Spikes.from_list(
        [np.concatenate(rasters, axis=1) for rasters in zip(*(s.to_list() for s in inputs), strict=True)]
    )


def together(graded: Sequence[Graded]) -> Graded:
    """Graded values in the same rows for programs that are united."""
    first = graded[0]
    assert all(np.array_equal(g.row, first.row) and g.rows == first.rows for g in graded)
    return Graded.build(first.row, np.concatenate([g.value for g in graded], axis=1), first.rows)
