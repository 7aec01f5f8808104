"""The operating system's processes of one Lava runtime, here called parts, and what they and this process share.

Lava's own ones come with a process that manages shared memory by name. Whoever kills it leaves the names behind in
/dev/shm, whoever stops it makes every end wait for ever. Lava forks, so nothing needs a name: messages between parts
lie in anonymous shared pages, which go with the last process that sees them, and there is nothing to manage.
"""

from __future__ import annotations

import mmap
import os
import sys
import traceback
from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.connection import wait
from multiprocessing.context import ForkProcess
from typing import Any

import numpy as np

from neurolsm_lava.containment import in_forking_thread

BUILT = "built"
MOST_TOLD = 60_000  # bytes: they fit into a pipe, so a part never waits for somebody to read them
PATIENCE = 3.0  # seconds that the kernel gets to end killed parts


class Part(ForkProcess):
    """One process of a runtime: says that it is built, then runs until it is killed; or says why it cannot.

    Args:
        build: makes what runs in it, by ``start()``.
    """

    def __init__(self, build: Callable[[], Any]) -> None:
        super().__init__()
        self._build, self._said = build, b""
        self._reading, self._writing = os.pipe()
        os.set_blocking(self._reading, False)

    def start(self) -> None:
        try:
            super().start()
        except BaseException:
            os.close(self._reading)
            raise
        finally:
            os.close(self._writing)

    def run(self) -> None:
        try:
            model = self._build()
            self._tell(BUILT)
            model.start()
        except Exception:
            self._tell(traceback.format_exc())
            sys.exit(1)

    def _tell(self, text: str) -> None:
        """A message to the parent, which can be read as soon as all of it is there."""
        data = text.encode(errors="replace")[-MOST_TOLD:]
        data = len(data).to_bytes(4, "big") + data
        while data:
            data = data[os.write(self._writing, data) :]

    def told(self) -> str | None:
        """The next message of the part, if all of it is there; never waits."""
        try:
            while data := os.read(self._reading, 1 << 16):
                self._said += data
        except BlockingIOError:
            pass
        end = 4 + int.from_bytes(self._said[:4], "big")
        if len(self._said) < max(end, 4 + 1):  # no message is empty
            return None
        text, self._said = self._said[4:end].decode(errors="replace"), self._said[end:]
        return text

    def dispose(self) -> None:
        """Give back everything of a part that has been killed."""
        os.close(self._reading)
        self.join(PATIENCE)
        try:
            self.close()
        except ValueError:  # the kernel has not ended it yet, or the program collects its children itself
            pass


def ended(parts: list[Part], seconds: float = 0.0) -> list[Part]:
    """The parts that have ended, as soon as there is one; none after ``seconds``."""
    found = wait([part.sentinel for part in parts], seconds)
    return [part for part in parts if part.sentinel in found]


class Pages:
    """Anonymous shared pages, in place of a piece of shared memory that has a name."""

    def __init__(self, size: int) -> None:
        self.buf = memoryview(mmap.mmap(-1, max(size, 1)))


class Link:
    """A channel between two parts, or between one and this process: Lava's two ports over our pages and semaphores."""

    def __init__(
        self, infrastructure: Any, source: str, target: str, shape: tuple[int, ...], dtype: Any, size: int, *dogs: Any
    ) -> None:
        from lava.magma.compiler.channels.pypychannel import CspRecvPort, CspSendPort, Proto
        from lava.magma.compiler.channels.watchdog import NoOPWatchdog

        count = int(np.prod(shape)) * np.dtype(dtype).itemsize
        pages, proto = Pages(count * size), Proto(shape=shape, dtype=dtype, nbytes=count)
        filled, emptied = _semaphore(), _semaphore()
        none = NoOPWatchdog(None)
        self.src_port = CspSendPort(source, pages, proto, size, filled, emptied, none, none)
        self.dst_port = CspRecvPort(target, pages, proto, size, filled, emptied, none, none)


def _semaphore() -> Any:
    try:
        return get_context("fork").Semaphore(0)
    except OSError as error:
        raise RuntimeError(
            f"a semaphore cannot be made ({error.strerror}); on Linux they need a little room in /dev/shm, and the right "
            "to write there"
        ) from error


class Infrastructure:
    """What Lava's Runtime asks for channels, and all parts of one runtime.

    Attributes:
        actors: the parts, in the order of their start.
    """

    def __init__(self) -> None:
        self.actors: list[Part] = []

    def channel_class(self, channel_type: Any) -> Any:
        """How to make a channel of this type. Those to a chip are of Intel's extension."""
        from lava.magma.compiler.channels.interfaces import ChannelType
        from lava.magma.runtime.message_infrastructure.multiprocessing import MultiProcessing

        return Link if channel_type == ChannelType.PyPy else MultiProcessing().channel_class(channel_type)

    def start_part(self, build: Callable[[], Any]) -> None:
        """Start one more part."""
        part = Part(build)
        in_forking_thread(part.start)
        self.actors.append(part)

    def end(self) -> None:
        """End all parts, stopped ones as well."""
        gone = ended(self.actors)  # their numbers may belong to strangers by now
        left = [part for part in self.actors if part not in gone]
        for part in left:
            part.kill()
        while left and (gone := ended(left, PATIENCE)):
            left = [part for part in left if part not in gone]
        for part in self.actors:
            part.dispose()
        self.actors = []
