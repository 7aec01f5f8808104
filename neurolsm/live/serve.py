"""A port of this machine, the server on it, and the browser in front."""

from __future__ import annotations

import contextlib
import errno
import socket
import threading
import webbrowser
from collections.abc import Callable
from pathlib import Path
from typing import Any

from neurolsm.errors import NeuroLSMError, NotAvailable, refuse
from neurolsm.live.keeper import Keeper
from neurolsm.live.messages import LARGEST
from neurolsm.live.room import Room
from neurolsm.live.source import opened
from neurolsm.live.world import World

HOST, PORT = "127.0.0.1", 8642
PATIENCE = 3  # seconds in which open pages may say goodbye


def serve(
    name: str, *, backend: str, port: int, browser: bool, folder: Path | None, fresh: bool, say: Callable[[str], object]
) -> Keeper:
    """Serve the page of a model or file until it is interrupted; returns where it was kept.

    Raises:
        NotAvailable: starlette and uvicorn are missing, or the model or backend is.
        InvalidValue: a port that is in use or none, a folder that cannot be written, a model that draws no images.
        FileRefused: a file that is no deployment.
    """
    try:
        import uvicorn

        from neurolsm.live.server import app
    except ImportError as error:
        raise NotAvailable(
            f'the page needs starlette, uvicorn and websockets ({error}). Type: pip install "neurolsm[live]"'
        ) from error
    keeper = Keeper.of(folder, name)
    listening = listen(port)
    try:
        number = listening.getsockname()[1]
        source = opened(name, backend, keeper, fresh=fresh, say=say)
        token = keeper.token()
        room = Room(lambda tell: World(source, keeper, tell))
        address = f"http://{HOST}:{number}/#{token}"
        say(f"{source.told[:1].upper()}{source.told[1:]}")
        say(f"{address}\nKept in {keeper.file} after every change. Ctrl-C ends it")

        class Server(uvicorn.Server):
            async def startup(self, sockets: Any = None) -> None:
                await super().startup(sockets)
                if browser and self.started:
                    threading.Thread(
                        target=webbrowser.open, args=(address,), daemon=True
                    ).start()  # some return only at their end

        config = uvicorn.Config(
            app(room, token, number), log_level="warning", access_log=False, ws_max_size=4 * LARGEST, timeout_graceful_shutdown=PATIENCE,
        )  # fmt: skip
        server = Server(config)
        with contextlib.suppress(KeyboardInterrupt):  # Ctrl-C is how it ends; everything is kept by then
            server.run(sockets=[listening])
        if not server.started:
            raise NeuroLSMError("live: the page could not be opened, for the reason above")
    finally:
        listening.close()
    return keeper


def listen(port: int) -> socket.socket:
    """A socket on this machine alone; 0 is any port that is free.

    Raises:
        InvalidValue: no port, one that is in use, or one that is not allowed.
    """
    if not 0 <= port < 2**16:
        refuse("live", "--port", port, "must be 0 to 65535", "Leave it out, or give 0 for any port that is free")
    found = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        found.bind((HOST, port))
        found.listen()
    except OSError as error:
        found.close()
        why = "is in use" if error.errno == errno.EADDRINUSE else f"cannot be used ({error.strerror})"
        refuse("live", "--port", port, why, "End what uses it, or give another, such as 0 for any that is free")
    found.set_inheritable(False)
    return found
