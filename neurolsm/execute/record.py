"""Running a program and looking at it on the way, on any backend with the same numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from neurolsm.describe.lsm import LSM
from neurolsm.errors import refuse
from neurolsm.execute import quantities
from neurolsm.execute.backend import Simulator, check_inputs, open_simulator
from neurolsm.execute.probe import Probe, neurons_of, synapses_of
from neurolsm.execute.probed import Probed
from neurolsm.execute.watched import sampled, watched
from neurolsm.memory import require
from neurolsm.program import Program
from neurolsm.program.graded import Graded
from neurolsm.program.spikes import Spikes
from neurolsm.program.wellformed import check

BACKEND = "emulator"


def record(
    subject: LSM | Program | Simulator,
    inputs: Spikes,
    probe: Probe,
    *,
    backend: str | None = None,
    target: str = "loihi2",
    arithmetic: str = "loihi",
    graded: Graded | None = None,
    learn: bool = True,
    carry: bool = False,
    **options: Any,
) -> Probed:
    """Run all samples and write down what the probe asks for; spikes, states and everything learned are those of a plain run.

    u and v alone (and what cannot change, and rates) are recorded by the backend while it runs. For the rest the run is cut into
    pieces of ``every`` steps that carry on, and a copy of the whole state is read after each. Measured with 1,000 neurons and 7,000
    synapses that learn, a piece costs 1 ms on the emulator, 2 ms on fused Lava, 3 ms on compiled Brian2 and 0.4 s on ``brian2:numpy``
    (``benchmarks/probes.py``). So let ``every`` be as large as the question allows.

    Args:
        subject: a description (lowered for ``target`` and ``arithmetic``), a Program, or an open simulator in the middle of its life,
            which goes on from its state.
        inputs: input spikes.
        probe: what to look at.
        backend: what runs it, ``name`` or ``name:variant``; None for ``emulator``, or for the simulator that was given.
        graded, learn, carry: as in ``Simulator.run``.
        options: of the backend.

    Raises:
        InvalidValue: neurons, projections or synapses that the program lacks, traces of what does not learn, or more than memory
            holds; nothing has run then.
        TargetRefusal, NotAvailable: as ``neurolsm.lower`` and ``neurolsm.open_simulator``.

    Example:
        >>> import neurolsm as nl
        >>> lsm = nl.LSM(inputs=2, liquid=nl.Liquid(topology=nl.RandomGraph(n=20, density=0.2)), seed=1)
        >>> spikes = nl.Spikes.from_events([([0, 5], [0, 1])], steps=30, units=2)
        >>> seen = nl.record(lsm, spikes, nl.Probe(what=("v", "rate"), neurons=[0, 3], every=10))
        >>> seen["v"].shape, seen.ms.tolist()
        ((3, 2), [9.0, 19.0, 29.0])
    """
    if not isinstance(probe, Probe):
        refuse("record", "probe", type(probe).__name__, "must be a Probe", "Write Probe(what=('v',), neurons=[0, 1])")
    if isinstance(subject, LSM):
        from neurolsm.lowering import lower

        subject = lower(subject, target, arithmetic).program
    if isinstance(subject, Program):
        program = subject
    elif isinstance(subject, Simulator):
        if backend is not None or options:
            limit = f"cannot be chosen for an open simulator, a {type(subject).__name__}"
            refuse("record", "backend", backend or sorted(options), limit, "Give the program, or leave it out")
        program = subject.program
    else:
        kind = type(subject).__name__
        refuse(
            "record", "subject", kind, "must be an LSM, a Program or a simulator", "Write record(lsm, inputs, probe)"
        )
    check(program)
    graded = check_inputs(program, inputs, (), graded)
    neurons, synapses = neurons_of(probe, program), synapses_of(probe, program)
    scale = quantities.scales(probe, program, neurons, synapses)
    taken = int((inputs.steps // probe.every).sum())
    width = neurons.size * len(probe.of_neurons) + synapses.size * len(probe.of_synapses)
    remedy = "Choose fewer neurons or synapses, fewer samples, or a larger every"
    asked = f"{taken:,} samplings of {neurons.size:,} neurons and {synapses.size:,} synapses"
    require("Probe", "every", asked, 24.0 * taken * width, remedy)  # as read, joined, and in natural units

    if isinstance(subject, Program):
        with open_simulator(program, backend or BACKEND, **options) as simulator:
            recording, values = watched(simulator, inputs, graded, learn, carry, probe, neurons, synapses)
    else:
        recording, values = watched(subject, inputs, graded, learn, carry, probe, neurons, synapses)
    for name, one in scale.items():
        values[name] = values[name] * one
    if "rate" in probe.what:
        values["rate"] = quantities.rates(recording.spikes, neurons, probe.every, program.dt)
    sample = np.repeat(np.arange(len(inputs)), inputs.steps // probe.every)
    step = sampled(inputs, probe.every) - inputs.offsets[sample]
    return Probed(
        recording, {name: values[name] for name in probe.what}, sample, step, neurons, synapses, probe, program
    )
