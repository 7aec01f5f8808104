"""Brian2 as well as it can be written by hand: C++ standalone, integer state, one long run over all samples.

The constants are those of the workload, bit for bit. What was tried and is kept: user functions in C++ for the three integer
operations, one Synapses object for each delay (a pathway with one delay needs no queue search), all samples back to back
with flush steps in between, and -O3 -march=native. The time is the one that Brian2 itself reports of its run, without the
start of the process, reading its arrays and writing its results. A readout learns in NumPy from the recorded spikes.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import readouts
import serve

OPERATIONS = {
    "lif_decay": (2, """
static inline int32_t lif_decay(int32_t state, int32_t kept) {
    const int64_t product = (int64_t)state * kept;
    return (int32_t)((product + ((product >> 63) & 4095)) >> 12);
}"""),
    "lif_wrap": (1, """
static inline int32_t lif_wrap(int32_t u) { return u > 8388608 ? u - 16777216 : (u <= -8388608 ? u + 16777216 : u); }"""),
    "lif_saturate": (1, """
static inline int32_t lif_saturate(int32_t v) { return v > 8388607 ? 8388607 : (v < -8388607 ? -8388607 : v); }"""),
}  # fmt: skip
# Between two samples the network rests for as long as a spike may be under way.
UPDATE = """
open_ = int((t_in_timesteps % PERIOD) < STEPS)
u = open_*lif_wrap(lif_decay(u, KU) + acc*64)
acc = 0
v = open_*lif_saturate(lif_decay(v, KV) + u + b)
"""


def functions() -> dict[str, Any]:
    from brian2 import Function

    made = {}
    for name, (arguments, code) in OPERATIONS.items():
        made[name] = Function(
            None, arg_units=[1] * arguments, return_unit=1, arg_types=["integer"] * arguments, return_type="integer"
        )
        made[name].implementations.add_implementation("cpp", code)
    return made


def begin() -> None:
    """Standalone mode with steps of 1 ms."""
    import brian2 as b2
    from brian2 import ms, prefs

    b2.BrianLogger.log_level_error()
    prefs.devices.cpp_standalone.extra_make_args_unix = ["-j2", "-s"]
    prefs.codegen.cpp.extra_compile_args_gcc = ["-w", "-O3", "-march=native", "-std=c++17"]
    b2.set_device("cpp_standalone", build_on_run=False)
    b2.defaultclock.dt = 1 * ms


def constants(work: SimpleNamespace, period: int) -> dict[str, Any]:
    return functions() | {
        "KU": int(work.ku), "KV": int(work.kv), "VTH": int(work.vth) * 64, "PERIOD": period, "STEPS": int(work.steps),
    }  # fmt: skip


def stimulus_of(work: SimpleNamespace, period: int) -> Any:
    from brian2 import SpikeGeneratorGroup, ms

    return SpikeGeneratorGroup(int(work.inputs), work.unit, (work.sample * period + work.step) * ms, name="stimulus")


def built(parts: list[Any], steps: int) -> Path:
    """The compiled program that runs the network for so many steps."""
    from brian2 import Network, device, ms

    network = Network(*parts, name="net")
    network.run(steps * ms, namespace={})
    folder = tempfile.mkdtemp(prefix="brian2-by-hand-")
    device.build(directory=folder, compile=True, run=False, with_output=False)
    return Path(folder)


def run(folder: Path) -> tuple[float, float]:
    """Wall seconds by Brian2's own clock, and processor seconds, which hold start and files, too, so the lesser of both counts."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([folder / "main"], cwd=folder, check=True, stdout=sys.stderr)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    wall = float((folder / "results" / "last_run_info.txt").read_text().split()[0])
    return wall, min(wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def result(folder: Path, name: str, kind: Any) -> np.ndarray:
    return np.fromfile(next((folder / "results").glob(f"_dynamic_array_{name}_*")), kind)


def prepare(work: SimpleNamespace, threads: int) -> tuple[int, serve.Batch]:
    begin()
    import brian2 as b2
    from brian2 import ms

    samples, steps, n = int(work.samples), int(work.steps), int(work.n)
    period = steps + int(work.rec_delay.max(initial=0)) + 2
    liquid = b2.NeuronGroup(
        n, "u : integer\nv : integer\nacc : integer\nb : integer (constant)", threshold="v > VTH", reset="v = 0",
        namespace=constants(work, period), name="liquid",
    )  # fmt: skip
    liquid.run_regularly(UPDATE, when="groups")
    liquid.b = work.bias
    stimulus = stimulus_of(work, period)
    parts: list[Any] = [liquid, stimulus, b2.SpikeMonitor(liquid, name="monitor")]

    def connect(name: str, source: Any, chosen: Any, kind: str, delay: int) -> None:
        pre, post, weight = (getattr(work, f"{kind}_{field}")[chosen] for field in ("pre", "post", "weight"))
        made = b2.Synapses(
            source, liquid, "w : integer (constant)", on_pre="acc_post += w", delay=delay * ms, name=name
        )
        made.connect(i=pre, j=post)
        made.w = weight
        parts.append(made)

    connect("feed", stimulus, slice(None), "in", 0)
    for delay in np.unique(work.rec_delay):
        connect(f"recurrent_{delay}", liquid, work.rec_delay == delay, "rec", int(delay))
    folder = built(parts, samples * period)
    learn = readouts.learner(work)

    def batch() -> tuple[int, float, float]:
        wall, cpu = run(folder)
        unit = result(folder, "monitor_i", np.int32)
        if learn:
            clock = serve.Clock()
            step = np.rint(result(folder, "monitor_t", np.float64) / 1e-3).astype(np.int64)
            learn(readouts.counts(work, samples, step // period, step % period, unit))
            wall, cpu = (a + b for a, b in zip((wall, cpu), clock.passed(), strict=True))
        return unit.size, wall, cpu

    return samples, batch


if __name__ == "__main__":
    serve.serve(prepare, version=version("brian2"))
