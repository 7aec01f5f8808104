"""Training on a text, and the model that comes of it, in one file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from neurolsm.errors import FileRefused
from neurolsm.execute.backend import open_simulator
from neurolsm.files.checked import read, write
from neurolsm.program import Program
from neurolsm.program.wellformed import check
from neurolsm_models.language.liquid import Size, build
from neurolsm_models.language.readout import SoftmaxReadout
from neurolsm_models.language.states import States, states
from neurolsm_models.language.text import Vocabulary

KIND = "language model"
PASSES = 3
DEFAULT = Size()


@dataclass(frozen=True, eq=False)
class LanguageModel:
    """A liquid, what it can say, and its readout on the host.

    Attributes:
        operations: synaptic operations per character, in training.
    """

    vocabulary: Vocabulary
    program: Program
    readout: SoftmaxReadout
    operations: float = 0.0

    def save(self, path: str | Path) -> None:
        """Write one checksummed file, whole or not at all."""
        arrays = {f"program/{name}": a for name, a in self.program.arrays().items()}
        arrays |= {"readout/weight": self.readout.weight, "readout/square": self.readout.square}
        header = {"characters": self.vocabulary.characters, "program": self.program.header(), "rate": self.readout.rate,
                  "operations": self.operations}  # fmt: skip
        write(path, KIND, header, arrays)

    @staticmethod
    def load(path: str | Path) -> LanguageModel:
        """Read what ``save`` wrote.

        Raises:
            FileRefused: not such a file, cut short, changed, or holding what cannot be.
        """
        header, arrays = read(path, KIND)
        try:
            vocabulary = Vocabulary(header["characters"])
            found = {name[8:]: a for name, a in arrays.items() if name.startswith("program/")}
            program = Program.from_parts(header["program"], found)
            check(program)
            readout = SoftmaxReadout(program.n, vocabulary.size, header["rate"])
            for name in ("weight", "square"):
                array = arrays[f"readout/{name}"]
                if array.shape != readout.weight.shape or array.dtype != np.float32:
                    raise ValueError(f"readout/{name} does not fit the program")
                setattr(readout, name, array)
            return LanguageModel(vocabulary, program, readout, float(header["operations"]))
        except Exception as error:  # a header may hold anything
            raise FileRefused(f"{path}: holds no valid language model ({error}). Train it again.") from error


def train(text: str, size: Size = DEFAULT, *, seed: int = 1, backend: str = "emulator", target: str = "loihi2",
          passes: int = PASSES) -> tuple[LanguageModel, States, list[float]]:  # fmt: skip
    """A model of ``text``, the states it went through, and bits per character in each pass (each predicted before it was learned)."""
    vocabulary = Vocabulary.of(text)
    symbols = vocabulary.encode(text)
    program = build(size, symbols, vocabulary.unknown, seed, target)
    with open_simulator(program, backend) as simulator:
        found, operations = states(simulator, symbols)
    readout = SoftmaxReadout(program.n, vocabulary.size)
    bits = [float(readout.learn(found, symbols).mean()) for _ in range(passes)]
    return LanguageModel(vocabulary, program, readout, operations), found, bits


def test_bits(model: LanguageModel, before: str, text: str, backend: str = "emulator") -> NDArray[np.float64]:
    """Bits of each character of ``text``, after the liquid has heard the last of ``before``."""
    symbols = model.vocabulary.encode(before[-200:] + text)
    heard = symbols.size - len(text)
    with open_simulator(model.program, backend) as simulator:
        found, _ = states(simulator, symbols)
    return model.readout.bits(found.part(heard, symbols.size), symbols[heard:])
