"""``neurolsm demo``: the main job on real digits, from the description to three backends, a readout and a picture."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from threadpoolctl import threadpool_limits

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
    whole = digits.load()
    data, parts = whole.subset(SAMPLES), list(whole.splits(digits.splits, 0))
    inputs, program = digits.encoder.encode(data.x), lower(digits.lsm(1)).program
    say(f"{SAMPLES} real digits through one integer program on {', '.join(found)}:")
    _, *controls = _together(  # no control shows a time, so that a compiler may work next to them
        partial(_compile, program, inputs[:1], found), partial(readout_controls, digits, whole, parts),
        *(partial(own_controls, replace(digits, controls=partial(tuple, [one])), whole, parts) for one in digits.controls()),
    )  # fmt: skip
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
    print_table(rows + [one.row for some in controls for one in some])
    say(f"\n{time.perf_counter() - start:.0f} s in all.")


def _together(*tasks: Callable[[], Any]) -> list[Any]:
    """What the tasks return, on two threads, each with one of linear algebra. Those that have not begun are dropped where one fails or is interrupted."""
    with threadpool_limits(1, user_api="blas"), ThreadPoolExecutor(2) as pool:
        try:
            return [one.result() for one in [pool.submit(task) for task in tasks]]
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


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
