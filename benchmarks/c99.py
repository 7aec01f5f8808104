"""What the C code costs: instructions on an emulated Cortex-M3, and the time of the variant for this machine over the emulator's.

    python benchmarks/c99.py            # instructions; needs gcc-arm-none-eabi and qemu-system-arm
    python benchmarks/c99.py host 15    # 15 turns of emulator and C, one after the other, one thread each
    python benchmarks/c99.py drawn 5    # digits with weights that are drawn again, seeds 1 to 5: bytes, instructions, accuracy

QEMU counts instructions, not cycles: loads, multiplications and taken branches of a Cortex-M3 take more than one.
"""

from __future__ import annotations

import resource
import sys
import time
from dataclasses import replace

import numpy as np
import workload
from neurolsm_c.boards import BOARDS
from neurolsm_c.boards.engine import BoardEngine, build
from neurolsm_c.budget import budget
from neurolsm_c.design import Design
from neurolsm_c.drawn import redraw
from neurolsm_c.exchange import request
from neurolsm_c.memory import Memory
from neurolsm_c.source import files, table_bytes
from sklearn.linear_model import RidgeClassifier

import neurolsm as nl
from neurolsm.cli.chosen import choose
from neurolsm.cli.export import taught
from neurolsm.lowering import lower
from neurolsm.program import INPUT
from neurolsm.program.graded import Graded
from neurolsm.program.state import State

COLUMN = nl.Liquid(topology=nl.Column(shape=(15, 3, 3)), input=nl.RandomMap(density=0.3, weight=0.5))
CLOCK = 100e6


def programs() -> None:
    """Per event and per update, over steps without learning; steps per second with it, from random inputs."""
    digits = choose("digits", [])
    rows = {
        "benchmark's workload": (workload.program(), workload.inputs(1)),
        "column of 135 neurons": (column(None), None),
        "the column with STDP": (column(nl.STDP()), None),
        "digits without a readout": (lower(digits.lsm(1)).program, digits.encoder.encode(digits.load().subset(2).x)),
    }
    print(f"{'':28}{'an event':>10}{'an update':>11}{'steps/s':>10}{'at least':>10}{'flash':>9}{'memory':>9}")
    for name, (program, inputs) in rows.items():
        found = budget(program, inputs)
        print(
            f"{name:28}{found.instructions_per_event:10.2f}{found.instructions_per_update:11.2f}{found.steps_per_second:10,.0f}"
            f"{found.steps_per_second_at_least:10,.0f}{found.flash_bytes:9,}{found.ram_bytes:9,}"
        )


def column(rule: object) -> nl.Program:
    return lower(nl.LSM(inputs=4, liquid=replace(COLUMN, plasticity=rule), seed=1)).program


def learning() -> None:
    """``digits`` with a delta readout of ten classes, two samples with their lessons."""
    program, inputs, graded = taught(choose("digits", []), 1, 2, "loihi2", stock=False)
    design, board = Design(program), BOARDS["cortex-m3"]
    engine = BoardEngine(design, build(design, board)[0], board)
    packed = Memory(design).pack(State.rest(program), True)
    got = engine.run(request(design, inputs, graded, packed, carry=False, trace=False, learn=True), inputs, False)
    cost = engine.instructions.astype(float)
    spikes = np.repeat(np.arange(cost.size), got.counts)
    events = sum(
        np.diff(p.indptr)[inputs.unit if p.source == INPUT else got.unit].sum() for p in program.projections
    ) / cost.size  # fmt: skip
    print(
        f"digits with a readout: {program.n:,} neurons, {spikes.size / cost.size:,.0f} spikes and {events:,.0f} synaptic events a step;\n"
        f"{cost.mean():,.0f} instructions a step, at most {cost.max():,.0f}: {CLOCK / cost.mean():,.0f} steps a second at 100 MHz"
    )


def host(turns: int) -> None:
    """The benchmark's workload, 128 samples a turn: time on the clock, and of the processor (of C: in the child and here)."""
    program, inputs = workload.program(), workload.inputs(128)
    ratios, spent = [], np.zeros(2)
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    with nl.open_simulator(program, "emulator", workers=1) as one, nl.open_simulator(program, "c") as other:
        built = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
        for turn in range(turns + 1):
            times = []
            for k, simulator in enumerate((one, other)):
                start, busy = time.perf_counter(), time.process_time()
                simulator.run(inputs)
                times.append(time.perf_counter() - start)
                spent[k] += (time.process_time() - busy) * bool(turn)
            if turn:
                ratios.append(times[1] / times[0])
    child = (resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - built) * turns / (turns + 1)
    low, middle, high = np.quantile(ratios, [0, 0.5, 1])
    print(f"C on this machine over the emulator, on the clock: {middle:.2f} ({low:.2f} to {high:.2f}, {turns} turns)")
    print(f"processor time: compiled code {child / spent[0]:.2f}, with Python {(child + spent[1]) / spent[0]:.2f}")
    print(f"built in {built - before:.1f} s of processor time (0 where it had been built)")


def drawn(seeds: int) -> None:
    """A liquid with stored weights and one of the same laws with weights that are drawn again: bytes, instructions, accuracy.

    Ridge regression on the counts in three windows, trained on the first 1,200 images and asked for the other 597.
    """
    gamma = replace(COLUMN, weights=nl.Gamma(0.1), input=nl.RandomMap(density=0.3, weight=nl.Gamma(0.5)))
    small = lower(nl.LSM(inputs=4, liquid=gamma, seed=1)).program
    for name, design in (("stored", Design(small)), ("drawn", Design(redraw(small), drawn=True))):
        tables = table_bytes(files(design)["lsm.c"])
        print(f"column of 135 neurons, {name}: {tables:,} bytes of tables, {design.size:,} of memory")
    digits = choose("digits", [])
    data = digits.load()
    inputs = digits.encoder.encode(data.x)
    found = []
    for seed in range(1, seeds + 1):
        stored = lower(digits.lsm(seed)).program
        row = []
        for program in (stored, redraw(stored)):
            with nl.open_simulator(program, "emulator") as simulator:
                counts = simulator.run(inputs).counts(windows=3).reshape(len(inputs), -1)
            ridge = RidgeClassifier(alpha=300.0).fit(counts[:1200], data.y[:1200])
            row.append(100 * ridge.score(counts[1200:], data.y[1200:]))
        found.append(row)
        if seed == 1:
            few = digits.encoder.encode(data.subset(2).x)
            for name, design in (("stored", Design(stored)), ("drawn", Design(redraw(stored), drawn=True))):
                engine = BoardEngine(design, build(design, BOARDS["cortex-m3"])[0], BOARDS["cortex-m3"])
                packed = Memory(design).pack(State.rest(design.program))
                none = Graded.none(0, few.indptr.size - 1)
                engine.run(request(design, few, none, packed, carry=False, trace=False, learn=False), few, False)
                tables, cost = table_bytes(files(design)["lsm.c"]), engine.instructions.mean()
                print(f"{name}: {tables:,} bytes of tables, {cost:,.0f} instructions a step")
    for name, scores in zip(("stored", "drawn"), np.array(found).T, strict=True):
        print(f"{name}: {scores.mean():.2f} +- {scores.std(ddof=1):.2f} % of 597 images, seeds 1 to {seeds}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["drawn"]:
        drawn(int(sys.argv[2]) if len(sys.argv) > 2 else 5)
    elif sys.argv[1:2] == ["host"]:
        host(int(sys.argv[2]) if len(sys.argv) > 2 else 9)
    else:
        programs()
        learning()
