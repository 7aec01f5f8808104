"""The deployment behind the page: what is asked for is done here, one thing at a time, on one thread."""

from __future__ import annotations

import traceback
import warnings
from collections.abc import Callable
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from neurolsm.deployment import resume
from neurolsm.errors import BackendFailure, NeuroLSMError, one_line
from neurolsm.execute import backend as backends
from neurolsm.live.anatomy import anatomy
from neurolsm.live.changes import changes
from neurolsm.live.drawing import Strokes
from neurolsm.live.feeds import offered
from neurolsm.live.handover import handed_over
from neurolsm.live.keeper import Keeper
from neurolsm.live.look import look_at, plain
from neurolsm.live.messages import Message, Refused
from neurolsm.live.source import Source
from neurolsm.live.stream import Stream
from neurolsm.program.state import State

LOOKS = 20  # at a drawing, at most, until it is sure
NOTHING = "Nothing is drawn, so nothing was learned. Draw first"

Tell = Callable[[dict[str, Any]], object]


@final
class World:
    """A deployment, the drawing in front of it, and a series next to it. All calls but ``tell``'s come from one thread.

    Args:
        source: what it begins with.
        keeper: where it is kept after every change.
        tell: takes what all pages shall know, as JSON values; it is called from the thread of the world.
    """

    def __init__(self, source: Source, keeper: Keeper, tell: Tell) -> None:
        self.chip, self.paper, self.samples, self.keeper, self.tell = (
            source.chip, source.paper, source.samples, keeper, tell,
        )  # fmt: skip
        self.told = source.told
        self.stream = Stream(tell)
        self._pixels = np.zeros(int(np.prod(self.paper.shape)))
        self._adapted: State | None = None  # where the next adaptation begins, if not with what is deployed
        self._shown: dict[str, Any] = look_at(self.chip, self._pixels)
        self._chosen = np.random.default_rng()
        self._not_kept = keeper.follow(self.chip)

    # ------------------------------------------------------------------ what a page is told

    def hello(self) -> dict[str, Any]:
        """Everything that a page must know that has just been opened."""
        return {
            "say": "hello",
            "anatomy": anatomy(self.chip),
            "shape": list(self.paper.shape),
            "high": self.paper.high,
            "backends": backends.names(),
            "samples": self.samples is not None,
            "told": self.told,
            "status": self.status(),
            "look": self._shown,
            "feeds": offered(),
            "stream": self.stream.past(),
        }

    def status(self) -> dict[str, Any]:
        """What may change at any time and is not drawn."""
        chip = self.chip
        return {
            "say": "status",
            "labels": [str(label) for label in chip.labels.tolist()],
            "frozen": chip.frozen,
            "updates": chip.updates,
            "backend": chip.backend,
            "kept": self._not_kept or str(self.keeper.file),
            "lost": self._not_kept is not None,
            "stream": self.stream.running,
            "feed": self.stream.feed,
            "mark": self.stream.mark,
            "streamed": self.stream.backend,
        }

    # ------------------------------------------------------------------ what a page asks for

    def carry_out(self, message: Message) -> dict[str, Any]:
        """Do it, tell all pages what has changed, and return the answer for the one that asked. Never raises an ``Exception``."""
        answer = {"say": "answer", "number": message.number, "do": message.do}
        with warnings.catch_warnings(record=True) as heard:
            warnings.simplefilter("always")
            try:
                said = getattr(self, f"_{message.do}")(**message.given)
                done = {"done": True, "text": said or ""}
            except BackendFailure as error:
                done = {"done": False, "text": f"{error} {self._revived()}"}
            except NeuroLSMError as error:
                done = {"done": False, "text": str(error)}
            except Exception as error:
                traceback.print_exc()
                done = {
                    "done": False,
                    "text": f"This failed ({type(error).__name__}: {one_line(error)}). Please report it",
                }
        notes = list(dict.fromkeys(str(one.message) for one in heard))
        return answer | done | {"notes": notes[:3]}

    def tick(self) -> None:
        """One more value of the series, where they come by themselves."""
        self._go_on(self.stream.tick)
        if not self.stream.running:
            self.tell(self.status())

    def close(self) -> None:
        """Keep it once more, and end everything."""
        self._not_kept = self.keeper.follow(self.chip)
        self.stream.close()
        self.chip.close()

    def _draw(self, strokes: Strokes, fit: bool) -> str:
        self._show(self.paper.pixels(strokes, fit))
        return ""

    def _sample(self) -> str:
        if self.samples is None:
            raise Refused("No samples are known for a deployment from a file. Draw something")
        self._show(self.samples[self._chosen.integers(len(self.samples))])
        return ""

    def _teach(self, label: str) -> str:
        self._must_see("teach")
        known = [str(one) for one in self.chip.labels.tolist()]
        before = self.chip.state
        if label not in known:
            self.chip.declare(self._typed(label))
        place = [str(one) for one in self.chip.labels.tolist()].index(label)
        self.chip.learn(self._pixels[None], [self.chip.labels[place]])
        self.tell({"say": "changes", "of": "teach", **changes(self.chip.program, before, self.chip.state)})
        self._changed()
        return f"Taught {label}" + ("" if label in known else ", which is new")

    def _forget(self, label: str) -> str:
        known = {str(one): one for one in self.chip.labels.tolist()}
        if label not in known:
            raise Refused(f"Nothing is called {label!r}. Known are {', '.join(known)}")
        self.chip.forget(known[label])
        self._adapted = None
        self._changed()
        return f"Forgot {label}"

    def _adapt(self, confidence: float, keep: bool) -> str:
        self._must_see("adapt")
        states = [self._adapted or self.chip.state]
        labels = [str(one) for one in self.chip.labels.tolist()]

        def on_look(number: int, probability: NDArray[np.float64]) -> None:
            states.append(self.chip.state)
            moved = changes(self.chip.program, states[-2], states[-1])
            told = {"say": "adapting", "look": number, "labels": labels, "probability": plain(probability)}
            self.tell(told | {"changes": moved})

        found = self.chip.adapt(self._pixels[None], confidence=confidence, limit=LOOKS, keep=keep, on_look=on_look)[0]
        self._adapted = None if keep else states[-1]
        self._changed()
        looks = f"{found.presentations} looks" if found.presentations > 1 else "one look"
        sure = "Sure" if found.sure else f"Still not {confidence:.0%} sure"
        kept = "kept" if keep else "set aside, so that other drawings are answered as before"
        return f"{sure} after {looks}: {found.label}, {found.confidence:.0%}. What was adapted is {kept}"

    def _freeze(self, on: bool) -> str:
        self.chip.freeze() if on else self.chip.thaw()
        self._changed(look=False)
        return "Frozen: nothing is learned" if on else "Learning again"

    def _save(self, file: str) -> str:
        return f"Saved as {self.keeper.save(self.chip, file)}"

    def _hand(self, backend: str) -> str:
        before = self.chip.backend
        pixels = self._pixels if self._pixels.any() else np.full(self._pixels.size, self.paper.high / 2)
        found = handed_over(self.chip, backend, pixels)
        try:
            series = self.stream.handed(backend)
        except BaseException:
            found.chip.close()
            raise
        self.stream.move(backend, series)
        self.chip.close()
        self.chip = found.chip
        self._changed()
        return (
            f"From {before} to {backend}: the next {found.spikes:,} spikes of {self.chip.program.n:,} neurons in {found.steps} steps "
            f"and {found.numbers:,} currents and voltages behind them are equal. It goes on there"
            + ("" if series is None else ", and so does the series: what it says next is equal")
        )

    def _stream(self, on: bool, learn: bool, feed: str) -> str:
        said = self.stream.turn(on, learn, feed, self.chip.backend)
        self.tell(self.status())
        return said

    def _value(self, feed: str, value: float) -> str:
        self._go_on(lambda: self.stream.take(feed, value))
        return ""

    def _change(self) -> str:
        said = self.stream.change()
        self.tell(self.status())
        return said

    def _hush(self) -> str:
        """The page that measured the values has gone, or watches now."""
        if self.stream.measured and self.stream.running:
            self.stream.running = False
            self.tell(
                {"say": "wait", "text": "The page that measured the values of the series writes no more: it is paused"}
            )
            self.tell(self.status())
        return ""

    # ------------------------------------------------------------------ parts

    def _go_on(self, step: Callable[[], None]) -> None:
        """A step of the series; one that fails stops the series, and the page goes on. What a page did wrong stops nothing."""
        try:
            step()
        except Refused:
            raise
        except Exception as error:
            traceback.print_exc()
            self.stream.running = False
            self.stream.close()
            self.tell({"say": "wait", "text": f"The series stopped ({one_line(error)}). Start begins a new one"})
            self.tell(self.status())

    def _show(self, pixels: NDArray[np.float64]) -> None:
        self._pixels = pixels
        self._shown = look_at(self.chip, self._pixels)
        self.tell(self._shown)

    def _changed(self, look: bool = True) -> None:
        """After every change: keep it, answer the drawing anew, tell everyone."""
        self._not_kept = self.keeper.follow(self.chip)
        self.tell(self.status())
        if look:
            self._shown = look_at(self.chip, self._pixels)
            self.tell(self._shown)

    def _must_see(self, what: str) -> None:
        if self.chip.frozen:
            raise Refused(f"Frozen: nothing is learned. Thaw it first, then {what}")
        if not self._pixels.any():
            raise Refused(NOTHING)

    def _typed(self, label: str) -> Any:
        """A new label in the kind of the others."""
        kind = self.chip.labels.dtype.kind
        if kind in "iu" and not label.lstrip("-").isdigit():
            raise Refused(f"The labels of this deployment are whole numbers, and {label!r} is none. Give a number")
        return int(label) if kind in "iu" else label

    def _revived(self) -> str:
        """Go on with what was kept, after a backend has failed."""
        self.chip.close()
        self.chip = resume(self.keeper.file)
        self._adapted = None
        self._changed()
        return f"It goes on with what was kept before, on {self.chip.backend}."
