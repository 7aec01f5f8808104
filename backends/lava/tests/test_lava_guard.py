"""Whatever happens, everything ends, and the next run works."""

from __future__ import annotations

import gc
import multiprocessing.synchronize
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from lava_checks import children
from neurolsm_lava import LavaBackend
from neurolsm_lava.lanes import Lanes

from neurolsm.conformance.generate import Case, inputs, program
from neurolsm.errors import BackendFailure
from neurolsm.semantics import ReferenceSimulator

pytestmark = [
    pytest.mark.xdist_group("lava"),
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks for processes in /proc"),
]
CASE = Case(seed=1, n=30)


def raises(*args: Any) -> None:
    raise ValueError("no such lane")


def hangs(*args: Any) -> None:
    time.sleep(600)


def dies(*args: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.parametrize(
    ("method", "fault", "told"),
    [
        ("step", raises, r"raised(.|\n)*Traceback(.|\n)*run_spk(.|\n)*ValueError: no such lane"),
        ("step", hangs, r"no progress within the deadline of 2\.0 s after Lava step 0"),
        ("step", dies, r"exit code -9"),
        ("__init__", raises, r"could not start(.|\n)*Traceback(.|\n)*ValueError: no such lane"),
        ("__init__", hangs, r"could not start.*deadline of 2\.0 s"),
        ("__init__", dies, r"could not start.*exit code -9"),
    ],
)
def test_a_fault_in_a_child(
    method: str, fault: Callable[..., None], told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, of_others = children(), set(multiprocessing.active_children())  # joblib keeps processes
    network, samples = program(CASE), inputs(CASE)
    expected = ReferenceSimulator(network).run(samples)
    with LavaBackend.open(network, deadline=2.0 if fault is hangs else 60.0) as lava:
        with monkeypatch.context() as patch:
            patch.setattr(Lanes, method, fault)  # the children are forked and inherit it
            start = time.monotonic()
            with pytest.raises(BackendFailure, match=told):
                lava.run(samples)
            assert time.monotonic() - start < 20
        assert not children(but=before)
        assert set(multiprocessing.active_children()) <= of_others
        lava._deadline = 60.0
        assert lava.run(samples).spikes.equal(expected.spikes)
    assert not children(but=before)


def test_a_fault_leaves_the_state(monkeypatch: pytest.MonkeyPatch) -> None:
    network, samples = program(CASE), inputs(CASE)
    with LavaBackend.open(network) as lava:
        lava.run(samples)
        state = lava.state.copy()
        lava._end()
        monkeypatch.setattr(Lanes, "step", raises)
        with pytest.raises(BackendFailure):
            lava.run(samples, carry=True)
        assert lava.state.equal(state)


def test_a_stock_process_that_dies_is_noticed() -> None:
    network, samples = program(CASE), inputs(CASE)
    expected = ReferenceSimulator(network).run(samples)
    before = children()
    with LavaBackend.open(network, model="stock") as lava:
        lava.run(samples[:1])
        os.kill(lava._runtime._runtime._messaging_infrastructure.actors[0].pid, signal.SIGKILL)
        with pytest.raises(BackendFailure, match="exit code -9"):
            lava.run(samples)
        assert not children(but=before)
        assert lava.run(samples).spikes.equal(expected.spikes)


def test_close_and_forgetting_end_all_processes() -> None:
    before, descriptors = children(), len(os.listdir("/proc/self/fd"))
    network, samples = program(CASE), inputs(CASE)
    for _ in range(4):
        lava = LavaBackend.open(network)
        lava.run(samples)
        assert children(but=before)
        lava.close()
        assert not children(but=before)
    lava = LavaBackend.open(network)
    lava.run(samples)
    del lava
    gc.collect()
    assert not children(but=before)
    assert len(os.listdir("/proc/self/fd")) <= descriptors + 8


def test_two_at_once() -> None:
    network, samples = program(CASE), inputs(CASE)
    expected = ReferenceSimulator(network).run(samples).spikes
    with LavaBackend.open(network) as one, LavaBackend.open(network, model="stock") as other:
        assert one.run(samples).spikes.equal(expected)
        assert other.run(samples).spikes.equal(expected)
        assert one.run(samples).spikes.equal(expected)
        other.close()
        assert one.run(samples).spikes.equal(expected)


SCRIPT = """
    import signal, threading, time
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell starts what runs in its background without it
    from neurolsm.conformance.generate import Case, program
    from neurolsm.program.spikes import Spikes
    from neurolsm_lava import LavaBackend
    network = program(Case(seed=1, n=30))
    lava = LavaBackend.open(network, model={model!r})

    def announce():
        while lava._exchange is None or not lava._exchange.progress[0]:
            time.sleep(0.01)
        print("running", flush=True)

    threading.Thread(target=announce).start()
    lava.run(Spikes.from_events([([0], [0])], {steps}, network.n_inputs))
"""


def start(model: str, steps: int = 10**6) -> subprocess.Popen[str]:
    """A program in a session of its own, with Lava running."""
    code = textwrap.dedent(SCRIPT.format(model=model, steps=steps))
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "running\n"
    return process


def session(leader: int) -> list[int]:
    """Every process of a session that has not ended."""
    found = []
    for entry in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{entry}/stat") as file:
                fields = file.read().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[3]) == leader and fields[0] != "Z":
            found.append(int(entry))
    return found


def assert_ends(process: subprocess.Popen[str], seconds: float) -> str:
    """The program and all that it started end in time; what it wrote to stderr."""
    try:
        _, errors = process.communicate(timeout=30)
        limit = time.monotonic() + seconds
        while session(process.pid) and time.monotonic() < limit:
            time.sleep(0.05)
        assert not session(process.pid)
        return errors
    finally:
        if session(process.pid):
            os.killpg(process.pid, signal.SIGKILL)


@pytest.mark.parametrize("model", ["fused", "stock"])
def test_ctrl_c_ends_everything(model: str) -> None:
    process = start(model)
    assert len(session(process.pid)) >= 3  # the program, the model, the service
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does
    errors = assert_ends(process, 2)
    assert process.returncode == -signal.SIGINT
    assert errors.count("Traceback") == 1  # that of the program, none of the children
    assert errors.rstrip().endswith("KeyboardInterrupt")


def test_ending_without_close() -> None:
    process = start("fused", steps=1)
    assert assert_ends(process, 2) == ""
    assert process.returncode == 0


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
@pytest.mark.parametrize("stopped", [False, True])
def test_children_do_not_outlive_a_killed_program(how: signal.Signals, stopped: bool) -> None:
    process = start("fused")
    for child in set(session(process.pid)) - {process.pid}:
        if stopped:
            os.kill(child, signal.SIGSTOP)
    process.send_signal(how)
    assert_ends(process, 5)


def test_parts_belong_to_the_program_and_not_to_the_thread_that_started_them() -> None:
    network, samples = program(CASE), inputs(CASE)
    expected = ReferenceSimulator(network).run(samples).spikes
    with LavaBackend.open(network) as lava:
        thread = threading.Thread(target=lava.run, args=(samples,))
        thread.start()
        thread.join()
        started = lava._runtime
        time.sleep(0.2)
        assert lava.run(samples).spikes.equal(expected)
        assert lava._runtime is started


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGUSR1])
def test_parts_do_not_answer_signals_as_the_program_does(number: signal.Signals) -> None:
    """A handler that leaves in peace would make a part end without an error."""
    usual = signal.signal(number, lambda *_: sys.exit(0))
    try:
        with LavaBackend.open(program(CASE)) as lava:
            lava.run(inputs(CASE))
            os.kill(lava._runtime._parts[0].pid, number)
            with pytest.raises(BackendFailure, match=f"exit code -{number.value} "):
                lava.run(inputs(CASE))
            assert lava.run(inputs(CASE))
    finally:
        signal.signal(number, usual)


def leaves(*args: Any) -> None:
    os._exit(0)


def test_a_part_that_leaves_in_peace_has_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Lanes, "step", leaves)
    with LavaBackend.open(program(CASE)) as lava, pytest.raises(BackendFailure, match="exit code 0"):
        lava.run(inputs(CASE))


def test_a_program_that_does_not_wait_for_its_children() -> None:
    """Linux then collects them itself, and tells nobody how they ended."""
    before, usual = children(), signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    try:
        with LavaBackend.open(program(CASE)) as lava:
            lava.run(inputs(CASE))
            os.kill(lava._runtime._parts[0].pid, signal.SIGKILL)
            with pytest.raises(BackendFailure, match="a Lava process ended"):
                lava.run(inputs(CASE))
            lava.run(inputs(CASE))
        assert not children(but=before)
    finally:
        signal.signal(signal.SIGCHLD, usual)


def test_a_stopped_process_is_named() -> None:
    with LavaBackend.open(program(CASE)) as lava:
        lava.run(inputs(CASE))
        lava._runtime._deadline, part = 0.5, lava._runtime._parts[0].pid
        os.kill(part, signal.SIGSTOP)
        with pytest.raises(BackendFailure, match=rf"no progress within the deadline.*stopped processes \({part}\)"):
            lava.run(inputs(CASE))


def test_a_result_is_none_when_steps_are_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    samples = inputs(CASE)
    with LavaBackend.open(program(CASE)) as lava:
        lava.run(samples)
        run = lava._runtime.run
        monkeypatch.setattr(lava._runtime, "run", lambda steps, progress: run(steps, lambda: progress() // 2))
        with pytest.raises(BackendFailure, match="Lava steps have been done"):
            lava.run(samples)


@pytest.mark.parametrize("reason", ["No space left on device", "Permission denied"])
def test_no_room_for_semaphores(reason: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*args: Any, **options: Any) -> None:
        raise OSError(28, reason)

    before, samples = children(), inputs(CASE)
    with LavaBackend.open(program(CASE), model="stock") as lava:
        with monkeypatch.context() as patch:
            patch.setattr(multiprocessing.synchronize.SemLock, "__init__", refused)
            with pytest.raises(BackendFailure, match=rf"could not start: a semaphore.*{reason}.*/dev/shm") as caught:
                lava.run(samples)
            assert "\n" not in str(caught.value)
        assert not children(but=before)
        assert lava.run(samples).spikes.equal(ReferenceSimulator(program(CASE)).run(samples).spikes)
