"""A Lava runtime that always comes to an end: with a result, or with an error that says why.

Lava 0.10 hangs when a process of its raises, at interpreter exit, and for ever on a port that nobody writes. Here a run
has a deadline and notices dead processes, the traceback of a failed process becomes part of the error, and ending never
asks Lava's processes for their consent. This uses private parts of Lava, which is why its version is pinned.
"""

from __future__ import annotations

import atexit
import multiprocessing.util  # noqa: F401  its exit handler joins all children; ours must run before, so be registered later
import os
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from neurolsm.errors import BackendFailure
from neurolsm_lava.containment import contained, interrupts_deferred

POLL = 0.2  # seconds between two looks at the processes while waiting
GRACE = 2.0  # seconds, at most, that a failed process gets to hand over its traceback

_live: weakref.WeakSet[GuardedRuntime] = weakref.WeakSet()


class ProcessRaised(RuntimeError):
    """A process told the runtime that it raised, and perhaps what: ``told`` is its traceback, or nothing."""

    def __init__(self, told: str = "") -> None:
        super().__init__("a Lava process raised")
        self.told = told


class GuardedRuntime:
    """The processes that run one Lava process, started on construction.

    Args:
        make: makes the Lava process.
        run_config: chooses its model.
        deadline: seconds without any progress after which a run, or the start, has failed.
        service: makes the class that takes the place of Lava's runtime service of processes on the CPU; None leaves it.

    Raises:
        BackendFailure: the processes could not be started; none is left.
    """

    def __init__(
        self, make: Callable[[], Any], run_config: Any, deadline: float, service: Callable[[], Any] | None = None
    ) -> None:
        self._owner, self._deadline = os.getpid(), deadline
        self._runtime: Any = None
        _live.add(self)
        try:
            with contained():
                # One slot a channel more than one message: the default of 64 fills the shared memory of containers.
                self._build(make().compile(run_config, {"pypy_channel_size": 2}), service() if service else None)
            self._await_start()
        except Exception as error:
            raise self._failure("could not start", error) from error
        except BaseException:
            self.end()
            raise

    def _build(self, executable: Any, service: Any) -> None:
        """What ``Runtime.initialize`` does, with our parts instead of Lava's processes."""
        from lava.magma.compiler.builders.py_builder import PyProcessBuilder
        from lava.magma.core.process.message_interface_enum import ActorType
        from lava.magma.runtime.runtime import Runtime

        from neurolsm_lava.parts import Infrastructure

        self._runtime = runtime = Runtime(executable, ActorType.MultiProcessing)
        runtime._build_watchdog_manager()
        runtime._messaging_infrastructure = infrastructure = Infrastructure()
        runtime._build_channels()
        runtime._build_sync_channels()
        for builder in executable.proc_builders.values():
            if isinstance(builder, PyProcessBuilder):
                infrastructure.start_part(builder.build)
        for builder in executable.runtime_service_builders.values():
            if service and issubclass(service, builder.rs_class):
                builder.rs_class = service
            infrastructure.start_part(builder.build)
        runtime._start_ports()
        runtime._is_initialized = True

    def run(self, steps: int, progress: Callable[[], int]) -> None:
        """Run ``steps`` Lava steps; ``progress`` counts those that have been done.

        Raises:
            BackendFailure: a process raised or died, or the deadline passed; everything has been ended.
        """
        from lava.magma.core.run_conditions import RunSteps

        with self._failing():
            self._check_processes()
            before, answered = progress(), threading.Event()
            for port in self._runtime.runtime_to_service:
                self._wait(port)
            for port in self._runtime.service_to_runtime:
                port.observer = answered.set
            self._runtime.start(RunSteps(steps, blocking=False))
            for port in self._runtime.service_to_runtime:
                self._await_answer(port, answered, progress)
            self._runtime._is_running = False
            self._check_processes()
            if progress() - before != steps:
                raise RuntimeError(f"{progress() - before} of {steps} Lava steps have been done")

    def get(self, var: Any) -> Any:
        """The value of a Var between two runs, one message a number; or the numbers that a sparse matrix stores.

        Raises:
            BackendFailure: a process died, or the deadline passed; everything has been ended.
        """
        from lava.magma.runtime.mgmt_token_enums import MGMT_COMMAND

        with self._failing():
            self._check_processes()
            _, answer = self._address(var, MGMT_COMMAND.GET_DATA)
            count = int(self._receive(answer))
            return np.array([self._receive(answer) for _ in range(count)])

    def set(self, var: Any, values: Any) -> None:
        """Give a Var a value between two runs, one message a number.

        Raises:
            BackendFailure: a process died, or the deadline passed; everything has been ended.
        """
        from lava.magma.runtime.mgmt_token_enums import MGMT_COMMAND, enum_to_np

        with self._failing():
            self._check_processes()
            ask, answer = self._address(var, MGMT_COMMAND.SET_DATA)
            for value in (values.size, *values.ravel().tolist()):
                self._wait(ask)
                ask.send(enum_to_np(value))
            self._receive(answer)

    def _address(self, var: Any, command: Any) -> tuple[Any, Any]:
        """The way to the process that holds a Var, and back; it has been told what comes."""
        from lava.magma.runtime.mgmt_token_enums import enum_to_np

        model = self._runtime._executable.node_configs[0].var_models[var.id]
        ask = self._runtime.runtime_to_service[model.runtime_srv_id]
        for word in (command, enum_to_np(model.proc_id), enum_to_np(var.id)):
            self._wait(ask)
            ask.send(word)
        return ask, self._runtime.service_to_runtime[model.runtime_srv_id]

    def _receive(self, port: Any) -> float:
        self._wait(port)
        return float(port.recv()[0])

    def _wait(self, port: Any) -> None:
        """Until a port can be read or written."""
        if port.probe():
            return
        limit, ready = time.monotonic() + self._deadline, threading.Event()
        port.observer = ready.set
        while not port.probe():
            ready.wait(min(POLL, self._deadline))
            ready.clear()
            self._check_processes()
            if time.monotonic() > limit:
                raise TimeoutError(f"no answer within the deadline of {self._deadline} s{self._stopped()}")

    @contextmanager
    def _failing(self) -> Iterator[None]:
        """An error ends everything and says so."""
        try:
            yield
        except BaseException as error:
            if isinstance(error, Exception):
                raise self._failure("failed", error) from error
            self.end()
            raise

    def end(self) -> None:
        """End all processes. Never blocks, never raises; may be called twice."""
        runtime, self._runtime = self._runtime, None
        if runtime is None or self._owner != os.getpid():
            return
        with interrupts_deferred():
            runtime._is_started = runtime._is_running = False  # disarms Runtime.stop() and Runtime.__del__
            for port in [*runtime.runtime_to_service, *runtime.service_to_runtime]:
                port.join()
            for port in runtime._open_ports:
                port._array, port._shm = [], None  # gives the shared pages back, whoever still holds the port
            if runtime._messaging_infrastructure is not None:
                runtime._messaging_infrastructure.end()

    # ------------------------------------------------------------------ waiting

    def _await_start(self) -> None:
        """Every process says once that it is built, or what went wrong."""
        from neurolsm_lava.parts import BUILT

        limit = time.monotonic() + self._deadline
        for part in self._parts:
            while (told := part.told()) is None:
                self._check_processes()
                if time.monotonic() > limit:
                    raise TimeoutError(
                        f"no process started within the deadline of {self._deadline} s{self._stopped()}; "
                        "give a larger one"
                    )
                time.sleep(0.002)
            if told != BUILT:
                raise ProcessRaised(told)

    def _await_answer(self, port: Any, answered: threading.Event, progress: Callable[[], int]) -> None:
        from lava.magma.runtime.mgmt_token_enums import MGMT_RESPONSE, enum_equal

        seen, since = progress(), time.monotonic()
        while not port.probe():
            answered.wait(min(POLL, self._deadline))
            answered.clear()
            if progress() != seen:
                seen, since = progress(), time.monotonic()
            if time.monotonic() - since > self._deadline and not port.probe():
                raise TimeoutError(
                    f"no progress within the deadline of {self._deadline} s after Lava step {seen}{self._stopped()}; "
                    "give a larger one if a step may take that long"
                )
            self._check_processes()
        if not enum_equal(port.recv(), MGMT_RESPONSE.DONE):
            raise ProcessRaised

    @property
    def _parts(self) -> list[Any]:
        return self._runtime._messaging_infrastructure.actors if self._runtime else []

    def _check_processes(self) -> None:
        """No process ends before it is ended, in whatever way."""
        from neurolsm_lava.parts import BUILT, ended

        if self._runtime is None:
            raise RuntimeError("its processes have been ended meanwhile")
        gone = ended(self._parts)
        for part in gone:
            while told := part.told():
                if told != BUILT:
                    raise ProcessRaised(told)
        for part in gone:
            part.join(1)
            raise RuntimeError(
                f"a Lava process ended with exit code {part.exitcode} (-9: killed, often for want of memory)"
            )

    def _stopped(self) -> str:
        """What is to be said of processes that somebody has stopped, where the system tells."""
        stopped = [part.pid for part in self._parts if _state(part.pid) == "T"]
        return f", and stopped processes ({', '.join(map(str, stopped))})" if stopped else ""

    # ------------------------------------------------------------------ failing

    def _failure(self, what: str, error: Exception) -> BackendFailure:
        """End everything and say why, with what the processes have to say."""
        told, reason = "", str(error)
        if isinstance(error, ProcessRaised):
            told = (error.told or self._traceback()).strip()
            reason += f" {told.splitlines()[-1]}" if told else ""
        self.end()
        return BackendFailure(
            f"Lava {what}: {reason}. All its processes have been ended." + (f"\n{told}" if told else "")
        )

    def _traceback(self) -> str:
        """The traceback of a process that raised; a short wait, as it is sent last of all."""
        limit = time.monotonic() + min(GRACE, self._deadline)
        while time.monotonic() < limit:
            for part in self._parts:
                if told := part.told():
                    return str(told)
            time.sleep(0.01)
        return ""


def _state(number: int) -> str:
    """The letter that Linux gives to the state of a process; none elsewhere."""
    try:
        with open(f"/proc/{number}/stat") as file:
            return file.read().rpartition(")")[2].split()[0]
    except OSError:
        return ""


def _end_all() -> None:
    for runtime in list(_live):
        runtime.end()


atexit.register(_end_all)
