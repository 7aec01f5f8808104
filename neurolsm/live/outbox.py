"""What is on its way to one page: in order, and of pictures the newest only, so that a slow page falls behind in nothing."""

from __future__ import annotations

import asyncio
import json
from collections import OrderedDict
from typing import Any, final

NEWEST = frozenset({"look", "status"})  # of which an older one is of no use
MOST = 400  # messages that may wait; a page that takes none of so many is gone


@final
class Outbox:
    """Messages for one page.

    Attributes:
        full: whether more than ``MOST`` had to wait. What came since is lost, so the page has to be let go; it comes back and is told all.
    """

    def __init__(self) -> None:
        self.full = False
        self._waiting: OrderedDict[object, str] = OrderedDict()
        self._some = asyncio.Event()
        self._number = 0

    def put(self, message: dict[str, Any], text: str | None = None) -> None:
        """One more; ``text`` is its JSON where that is known already."""
        self._number += 1
        key: object = message["say"] if message["say"] in NEWEST else self._number
        self._waiting.pop(key, None)  # the newest goes to the end, behind what it belongs to
        self.full = self.full or len(self._waiting) >= MOST
        if self.full:
            return
        self._waiting[key] = text if text is not None else to_json(message)
        self._some.set()

    async def take(self) -> str:
        """The next one; waits for it."""
        while not self._waiting:
            self._some.clear()
            await self._some.wait()
        return self._waiting.popitem(last=False)[1]


def to_json(message: dict[str, Any]) -> str:
    """Without spaces, and without what JSON does not know."""
    return json.dumps(message, separators=(",", ":"), allow_nan=False)
