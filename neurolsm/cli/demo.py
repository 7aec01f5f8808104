"""``neurolsm demo``: the main job on real digits, from the description to three backends, a readout and a picture."""

from __future__ import annotations

import contextlib
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from neurolsm.cli.compare import print_comparison
from neurolsm.cli.output import check_json, print_table
from neurolsm.cli.run import print_result
from neurolsm.cli.terminal import say
from neurolsm.errors import NotAvailable
from neurolsm.execute.backend import open_simulator, resolve
from neurolsm.execute.compare import compare
from neurolsm.lowering import lower
from neurolsm.measure.evaluation.experiment import own_controls, readout_controls, run_model
from neurolsm.plot import agreement
from neurolsm.plot.save import save_figure
from neurolsm.program import Program
from neurolsm.program.spikes import Spikes
from neurolsm.tasks import model

BACKENDS = ("emulator", "brian2", "lava")
SAMPLES = 20
PICTURE = Path("out") / "demo.png"


def demo_command() -> None:
    start = time.perf_counter()
    with contextlib.suppress(OSError):  # the check that follows says why it is not there
        PICTURE.parent.mkdir(exist_ok=True)
    check_json(PICTURE, "neurolsm demo:")
    digits = model.get("digits")
    assert isinstance(digits, model.Model)
    found = [name for name in BACKENDS if _runs(name)]
    if len(found) < 2:
        found.append("reference")
    data = digits.load().subset(SAMPLES)
    inputs, program = digits.encoder.encode(data.x), lower(digits.lsm(1)).program
    say(f"{SAMPLES} real digits through one integer program on {', '.join(found)}:")
    with ThreadPoolExecutor(1) as beside:  # the controls show no times, so the second core may work meanwhile
        own = beside.submit(lambda: (_compile(program, inputs[:1], found), own_controls(digits))[1])
        controls = readout_controls(digits) + own.result()
    comparison = compare(program, inputs, found)
    print_comparison(comparison)
    save_figure(agreement(comparison, inputs, image=data.x[0].reshape(8, 8)), PICTURE, dpi=90)
    say(f"The rasters on top of each other: {PICTURE}\n")
    result = run_model(digits)
    print_result(result)
    rows = [
        ("on the same splits", result.metric),
        (f"{result.neurons:,} neurons, {result.numbers:,} counts", result.shown),
    ]
    print_table(rows + [c.row for c in controls])
    say(f"\n{time.perf_counter() - start:.0f} s in all.")


def _compile(program: Program, inputs: Spikes, names: list[str]) -> None:
    """Have all kernels ready, so that no time that is shown is that of a compiler."""
    for name in names:
        with open_simulator(program, name) as simulator:
            if name != "lava":  # whose processes are forked: not next to others at work, and opening it is enough
                simulator.run(inputs)


def _runs(name: str) -> bool:
    try:
        resolve(name)
    except NotAvailable as error:
        say(f"Left out: {error}")
        return False
    return True
