"""Do backends agree? The first step, neuron and variable in which they do not, or none."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurolsm.describe.checks import plain
from neurolsm.describe.lsm import LSM
from neurolsm.errors import NeuroLSMError, refuse
from neurolsm.execute.backend import Simulator, check_inputs, open_simulator, resolve
from neurolsm.execute.recording import Recording
from neurolsm.program import Program
from neurolsm.program.spikes import Spikes
from neurolsm.shown import shown


@dataclass(frozen=True)
class Divergence:
    """Where a backend first leaves the first one. ``variable`` is ``spike``, ``u`` or ``v``; steps count from 0."""

    backend: str
    sample: int
    step: int
    neuron: int
    variable: str
    expected: float
    got: float


@shown(
    backends="backends", samples="samples", spikes="spikes_compared", equal="equal", spikes_agree="spikes_agree",
    first_divergence="first_divergence", largest_difference="largest_difference", ms_per_sample="ms_per_sample",
)  # fmt: skip
@dataclass(frozen=True)
class Comparison:
    """Outcome of ``compare``.

    Attributes:
        backends: what was compared; the first is the yardstick.
        samples, spikes_compared: how much.
        first_divergence: None if every spike and the final u and v of every sample agree.
        largest_difference: of final u and v over all backends; 0 in Loihi arithmetic unless something is wrong.
        spikes_agree: whether every spike agrees (in float arithmetic states differ by round-off).
        ms_per_sample: wall time of each backend without set-up.
        recordings: what each backend recorded.
        program_sha256: of the program.
    """

    backends: tuple[str, ...]
    samples: int
    spikes_compared: int
    first_divergence: Divergence | None
    largest_difference: float
    spikes_agree: bool
    ms_per_sample: dict[str, float]
    setup_seconds: dict[str, float]
    recordings: dict[str, Recording]
    program_sha256: str = ""

    @property
    def equal(self) -> bool:
        return self.first_divergence is None

    def to_dict(self) -> dict[str, Any]:
        first = None
        if self.first_divergence:
            first = {k: v for k, v in asdict(self.first_divergence).items()}
        return {
            "backends": list(self.backends), "samples": self.samples, "spikes_compared": self.spikes_compared,
            "first_divergence": first, "equal": self.equal, "spikes_agree": self.spikes_agree,
            "largest_difference": self.largest_difference, "ms_per_sample": self.ms_per_sample, "setup_seconds": self.setup_seconds,
            "program_sha256": self.program_sha256,
        }  # fmt: skip


def compare(
    lsm: LSM | Program,
    inputs: Spikes,
    backends: Sequence[str] = ("emulator", "brian2", "lava"),
    *,
    target: str = "loihi2",
    arithmetic: str = "loihi",
    tolerance: float = 1e-9,
) -> Comparison:
    """Run one description on several backends and find the first difference.

    Args:
        lsm: a description (lowered for ``target`` and ``arithmetic``) or a Program.
        inputs: input spikes.
        backends: at least two names; ``lava:stock`` or ``brian2:numpy`` select a variant.
        tolerance: largest difference of u and v that counts as equal in float arithmetic; Loihi arithmetic allows none.

    Raises:
        InvalidValue: fewer than two backends, inputs that do not fit, a tolerance outside its range.
        NotAvailable, TargetRefusal: as ``neurolsm.lower`` and ``neurolsm.open_simulator``.

    Example:
        >>> import neurolsm as nl
        >>> lsm = nl.LSM(inputs=2, liquid=nl.Liquid(topology=nl.RandomGraph(n=20, density=0.3)), seed=1)
        >>> inputs = nl.RateEncoder(steps=30).encode([[0.2, 0.9], [1.0, 0.5]])
        >>> found = nl.compare(lsm, inputs, backends=("reference", "emulator"))
        >>> found.equal, found.first_divergence, found.largest_difference
        (True, None, 0.0)
    """
    if isinstance(backends, str) or not isinstance(backends, (Sequence, np.ndarray)):
        refuse("compare", "backends", backends, "must be a list of names", "Write ('emulator', 'reference')")
    most = plain(tolerance)
    if isinstance(most, bool) or not isinstance(most, (int, float)) or not 0 <= most < np.inf:
        refuse("compare", "tolerance", tolerance, "must be a finite number, at least 0", "Leave it out for 1e-9")
    if len(backends) < 2:
        refuse("compare", "backends", backends, "needs at least two backends", "Name another, such as 'reference'")
    for name in backends:
        if list(backends).count(name) > 1:
            refuse("compare", "backends", backends, f"names {name!r} twice", "Name each once")
        resolve(name)  # a wrong name is refused before anything runs
    if isinstance(lsm, Program):
        program = lsm
    else:
        from neurolsm.lowering import lower

        program = lower(lsm, target, arithmetic).program
    check_inputs(program, inputs, ())
    if not len(inputs):
        refuse("compare", "inputs", inputs, "needs at least one sample", "Give some input")
    allowed = 0.0 if program.integer else float(most)
    recordings: dict[str, Recording] = {}
    setup: dict[str, float] = {}
    divergence: Divergence | None = None
    for name in backends:
        start = time.perf_counter()
        with open_simulator(program, name) as simulator:
            simulator.run(inputs[:1])  # what is compiled or forked once is set-up, not run time
            setup[name] = time.perf_counter() - start
            recordings[name] = simulator.run(inputs)
            if divergence is None and name != backends[0]:
                sample = _first_sample(recordings[backends[0]], recordings[name], allowed)
                if sample is not None:
                    divergence = _locate(program, inputs[sample], backends[0], name, simulator, sample, allowed)
    yardstick = recordings[backends[0]]
    others = [recordings[name] for name in backends[1:]]
    return Comparison(
        tuple(backends), len(inputs), yardstick.spikes.count, divergence,
        max(_largest(yardstick, other) for other in others), all(yardstick.spikes.equal(o.spikes) for o in others),
        {name: r.seconds / max(len(inputs), 1) * 1e3 for name, r in recordings.items()}, setup, recordings,
        program.sha256,
    )  # fmt: skip


def _largest(a: Recording, b: Recording) -> float:
    return float(max(np.abs(a.u - b.u).max(initial=0), np.abs(a.v - b.v).max(initial=0)))


def _first_sample(a: Recording, b: Recording, allowed: float) -> int | None:
    for k in range(len(a.spikes)):
        if (
            not a.spikes[k].equal(b.spikes[k])
            or _apart(a.u[k], b.u[k], allowed).any()
            or _apart(a.v[k], b.v[k], allowed).any()
        ):
            return k
    return None


def _apart(a: NDArray[Any], b: NDArray[Any], allowed: float) -> NDArray[np.bool_]:
    a, b = a.astype(float), b.astype(float)
    return ~((a == b) | (np.abs(a - b) <= allowed))  # so that NaN is a difference


def _locate(
    program: Program, one: Spikes, first: str, name: str, simulator: Simulator, sample: int, allowed: float
) -> Divergence:
    """Run the differing sample again with every state recorded, where the backend can, and find the first difference."""
    trace: tuple[str, ...] = ("u", "v")
    with open_simulator(program, first) as yardstick:
        try:
            got, want = simulator.run(one, trace=trace), yardstick.run(one, trace=trace)
        except NeuroLSMError:
            trace = ()
            got, want = simulator.run(one), yardstick.run(one)
    found: list[tuple[int, int, int, str, float, float]] = []
    pairs = [("u", want.u, got.u, int(one.steps[0]) - 1), ("v", want.v, got.v, int(one.steps[0]) - 1)]
    pairs += [(x, want.traces[x], got.traces[x], 0) for x in trace]
    pairs.append(("spike", want.spikes.dense()[0], got.spikes.dense()[0], 0))
    order = {"u": 0, "v": 1, "spike": 2}  # within a step u causes v, and v the spike
    for variable, a, b, offset in pairs:
        different = np.argwhere(_apart(a, b, 0 if variable == "spike" else allowed))
        if len(different):
            step, neuron = (int(k) for k in different[0])
            found.append(
                (step + offset, order[variable], neuron, variable, float(a[step, neuron]), float(b[step, neuron]))
            )
    if not found:  # it differed in the batch but not alone
        return Divergence(name, sample, -1, -1, "depends on the batch", float("nan"), float("nan"))
    step, _, neuron, variable, expected, value = min(found)
    return Divergence(name, sample, step, neuron, variable, expected, value)
