"""The peers, each in a process of its own that answers whenever it is asked to run a batch (peers/serve.py)."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from turns import Contender

from neurolsm.emulator.threads import cores
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


# Peers of the lessons of learning.py. Their liquids are in floating point, and so are the readouts.
RULE_KINDS = {
    "nest": Kind("nest", "nest_learning.py", "floating point; learns when spikes arrive; the state goes on"),
    "brian2_by_hand": Kind(
        "brian2", "brian2_learning.py", "weights in floating point; learns when spikes arrive", threads=(1,), ours=True
    ),
    "bindsnet": Kind("bindsnet", "bindsnet_learning.py", "floating point, dense, no delays, 2 samples"),
}
READOUT_KINDS = {
    name: replace(KINDS[name], differs="the liquid alone; the readout in NumPy, in floating point")
    for name in ("nest", "brian2_by_hand", "snntorch", "bindsnet")
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
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit(f"{self._process.args} ended in its turn")
        return json.loads(line)

    def timed_by(self, clock: str) -> Callable[[], tuple[float, int | None]]:
        """A turn by the wall's clock, ``seconds``, or the processor's, ``cpu``."""

        def turn() -> tuple[float, int | None]:
            answer = self.turn()
            return answer[clock], answer["spikes"]

        return turn


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
    """A peer that is ready; its process and what it wrote end with this block."""
    python = sys.executable if kind.ours else python_of_peers()
    limits = {name: str(threads) for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")}
    # What it compiles lies in a folder of ours, for it is killed and cannot remove it.
    with tempfile.TemporaryDirectory(prefix="peer-") as scratch:
        process = subprocess.Popen(
            [python, str(HERE / "peers" / kind.script), str(file), str(threads)], text=True, env={**os.environ, **limits, "TMPDIR": scratch},
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


def contenders(
    kinds: dict[str, Kind], file: Path, stack: contextlib.ExitStack, absent: dict[str, str], say: Callable[[str], None],
    prefix: str = "", cpu: bool = False, most: int = 2,
) -> list[Contender]:  # fmt: skip
    """Peers that are ready, on each number of threads; the reason is left in ``absent`` for those that are not.

    Args:
        cpu: whether one thread is timed by the processor's clock.
        most: threads.
    """
    ready = []
    for name, kind in kinds.items():
        reason = missing(kind)
        for threads in [k for k in kind.threads if k <= min(most, cores())]:
            full = f"{prefix}{name}_{threads}"
            try:
                if reason:
                    raise RuntimeError(reason)
                peer = stack.enter_context(opened(kind, file, threads))
            except RuntimeError as error:
                absent[full] = " ".join(str(error).split())[-300:]
                say(f"missing: {full}: {absent[full]}")
                continue
            say(f"ready: {full}")
            clock = "cpu" if cpu and threads == 1 else "seconds"
            ready.append(Contender(full, kind.differs, peer.samples, peer.timed_by(clock)))
    return ready


def write(program: Program, inputs: Spikes, file: Path, **lesson: Any) -> None:
    """The workload as plain arrays, for scripts that know nothing of this project; what is learned is added as given."""
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
        **{"lesson": "", "windows": 1, **lesson},
    )  # fmt: skip
