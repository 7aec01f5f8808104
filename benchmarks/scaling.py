"""How the emulator's cost grows: time and memory against neurons, synapses, steps, samples and activity.

Each point is a static program in a fresh process on one core, so that its memory is its own. Activity is set by the rate of
the inputs alone. Run by ``run.py``, or by itself:

    python benchmarks/scaling.py [--quick] [--plot FILE]
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import workload

BASE = {"n": 1000, "fan_out": 50, "steps": 100, "samples": 32, "rate": 0.02}
AXES = {
    "neurons": ("n", (300, 1000, 3000, 10_000, 30_000)),
    "synapses": ("fan_out", (10, 50, 200, 800)),
    "steps": ("steps", (30, 100, 300, 1000)),
    "samples": ("samples", (8, 32, 128, 512)),
    "activity": ("rate", (0.002, 0.005, 0.02, 0.05)),
}
MEASURE = "import sys, scaling; scaling.child(sys.argv[1])"


@dataclass(frozen=True)
class Point:
    """One program.

    Attributes:
        axis, value: what was varied, and to what: neurons, synapses, steps, samples, or spikes per neuron and step.
        seconds: processor time of the fastest of three runs.
        megabytes: memory that the process holds after the runs, program and results included, beyond what it held before.
        events: synaptic operations in a run.
    """

    axis: str
    value: float
    seconds: float
    megabytes: float
    events: int

    @property
    def ns_per_event(self) -> float:
        return 1e9 * self.seconds / max(self.events, 1)


def child(text: str) -> None:
    """Measure one point in this process."""
    import time

    from long_stream import resident

    from neurolsm.emulator import EmulatorSimulator

    axis, settings = json.loads(text)
    EmulatorSimulator(workload.program(n=200), workers=1).run(workload.inputs(1))  # compiled code is no cost of size
    before = resident()  # not its peak, which lies in the start and is inherited from the parent
    program = workload.program(n=settings["n"], fan_out=settings["fan_out"])
    inputs = workload.inputs(settings["samples"], steps=settings["steps"], rate=settings["rate"])
    simulator = EmulatorSimulator(program, workers=1)
    times = []
    for _ in range(3):
        start = time.process_time()
        found = simulator.run(inputs)
        times.append(time.process_time() - start)
    activity = found.spikes.count / (program.n * settings["steps"] * settings["samples"])
    values = {"neurons": program.n, "synapses": program.synapses, "activity": activity}
    print(json.dumps({
        "axis": axis, "value": values.get(axis, settings.get(axis)), "seconds": min(times), "events": int(found.synops.sum()),
        "megabytes": resident() - before,
    }))  # fmt: skip


def sweep(quick: bool) -> list[Point]:
    """All points; with ``quick`` the first, a middle and the last but one of each axis."""
    found = []
    for axis, (name, values) in AXES.items():
        for value in values[:-1:1] if quick else values:
            settings = BASE | {name: value}
            done = subprocess.run(
                [sys.executable, "-c", MEASURE, json.dumps([axis, settings])], cwd=Path(__file__).parent, check=True,
                stdout=subprocess.PIPE, text=True,
            )  # fmt: skip
            found.append(Point(**json.loads(done.stdout.splitlines()[-1])))
    return found


def show(points: list[Point]) -> None:
    print(f"\n{'emulator, one core':12s}{'value':>12s}{'ms':>10s}{'events':>14s}{'ns per event':>13s}{'MB':>9s}")
    for p in points:
        print(
            f"{p.axis:18s}{p.value:12,.4g}{1e3 * p.seconds:10.1f}{p.events:14,d}{p.ns_per_event:13.2f}{p.megabytes:9.1f}"
        )


def draw(points: list[Point], file: Path) -> None:
    """A column an axis: time above, memory below, both logarithmic."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import NullFormatter

    from neurolsm.plot.save import save_figure

    figure = Figure(figsize=(3 * len(AXES), 6), layout="constrained")
    axes = figure.subplots(2, len(AXES), sharey="row")
    for column, axis in enumerate(AXES):
        mine = [p for p in points if p.axis == axis]
        values = [p.value for p in mine]
        for row, (name, numbers) in enumerate(
            (("processor time (s)", [p.seconds for p in mine]), ("memory (MB)", [max(p.megabytes, 0.1) for p in mine]))
        ):
            ax = axes[row][column]
            ax.loglog(values, numbers, "o-", color=f"C{row}")
            ax.xaxis.set_minor_formatter(NullFormatter())  # their labels overlap
            ax.grid(True, which="major", alpha=0.4)
            if column == 0:
                ax.set_ylabel(name)
            if row == 1:
                ax.set_xlabel("spikes per neuron and step" if axis == "activity" else axis)
    figure.suptitle("emulator, one core, static: 1,000 neurons, fan-out 50, 100 steps, 32 samples, one thing varied")
    save_figure(figure, file)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer points")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="where the plot goes")
    options = parser.parse_args()
    measured = sweep(options.quick)
    show(measured)
    if options.plot:
        draw(measured, options.plot)
