"""A child process that is asked and answers in arrays, and that always ends."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import tempfile
import weakref
from collections.abc import Iterable
from io import BufferedReader
from pathlib import Path
from typing import IO, Any, cast

import numpy as np
from numpy.typing import DTypeLike, NDArray

from neurolsm.errors import BackendFailure

TAIL = 1000  # characters of what the process said that an error shows
GRACE = 5.0  # seconds for a process that stopped answering to end


class Child:
    """The program ``main`` in ``folder``, running. It ends with ``end``, or at the end of its input.

    Raises:
        BackendFailure: it cannot be started.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._said = tempfile.TemporaryFile()
        try:
            # A session of its own: Ctrl-C reaches this process alone, which then ends the child.
            self._process = subprocess.Popen(
                ["./main"], cwd=folder, start_new_session=True, bufsize=1 << 20,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._said,
            )  # fmt: skip
        except OSError as error:
            self._said.close()
            raise BackendFailure(
                f"brian2: the built simulation in {folder} cannot be started ({error}). Delete that folder and open "
                "the simulator again, which builds it anew."
            ) from error
        weakref.finalize(self, _kill, self._process)  # for who forgets to close
        assert self._process.stdin is not None and self._process.stdout is not None
        self._in: IO[bytes] = self._process.stdin
        self._out = cast(BufferedReader, self._process.stdout)

    def write(self, arrays: Iterable[NDArray[Any]]) -> None:
        """Send the bytes of all arrays. Raises BrokenPipeError if nobody reads them."""
        for array in arrays:
            self._in.write(array.tobytes())
        self._in.flush()

    def read(self, dtype: DTypeLike, *shape: int) -> NDArray[Any]:
        """Receive one array. Raises EOFError if the child ended before."""
        array = np.empty(shape, dtype)
        if array.size and self._out.readinto(array.data.cast("B")) != array.nbytes:
            raise EOFError
        return array

    def failure(self) -> BackendFailure:
        """End it, and say how it ended before."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(GRACE)
        code = self._process.poll()
        self._said.seek(0)
        said = self._said.read().decode(errors="replace").strip()[-TAIL:]
        self.end()
        if code is None:
            how = "stopped answering"
        else:
            how = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
        return BackendFailure(
            f"brian2: the simulation process {how}. {f'It said: {said}. ' if said else ''}Run again; if it fails again, "
            f"delete {self._folder} and open the simulator again, which builds it anew."
        )

    def end(self) -> None:
        """Kill it and wait for it. May be called twice."""
        _kill(self._process)
        for stream in (self._in, self._out, self._said):
            with contextlib.suppress(OSError):
                stream.close()


def _kill(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()
