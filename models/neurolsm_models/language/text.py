"""Texts and their symbols: reading a file, the text that needs no network, the official split."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from neurolsm.errors import refuse
from neurolsm_models.data.utf8 import read_utf8

Symbols = NDArray[np.int32]
LEAST = 100  # characters, so that training, validation and test parts hold something
MOST_SYMBOLS = 255  # different characters that have a channel of their own
UNKNOWN = "\ufffd"


@dataclass(frozen=True)
class Text:
    """A text and where it came from.

    Attributes:
        name: for reports.
        characters: all of it.
    """

    name: str
    characters: str

    def __post_init__(self) -> None:
        if len(self.characters) < LEAST:
            refuse("Text", self.name, f"{len(self.characters)} characters", f"must have at least {LEAST} to learn from and to test",
                   "Give a longer text")  # fmt: skip

    def first(self, samples: int | None) -> Text:
        """The first ``samples`` characters (None: all)."""
        if samples is None:
            return self
        if not LEAST <= samples <= len(self.characters):
            refuse(
                "Text",
                "samples",
                samples,
                f"must be {LEAST} to {len(self.characters)} characters",
                "Leave it out for all",
            )
        return Text(self.name, self.characters[:samples])

    @property
    def train(self) -> str:
        """The first 90 %."""
        return self.characters[: self._cut]

    @property
    def test(self) -> str:
        """The last 10 %."""
        return self.characters[self._cut :]

    @property
    def _cut(self) -> int:
        return int(0.9 * len(self.characters))


def read(path: str | Path) -> Text:
    """A file in UTF-8, character by character as it stands.

    Raises:
        FileRefused: it cannot be read, or its bytes are not UTF-8.
        InvalidValue: fewer than 100 characters.
    """
    path = Path(path)
    return Text(str(path), read_utf8(path, "a text file"))


def topics() -> Text:
    """The topics of Python's own help, which every CPython ships (about 465,000 characters, depending on its version)."""
    from pydoc_data.topics import topics as found

    return Text("Python help topics", "\n\n".join(found[name] for name in sorted(found)))


def tiny_shakespeare() -> Text:
    """1,115,394 characters of plays under ``$NEUROLSM_DATA/tinyshakespeare``.

    Raises:
        NotAvailable: the file is not there; the message says where it comes from.
    """
    from neurolsm_models.data.place import folder

    source = "github.com/karpathy/char-rnn (data/tinyshakespeare)"
    return Text("tiny Shakespeare", read(folder("tinyshakespeare", ("input.txt",), source) / "input.txt").characters)


@dataclass(frozen=True)
class Vocabulary:
    """The characters that have a channel, and one symbol behind them for all others, ``UNKNOWN``."""

    characters: str

    @staticmethod
    def of(text: str) -> Vocabulary:
        """The different characters of ``text``, the 255 most frequent at most, in code-point order."""
        return Vocabulary("".join(sorted(c for c, _ in Counter(text).most_common(MOST_SYMBOLS))))

    @property
    def size(self) -> int:
        """Symbols, the unknown one included."""
        return len(self.characters) + 1

    @property
    def unknown(self) -> int:
        return len(self.characters)

    def encode(self, text: str) -> Symbols:
        """Numbers of the characters, int32 [len(text)]; a character without a channel becomes the unknown symbol."""
        codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
        known = np.array([ord(c) for c in self.characters], np.uint32)
        place = np.minimum(np.searchsorted(known, codes), len(known) - 1)
        return np.where(known[place] == codes, place, self.unknown).astype(np.int32)

    def decode(self, symbols: Symbols) -> str:
        return "".join((self.characters + UNKNOWN)[k] for k in symbols)
