"""The peers, each in a process of its own that answers whenever it is asked to run a batch (peers/serve.py)."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from neurolsm.program import Program
from neurolsm.program.spikes import Spikes

HERE = Path(__file__).parent
START = 600  # seconds in which a peer must be ready, compiling included


@dataclass(frozen=True)
class Kind:
    """A peer: what is imported to see whether it is there, its script, and how its work differs from ours."""

    package: str
    script: str
    differs: str
    threads: tuple[int, ...] = (1, 2)
    spikes: bool = True
    ours: bool = False  # lives in the project's own environment


KINDS = {
    "brian2_by_hand": Kind(
        "brian2",
        "brian2_by_hand.py",
        "none: equal to the bit; Brian2's own clock, without start and files",
        threads=(1,),
        ours=True,
    ),
    "nest": Kind("nest", "nest_loop.py", "floating point; the state goes on from sample to sample"),
    "snntorch": Kind("snntorch", "snntorch_dense.py", "floating point, dense, no delays, no spikes recorded"),
    "bindsnet": Kind("bindsnet", "bindsnet_dense.py", "floating point, dense, no delays"),
    "reservoirpy": Kind(
        "reservoirpy",
        "reservoirpy_rates.py",
        "rates: every unit sends to every target in every step",
        threads=(1,),
        spikes=False,
    ),
}


class Peer:
    """A running peer."""

    def __init__(self, process: subprocess.Popen[str], about: dict[str, Any]) -> None:
        self._process, self.about, self.samples = process, about, int(about["samples"])

    def turn(self) -> dict[str, Any]:
        """Seconds, processor seconds and spikes of one batch."""
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write("go\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())


def python_of_peers() -> str:
    """The interpreter that has the peers: ``$NEUROLSM_PEERS``, the environment ``.venv-peers``, or this one."""
    beside = HERE.parent / ".venv-peers" / "bin" / "python"
    return os.environ.get("NEUROLSM_PEERS") or (str(beside) if beside.exists() else sys.executable)


def missing(kind: Kind) -> str | None:
    """Why a peer cannot run; None if it can."""
    python = sys.executable if kind.ours else python_of_peers()
    done = subprocess.run([python, "-c", f"import {kind.package}"], capture_output=True, text=True, timeout=300)
    if done.returncode == 0:
        return None
    last = (done.stderr.strip().splitlines() or ["it cannot be imported"])[-1]
    return f"{last} (pip install -r benchmarks/peers.txt)"


@contextlib.contextmanager
def opened(kind: Kind, file: Path, threads: int) -> Iterator[Peer]:
    """A peer that is ready; its process ends with this block."""
    python = sys.executable if kind.ours else python_of_peers()
    limits = {name: str(threads) for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")}
    process = subprocess.Popen(
        [python, str(HERE / "peers" / kind.script), str(file), str(threads)], text=True, env={**os.environ, **limits},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    try:
        assert process.stdout and process.stderr
        line = next((line for line in process.stdout if line.startswith("{")), None)  # after banners
        if line is None:
            raise RuntimeError(process.stderr.read().strip()[-800:] or "it ended at once")
        yield Peer(process, json.loads(line))
    finally:
        process.kill()
        process.wait()


def write(program: Program, inputs: Spikes, file: Path) -> None:
    """The workload as plain arrays, for scripts that know nothing of this project."""
    recurrent, feed = program.projections
    p = program.neurons
    row = np.repeat(np.arange(inputs.indptr.size - 1), np.diff(inputs.indptr))
    steps = int(inputs.steps[0])
    ku, kv = 4095 - int(p.du[0]), 4096 - int(p.dv[0])
    np.savez(
        file, n=program.n, inputs=program.n_inputs, steps=steps, samples=len(inputs), vth=int(p.vth[0]), bias=p.bias,
        ku=ku, kv=kv, keep_u=ku / 4096, keep_v=kv / 4096, sample=row // steps, step=row % steps, unit=inputs.unit,
        **{f"rec_{k}": getattr(recurrent, k) for k in ("pre", "post", "weight", "delay")},
        **{f"in_{k}": getattr(feed, k) for k in ("pre", "post", "weight")},
    )  # fmt: skip
