"""What a step of a live session costs beyond the step itself, for the workload of 1,000 neurons.

    python benchmarks/live_step.py [--backends emulator,lava] [--steps 500] [--rounds 31] [--wall] [--json FILE]

Each round runs the same inputs from the same state twice, all in one run and step by step in a session, one after the other, so that
both have the same spikes and the same neighbours on the machine. Time over steps, medians over rounds; overhead is their difference.
It is the CPU time of this thread, which is its wall time on a machine that has nothing else to do; for backends that work in other
threads or processes it is wall time (``--wall`` for all).
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from typing import Any

import workload

import neurolsm as nl
from neurolsm.files.results import write_result
from neurolsm.program import Program


def measure(program: Program, backend: str, steps: int, rounds: int, wall: bool) -> dict[str, Any]:
    """Microseconds of a step, in a long run and in a session."""
    clock = time.perf_counter if wall or backend not in ("emulator", "reference") else time.thread_time
    inputs = workload.inputs(1, steps)
    events = [inputs.unit[a:b] for a, b in zip(inputs.indptr[:-1], inputs.indptr[1:], strict=True)]
    long, live, spikes = [], [], 0
    options = {"workers": 1} if backend == "emulator" else {}
    with (
        nl.open_simulator(program, backend, **options) as simulator,
        nl.open_session(program, backend=backend) as session,
    ):
        simulator.run(inputs, carry=True)  # compiled, and in the middle of its life
        middle = simulator.state
        for _ in range(rounds):
            simulator.state = middle
            begin = clock()
            found = simulator.run(inputs, carry=True)
            long.append((clock() - begin) / steps)
            stand = session.state
            stand.network = middle
            session.state = stand
            spikes = 0
            begin = clock()
            for channels in events:
                spikes += session.step(channels).spikes.size
            live.append((clock() - begin) / steps)
            assert spikes == found.spikes.count
    one, other = 1e6 * statistics.median(long), 1e6 * statistics.median(live)
    return {"long_run_us": one, "session_us": other, "overhead_us": other - one, "spikes_per_step": spikes / steps}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--backends", default="emulator")
    parser.add_argument("--steps", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=31)
    parser.add_argument("--wall", action="store_true")
    parser.add_argument("--json")
    given = parser.parse_args()
    static = workload.program()
    found = {
        f"{backend} {name}": measure(program, backend, given.steps, given.rounds, given.wall)
        for backend in given.backends.split(",")
        for name, program in (("static", static), ("STDP", workload.plastic(static)))
    }
    if given.json:
        write_result(given.json, (json.dumps(found, indent=2) + "\n").encode())
    print(f"{'us a step':24}{'long run':>12}{'session':>12}{'overhead':>12}{'spikes a step':>16}")
    for name, row in found.items():
        columns = f"{row['long_run_us']:12.1f}{row['session_us']:12.1f}{row['overhead_us']:12.1f}"
        print(f"{name:24}{columns}{row['spikes_per_step']:16.1f}")


if __name__ == "__main__":
    main()
