"""Where the values of a series may come from: an equation, sensors of gases, the microphone or the camera of whoever watches."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, final

from neurolsm.errors import NeuroLSMError, one_line
from neurolsm.live import gas
from neurolsm.live.mackey_glass import MackeyGlass
from neurolsm.live.series import Series

FITTED = 801  # values of an equation to which a liquid is fitted: they cost nothing
COLLECTED = 150  # of a microphone or a camera
PER_SECOND = 10  # values that a page measures

Say = Callable[[str], object]


class Course(Protocol):
    """What works on the values of a feed.

    Attributes:
        backend: where it runs.
        lessons: values or samples learned from.
        mark: what holds now; where it changes, the picture has a line.
        over: whether there is nothing left.
    """

    @property
    def backend(self) -> str: ...
    @property
    def lessons(self) -> int: ...
    @property
    def mark(self) -> str: ...
    @property
    def over(self) -> bool: ...
    def change(self) -> str: ...
    def tick(self, learn: bool) -> dict[str, Any] | None: ...
    def take(self, came: float, learn: bool) -> dict[str, Any]: ...
    def handed(self, backend: str) -> Any: ...
    def move(self, backend: str, other: Any) -> None: ...
    def close(self) -> None: ...


@final
@dataclass(frozen=True)
class Feed:
    """One that a page may choose.

    Attributes:
        title: as people call it.
        note: what happens with it, in full sentences.
        axis: what is drawn upwards, with its unit.
        begin: makes what works on it, given a backend and what takes a sentence for those who wait.
        change: what the button says that changes something in it; empty for none.
        range: between which its values lie; the picture shows them from one to the other unless a page measures them.
        measured: by the page, which sends them.
        missing: raises why it cannot begin, with the remedy.
    """

    title: str
    note: str
    axis: str
    begin: Callable[[str, Say], Course]
    change: str = ""
    range: tuple[float, float] = (0.0, 1.0)
    measured: bool = False
    missing: Callable[[], None] = lambda: None


def _measured(least: float) -> Callable[[str, Say], Course]:
    return lambda backend, say: Series(backend, say, COLLECTED, least=least)


COLLECTING = (
    f"The first {COLLECTED} values, which take {COLLECTED // PER_SECOND} seconds, are collected; then a liquid of 200 neurons is fitted "
    "to them, says each next value before it is there, learns from it when it comes, and runs ahead in a closed loop."
)
FEEDS = {
    "mackey_glass": Feed(
        "Mackey-Glass",
        "A liquid of 200 neurons says the next value of the equation before it is there, learns from it when it comes, and runs ahead "
        "in a closed loop. Let the law change, and watch it learn the new one.",
        "value",
        lambda backend, say: Series(backend, say, FITTED, law=MackeyGlass()),
        change="Change the law",
        range=(0.0, 1.6),
    ),
    "gas": Feed(
        "Gas sensors",
        "Sixteen sensors tell which of six gases it is, and drift for 30 months. A liquid of 400 neurons was deployed on the first two months; "
        "it answers each sample, and is then told the right gas. A copy of it stays as it was deployed.",
        "right answers of the last 100",
        gas.Gas,
        change="On to the next months",
        missing=gas.missing,
    ),
    "microphone": Feed(
        "Microphone",
        f"The loudness of this room, {PER_SECOND} times per second. It is measured in the page: no sound leaves it, only the level. {COLLECTING}",
        "level, dB",
        _measured(1.0),
        range=(-100.0, 0.0),
        measured=True,
    ),
    "camera": Feed(
        "Camera",
        f"The mean brightness of the picture, {PER_SECOND} times per second. It is measured in the page: no picture leaves it, only this "
        f"number. {COLLECTING}",
        "brightness",
        _measured(0.01),
        measured=True,
    ),
}  # fmt: skip


def offered() -> list[dict[str, Any]]:
    """What a page has to know to offer them; ``why`` one cannot be chosen is empty where it can. JSON values."""
    found = []
    for name, feed in FEEDS.items():
        why = ""
        try:
            feed.missing()
        except NeuroLSMError as error:
            why = str(error)
        except Exception as error:  # of a package that we do not know: a page opens all the same
            why = f"This failed ({type(error).__name__}: {one_line(error)}). Mend the package of its model"
        found.append(
            {"name": name, "title": feed.title, "note": feed.note, "axis": feed.axis, "change": feed.change, "range": feed.range,
             "measured": PER_SECOND if feed.measured else 0, "why": why}
        )  # fmt: skip
    return found
