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
from multiprocessing.process import BaseProcess
from typing import Any

import numpy as np

from neurolsm.errors import BackendFailure
from neurolsm_lava.containment import contained, interrupts_deferred

POLL = 0.2  # seconds between two looks at the processes while waiting
GRACE = 2.0  # seconds that a failed process gets to hand over its traceback
BUILD = (
    "_build_watchdog_manager",
    "_build_message_infrastructure",
    "_build_channels",
    "_build_sync_channels",
    "_build_processes",
    "_build_runtime_services",
    "_start_ports",
)

_live: weakref.WeakSet[GuardedRuntime] = weakref.WeakSet()


class ProcessRaised(RuntimeError):
    """A process told the runtime that it raised."""


class GuardedRuntime:
    """The processes that run one Lava process, started on construction.

    Args:
        make: makes the Lava process.
        run_config: chooses its model.
        deadline: seconds without any progress after which a run, or the start, has failed.

    Raises:
        BackendFailure: the processes could not be started; none is left.
    """

    def __init__(self, make: Callable[[], Any], run_config: Any, deadline: float) -> None:
        from lava.magma.core.process.message_interface_enum import ActorType
        from lava.magma.runtime.runtime import Runtime

        self._owner, self._deadline = os.getpid(), deadline
        self._runtime: Any = None
        _live.add(self)
        try:
            with contained():
                # One slot a channel more than one message: the default of 64 fills the shared memory of containers.
                executable = make().compile(run_config, {"pypy_channel_size": 2})
                self._runtime = Runtime(executable, ActorType.MultiProcessing)
                for stage in BUILD:
                    getattr(self._runtime, stage)()
                self._runtime._is_initialized = True
            self._await_start()
        except Exception as error:
            raise self._failure("could not start", error) from error
        except BaseException:
            self.end()
            raise

    def run(self, steps: int, progress: Callable[[], int]) -> None:
        """Run ``steps`` Lava steps; ``progress`` is any number that changes while there is progress.

        Raises:
            BackendFailure: a process raised or died, or the deadline passed; everything has been ended.
        """
        from lava.magma.core.run_conditions import RunSteps

        with self._failing():
            answered = threading.Event()
            for port in self._runtime.service_to_runtime:
                port.observer = answered.set
            self._runtime.start(RunSteps(steps, blocking=False))
            for port in self._runtime.service_to_runtime:
                self._await_answer(port, answered, progress)
            self._runtime._is_running = False

    def get(self, var: Any) -> Any:
        """The value of a Var between two runs, one message a number; or the numbers that a sparse matrix stores.

        Raises:
            BackendFailure: a process died, or the deadline passed; everything has been ended.
        """
        from lava.magma.runtime.mgmt_token_enums import MGMT_COMMAND

        with self._failing():
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
                raise TimeoutError(f"no answer within the deadline of {self._deadline} s")

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
            infrastructure = runtime._messaging_infrastructure
            if infrastructure is None:
                return
            for actor in infrastructure.actors:
                actor.kill()
            for actor in infrastructure.actors:
                BaseProcess.join(actor)  # Lava's own join would read from a pipe that may hold half a message
                actor._is_done = True
                for handle in (actor, actor._cconn, actor._pconn):
                    handle.close()
            for port in [*runtime.runtime_to_service, *runtime.service_to_runtime]:
                port.join()
                port._array = []  # a view of shared memory, which could not be closed otherwise
            infrastructure.smm.shutdown()
            runtime._watchdog_manager.stop()

    # ------------------------------------------------------------------ waiting

    def _await_start(self) -> None:
        """Every process says once that it is built, or what went wrong."""
        limit = time.monotonic() + self._deadline
        for queue in self._runtime.exception_q:
            while queue.empty():
                self._check_processes()
                if time.monotonic() > limit:
                    raise TimeoutError(
                        f"no process started within the deadline of {self._deadline} s; give a larger one"
                    )
                time.sleep(0.002)
            error = queue.get()
            if error is not None:
                raise error
        del self._runtime.exception_q

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
                    f"no progress within the deadline of {self._deadline} s after Lava step {seen}; "
                    "give a larger one if a step may take that long"
                )
            self._check_processes()
        if not enum_equal(port.recv(), MGMT_RESPONSE.DONE):
            raise ProcessRaised("a Lava process raised")

    def _check_processes(self) -> None:
        for actor in self._runtime._messaging_infrastructure.actors:
            if not actor.is_alive() and actor.exitcode:
                raise RuntimeError(
                    f"a Lava process ended with exit code {actor.exitcode} (-9: killed, often for want of memory)"
                )

    # ------------------------------------------------------------------ failing

    def _failure(self, what: str, error: Exception) -> BackendFailure:
        """End everything and say why, with what the processes have to say."""
        told = [getattr(error, "trace", "")]  # of a process that could not be built
        if isinstance(error, ProcessRaised):
            told = self._tracebacks()
        self.end()
        text = "\n".join(t.strip() for t in told if t)
        return BackendFailure(
            f"Lava {what}: {error}. All its processes have been ended." + (f"\n{text}" if text else "")
        )

    def _tracebacks(self) -> list[str]:
        """Tracebacks of the processes that raised; a short wait, as they are sent last of all."""
        limit = time.monotonic() + GRACE
        found: list[str] = []
        while not found and time.monotonic() < limit:
            for actor in self._runtime._messaging_infrastructure.actors:
                if actor._pconn.poll(0.01):
                    found += _told(actor._pconn)
        return found


def _told(connection: Any) -> list[str]:
    """The traceback that a process left; none if it ended in peace."""
    try:
        message = connection.recv()
    except Exception as error:  # what was raised need not survive the pipe
        return [f"(its traceback cannot be read: {error!r})"]
    return [message[1]] if message else []


def _end_all() -> None:
    for runtime in list(_live):
        runtime.end()


atexit.register(_end_all)
