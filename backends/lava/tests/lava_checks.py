"""What the tests of the Lava backend share."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
from neurolsm_lava import LavaBackend

from neurolsm.conformance.generate import Case, inputs, program
from neurolsm.execute.recording import Recording
from neurolsm.program import Program
from neurolsm.program.spikes import Spikes
from neurolsm.semantics import ReferenceSimulator


def assert_equal(got: Recording, expected: Recording) -> None:
    """The same bits: every spike, u and v after each sample, synaptic operations and traces."""
    assert got.spikes.equal(expected.spikes)
    for name in ("u", "v", "synops"):
        np.testing.assert_array_equal(getattr(got, name), getattr(expected, name), err_msg=name)
    assert got.traces.keys() == expected.traces.keys()
    for name, values in expected.traces.items():
        np.testing.assert_array_equal(got.traces[name], values, err_msg=f"trace {name}")


def assert_case(case: Case, model: str) -> None:
    """A random case on Lava equals the reference, started from rest and then carried on."""
    network, stimulus = program(case), inputs(case)
    reference = ReferenceSimulator(network)
    with LavaBackend.open(network, model=model) as simulator:
        for carry in (False, True):
            assert_equal(simulator.run(stimulus, carry=carry), reference.run(stimulus, carry=carry))
            assert simulator.state.equal(reference.state)
        assert simulator.info["model"] == model


def in_float(network: Program) -> Program:
    """The same network in float arithmetic, with the threshold as unit."""
    full = network.neurons
    scale = 64.0 * full.vth.max()
    neurons = replace(
        full, du=(full.du + 1) / 4096, dv=full.dv / 4096, vth=64 * full.vth / scale, bias_mant=full.bias / scale,
        bias_exp=np.zeros(network.n, np.int32), theta_step=full.theta_step / scale, theta_decay=full.theta_decay / 4096,
    )  # fmt: skip
    projections = tuple(replace(p, weight=64 * p.effective / scale, weight_exp=0) for p in network.projections)
    return replace(network, target="none", arithmetic="float", neurons=neurons, projections=projections)


def stimulus(channels: int, lengths: list[int], rate: float = 0.2, seed: int = 0) -> Spikes:
    rng = np.random.default_rng(seed)
    return Spikes.from_list([rng.random((steps, channels)) < rate for steps in lengths])


def children(but: Collection[int] = ()) -> list[int]:
    """Processes whose parent is this one, without those in ``but`` and Python's own tracker of shared memory, which stays.

    To see what a test left, give those of before as ``but``: idle workers of an earlier test may end meanwhile.
    """
    found = []
    for entry in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{entry}/stat") as file:
                state, parent = file.read().rpartition(")")[2].split()[:2]
            with open(f"/proc/{entry}/cmdline") as file:
                command = file.read()
        except OSError:
            continue  # ended meanwhile
        if int(parent) == os.getpid() and state != "Z" and "resource_tracker" not in command:
            found.append(int(entry))
    return sorted(set(found) - set(but))


@contextmanager
def forking() -> Iterator[None]:
    """Stock Lava as it is can be started within the block: it needs fork, which Python 3.14 takes only if told to."""
    method = multiprocessing.get_start_method(allow_none=True)
    multiprocessing.set_start_method("fork", force=True)
    try:
        yield
    finally:
        multiprocessing.set_start_method(method, force=True)


def named_memory(numbers: list[int]) -> set[str]:
    """Shared memory and semaphores that these processes see and that have a name, so that they could be left behind."""
    found = set()
    for number in numbers:
        try:
            with open(f"/proc/{number}/maps") as file:
                found |= {line.split(maxsplit=5)[-1].strip() for line in file if "/dev/shm/" in line}
        except OSError:
            continue  # ended meanwhile
    return {name for name in found if not name.endswith("(deleted)")}
