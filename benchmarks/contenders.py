"""What of this project takes part in ``run.py``, and the plain C++ kernel."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import compiled_cpp
import numpy as np
import plain_kernel
import registers
import workload
from turns import Contender, timed

from neurolsm.emulator import EmulatorSimulator
from neurolsm.emulator.threads import cores
from neurolsm.errors import NotAvailable
from neurolsm.execute.backend import open_simulator
from neurolsm.program import Program
from neurolsm.program.spikes import Spikes

LANES = 64
PLASTIC = 4  # samples that Lava learns from in a turn
STOCK = 1  # samples of stock Lava in a turn: it takes a second or more for each


def all_of(program: Program, inputs: Spikes, stack: contextlib.ExitStack) -> Iterator[Contender]:
    """Every contender, ready and run once; their spikes are equal to the bit, or this stops."""
    yield from _emulators(program, inputs)
    for threads in (1, 2) if cores() > 1 else ():
        differs = "no network: products in registers, what a second core is worth"
        yield Contender(f"registers_{threads}", differs, len(inputs), timed(registers.prepare(threads), lambda _: None))
    truth = EmulatorSimulator(program, workers=1).run(inputs).spikes
    for name, backend, batch, options, differs in (
        ("brian2_1", "brian2", inputs, {}, "none: equal to the bit; spikes, u and v recorded"),
        ("lava_fused", "lava", inputs[:LANES], {"lanes": LANES}, "none: equal to the bit; 64 samples in lanes"),
        ("lava_stock", "lava:stock", inputs[:STOCK], {}, "none: equal to the bit; one sample after the other"),
    ):
        with contextlib.suppress(NotAvailable):
            simulator = stack.enter_context(open_simulator(program, backend, **options))
            if not simulator.run(batch).spikes.equal(truth[: len(batch)]):
                raise SystemExit(f"{name} and the emulator disagree")
            yield Contender(name, differs, len(batch), timed(lambda s=simulator, x=batch: s.run(x)))
    with contextlib.suppress(NotAvailable):
        learner, few = workload.plastic(program), inputs[:PLASTIC]
        simulator = stack.enter_context(open_simulator(learner, "lava"))
        if not simulator.run(few).spikes.equal(EmulatorSimulator(learner, workers=1).run(few).spikes):
            raise SystemExit("lava and the emulator learn differently")
        differs = f"pair STDP on every recurrent synapse, one lane; {workload.STEPS} steps per sample"
        yield Contender("lava_plastic", differs, len(few), timed(lambda: simulator.run(few)))


def _emulators(program: Program, inputs: Spikes) -> Iterator[Contender]:
    for threads in (1, 2) if cores() > 1 else (1,):
        emulator = EmulatorSimulator(program, workers=threads)
        count = emulator.run(inputs).counts()[:, 0]
        record = "none: equal to the bit; spikes, u, v and operations recorded"
        yield Contender(f"emulator_{threads}", record, len(inputs), timed(lambda e=emulator: e.run(inputs)))
        if compiled_cpp.available():
            plain = plain_kernel.prepare(program, inputs, threads)
            if not np.array_equal(count, plain()):
                raise SystemExit("emulator and plain kernel disagree")
            differs = "equal to the bit; keeps one spike count per neuron"
            yield Contender(f"cpp_{threads}", differs, len(inputs), timed(plain, lambda found: int(found.sum())))
    learner, few = EmulatorSimulator(workload.plastic(program), workers=1), inputs[: max(1, len(inputs) // 4)]
    learner.run(few)
    differs = "pair STDP on every recurrent synapse, so activity moves"
    yield Contender("emulator_plastic_1", differs, len(few), timed(lambda: learner.run(few)))


def bytes_per_synapse(static: Program) -> dict[str, float]:
    """All tables that the emulator holds for synapses, over the number of (static, plastic) synapses.

    Counted from the arrays that the simulator reaches, so that nothing is left out: everything an open simulator keeps
    beyond the Program, minus what it keeps for neurons alone (a program without synapses).
    """
    found = {}
    for name, program in (("static", static), ("plastic", workload.plastic(static))):
        kept = held(EmulatorSimulator(program, workers=1))
        synapses = program.synapses
        found[f"bytes_per_{name}_synapse"] = kept / synapses
    return found


def held(simulator: Any) -> int:
    """Bytes of all arrays that an open simulator reaches, each once, without those of the Program itself."""
    seen = {id(a) for a in _arrays(simulator.program, set())}
    own = {id(a): a for a in _arrays({k: v for k, v in vars(simulator).items() if k != "program"}, set())}
    return sum(a.nbytes for key, a in own.items() if key not in seen and a.base is None)


def _arrays(thing: Any, visited: set[int]) -> Iterator[np.ndarray]:
    """All NumPy arrays below an object."""
    if id(thing) in visited:
        return
    visited.add(id(thing))
    if isinstance(thing, np.ndarray):
        yield thing
        if isinstance(thing.base, np.ndarray):
            yield from _arrays(thing.base, visited)
    elif isinstance(thing, dict):
        for value in thing.values():
            yield from _arrays(value, visited)
    elif isinstance(thing, (list, tuple, set)):
        for value in thing:
            yield from _arrays(value, visited)
    elif hasattr(thing, "__dict__"):
        yield from _arrays(vars(thing), visited)
