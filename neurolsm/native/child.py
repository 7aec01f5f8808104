"""A child process that is asked and answers in arrays, and that always ends."""

from __future__ import annotations

import contextlib
import io
import os
import select
import signal
import subprocess
import weakref
from collections.abc import Iterable
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import DTypeLike, NDArray

from neurolsm.errors import BackendFailure
from neurolsm.native.command import Patience, signal_name

TAIL = 1000  # characters of what the process said that an error shows
ROOM = 1 << 20  # bytes of an answer that wait to be read
GRACE = 5.0  # seconds for a process that stopped answering to end, and for a stopped one to be continued


class Child:
    """The program ``main`` in ``folder``, which ``backend`` has built, running. It ends with ``end``, or at the end of its input.

    Attributes:
        deadline: seconds for which ``write`` and ``read`` wait without any progress.

    Raises:
        BackendFailure: it cannot be started.
    """

    def __init__(self, folder: Path, backend: str) -> None:
        self._folder, self._backend = folder, backend
        self._tail = b""
        self.deadline = 60.0
        try:
            # A session of its own: Ctrl-C reaches this process alone, which then ends the child.
            self._process = subprocess.Popen(
                ["./main"], cwd=folder, start_new_session=True, bufsize=0,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            )  # fmt: skip
        except OSError as error:
            raise BackendFailure(
                f"{backend}: the built simulation in {folder} cannot be started ({error}). Delete that folder and open "
                "the simulator again, which builds it anew."
            ) from error
        weakref.finalize(self, _kill, self._process)  # for who forgets to close
        self._in, raw, self._said = (
            cast(io.FileIO, stream) for stream in (self._process.stdin, self._process.stdout, self._process.stderr)
        )
        for stream in (self._in, raw, self._said):
            os.set_blocking(stream.fileno(), False)
        self._out = io.BufferedReader(raw, ROOM)
        with contextlib.suppress(
            ImportError, AttributeError, OSError
        ):  # Linux alone: what comes in large parts is waited for less often
            import fcntl

            fcntl.fcntl(raw.fileno(), fcntl.F_SETPIPE_SZ, ROOM)

    def write(self, arrays: Iterable[NDArray[Any]]) -> None:
        """Send the bytes of all arrays. Raises BrokenPipeError if nobody reads them, TimeoutError if nobody does in time."""
        patience = Patience(self.deadline)
        for array in arrays:
            left = np.ascontiguousarray(array).reshape(-1).data.cast("B") if array.size else memoryview(b"")
            while left:
                sent = self._in.write(left)
                if sent:
                    left, patience = left[sent:], Patience(self.deadline)
                else:
                    self._wait(self._in, select.POLLOUT, patience)

    def read(self, dtype: DTypeLike, *shape: int) -> NDArray[Any]:
        """Receive one array. Raises EOFError if the child ended before, TimeoutError if nothing comes in time."""
        array = np.empty(shape, dtype)
        if not array.size:
            return array
        left = array.data.cast("B")
        # None where nothing is there yet, which the types of Python do not say
        got = cast("int | None", self._out.readinto(left))
        if got == array.nbytes:  # nearly always: many samples lie in the buffer
            return array
        patience = Patience(self.deadline)
        while left:
            if got == 0:
                raise EOFError
            if got:
                left, patience = left[got:], Patience(self.deadline)
            else:
                self._wait(self._out, select.POLLIN, patience)
            got = cast("int | None", self._out.readinto(left)) if left else 0
        return array

    def _wait(self, stream: io.IOBase, event: int, patience: Patience) -> None:
        """Until the stream is ready. What the child says meanwhile is read, so that it never waits for that."""
        poll = select.poll()
        poll.register(stream.fileno(), event)
        poll.register(self._said.fileno(), select.POLLIN)
        stopped = Patience(GRACE)
        while True:
            ready = dict(poll.poll(patience.pause))
            if self._said.fileno() in ready and not self._listen():
                poll.unregister(self._said.fileno())
            if stream.fileno() in ready:
                return
            if not _stopped(self._process.pid):
                stopped = Patience(GRACE)
            elif stopped.spent():
                raise TimeoutError("was stopped from outside and not continued")
            if patience.spent():
                raise TimeoutError(f"gave no answer within the deadline of {self.deadline:g} s")

    def _listen(self) -> bool:
        """Take what the child has said; False if it can say no more."""
        part = self._said.read(1 << 16)
        self._tail = (self._tail + (part or b""))[-4 * TAIL :]
        return part != b""

    def failure(self, how: str = "") -> BackendFailure:
        """End it, and say what was wrong: ``how``, or how it ended by itself."""
        if not how:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(GRACE)
            code = self._process.poll()
            if code is None:
                how = "stopped answering"
            else:
                how = f"was ended by {signal_name(-code)}" if code < 0 else f"ended with exit code {code}"
        for _ in range(64):  # a pipe holds less
            before = self._tail
            if not self._listen() or self._tail == before:
                break
        said = self._tail.decode(errors="replace").strip()[-TAIL:]
        self.end()
        return BackendFailure(
            f"{self._backend}: the simulation process {how}. {f'Its output: {said}. ' if said else ''}Run again; if it fails again, "
            f"delete {self._folder} and open the simulator again, which builds it anew."
        )

    def end(self) -> None:
        """Kill it and wait for it. May be called twice."""
        _kill(self._process)
        for stream in (self._in, self._out, self._said):
            with contextlib.suppress(OSError):
                stream.close()


def _stopped(pid: int) -> bool:
    """Whether a signal has stopped the process; False also where the system does not say, as then the deadline must do."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "Tt"
    except (OSError, IndexError):
        return False


def _kill(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        with contextlib.suppress(OSError):
            os.killpg(process.pid, signal.SIGKILL)
        process.kill()
    process.wait()
