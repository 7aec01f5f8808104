"""The first minute: what somebody waits for who has never run neurolsm on this machine, now and before.

    python benchmarks/cold.py [--before COMMIT] [--turns N] [--demo]

Each turn runs the README's learning example in a process of its own with an empty folder for compiled kernels, once from this
checkout and once from the commit before, which is laid out in a worktree; then again from the folder that is now full. With
``--demo`` so does ``neurolsm demo``. Both run in one turn, and a ratio is the median over the turns.
"""

from __future__ import annotations

import argparse
import compileall
import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from measured import NotMeasured

ROOT = Path(__file__).resolve().parent.parent
BEFORE = "8b90d20"  # the last commit before kernels were made to be compiled faster
PACKAGES = ("", "models", "backends/brian2", "backends/c", "backends/lava")
EXAMPLE = """
import json, time
import neurolsm as nl
from sklearn.datasets import load_digits

x, y = load_digits(return_X_y=True)
liquid = nl.Liquid(
    topology=nl.Column(shape=(10, 10, 5), wavelength=2.5), input=nl.RandomMap(density=0.3, weight=nl.Gamma(0.5))
)
encoder = nl.Sweep(shape=(8, 8), hold=6, axes="both", encoder=nl.RateEncoder(rate=0.7, high=16.0))
lsm = nl.LSM(inputs=16, liquid=liquid, readout=nl.DeltaReadout(classes=10), seed=1)
times = [time.perf_counter()]
with nl.deploy(lsm, encoder, labels=range(10), backend="emulator") as chip:
    times.append(time.perf_counter())
    chip.learn(x[:SAMPLES], y[:SAMPLES])
    times.append(time.perf_counter())
print(json.dumps([b - a for a, b in zip(times, times[1:])]))
"""
FIRST, WARM, DEMO = "first learn, empty cache", "deploy and learn one sample, full cache", "demo, empty cache"
ALL = 600  # samples that the README's example learns


@contextlib.contextmanager
def laid_out(commit: str) -> Iterator[Path]:
    """The files of a commit in a folder that is removed afterwards.

    Raises:
        NotMeasured: this is no checkout, or one without that commit.
    """
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "before"
        made = _git("worktree", "add", "--detach", str(place), commit)
        if made:
            raise NotMeasured(f"no worktree of the commit before, {commit}: {made}")
        try:
            for checkout in (ROOT, place):  # bytecode is there in an installed package, too
                compileall.compile_dir(checkout / "neurolsm", quiet=2)
            yield place
        finally:
            _git("worktree", "remove", "--force", str(place))


def _git(*arguments: str) -> str:
    """What git complains of; nothing if it worked."""
    try:
        ran = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    except OSError as error:
        return str(error)
    return (ran.stderr.strip() or "git failed") if ran.returncode else ""


def _run(checkout: Path, cache: Path, command: list[str], folder: Path) -> str:
    path = os.pathsep.join(str(checkout / package) for package in PACKAGES)
    environment = os.environ | {"PYTHONPATH": path, "NUMBA_CACHE_DIR": str(cache)}
    ran = subprocess.run(
        [sys.executable, *command], env=environment, cwd=folder, capture_output=True, text=True, check=False
    )
    if ran.returncode:
        raise NotMeasured(f"{' '.join(command[:3])} failed: {ran.stderr.strip()[-300:]}")
    return ran.stdout


def example(checkout: Path, cache: Path, samples: int = ALL) -> tuple[float, float]:
    """Seconds of ``deploy`` and of the first ``learn`` in a new process that keeps compiled kernels in ``cache``."""
    code = EXAMPLE.replace("SAMPLES", str(samples))
    deploy, learn = json.loads(_run(checkout, cache, ["-c", code], cache.parent).splitlines()[-1])
    return deploy, learn


def demo(checkout: Path, cache: Path) -> float:
    """Seconds of ``neurolsm demo`` in a new process; its picture goes to a folder that is removed with the cache."""
    start = time.perf_counter()
    _run(checkout, cache, ["-m", "neurolsm", "demo"], cache.parent)
    return time.perf_counter() - start


def over_before(quick: bool = False) -> float:
    """First ``learn`` of the README's example from an empty cache, over that of the commit before.

    Raises:
        NotMeasured: the commit before is not here, or the example does not run.
    """
    ratios = []
    with laid_out(BEFORE) as before:
        for _ in range(1 if quick else 3):
            now, then = (_cold(checkout)[1] for checkout in (ROOT, before))
            ratios.append(now / then)
    return statistics.median(ratios)


def _cold(checkout: Path) -> tuple[float, float]:
    with tempfile.TemporaryDirectory() as folder:
        return example(checkout, Path(folder) / "cache")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--before", default=BEFORE, metavar="COMMIT", help=f"what to compare with; {BEFORE}")
    parser.add_argument("--turns", type=int, default=3, help="3")
    parser.add_argument("--demo", action="store_true", help="time `neurolsm demo`, too")
    options = parser.parse_args()
    shown = [FIRST, WARM, *([DEMO] if options.demo else [])]
    seconds: dict[str, list[tuple[float, float]]] = {name: [] for name in shown}
    with laid_out(options.before) as before:
        for turn in range(options.turns):
            taken: dict[str, list[float]] = {name: [] for name in shown}
            for checkout in (ROOT, before):
                with tempfile.TemporaryDirectory() as folder:
                    cache = Path(folder) / "cache"
                    taken[FIRST].append(example(checkout, cache)[1])
                    taken[WARM].append(sum(example(checkout, cache, 1)))
                if options.demo:
                    with tempfile.TemporaryDirectory() as folder:
                        taken[DEMO].append(demo(checkout, Path(folder) / "cache"))
            for name, (now, then) in taken.items():
                seconds[name].append((now, then))
                print(
                    f"turn {turn + 1}: {name}: {now:.2f} s now, {then:.2f} s before, ratio {now / then:.3f}", flush=True
                )
    for name, pairs in seconds.items():
        now, then = (statistics.median(column) for column in zip(*pairs, strict=True))
        print(f"{name}: {now:.2f} s now, {then:.2f} s before, ratio {statistics.median(a / b for a, b in pairs):.3f}")


if __name__ == "__main__":
    main()
