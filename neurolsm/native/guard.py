"""Runs a command for somebody, and ends all that it started as soon as that one is gone: ``python guard.py FOLDER COMMAND...``

Standard input is a socket to who waits: the number of the command's process group goes out there, then its exit code. If the
other end is closed before, the group is killed and the folder removed. On Linux that holds for processes that left the group as
well: they come to the guard when their parents end. Only what every Python has is imported: it starts in 20 ms.
"""

import contextlib
import os
import select
import shutil
import signal
import sys
import time

POLL = 0.02
PR_SET_CHILD_SUBREAPER = 36
SWEEP = 2.0  # seconds, at most, for what left the group to end


def main(folder: str, *command: str) -> None:
    owner = os.getppid()
    adopt_orphans()
    process = os.fork()
    if process == 0:
        try:
            os.setpgid(0, 0)
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            os.execvp(command[0], command)
        except OSError as error:
            os.write(2, f"{command[0]}: {error}\n".encode(errors="replace"))
        os._exit(127)
    with contextlib.suppress(OSError):  # it may have done so itself
        os.setpgid(process, process)
    ended = 0
    with contextlib.suppress(OSError):
        os.write(0, f"{process}\n".encode())
    while not ended:
        gone = select.select([0], [], [], POLL)[0] or os.getppid() != owner
        ended, status = (0, 0) if gone else os.waitpid(process, os.WNOHANG)
        if gone:
            break
    with contextlib.suppress(OSError):
        os.killpg(process, signal.SIGKILL)  # what a command left behind ends with it
    if ended:
        sweep()
        with contextlib.suppress(OSError):
            os.write(0, f"{os.waitstatus_to_exitcode(status)}\n".encode())
    else:
        os.waitpid(process, 0)
        sweep()
        shutil.rmtree(folder, ignore_errors=True)


def adopt_orphans() -> None:
    """Whoever loses their parent below becomes a child of this process, and not of the first one of all."""
    with contextlib.suppress(ImportError, OSError, AttributeError):  # another system
        import ctypes

        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def sweep() -> None:
    """Kill all children, and theirs as they come."""
    end = time.monotonic() + SWEEP
    with contextlib.suppress(OSError):  # none left, or a system that does not list them
        while time.monotonic() < end:
            with open(f"/proc/self/task/{os.getpid()}/children") as listed:
                for child in listed.read().split():
                    os.kill(int(child), signal.SIGKILL)
            if os.waitpid(-1, os.WNOHANG) == (0, 0):
                time.sleep(POLL / 10)


if __name__ == "__main__":
    main(*sys.argv[1:])
