"""Runs a command for somebody, and ends all that it started as soon as that one is gone: ``python guard.py FOLDER COMMAND...``

Standard input is a socket to who waits: the number of the command's process group goes out there, then its exit code. If the
other end is closed before, the group is killed and the folder removed. Only what every Python has is imported: it starts in 20 ms.
"""

import contextlib
import os
import select
import shutil
import signal
import sys

POLL = 0.02


def main(folder: str, *command: str) -> None:
    owner = os.getppid()
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
        with contextlib.suppress(OSError):
            os.write(0, f"{os.waitstatus_to_exitcode(status)}\n".encode())
    else:
        os.waitpid(process, 0)
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
