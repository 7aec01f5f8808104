"""A command with a deadline that leaves nothing behind, whatever it does and whoever is killed."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

GUARD = Path(__file__).with_name("guard.py")
POLL = 0.5  # seconds at most between two looks at the clock
KEPT = 1 << 16  # last bytes of what a command said that are kept
GRACE = 5.0  # seconds for the guard to end


class Patience:
    """Time that this process waited. While it slept itself (Ctrl-Z, a closed lid) nobody could have answered."""

    def __init__(self, seconds: float) -> None:
        self._left = seconds
        self._before = time.monotonic()

    def spent(self) -> bool:
        now = time.monotonic()
        self._left -= min(now - self._before, 2 * POLL)
        self._before = now
        return self._left <= 0

    @property
    def pause(self) -> float:
        """Milliseconds until the next look."""
        return 1000 * max(min(POLL, self._left), 0.001)


def signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:  # of real time
        return f"signal {number}"


def call(command: list[str], folder: Path, deadline: float) -> tuple[int, str]:
    """Run a command in ``folder`` of a workshop; its exit code (a signal is negative) and the end of what it said.

    The command has the workshop's folder for temporary files. Should this process be killed, the command and all that it
    started are too, and the workshop goes.

    Raises:
        TimeoutError: it took longer than ``deadline`` seconds, and was ended.
    """
    workshop = folder.parent
    (workshop / "tmp").mkdir(exist_ok=True)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        guard = subprocess.Popen(
            [sys.executable, "-I", "-S", str(GUARD), str(workshop), *command], cwd=folder, start_new_session=True,
            stdin=theirs.fileno(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, bufsize=0,
            env={**os.environ, "TMPDIR": str(workshop / "tmp")},
        )  # fmt: skip
        theirs.close()
        told = bytearray()
        try:
            said = _wait(guard, ours, told, deadline)
        finally:
            ours.close()
            _end(guard, told)
    code = int(told.split()[1]) if told.count(b"\n") == 2 else -signal.SIGKILL  # so ended the guard, or else it told
    return code, said.decode(errors="replace").strip()


def _wait(guard: subprocess.Popen[bytes], ours: socket.socket, told: bytearray, deadline: float) -> bytes:
    """Until the guard has told two lines, or is dead: the end of what the command said."""
    assert guard.stdout is not None
    out, said, patience = guard.stdout.fileno(), b"", Patience(deadline)
    os.set_blocking(out, False)
    poll = select.poll()
    poll.register(ours, select.POLLIN)
    poll.register(out, select.POLLIN)
    while told.count(b"\n") < 2:
        for handle, _ in poll.poll(patience.pause):
            part = ours.recv(64) if handle == ours.fileno() else os.read(out, KEPT)
            if handle == ours.fileno():
                told += part
                if not part:
                    return said
            elif part:
                said = (said + part)[-KEPT:]
            else:
                poll.unregister(out)
        if patience.spent():
            raise TimeoutError
    with contextlib.suppress(BlockingIOError):
        for _ in range(64):  # and not for ever
            part = os.read(out, KEPT)
            if not part:
                break
            said = (said + part)[-KEPT:]
    return said


def _end(guard: subprocess.Popen[bytes], told: bytes | bytearray) -> None:
    """Wait for the guard, which ends the command; if it cannot, do it."""
    with contextlib.suppress(subprocess.TimeoutExpired):
        guard.wait(GRACE)
    if guard.returncode != 0:
        guard.kill()
        group = told.partition(b"\n")[0]
        if group.isdigit():
            with contextlib.suppress(OSError):
                os.killpg(int(group), signal.SIGKILL)
        guard.wait()
    if guard.stdout is not None:
        guard.stdout.close()
