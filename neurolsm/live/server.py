"""The page and its socket on this machine alone: whoever does not know the token, or comes from elsewhere, is not let in."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import anyio
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect

from neurolsm.live.room import PAGES, Page, Room

HOSTS = ("127.0.0.1", "localhost")
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; connect-src 'self'"
)  # nothing is loaded from anywhere else
HEADERS = {
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"no-referrer",
    b"cross-origin-resource-policy": b"same-origin",
    b"cache-control": b"no-store",
}
NOT_LET_IN, FULL, SLOW, AWAY = 4403, 4429, 4408, 4001  # codes with which a socket is closed


def app(room: Room, token: str, port: int) -> Starlette:
    """The application.

    Args:
        room: where pages enter; it is opened and closed with the application.
        token: without which no socket and no file is opened.
        port: that it is reached under, which is part of the address that a browser says it comes from.
    """
    addresses = {f"{host}:{port}" for host in HOSTS}

    def known(given: str | None) -> bool:
        return secrets.compare_digest((given or "").encode(), token.encode())

    async def socket(socket: WebSocket) -> None:
        await socket.accept()
        origin = socket.headers.get("origin", "")
        if origin not in {f"http://{address}" for address in addresses} or not known(socket.query_params.get("token")):
            await socket.close(
                NOT_LET_IN, "the address of the page has another token; open the one that neurolsm printed"
            )
            return
        page = await room.enter()
        if page is None:
            await socket.close(FULL, f"{PAGES} pages are open; close one")
            return
        try:
            await _converse(socket, room, page)
        finally:
            room.leave(page)

    async def life(request: Request) -> Response:
        """The deployment as a file, as it was kept after the last change."""
        if not known(request.headers.get("x-token")):
            return PlainTextResponse("another token", 403)
        assert room.world is not None
        content = await asyncio.to_thread(room.world.keeper.file.read_bytes)
        name = 'attachment; filename="life.lsm"'
        return Response(content, media_type="application/octet-stream", headers={"content-disposition": name})

    @contextlib.asynccontextmanager
    async def lifespan(_: Any) -> AsyncIterator[None]:
        await room.open()
        try:
            yield
        finally:
            await room.close()

    where = Path(str(files("neurolsm.live") / "page"))
    return Starlette(
        routes=[
            WebSocketRoute("/socket", socket),
            Route("/life.lsm", life),
            Mount("/", StaticFiles(directory=where, html=True)),
        ],
        middleware=[Middleware(_Guard, addresses=addresses)],
        lifespan=lifespan,
    )


async def _converse(socket: WebSocket, room: Room, page: Page) -> None:
    """Hear and tell until one of both ends."""

    async def hear() -> None:
        with contextlib.suppress(WebSocketDisconnect, RuntimeError):  # gone, perhaps in the middle of a word
            while True:
                found = await socket.receive()
                if found["type"] == "websocket.disconnect":
                    return
                room.hear(page, found.get("text") or found.get("bytes") or "")

    async def tell() -> None:
        with contextlib.suppress(WebSocketDisconnect, RuntimeError):
            while True:
                await socket.send_text(await page.outbox.take())
                if page.outbox.full:
                    await socket.close(SLOW, "this page takes too long to hear")
                    return

    async with anyio.create_task_group() as both:

        async def until_one_ends(half: Callable[[], Awaitable[None]]) -> None:
            await half()
            both.cancel_scope.cancel()

        both.start_soon(until_one_ends, hear)
        both.start_soon(until_one_ends, tell)


class _Guard:
    """Answers those alone who name this machine as they ask, so that no foreign name can lead here; adds ``HEADERS``."""

    def __init__(self, app: ASGIApp, addresses: set[str]) -> None:
        self.app, self.addresses = app, addresses
        sockets = "".join(
            f" ws://{address}" for address in sorted(addresses)
        )  # not every browser counts them as 'self'
        self.headers = {**HEADERS, b"content-security-policy": (POLICY + sockets).encode()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            return await self.app(scope, receive, send)
        host = dict(scope["headers"]).get(b"host", b"").decode("latin-1")
        if host not in self.addresses:
            if scope["type"] == "websocket":
                return await send({"type": "websocket.close", "code": NOT_LET_IN, "reason": ""})
            return await PlainTextResponse("This page is on 127.0.0.1 alone", 421)(scope, receive, send)

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                names = {name.lower() for name, _ in message["headers"]}
                message["headers"] = [*message["headers"], *((k, v) for k, v in self.headers.items() if k not in names)]
            await send(message)

        await self.app(scope, receive, with_headers)
