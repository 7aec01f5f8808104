"""The interface that every backend fulfils, and the one door through which backends come: entry points."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Protocol, runtime_checkable

from neurolsm.errors import NotAvailable, refuse
from neurolsm.execute.recording import Recording
from neurolsm.program import Program
from neurolsm.spikes import Spikes
from neurolsm.state import State

GROUP = "neurolsm.backends"
TRACES = ("u", "v")
# Where the backends of this project live, so that a missing one can be named with its remedy.
KNOWN = {"brian2": "neurolsm[brian2]", "lava": "neurolsm[lava]"}


@runtime_checkable
class Simulator(Protocol):
    """A Program on a backend. A context manager: leaving it ends every process it owns.

    Attributes:
        program: what it runs.
        info: what runs it, for the record.
        state: the state after the last step; may be set, from any backend.
    """

    program: Program
    info: dict[str, Any]
    state: State

    def run(self, inputs: Spikes, *, carry: bool = False, trace: Sequence[str] = ()) -> Recording:
        """Run all samples.

        Args:
            inputs: spikes of the input channels. An input spike at step t acts at step t + 1 + delay.
            carry: False: each sample starts from rest. True: the samples are consecutive pieces of one stream that
                goes on from ``state``.
            trace: states to record after every step, from ``("u", "v")``.
        """

    def close(self) -> None:
        """End everything the simulator owns. May be called twice."""

    def __enter__(self) -> Simulator: ...

    def __exit__(self, *exception: object) -> None: ...


@runtime_checkable
class Backend(Protocol):
    """What an entry point of the group ``neurolsm.backends`` names."""

    name: str

    def missing(self) -> str | None:
        """Why it cannot run here, in one sentence with the remedy; None if it can."""

    def open(self, program: Program, **options: Any) -> Simulator:
        """A simulator of ``program``."""


def _points() -> dict[str, EntryPoint]:
    return {point.name: point for point in entry_points(group=GROUP)}


def names() -> list[str]:
    """Every backend that is installed, the emulator first."""
    return sorted(_points(), key=lambda name: (name != "emulator", name))


def get(name: str) -> Backend:
    """The backend of that name.

    Raises:
        NotAvailable: unknown, not installed, or not able to run here.
    """
    point = _points().get(name)
    if point is None and name in KNOWN:
        raise NotAvailable(f'backend {name!r} is not installed. Type: pip install "{KNOWN[name]}"')
    if point is None:
        raise NotAvailable(f"backend {name!r} is unknown. Installed are: {', '.join(names())}")
    try:
        backend: Backend = point.load()()
    except ImportError as error:
        raise NotAvailable(
            f'backend {name!r} cannot be imported ({error}). Type: pip install "{KNOWN.get(name, name)}"'
        ) from error
    reason = backend.missing()
    if reason:
        raise NotAvailable(f"backend {name!r} cannot run here: {reason}")
    return backend


def open_simulator(program: Program, backend: str = "emulator", **options: Any) -> Simulator:
    """A simulator of ``program`` on the named backend; use it in a ``with`` block."""
    return get(backend).open(program, **options)


def check_inputs(program: Program, inputs: Spikes, trace: Sequence[str]) -> None:
    """Refuse inputs that do not fit the program; every backend calls this first."""
    if not isinstance(inputs, Spikes):
        refuse(
            "Simulator",
            "inputs",
            type(inputs).__name__,
            "must be Spikes",
            "Use Spikes.from_dense, from_list or from_events",
        )
    if inputs.units != program.n_inputs:
        refuse(
            "Simulator",
            "inputs.units",
            inputs.units,
            f"the program has {program.n_inputs} input channels",
            "Encode for that number of channels",
        )
    for name in trace:
        if name not in TRACES:
            refuse("Simulator", "trace", name, f"must be among {TRACES}", "Drop it")
