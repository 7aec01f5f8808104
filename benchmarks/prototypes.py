"""A stream into 3,000 prototypes, now and before: time per sample, and whether the bits are the same.

    python benchmarks/prototypes.py [--quick] [--before COMMIT] [--prototypes 3000] [--turns N] [--json FILE]

The network of workload.py with a ``PrototypeReadout`` of three windows: 13,000 neurons and 18 million synapses that learn. Each
sample is presented and answered, and one neuron becomes its copy. The memory is ``empty`` when the stream begins, so that a few
hundred prototypes are in use at its end, or ``full``: all are, and what was of no use for longest is replaced. The commit before is
taken from the history of this repository. Two processes take turns on the same samples, one of each commit, and count the time
of the processor; a ratio is the median over the turns. Both must end with the same voltages and the same weights.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import io
import json
import os
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from measured import NotMeasured

ROOT = Path(__file__).resolve().parents[1]
BEFORE = "8b90d20"  # the commit before prototypes were made faster
PROTOTYPES, LABELS, SEED = 3000, 10, 1
QUICK, FULL = (3, 20), (7, 60)  # turns, and samples in each
MEMORIES = ("empty", "full")


def serve(prototypes: int, samples: int) -> None:
    """A process that learns the samples for each line that it reads, ``empty`` or ``full``, and says how long that took."""
    import lessons
    import workload

    from neurolsm.deployment.chip import Chip
    from neurolsm.deployment.teach_prototypes import PrototypeTeacher
    from neurolsm.learn.chip import PrototypeReadout

    readout = PrototypeReadout(neurons=prototypes, windows=3, margin=1.0, replace=True)
    program = readout.attach(workload.program())
    chips = {name: Chip(program, readout, "emulator", {"workers": 1}) for name in MEMORIES}
    teachers = {name: PrototypeTeacher(chip, readout, LABELS) for name, chip in chips.items()}
    inputs, labels = lessons.patterns(samples)
    _fill(chips["full"], teachers["full"])
    for teacher in teachers.values():
        teacher.learn(inputs, labels)  # the offsets settle, and everything is compiled
    print("ready", flush=True)
    for line in sys.stdin:
        name = line.strip()
        begin = time.process_time()
        found = teachers[name].learn(inputs, labels)
        seconds = time.process_time() - begin
        bits = found.tobytes() + chips[name].simulator.state.plastic[-1].weight.tobytes()
        print(json.dumps({"seconds": seconds, "bits": hashlib.sha256(bits).hexdigest()}), flush=True)


def _fill(chip: Any, teacher: Any) -> None:
    """Half of the bits, at random, in every prototype."""
    rng = np.random.default_rng(SEED)
    state = chip.simulator.state
    weight = state.plastic[-1].weight
    weight[:] = chip.program.plastic[-1].plasticity.x1.impulse * rng.integers(0, 2, weight.size)
    chip.simulator.state = state
    teacher.owner[:] = rng.integers(0, LABELS, teacher.owner.size)


@contextlib.contextmanager
def tree_of(commit: str) -> Iterator[Path]:
    """A folder with the package as it was at ``commit``.

    Raises:
        NotMeasured: this is no repository, or has no such commit.
    """
    try:
        packed = subprocess.run(
            ["git", "-C", str(ROOT), "archive", commit, "neurolsm"], capture_output=True, check=True
        )
    except (OSError, subprocess.CalledProcessError) as error:
        raise NotMeasured(f"the commit {commit} cannot be taken from the history of {ROOT.name}") from error
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(fileobj=io.BytesIO(packed.stdout)) as tar:
            tar.extractall(folder, filter="data")
        yield Path(folder)


@contextlib.contextmanager
def opened(tree: Path, prototypes: int, samples: int) -> Iterator[subprocess.Popen[str]]:
    """A process that runs ``serve`` with the package in ``tree``."""
    environment = {**os.environ, "PYTHONPATH": str(tree)}
    command = [sys.executable, __file__, "--serve", "--prototypes", str(prototypes), "--samples", str(samples)]
    with subprocess.Popen(
        command, env=environment, cwd=tree, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        try:
            _heard(child)
            yield child
        finally:
            child.communicate()  # it ends with its input


def _heard(child: subprocess.Popen[str]) -> str:
    assert child.stdout is not None
    line = child.stdout.readline()
    if not line:
        raise NotMeasured("a process that was to learn prototypes has ended, see its last words above")
    return line.strip()


def measure(
    quick: bool, *, commit: str = BEFORE, prototypes: int = PROTOTYPES, turns: int | None = None
) -> dict[str, Any]:
    """Milliseconds per sample ``now`` and ``before``, one per turn, and their ratio, for an empty and for a full memory.

    Raises:
        NotMeasured: no such commit, or other bits than before.
    """
    repeats, samples = QUICK if quick else FULL
    found: dict[str, Any] = {name: {"now": [], "before": []} for name in MEMORIES}
    with contextlib.ExitStack() as stack:
        before = stack.enter_context(tree_of(commit))
        children = {
            "before": stack.enter_context(opened(before, prototypes, samples)),
            "now": stack.enter_context(opened(ROOT, prototypes, samples)),
        }
        for _ in range(turns or repeats):
            for name in MEMORIES:
                bits = set()
                for which, child in children.items():
                    assert child.stdin is not None
                    child.stdin.write(f"{name}\n")
                    child.stdin.flush()
                    said = json.loads(_heard(child))
                    found[name][which].append(1e3 * said["seconds"] / samples)
                    bits.add(said["bits"])
                if len(bits) > 1:
                    raise NotMeasured(f"the prototypes of the {name} memory are not those of {commit}")
    for one in found.values():
        one["ratio"] = statistics.median(a / b for a, b in zip(one["now"], one["before"], strict=True))
    return {"commit_before": commit, "prototypes": prototypes, "samples": samples, **found}


def over_before(quick: bool) -> float:
    """The ratio ``prototype_ms_over_before`` of ``run.py``: that of a full memory."""
    return float(measure(quick)["full"]["ratio"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="{} turns of {} samples".format(*QUICK))
    parser.add_argument("--before", default=BEFORE, metavar="COMMIT")
    parser.add_argument("--prototypes", type=int, default=PROTOTYPES)
    parser.add_argument("--turns", type=int, help=f"{FULL[0]}, or {QUICK[0]} with --quick")
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--samples", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve:
        return serve(given.prototypes, given.samples)
    try:
        found = measure(given.quick, commit=given.before, prototypes=given.prototypes, turns=given.turns)
    except NotMeasured as reason:
        raise SystemExit(str(reason)) from None
    if given.json:
        from neurolsm.files.results import write_result

        write_result(given.json, (json.dumps(found, indent=1) + "\n").encode())
    print(f"{'ms per sample':16}{'before':>10}{'now':>10}{'ratio':>10}")
    for name in MEMORIES:
        one = found[name]
        print(
            f"{name:16}{statistics.median(one['before']):10.2f}{statistics.median(one['now']):10.2f}{one['ratio']:10.3f}"
        )


if __name__ == "__main__":
    main()
