"""The emulator and its peers while they learn, lesson by lesson (lessons.py), beside plain C++ and beside not learning.

    python benchmarks/learning.py [--quick] [--lesson NAME] [--repeats N] [--threads N]

Part of ``run.py``. Contenders of a lesson take turns, each from the same state on in every turn. One thread is timed by the clock of
the processor, so that other processes do not count, two by the wall. ``frozen`` is the emulator on the same program and the same
inputs without learning. The plain C++ kernel has to end with the emulator's weights, tags and spikes, to the bit. A readout learns in
the emulator by neurons and synapses of the program, in the peers by NumPy on what their liquid fired (peers/readouts.py).
"""

from __future__ import annotations

import argparse
import contextlib
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import compiled_cpp
import lessons
import numpy as np
import peers
import plain_learning
import turns
import workload
from lessons import READOUTS, RULES, Lesson
from measured import Measured, NotMeasured, fastest, ratio
from turns import Contender, timed

from neurolsm.deployment.chip import Chip
from neurolsm.deployment.teachers import teacher_of
from neurolsm.emulator import EmulatorSimulator

QUICK, FULL = (3, 16), (5, 32)  # turns, samples


def take_turns(
    quick: bool, say: Callable[[str], None], repeats: int | None = None, only: str | None = None, threads: int = 2
) -> tuple[dict[str, Measured], dict[str, str]]:
    """All contenders of all lessons, named ``lesson/contender``; also those that are missing, with the reason."""
    turns_, samples = QUICK if quick else FULL
    found: dict[str, Measured] = {}
    absent: dict[str, str] = {}
    for name in (only,) if only else RULES + READOUTS:
        given = lessons.lesson(name, samples)
        with contextlib.ExitStack() as stack, tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "workload.npz"
            peers.write(workload.program(), given.inputs, file, **lessons.for_peers(given))
            ready = [*(rule_contenders if name in RULES else readout_contenders)(given)]
            kinds = peers.RULE_KINDS if name in RULES else peers.READOUT_KINDS
            ready += peers.contenders(kinds, file, stack, absent, say, prefix=f"{name}/", cpu=True, most=threads)
            found |= turns.take(ready, repeats or turns_, say)
    return found, absent


def _on_processor(name: str, differs: str, samples: int, run: Callable[[], Any], spikes: Any, before: Any) -> Contender:
    return Contender(name, differs, samples, timed(run, spikes, time.process_time, before))


def rule_contenders(given: Lesson) -> Iterator[Contender]:
    """A rule on every recurrent synapse: the emulator, the same without learning, plain C++."""
    emulator, inputs, samples = EmulatorSimulator(given.program, workers=1), given.inputs, len(given.inputs)
    start = emulator.state
    learned = emulator.run(inputs, graded=given.graded)
    after = emulator.state.plastic[0]

    def again() -> None:
        emulator.state = start

    def count(found: Any) -> int:
        return int(found.spikes.count)

    def learn() -> Any:
        return emulator.run(inputs, graded=given.graded)

    name = given.name
    yield _on_processor(f"{name}/emulator_1", "learns to the bit as every backend does", samples, learn, count, again)
    yield _on_processor(
        f"{name}/frozen_1", "does not learn", samples, lambda: emulator.run(inputs, learn=False), count, again
    )
    if compiled_cpp.available():
        plain = plain_learning.prepare(given.program, inputs, given.graded)
        found = plain()
        same = (found.count, learned.counts()[:, 0]), (found.weight, after.weight), (found.tag, after.tag1)
        if not all(np.array_equal(a, b) for a, b in same):
            raise SystemExit(f"emulator and plain kernel disagree in the lesson {name}")
        differs = "equal to the bit; keeps one spike count per neuron"
        yield _on_processor(
            f"{name}/cpp_1", differs, samples, plain, lambda found: int(found.count.sum()), lambda: None
        )


def readout_contenders(given: Lesson) -> Iterator[Contender]:
    """A readout on the chip, taught as ``deploy`` does, after it has seen the samples once; and the same without learning."""
    chip = Chip(given.program, given.readout, "emulator", {"workers": 1})
    first = teacher_of(chip, lessons.CLASSES)
    first.learn(given.inputs, given.labels)
    memory, start, spikes = first.to_dict(), chip.simulator.state, 0
    taught = first

    def again() -> None:
        nonlocal taught
        taught = teacher_of(chip, lessons.CLASSES)
        taught.remember(memory)
        chip.simulator.state = start

    again()
    spikes = int(chip.observe(given.inputs)[1].spikes.count)
    samples = len(given.inputs)
    differs = "gates, counters and readout are neurons of the program"
    yield _on_processor(
        f"{given.name}/emulator_1", differs, samples, lambda: taught.learn(given.inputs, given.labels), lambda _: spikes, again
    )  # fmt: skip
    yield _on_processor(
        f"{given.name}/frozen_1", f"{differs}; does not learn", samples,
        lambda: chip.present(given.inputs, learn=False), lambda _: spikes, again,
    )  # fmt: skip


def named(found: dict[str, Measured]) -> dict[str, Callable[[], float]]:
    """The ratios of the lessons, and the worst of each kind."""

    def over(name: str, other: str) -> Callable[[], float]:
        return lambda: ratio(found, f"{name}/emulator_1", f"{name}/{other}")

    def peer(name: str) -> Callable[[], float]:
        kinds = peers.RULE_KINDS if name in RULES else peers.READOUT_KINDS
        names = [f"{name}/{kind}_{k}" for kind, one in kinds.items() for k in one.threads]
        return lambda: ratio(found, fastest(found, names, f"no peer of the lesson {name}"), f"{name}/emulator_1")

    cpp = {f"{name}_over_cpp": over(name, "cpp_1") for name in RULES}
    frozen = {f"{name}_over_frozen": over(name, "frozen_1") for name in RULES + READOUTS}
    fast = {f"{name}_fastest_peer_over_emulator": peer(name) for name in RULES + READOUTS}
    return {
        **cpp, "plastic_over_cpp": lambda: max(measure() for measure in cpp.values()),
        **fast, "plastic_fastest_peer_over_emulator": lambda: min(measure() for measure in fast.values()),
        **frozen, "third_factor_over_frozen": lambda: max(m() for name, m in frozen.items() if "pair" not in name),
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="{} turns of {} samples".format(*QUICK))
    parser.add_argument("--lesson", choices=RULES + READOUTS, help="one lesson alone")
    parser.add_argument("--repeats", type=int, help=f"turns; {FULL[0]}, or {QUICK[0]} with --quick")
    parser.add_argument("--threads", type=int, default=2, help="at most, of the peers; 1 on a busy machine (2)")
    options = parser.parse_args()
    found, _ = take_turns(options.quick, print, options.repeats, options.lesson, options.threads)
    for name, one in found.items():
        spikes = "-" if one.spikes is None else f"{one.spikes:.0f}"
        print(f"{name:28s}{one.to_dict()['ms_per_sample']:10.3f} ms per sample {spikes:>8s} spikes  {one.differs}")
    for name, measure in named(found).items():
        with contextlib.suppress(NotMeasured):
            print(f"{name:40s}{measure():8.3g}")


if __name__ == "__main__":
    main()
