"""The series next to the drawings: where its values come from, whether it runs, and what pages were told of it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any, final

from neurolsm.live.feeds import FEEDS, Course, Feed
from neurolsm.live.messages import Refused

KEPT = 400  # values that a page is shown which is opened later


@final
class Stream:
    """One series at a time. Another feed begins anew, and ends the liquid of the one before.

    Attributes:
        feed: a key of ``FEEDS``.
        running: whether values shall come.
        learn: whether is learned from them.
    """

    def __init__(self, tell: Callable[[dict[str, Any]], object]) -> None:
        self.feed, self.running, self.learn, self._tell = next(iter(FEEDS)), False, True, tell
        self._course: Course | None = None
        self._number = 0
        self._past: deque[dict[str, Any]] = deque(maxlen=KEPT)

    @property
    def backend(self) -> str | None:
        """Where it runs; None before it has begun."""
        return None if self._course is None else self._course.backend

    @property
    def mark(self) -> str:
        """What holds now, such as the delay of the equation."""
        return "" if self._course is None else self._course.mark

    @property
    def lessons(self) -> int:
        """What was learned from."""
        return 0 if self._course is None else self._course.lessons

    @property
    def measured(self) -> bool:
        """Whether a page has to bring the values."""
        return FEEDS[self.feed].measured

    def past(self) -> dict[str, Any]:
        """The newest values, as they were told."""
        return {"say": "series", "feed": self.feed, "values": list(self._past)}

    def turn(self, on: bool, learn: bool, feed: str, backend: str) -> str:
        """Let values of a feed come, or stop. What was not there begins, on ``backend``; if it cannot, all stays as it was.

        Returns:
            What else has happened, in a sentence.

        Raises:
            Refused: an unknown feed.
            NotAvailable, FileRefused: what the feed needs is missing.
        """
        wanted, said = _known(feed), ""
        if on and (self._course is None or feed != self.feed):
            course = wanted.begin(backend, self._wait)
            if self._course is not None:
                said = f"{wanted.title} begins; the liquid of the series before, {FEEDS[self.feed].title}, was not kept"
            self.close()
            self._course, self.feed, self._number = course, feed, 0
            self._past.clear()
            self._tell(self.past())
        self.running, self.learn = on, learn
        return said

    def change(self) -> str:
        """Change what can be changed in it, from the next value on."""
        if self._course is None:
            raise Refused("The series has not begun. Start it first")
        return self._course.change()

    def tick(self) -> None:
        """One more value, where they come by themselves."""
        if self._course is None or not self.running:
            return
        self._told(self._course.tick(self.learn))
        if self._course.over:
            self.running = False
            self.close()
            self._wait("Every sample has come, and the series is over. Start begins again")

    def take(self, feed: str, value: float) -> None:
        """A value that a page has measured.

        Raises:
            Refused: nothing waits for it, or it lies outside its range.
        """
        known = _known(feed)
        if not known.measured:
            raise Refused(f"The values of {known.title} come by themselves, and that of a page was left out")
        if self._course is None or not self.running or feed != self.feed:
            raise Refused(f"No series of the {feed} runs, so a value was left out. Start it first")
        low, high = known.range
        if not low <= value <= high:
            raise Refused(f"A value of the {feed} must lie between {low:g} and {high:g}, and {value:g} was left out")
        self._told(self._course.take(value, self.learn))

    def handed(self, backend: str) -> Any:
        """Copies of what runs on another backend, which go on in the same way; None where nothing does.

        Raises:
            Refused: they differ.
        """
        return None if self._course is None else self._course.handed(backend)

    def move(self, backend: str, other: Any) -> None:
        """Go on with those."""
        if self._course is not None:
            self._course.move(backend, other)

    def close(self) -> None:
        """End it; ``turn`` begins a new one."""
        course, self._course = self._course, None
        if course is not None:
            course.close()

    def _told(self, found: dict[str, Any] | None) -> None:
        if found is None or self._course is None:
            return
        self._number += 1
        told = {"say": "value", "number": self._number, "mark": self._course.mark, "learn": self.learn} | found
        self._past.append(told)
        self._tell(told)

    def _wait(self, text: str) -> None:
        self._tell({"say": "wait", "text": text})


def _known(feed: str) -> Feed:
    if feed not in FEEDS:
        raise Refused(f"No series comes from {feed!r:.60}. There are {', '.join(FEEDS)}")
    return FEEDS[feed]
