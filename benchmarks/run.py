"""The project and its peers on the same work in one run.

    python benchmarks/run.py [--quick] [--json FILE] [--plot FILE] [--repeats N]

The work: 1,000 neurons, fan-out 50, 300 inputs, 100 steps per sample, delays 0 to 5, about 5 % of the neurons firing in a step
(workload.py). Every contender is ready and has run once; then all take turns, and medians and ranges over the turns are shown
with what differs in the work. Who is fast runs several times in a turn, in alternation with the others that are, and
counts with the median: a hiccup of the machine is as long as one run of the emulator. A ratio is the median over the turns of the
ratio of the two times in one turn, so that the load of the machine hits both; more ratios come from benchmarks of their own
(ratios.py). A contender that is not installed is reported as missing, a ratio that could not be measured is null, and the reason
said. Peers: see peers.txt.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import contenders
import learning
import peers
import ratios
import scaling
import turns
import workload
from measured import Measured

from neurolsm.emulator.threads import cores
from neurolsm.execute.versions import versions
from neurolsm.files.results import check_target, write_result

QUICK, FULL = (3, 128), (9, 200)  # turns, and samples: snnTorch is at its best with a batch of 128


def take_turns(repeats: int, samples: int, say: Callable[[str], None]) -> tuple[dict[str, Measured], dict[str, str]]:
    """Every contender once per turn; also those that are missing, with the reason."""
    program, inputs = workload.program(), workload.inputs(samples)
    absent: dict[str, str] = {}
    with contextlib.ExitStack() as stack, tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "workload.npz"
        peers.write(program, inputs, file)
        ready = []
        for contender in contenders.all_of(program, inputs, stack):
            say(f"ready: {contender.name}")
            ready.append(contender)
        ready += peers.contenders(peers.KINDS, file, stack, absent, say)
        return turns.take(ready, repeats, say), absent


def show(found: dict[str, Measured], absent: dict[str, str]) -> None:
    print(f"\n{'ms per sample':22s}{'median':>9s}{'lowest':>9s}{'highest':>9s}{'spikes':>8s}  what differs in the work")
    for one in sorted(found.values(), key=lambda m: statistics.median(m.ms)):
        spikes = "-" if one.spikes is None else f"{one.spikes:.0f}"
        print(
            f"{one.name:22s}{statistics.median(one.ms):9.3f}{min(one.ms):9.3f}{max(one.ms):9.3f}{spikes:>8s}  {one.differs}"
        )
    for name, reason in absent.items():
        print(f"{name:22s}  missing: {reason}")


def show_ratios(values: dict[str, float | None], reasons: dict[str, str]) -> None:
    print()
    for name, value in values.items():
        print(f"{name:36s}{'-' if value is None else f'{value:.3g}':>10s}  {reasons.get(name, '')}".rstrip())


def as_json(
    found: dict[str, Measured], absent: dict[str, str], values: dict[str, float | None], reasons: dict[str, str],
    sweeps: list[scaling.Point], quick: bool, seconds: float,
) -> dict[str, Any]:  # fmt: skip
    """Everything that was measured; a ratio of null has its reason in ``not_measured``."""
    return {
        "ratios": values,
        "not_measured": reasons,
        "contenders": {name: one.to_dict() for name, one in found.items()},
        "missing": absent,
        "scaling": [vars(point) for point in sweeps],
        "machine": {"cores": cores(), "processor": platform.processor() or platform.machine(), "load": os.getloadavg()},
        "versions": versions(),
        "quick": quick,
        "seconds": seconds,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--quick", action="store_true", help="{} turns of {} samples, and smaller sweeps".format(*QUICK)
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="every measurement as one object")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="cost against size, steps, samples and activity")
    parser.add_argument("--repeats", type=int, help=f"turns; {FULL[0]}, or {QUICK[0]} with --quick")
    options = parser.parse_args()
    for name in ("json", "plot"):
        if getattr(options, name):
            check_target(getattr(options, name), f"--{name}")
    start = time.perf_counter()
    repeats, samples = QUICK if options.quick else FULL
    found, absent = take_turns(options.repeats or repeats, samples, print)
    learned, missing = learning.take_turns(options.quick, print)
    found, absent = found | learned, absent | missing
    show(found, absent)
    values, reasons = ratios.evaluated(ratios.named(found, options.quick))
    show_ratios(values, reasons)
    sweeps = scaling.sweep(options.quick)
    scaling.show(sweeps)
    if options.plot:
        scaling.draw(sweeps, options.plot)
    seconds = time.perf_counter() - start
    result = as_json(found, absent, values, reasons, sweeps, options.quick, seconds)
    if options.json:
        write_result(options.json, (json.dumps(result, indent=1, allow_nan=False) + "\n").encode())
    print(f"{seconds:.0f} s in all")


if __name__ == "__main__":
    sys.exit(main())
