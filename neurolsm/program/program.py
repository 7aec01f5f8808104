"""The Program: every array a chip needs, and nothing that knows how it was described or how it is run."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurolsm.errors import refuse
from neurolsm.program.parts import Neurons, Population, Projection
from neurolsm.program.plasticity import Intrinsic, Modulator, Plasticity
from neurolsm.program.sealed import own
from neurolsm.program.short_term import ShortTerm
from neurolsm.program.summary import summary
from neurolsm.shown import shown

FORMAT = 1


@shown(summary)
@dataclass(frozen=True, eq=False)
class Program:
    """One network, ready to run. Same description and seed give the same bytes, anywhere.

    Its arrays are copied, and nobody can change them afterwards; what opens it checks them once (``neurolsm.program.wellformed``).

    Attributes:
        target: the hardware whose limits it keeps, ``loihi1`` or ``loihi2`` (``none`` in float arithmetic).
        arithmetic: ``loihi`` (integers) or ``float``.
        dt: seconds that one step stands for.
        seed: the seed of the description.
        n_inputs: number of input channels.
        populations: named ranges that cover all neurons in order.
        neurons: constants of every neuron.
        projections: all synapses.
        modulators: third factors that are set from outside.
        intrinsic: excitability that changes while the program runs.

    Raises:
        InvalidValue: by the backend that opens it, arrays or numbers that are no program.
        FileRefused: by ``load``, a file that is no program, cut short, changed or newer.

    Example:
        >>> import tempfile
        >>> import neurolsm as nl
        >>> lsm = nl.LSM(inputs=2, liquid=nl.Liquid(topology=nl.RandomGraph(n=20, density=0.3)), seed=1)
        >>> program = nl.lower(lsm).program
        >>> [(p.name, p.source, p.weight.size) for p in program.projections]
        [('liquid/input/excitatory', 'input', 8), ('liquid/recurrent/excitatory', 'neuron', 83), ('liquid/recurrent/inhibitory', 'neuron', 26)]
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     program.save(f"{folder}/small.npz")
        ...     same = nl.Program.load(f"{folder}/small.npz").sha256 == program.sha256
        >>> same
        True
    """

    target: str
    arithmetic: str
    dt: float
    seed: int
    n_inputs: int
    populations: tuple[Population, ...]
    neurons: Neurons
    projections: tuple[Projection, ...]
    modulators: tuple[Modulator, ...] = ()
    intrinsic: tuple[Intrinsic, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "neurons", _owned(self.neurons))
        if isinstance(self.projections, (tuple, list)):
            object.__setattr__(self, "projections", tuple(_owned(p) for p in self.projections))

    def __reduce__(self) -> tuple[Any, ...]:
        return Program, tuple(getattr(self, f.name) for f in fields(self))  # arrays that were pickled are owned anew

    @property
    def n(self) -> int:
        return self.neurons.size

    @property
    def integer(self) -> bool:
        return self.arithmetic == "loihi"

    @property
    def dtype(self) -> type[np.signedinteger[Any]] | type[np.floating[Any]]:
        """The type of u, v and of summed inputs."""
        return np.int32 if self.integer else np.float64

    @property
    def synapses(self) -> int:
        return sum(p.size for p in self.projections)

    @property
    def plastic(self) -> tuple[Projection, ...]:
        """The projections that learn."""
        return tuple(p for p in self.projections if p.plasticity)

    @property
    def dynamic(self) -> tuple[Projection, ...]:
        """The projections with short-term plasticity."""
        return tuple(p for p in self.projections if p.short_term)

    @property
    def learns(self) -> bool:
        return bool(self.plastic or self.intrinsic)

    @property
    def n_graded(self) -> int:
        """Graded channels that the modulators read."""
        return max((m.channel + m.channels for m in self.modulators), default=0)

    @property
    def max_delay(self) -> int:
        return max((int(p.delay.max()) for p in self.projections if p.size), default=0)

    def population(self, name: str) -> Population:
        found = [p for p in self.populations if p.name == name]
        if not found:
            known = ", ".join(p.name for p in self.populations)
            refuse("Program", "population", name, f"is unknown; there are {known}", "Choose one of them")
        return found[0]

    # ------------------------------------------------------------------ identity and storage

    def header(self) -> dict[str, Any]:
        """Everything but the arrays, as JSON values."""
        return {
            "format": FORMAT,
            "target": self.target,
            "arithmetic": self.arithmetic,
            "dt": float(self.dt),
            "seed": int(self.seed),
            "n_inputs": int(self.n_inputs),
            "populations": [{"name": p.name, "start": int(p.start), "stop": int(p.stop)} for p in self.populations],
            "projections": [
                {k: getattr(p, k) for k in ("name", "source", "sign_mode", "weight_exp")}
                | {"plasticity": p.plasticity.to_dict() if p.plasticity else None}
                | ({"short_term": True} if p.short_term else {})
                for p in self.projections
            ],
            "modulators": [asdict(m) for m in self.modulators],
            "intrinsic": [asdict(i) for i in self.intrinsic],
        }

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Every array under a flat name, little-endian."""
        found = {f"neurons/{f.name}": getattr(self.neurons, f.name) for f in fields(Neurons)}
        for k, projection in enumerate(self.projections):
            found |= {f"projections/{k}/{a}": getattr(projection, a) for a in ("indptr", "post", "weight", "delay")}
            if projection.short_term:
                found |= {
                    f"projections/{k}/{f.name}": getattr(projection.short_term, f.name) for f in fields(ShortTerm)
                }
        return {
            name: np.ascontiguousarray(a).astype(a.dtype.newbyteorder("<"), copy=False) for name, a in found.items()
        }

    @cached_property
    def sha256(self) -> str:
        digest = hashlib.sha256(json.dumps(self.header(), sort_keys=True).encode())
        for name, array in sorted(self.arrays().items()):
            digest.update(f"{name} {array.dtype.str} {array.shape}".encode())
            digest.update(array.tobytes())
        return digest.hexdigest()

    @staticmethod
    def from_parts(header: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> Program:
        """The inverse of ``header`` and ``arrays``."""
        neurons = Neurons(**{f.name: arrays[f"neurons/{f.name}"] for f in fields(Neurons)})
        projections = tuple(
            _projection(entry, {a: arrays[f"projections/{k}/{a}"] for a in _arrays_of(entry)})
            for k, entry in enumerate(header["projections"])
        )
        plain = {k: header[k] for k in ("target", "arithmetic", "dt", "seed", "n_inputs")}
        return Program(
            **plain,
            populations=tuple(Population(**p) for p in header["populations"]),
            neurons=neurons,
            projections=projections,
            modulators=tuple(Modulator(**m) for m in header["modulators"]),
            intrinsic=tuple(Intrinsic.from_dict(i) for i in header["intrinsic"]),
        )

    def save(self, path: str | Path) -> None:
        """Write the program as one checksummed file; the file appears whole or not at all."""
        from neurolsm.program.file import save

        save(self, path)

    @staticmethod
    def load(path: str | Path) -> Program:
        """Read what ``save`` wrote; refuses foreign, cut, changed or newer files."""
        from neurolsm.program.file import load

        return load(path)


def _plain(value: Any) -> bool:
    """Whether it is an array of numbers; whatever else stands in the place of one is left for the check to refuse."""
    return type(value) is np.ndarray and value.dtype.kind in "biuf"


def _owned(part: Any) -> Any:
    """The same part of a program with arrays of its own, which nobody can change."""
    if not isinstance(part, (Neurons, Projection, ShortTerm)):
        return part
    given = {f.name: getattr(part, f.name) for f in fields(part)}
    kept: dict[str, Any] = {name: own(v) if _plain(v) else _owned(v) for name, v in given.items()}
    return part if all(kept[name] is given[name] for name in kept) else type(part)(**kept)


def _arrays_of(entry: dict[str, Any]) -> tuple[str, ...]:
    dynamic = tuple(f.name for f in fields(ShortTerm)) if entry.get("short_term") else ()
    return "indptr", "post", "weight", "delay", *dynamic


def _projection(entry: dict[str, Any], arrays: dict[str, Any]) -> Projection:
    rule = entry["plasticity"]
    dynamic = ShortTerm(*(arrays.pop(f.name) for f in fields(ShortTerm))) if entry.get("short_term") else None
    own = {"plasticity": Plasticity.from_dict(rule) if rule else None, "short_term": dynamic}
    return Projection(**{**entry, **arrays, **own})
