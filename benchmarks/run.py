"""The project and its peers on the same work in one run.

    python benchmarks/run.py [--quick] [--json FILE] [--plot FILE] [--repeats N]

The work: 1,000 neurons, fan-out 50, 300 inputs, 100 steps per sample, delays 0 to 5, about 5 % of the neurons firing in a step
(workload.py). Every contender is ready and has run once; then all take turns, and medians and ranges over the turns are shown
with what differs in the work. Who is fast runs several times in a turn, in alternation with the others that are, and
counts with the median: a hiccup of the machine is as long as one run of the emulator. A ratio is the median over the turns of the
ratio of the two times in one turn, so that the load of the machine hits both. A contender that is not installed is reported as
missing. Peers: see peers.txt.
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
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import contenders
import peers
import scaling
import workload

from neurolsm.emulator.threads import cores
from neurolsm.execute.versions import versions
from neurolsm.files.results import check_target, write_result

QUICK, FULL = (3, 128), (9, 200)  # turns, and samples: snnTorch is at its best with a batch of 128
PASSES, FAST = 5, 0.2  # runs in a turn of who takes less than so many seconds for one


@dataclass
class Measured:
    """One contender over the turns.

    Attributes:
        name: what and, after ``_``, on how many threads.
        differs: how its work differs from that of the workload.
        samples: in a turn.
        ms: wall milliseconds per sample, one per turn: the median of its runs in it.
        spikes: a sample; None for rates.
    """

    name: str
    differs: str
    samples: int
    ms: list[float] = field(default_factory=list)
    spikes: float | None = None

    def to_dict(self) -> dict[str, Any]:
        return {
            "ms_per_sample": statistics.median(self.ms), "ms_lowest": min(self.ms), "ms_highest": max(self.ms),
            "turns": self.ms, "samples": self.samples, "spikes_per_sample": self.spikes, "differs": self.differs,
        }  # fmt: skip


def take_turns(repeats: int, samples: int, say: Callable[[str], None]) -> tuple[dict[str, Measured], dict[str, str]]:
    """Every contender once per turn; also those that are missing, with the reason."""
    program, inputs = workload.program(), workload.inputs(samples)
    found: dict[str, Measured] = {}
    absent: dict[str, str] = {}
    turns: dict[str, Callable[[], tuple[float, int | None]]] = {}
    with contextlib.ExitStack() as stack, tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "workload.npz"
        peers.write(program, inputs, file)
        for contender in contenders.all_of(program, inputs, stack):
            say(f"ready: {contender.name}")
            found[contender.name] = Measured(contender.name, contender.differs, contender.samples)
            turns[contender.name] = contender.turn
        for name, kind in peers.KINDS.items():
            reason = peers.missing(kind)
            for threads in kind.threads if cores() > 1 else (1,):
                full = f"{name}_{threads}"
                try:
                    if reason:
                        raise RuntimeError(reason)
                    peer = stack.enter_context(peers.opened(kind, file, threads))
                except RuntimeError as error:
                    absent[full] = " ".join(str(error).split())[-300:]
                    say(f"missing: {full}: {absent[full]}")
                    continue
                say(f"ready: {full}")
                found[full] = Measured(full, kind.differs, peer.samples)
                turns[full] = lambda peer=peer: ((answer := peer.turn())["seconds"], answer["spikes"])
        for number in range(repeats):
            taken: dict[str, list[float]] = {name: [] for name in turns}
            for again in range(PASSES):
                for name, turn in turns.items():
                    if again == 0 or taken[name][0] < FAST:
                        seconds, spikes = turn()
                        taken[name].append(seconds)
                        found[name].spikes = None if spikes is None else spikes / found[name].samples
            for name, one in found.items():
                one.ms.append(statistics.median(taken[name]) / one.samples * 1e3)
            say(f"turn {number + 1} of {repeats}")
    return found, absent


def ratio(found: dict[str, Measured], above: str, below: str) -> float | None:
    """Median over the turns of the ratio of two contenders; None where one is missing."""
    if above not in found or below not in found:
        return None
    return statistics.median(a / b for a, b in zip(found[above].ms, found[below].ms, strict=True))


def ratios(found: dict[str, Measured]) -> dict[str, float | None]:
    """Each peer at its best number of threads against the emulator at its best."""
    best = "emulator_2" if "emulator_2" in found else "emulator_1"
    others = [
        f"{name}_{k}" for name, kind in peers.KINDS.items() for k in kind.threads if kind.spikes and not kind.ours
    ]
    fastest = min((n for n in others if n in found), key=lambda n: statistics.median(found[n].ms), default=None)
    return {
        "emulator_over_cpp_1": ratio(found, "emulator_1", "cpp_1"),
        "emulator_over_cpp_2": ratio(found, "emulator_2", "cpp_2"),
        "emulator_speedup_2": ratio(found, "emulator_1", "emulator_2"),
        "cpp_speedup_2": ratio(found, "cpp_1", "cpp_2"),
        "registers_speedup_2": ratio(found, "registers_1", "registers_2"),
        "fastest_peer_over_emulator": ratio(found, fastest, best) if fastest else None,
        "brian2_handwritten_over_emulator": ratio(found, "brian2_by_hand_1", "emulator_1"),
        "plastic_over_static": ratio(found, "emulator_plastic_1", "emulator_1"),
        "brian2_over_handwritten": ratio(found, "brian2_1", "brian2_by_hand_1"),
        "lava_stock_over_fused": ratio(found, "lava_stock", "lava_fused"),
        "lava_plastic_ms_per_step": statistics.median(found["lava_plastic"].ms) / workload.STEPS
        if "lava_plastic" in found
        else None,
        **contenders.bytes_per_synapse(workload.program()),
    }


def show(found: dict[str, Measured], absent: dict[str, str], of: dict[str, float | None]) -> None:
    print(f"\n{'ms per sample':22s}{'median':>9s}{'lowest':>9s}{'highest':>9s}{'spikes':>8s}  what differs in the work")
    for one in sorted(found.values(), key=lambda m: statistics.median(m.ms)):
        spikes = "-" if one.spikes is None else f"{one.spikes:.0f}"
        print(
            f"{one.name:22s}{statistics.median(one.ms):9.3f}{min(one.ms):9.3f}{max(one.ms):9.3f}{spikes:>8s}  {one.differs}"
        )
    for name, reason in absent.items():
        print(f"{name:22s}  missing: {reason}")
    print()
    for name, value in of.items():
        print(f"{name:36s}{'-' if value is None else f'{value:.3g}':>10s}")


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
    turns, samples = QUICK if options.quick else FULL
    found, absent = take_turns(options.repeats or turns, samples, print)
    of = ratios(found)
    show(found, absent, of)
    sweeps = scaling.sweep(options.quick)
    scaling.show(sweeps)
    if options.plot:
        scaling.draw(sweeps, options.plot)
    result = {
        "ratios": of,
        "contenders": {name: one.to_dict() for name, one in found.items()},
        "missing": absent,
        "scaling": [vars(point) for point in sweeps],
        "machine": {"cores": cores(), "processor": platform.processor() or platform.machine(), "load": os.getloadavg()},
        "versions": versions(),
        "quick": options.quick,
        "seconds": time.perf_counter() - start,
    }
    if options.json:
        write_result(options.json, (json.dumps(result, indent=1, allow_nan=False) + "\n").encode())
    print(f"{result['seconds']:.0f} s in all")


if __name__ == "__main__":
    sys.exit(main())
