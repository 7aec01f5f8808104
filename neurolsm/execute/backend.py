"""The interface that every backend fulfils, and the registry through which backends come: entry points."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import EntryPoint, entry_points
from inspect import Parameter, signature
from typing import Any, Protocol, runtime_checkable

from neurolsm.arrays import samples_of
from neurolsm.errors import NotAvailable, one_line, refuse
from neurolsm.execute.fit import cause, misfit
from neurolsm.execute.recording import Recording
from neurolsm.program import Program
from neurolsm.program.graded import Graded
from neurolsm.program.spikes import Spikes
from neurolsm.program.state import State

GROUP = "neurolsm.backends"
TRACES = ("u", "v")
# What installs the backends of this project, so that a missing one can be named with its remedy.
KNOWN = {
    "brian2": 'pip install "neurolsm[brian2]"', "c": 'pip install "neurolsm[c]"', "lava": "neurolsm install lava"
}  # fmt: skip


@runtime_checkable
class Simulator(Protocol):
    """A Program on a backend. A context manager: leaving it ends every process it owns.

    Attributes:
        program: what it runs.
        info: what runs it, for the record.
        state: the state after the last step, a copy: to change it changes nothing. May be set, from any backend; what is set is
            checked and copied.
    """

    program: Program
    info: dict[str, Any]
    state: State

    def run(
        self,
        inputs: Spikes,
        *,
        graded: Graded | None = None,
        learn: bool = True,
        carry: bool = False,
        trace: Sequence[str] = (),
    ) -> Recording:
        """Run all samples, one after the other wherever the program learns.

        Args:
            inputs: spikes of the input channels. An input spike at step t acts at step t + 1 + delay.
            graded: rewards and teacher values for the modulators; None for zeros.
            learn: False: weights, traces, excitability and the clock stay as they are.
            carry: False: each sample starts from rest (what was learned is carried on all the same). True: the samples
                are consecutive pieces of one stream that goes on from ``state``.
            trace: states to record after every step, from ``("u", "v")``.
        """

    def close(self) -> None:
        """End everything the simulator owns. May be called twice."""

    def __enter__(self) -> Simulator: ...

    def __exit__(self, *exception: object) -> None: ...


@runtime_checkable
class Backend(Protocol):
    """What an entry point of the group ``neurolsm.backends`` names.

    A backend that runs in several ways may list them in ``variants``: a name and the options of ``open`` it stands for.
    What it cannot do it refuses, and lists in ``unsupported``, with the reason in a sentence, for the conformance suite
    (``neurolsm.conformance.suite``). Variants that are ``slow`` are put through it only where they are asked for by name.
    """

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
        NotAvailable: unknown, not installed, or not able to run here, whatever the reason.
    """
    point = _points().get(name)
    if point is None and name in KNOWN:
        raise NotAvailable(f"backend {name!r} is not installed. Type: {KNOWN[name]}")
    if point is None:
        raise NotAvailable(f"backend {name!r} is unknown. Installed are: {', '.join(names())}")
    dist = getattr(point, "dist", None)
    package = dist.name if dist else ""
    reason = misfit(package) if package else None
    if reason:
        raise NotAvailable(f"backend {name!r} cannot run here: {reason}")
    try:
        backend: Backend = point.load()()
        reason = backend.missing()
    except (Exception, SystemExit) as error:  # of a package that we do not know
        remedy = (cause(package) if package else None) or _again(name, package)
        raise NotAvailable(
            f"backend {name!r} cannot be imported ({type(error).__name__}: {one_line(error)}). {remedy}"
        ) from error
    if reason:
        raise NotAvailable(f"backend {name!r} cannot run here: {reason}")
    return backend


def _again(name: str, package: str) -> str:
    if name in KNOWN:
        return f"Type: {KNOWN[name]}"
    return f"Install {package or 'its package'} again with what it needs, or remove it"


def resolve(backend: str) -> tuple[Backend, dict[str, Any]]:
    """The backend of ``name`` or ``name:variant``, and the options that the variant stands for.

    Raises:
        NotAvailable: unknown, not installed, not able to run here, or without that variant.
    """
    if not isinstance(backend, str):
        refuse(
            "open_simulator", "backend", backend, "must be a name", "Write 'emulator', or another of neurolsm backends"
        )
    name, _, variant = backend.partition(":")
    found = get(name)
    variants = getattr(found, "variants", {})
    if variant and variant not in variants:
        known = ", ".join(f"{name}:{v}" for v in variants) or "none"
        raise NotAvailable(f"backend {name!r} has no variant {variant!r}. Known variants: {known}")
    return found, dict(variants[variant]) if variant else {}


def open_simulator(program: Program, backend: str = "emulator", **options: Any) -> Simulator:
    """A simulator of ``program`` on the named backend; use it in a ``with`` block.

    ``name:variant``, such as ``lava:stock``, selects one of the option sets that the backend lists in ``variants``.

    Args:
        program: what to run.
        backend: ``name`` or ``name:variant``; ``neurolsm backends`` lists them.
        options: of the backend.

    Raises:
        NotAvailable: a backend or variant that is unknown, not installed or not able to run here.
        TargetRefusal: the backend lacks what the program needs.
        InvalidValue: an option outside its range, or no program.

    Example:
        >>> import neurolsm as nl
        >>> lsm = nl.LSM(inputs=2, liquid=nl.Liquid(topology=nl.RandomGraph(n=20, density=0.3)), seed=1)
        >>> inputs = nl.RateEncoder(steps=30).encode([[0.2, 0.9], [1.0, 0.5]])
        >>> with nl.open_simulator(nl.lower(lsm).program, "reference") as simulator:
        ...     recording = simulator.run(inputs, trace=["v"])
        >>> recording.counts().shape, recording.traces["v"].shape  # [sample, window, neuron]; [steps of all samples, neuron]
        ((2, 1, 20), (60, 20))
    """
    found, chosen = resolve(backend)
    if not isinstance(program, Program):
        remedy = "Write open_simulator(lower(lsm).program, ...)"
        refuse("open_simulator", "program", type(program).__name__, "must be a Program", remedy)
    taken = signature(found.open).parameters.values()
    if not any(one.kind is Parameter.VAR_KEYWORD for one in taken):
        known = [one.name for one in taken if one.name not in chosen][1:]
        for name in options.keys() - set(known):
            limit = f"is no option of the backend {backend!r}"
            refuse("open_simulator", name, options[name], limit, f"Options are: {', '.join(known) or 'none'}")
    return found.open(program, **chosen, **options)


def check_inputs(program: Program, inputs: Spikes, trace: Sequence[str], graded: Graded | None = None) -> Graded:
    """Refuse inputs that do not fit the program; every backend calls this first. Returns the graded input, zeros if None.

    Arrays that were checked when they were made are not looked at again: nobody can have changed them.
    """
    if not isinstance(inputs, Spikes):
        refuse(
            "Simulator",
            "inputs",
            type(inputs).__name__,
            "must be Spikes",
            "Use Spikes.from_dense, from_list or from_events",
        )
    inputs.recheck()
    if inputs.units != program.n_inputs:
        refuse(
            "Simulator", "inputs.units", inputs.units, f"the program has {program.n_inputs} input channels",
            "Encode for that number of channels",
        )  # fmt: skip
    for name in samples_of("Simulator", "trace", trace, f"a list of some of {TRACES}"):
        if name not in TRACES:
            refuse("Simulator", "trace", name, f"must be among {TRACES}", "Drop it")
    rows = inputs.indptr.size - 1
    if graded is None:
        return Graded.none(program.n_graded, rows)
    if not isinstance(graded, Graded):
        refuse("Simulator", "graded", type(graded).__name__, "must be Graded", "Use Graded.build(row, value, rows)")
    graded.recheck()
    if graded.channels != program.n_graded or graded.rows != rows:
        refuse(
            "Simulator", "graded", (graded.rows, graded.channels),
            f"must have {rows} steps and {program.n_graded} channels", "Build it for this program and these inputs",
        )  # fmt: skip
    return graded
