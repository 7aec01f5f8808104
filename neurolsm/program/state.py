"""Everything a running network remembers between two steps."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurolsm.errors import refuse
from neurolsm.program.parts import INPUT, Projection
from neurolsm.program.program import Program
from neurolsm.program.short_term import ShortTermState
from neurolsm.program.state_check import check_state
from neurolsm.shown import shown

NESTED = ("clock", "plastic", "short_term")  # what is no array of its own


@shown()
@dataclass(eq=False)
class PlasticState:
    """What one plastic projection has learned, and what it needs to go on.

    Attributes:
        weight: int16 [synapses], on the range of the sign mode.
        tag1, tag2: int16 [synapses].
        x1, x2: traces of the sources, int16 [sources]; y1, y2, y3: traces of the targets, int16 [n].
        tx, ty: step within the epoch of the last spike, 0 for none, int16 [sources], [n].
    """

    weight: NDArray[np.int16]
    tag1: NDArray[np.int16]
    tag2: NDArray[np.int16]
    x1: NDArray[np.int16]
    x2: NDArray[np.int16]
    y1: NDArray[np.int16]
    y2: NDArray[np.int16]
    y3: NDArray[np.int16]
    tx: NDArray[np.int16]
    ty: NDArray[np.int16]

    @staticmethod
    def initial(projection: Projection, sources: int, n: int) -> PlasticState:
        def zeros(size: int) -> NDArray[np.int16]:
            return np.zeros(size, np.int16)

        return PlasticState(
            weight=projection.weight.copy(),
            tag1=zeros(projection.size),
            tag2=zeros(projection.size),
            x1=zeros(sources),
            x2=zeros(sources),
            y1=zeros(n),
            y2=zeros(n),
            y3=zeros(n),
            tx=zeros(sources),
            ty=zeros(n),
        )

    def copy(self) -> PlasticState:
        return PlasticState(**{f.name: getattr(self, f.name).copy() for f in fields(self)})

    def equal(self, other: PlasticState) -> bool:
        return all(np.array_equal(getattr(self, f.name), getattr(other, f.name)) for f in fields(self))


@shown()
@dataclass(eq=False)
class State:
    """The state after a step; the same on every backend, so a run may go on elsewhere.

    Attributes:
        u, v: current and voltage [N].
        refractory: steps for which v still stays 0 [N].
        theta: adaptive part of the threshold [N].
        pending: input on its way; row k arrives k steps after the next one [max_delay + 1, N].
        clock: learning steps done since the program was made; it selects the random numbers.
        plastic: one entry per plastic projection, in the program's order.
        bias_mant, vth: the neurons' constants, as intrinsic plasticity has moved them [N].
        count: spikes of each neuron in the current period of intrinsic plasticity [N].
        own: spikes of each neuron in the periods of its calibration, see ``Intrinsic`` [N].
        calibrated: how many such periods it has had [N].
        short_term: one entry per projection with short-term plasticity, in the program's order.

    Raises:
        InvalidValue: by the simulator it is set in, a state that no run of its program can reach.

    Example:
        >>> import neurolsm as nl
        >>> lsm = nl.LSM(inputs=2, liquid=nl.Liquid(topology=nl.RandomGraph(n=20, density=0.3)), seed=1)
        >>> inputs = nl.RateEncoder(steps=30).encode([[0.2, 0.9]])
        >>> program = nl.lower(lsm).program
        >>> with nl.open_simulator(program, "reference") as one, nl.open_simulator(program, "reference") as other:
        ...     _ = one.run(inputs)
        ...     other.state = one.state  # on any backend
        ...     a, b = one.run(inputs, carry=True), other.run(inputs, carry=True)
        >>> a.spikes.equal(b.spikes)
        True
    """

    u: NDArray[Any]
    v: NDArray[Any]
    refractory: NDArray[Any]
    theta: NDArray[Any]
    pending: NDArray[Any]
    clock: int
    plastic: list[PlasticState]
    bias_mant: NDArray[Any]
    vth: NDArray[Any]
    count: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, np.int32))
    own: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, np.int32))
    calibrated: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, np.int32))
    short_term: list[ShortTermState] = field(default_factory=list)

    @staticmethod
    def rest(program: Program) -> State:
        """Nothing has happened and nothing has been learned."""
        n, dtype = program.n, program.dtype
        return State(
            u=np.zeros(n, dtype),
            v=np.zeros(n, dtype),
            refractory=np.zeros(n, np.int32),
            theta=np.zeros(n, dtype),
            pending=np.zeros((program.max_delay + 1, n), dtype),
            clock=0,
            plastic=[PlasticState.initial(p, program.n_inputs if p.source == INPUT else n, n) for p in program.plastic],
            bias_mant=program.neurons.bias_mant.copy(),
            vth=program.neurons.vth.copy(),
            count=np.zeros(n, np.int32),
            own=np.zeros(n, np.int32),
            calibrated=np.zeros(n, np.int32),
            short_term=[ShortTermState.rest(p.size, p.indptr.size - 1) for p in program.dynamic],
        )

    def begin_sample(self, program: Program, learn: bool = True) -> None:
        """Forget the last sample: inference state to rest, and what the rules forget; the rest is carried on."""
        for array in (self.u, self.v, self.refractory, self.theta, self.pending):
            array[:] = 0
        for memory in self.short_term:
            memory.reset()
        if learn:
            for projection, plastic in zip(program.plastic, self.plastic, strict=True):
                assert projection.plasticity is not None
                for name in projection.plasticity.forgotten:
                    getattr(plastic, name)[:] = 0

    def copy(self) -> State:
        values = {f.name: getattr(self, f.name) for f in fields(self)}
        copied = {k: v.copy() for k, v in values.items() if isinstance(v, np.ndarray)}
        nested = {"plastic": [p.copy() for p in self.plastic], "short_term": [m.copy() for m in self.short_term]}
        return State(**{**copied, **nested, "clock": int(self.clock)})

    @staticmethod
    def given(state: State, program: Program) -> State:
        """A copy of what was given as a state of ``program``, for the setters of simulators.

        Raises:
            InvalidValue: no state, of another program, or one that no run can reach.
        """
        if not isinstance(state, State):
            refuse("Simulator", "state", type(state).__name__, "must be a State", "Take the state from a simulator")
        state.check(program)
        return state.copy()

    def fork(self) -> State:
        """A copy that shares what was learned, for a run that does not learn."""
        moving = ("u", "v", "refractory", "theta", "pending")
        own = [memory.copy() for memory in self.short_term]
        return replace(self, short_term=own, **{name: getattr(self, name).copy() for name in moving})

    def equal(self, other: State) -> bool:
        arrays = (f.name for f in fields(self) if f.name not in NESTED)
        return (
            self.clock == other.clock
            and all(np.array_equal(getattr(self, name), getattr(other, name)) for name in arrays)
            and all(a.equal(b) for a, b in zip(self.plastic, other.plastic, strict=True))
            and all(a.equal(b) for a, b in zip(self.short_term, other.short_term, strict=True))
        )

    def check(self, program: Program) -> None:
        """Refuse a state that no run of ``program`` can reach: compiled code trusts its shapes, its types and its values.

        Raises:
            InvalidValue: the first part that is wrong.
        """
        check_state(self, program)

    # ------------------------------------------------------------------ storage

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Every array under a flat name."""
        found = {f.name: getattr(self, f.name) for f in fields(self) if f.name not in NESTED}
        for k, plastic in enumerate(self.plastic):
            found |= {f"plastic/{k}/{f.name}": getattr(plastic, f.name) for f in fields(PlasticState)}
        for k, memory in enumerate(self.short_term):
            found |= {f"short_term/{k}/{f.name}": getattr(memory, f.name) for f in fields(ShortTermState)}
        return found

    @staticmethod
    def from_arrays(arrays: dict[str, NDArray[Any]], clock: int, projections: int) -> State:
        """The inverse of ``arrays`` for programs in Loihi arithmetic, which have no short-term plasticity."""
        plastic = [
            PlasticState(**{f.name: arrays[f"plastic/{k}/{f.name}"] for f in fields(PlasticState)})
            for k in range(projections)
        ]
        young = {name: np.zeros_like(arrays["count"]) for name in ("own", "calibrated")}  # not in files of version 0.1
        plain: dict[str, Any] = {f.name: (young | arrays)[f.name] for f in fields(State) if f.name not in NESTED}
        return State(**plain, clock=clock, plastic=plastic)
