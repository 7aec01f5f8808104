"""Who is there: one page writes, the others watch; what they ask for is done in its order, and the newest drawing replaces older ones."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, final

from neurolsm.live import messages
from neurolsm.live.feeds import PER_SECOND
from neurolsm.live.messages import Message, Refused
from neurolsm.live.outbox import Outbox, to_json
from neurolsm.live.pace import Pace
from neurolsm.live.world import World

PAGES = 10  # at a time
QUEUE = 32  # things to do that may wait
VALUES_PER_SECOND = 10.0  # of a series whose values come by themselves
MEASURED = 8  # values that a page has measured and that may wait


@final
class Page:
    """One open page.

    Attributes:
        outbox: what is on its way to it.
        name: a number that others may be told.
    """

    def __init__(self, name: int) -> None:
        self.outbox, self.name = Outbox(), name


@final
class Room:
    """All pages, and the world on a thread of its own.

    Args:
        build: makes the world; it is called on that thread, and given what takes the messages of the world.
    """

    def __init__(self, build: Callable[[Callable[[dict[str, Any]], object]], World]) -> None:
        self._build = build
        self._pages: list[Page] = []
        self._writer: Page | None = None
        self._measures: Page | None = None  # whose values the series takes
        self._pace = Pace(1.25 * PER_SECOND, PER_SECOND)
        self._names = 0
        self._to_do: deque[tuple[Page | None, Message]] = deque()
        self._some = asyncio.Event()
        self._thread = ThreadPoolExecutor(1, "neurolsm-live")
        self._work: asyncio.Task[None] | None = None
        self.world: World | None = None

    # ------------------------------------------------------------------ life

    async def open(self) -> None:
        """Make the world and begin to work."""
        loop = asyncio.get_running_loop()

        def tell(message: dict[str, Any]) -> None:
            loop.call_soon_threadsafe(self._tell_all, message)

        self.world = await self._on_thread(self._build, tell)
        self._work = asyncio.create_task(self._go_on())

    async def close(self) -> None:
        """Finish what is being done, keep the world, end it."""
        if self._work is not None:
            self._work.cancel()
            await asyncio.gather(self._work, return_exceptions=True)
        if self.world is not None:
            await self._on_thread(self.world.close)
        self._thread.shutdown()

    # ------------------------------------------------------------------ pages

    async def enter(self) -> Page | None:
        """A page more, which is told everything; None if there are too many. The first one writes."""
        assert self.world is not None
        if len(self._pages) >= PAGES:
            return None
        self._names += 1
        page = Page(self._names)
        self._pages.append(page)  # before anything else happens: what is told from now on, it hears
        if self._writer is None:
            self._writer = page
        try:
            page.outbox.put(await self._on_thread(self.world.hello))
        except BaseException:  # it has gone again
            self.leave(page)
            raise
        self._tell_roles()
        return page

    def leave(self, page: Page) -> None:
        """A page less; if it wrote, the one that has been there for longest writes now."""
        if page not in self._pages:
            return
        self._pages.remove(page)
        if self._writer is page:
            self._writer = self._pages[0] if self._pages else None
        self._hush()
        self._tell_roles()

    def hear(self, page: Page, text: str | bytes) -> None:
        """What a page says; whatever is wrong with it is answered."""
        number = 0
        try:
            message = messages.read(text)
            number = message.number
            if message.do == "take":
                self._writer = page
                self._hush()
                self._tell_roles()
            elif page is not self._writer and message.do not in messages.WATCHING:
                raise Refused("Another page writes, and this one watches. Take over first")
            else:
                self._queue(page, message)
        except Refused as error:
            page.outbox.put(
                {
                    "say": "answer",
                    "number": number or error.number,
                    "do": "",
                    "done": False,
                    "text": str(error),
                    "notes": [],
                }
            )

    # ------------------------------------------------------------------ parts

    def _queue(self, page: Page, message: Message) -> None:
        if message.do == "value":
            self._check_pace(page)
        if message.do == "draw" and self._to_do and self._to_do[-1][1].do == "draw":
            self._to_do.pop()  # nobody has seen it yet, and nobody needs to
        if len(self._to_do) >= QUEUE:
            raise Refused(f"{QUEUE} things wait to be done. Wait for them")
        self._to_do.append((page, message))
        self._some.set()

    def _check_pace(self, page: Page) -> None:
        """Whether this page may bring one more value."""
        if page is not self._measures:
            raise Refused(
                "No series takes values from this page, so one was left out. Start the microphone or the camera first"
            )
        waiting = sum(message.do == "value" for _, message in self._to_do)
        if waiting >= MEASURED or not self._pace.allows(asyncio.get_running_loop().time()):
            raise Refused(
                f"A series takes {PER_SECOND} values per second, and one was left out. Send fewer, or wait for the answers"
            )

    def _hush(self) -> None:
        """Pause a series whose values came from a page that has gone or writes no more."""
        if self._measures is not None and self._measures is not self._writer:
            self._measures = None
            self._to_do.append((None, Message("hush")))
            self._some.set()

    async def _go_on(self) -> None:
        world = self.world
        assert world is not None
        loop = asyncio.get_running_loop()
        next_value = loop.time()
        while True:
            if self._to_do:
                page, message = self._to_do.popleft()
                answer = await self._on_thread(world.carry_out, message)
                if message.do == "stream" and answer["done"]:
                    self._measures = page if world.stream.measured and world.stream.running else None
                    self._hush()  # if it has gone meanwhile
                if page is not None and (message.do != "draw" or not answer["done"] or answer["notes"]):
                    page.outbox.put(answer)
            if world.stream.running and loop.time() >= next_value:
                next_value = max(next_value + 1 / VALUES_PER_SECOND, loop.time())
                if self._pages:  # the series waits while nobody watches
                    await self._on_thread(world.tick)
            if not self._to_do:
                self._some.clear()
                wait = max(0.001, next_value - loop.time()) if world.stream.running else None
                try:
                    await asyncio.wait_for(self._some.wait(), wait)
                except asyncio.TimeoutError:
                    pass

    async def _on_thread(self, call: Callable[..., Any], *given: Any) -> Any:
        """On the thread of the world, to its end even if nobody waits any more."""
        return await asyncio.shield(asyncio.get_running_loop().run_in_executor(self._thread, call, *given))

    def _tell_all(self, message: dict[str, Any]) -> None:
        text = to_json(message)
        for page in self._pages:
            page.outbox.put(message, text)

    def _tell_roles(self) -> None:
        for page in self._pages:
            page.outbox.put({"say": "role", "writes": page is self._writer, "pages": len(self._pages)})
