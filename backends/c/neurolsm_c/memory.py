"""The state of a program as the bytes of its C struct, and back: learn on the desk, go on in the field, read back, go on here."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from neurolsm.errors import refuse
from neurolsm.program import Program
from neurolsm.program.plan import EVENTS, Plan
from neurolsm.program.state import State
from neurolsm_c.design import Design, Field
from neurolsm_c.streams import place
from neurolsm_c.tables import SIZES

REMEDY = "Take the state from a simulator of the same program"
PLAIN = ("u", "v", "theta", "refractory", "count", "own", "calibrated", "bias_mant", "vth")


def dtype_of(kind: str) -> np.dtype[np.generic]:
    return np.dtype(f"<{'u' if kind[0] == 'u' else 'i'}{SIZES[kind]}")


@dataclass(frozen=True, eq=False)
class Memory:
    """Translates between ``State`` and the struct of a design."""

    design: Design

    @cached_property
    def offsets(self) -> dict[str, tuple[int, Field]]:
        found, at = {}, 0
        for field in self.design.fields:
            found[field.name] = (at, field)
            at += field.bytes
        return found

    def pack(self, state: State, learn: bool = True) -> bytes:
        """The struct that holds ``state``.

        Raises:
            InvalidValue: something is not at rest that the program has no memory for.
        """
        self._check(state)
        data = np.zeros(self.design.size, np.uint8)
        for name, values in self._values(state, learn).items():
            at, field = self.offsets[name]
            raw = np.asarray(values).astype(dtype_of(field.type)).ravel()
            data[at : at + field.bytes] = raw.view(np.uint8)
        return data.tobytes()

    def _values(self, state: State, learn: bool) -> dict[str, NDArray[np.int64] | list[int]]:
        design, program = self.design, self.design.program
        low, high = design.ring
        words = [int(program.sha256[8 * k : 8 * k + 8], 16) for k in (0, 1)]
        found: dict[str, NDArray[np.int64] | list[int]] = {"program": words}
        found |= {name: getattr(state, name) for name in PLAIN}
        found |= {
            "ring": state.pending[:, low:high],
            "flat": np.concatenate([state.pending[0, :low], state.pending[0, high:]]),
            "clock": [state.clock], "learn": [int(learn)], "stirred": [sum(EVENTS[name] for name in design.third)],
        }  # fmt: skip
        found |= {name: place(design, name, state.clock) for name in design.draws}
        found |= {f"period_{r}": [state.clock % rule.period] for r, rule in enumerate(program.intrinsic)}
        for plan in design.plans:
            found |= self._of_plan(plan, state)
        return {name: values for name, values in found.items() if name in self.offsets}

    def _of_plan(self, plan: Plan, state: State) -> dict[str, NDArray[np.int64] | list[int]]:
        k, memory, rule = plan.number, state.plastic[plan.number], plan.rule
        sign = -1 if plan.projection.sign_mode == "inhibitory" else 1
        found = {
            f"{name}_{k}": getattr(memory, name) for name in ("x1", "x2", "y1", "y2", "y3", "tx", "ty", "tag1", "tag2")
        }
        found |= {f"weight_{k}": sign * memory.weight.astype(np.int64)}
        found |= {
            f"within_{k}": [state.clock % rule.t_epoch], f"seen_{k}": [3],
            f"epochs_{k}": [state.clock // rule.t_epoch % (1 << rule.decimate)],
        }  # fmt: skip
        return found

    def _check(self, state: State) -> None:
        """Refuse what would be forgotten."""
        program = self.design.program
        for name, limit in (("theta", "adaptive threshold"), ("refractory", "refractory period")):
            if name not in self.offsets and getattr(state, name).any():
                refuse(
                    "State",
                    name,
                    getattr(state, name),
                    f"must be 0: no neuron of this program has an {limit}",
                    "Set it to 0",
                )
        low, high = self.design.ring
        late = state.pending[1:].copy()
        late[:, low:high] = 0
        if late.any():
            refuse("State", "pending", late[late != 0][0], "must be 0 where no synapse has a delay", "Set it to 0")
        if not self.design.moves:
            for name in ("bias_mant", "vth"):
                if not np.array_equal(getattr(state, name), getattr(program.neurons, name)):
                    refuse(
                        "State",
                        name,
                        getattr(state, name),
                        "must be the program's: it lies in constant memory here",
                        REMEDY,
                    )

    def unpack(self, data: bytes, before: State, *, learned: bool = True) -> State:
        """The state that a struct holds; what it has no place for is as in ``before``.

        Raises:
            InvalidValue: the bytes are no struct of this program.
        """
        design, program = self.design, self.design.program
        if len(data) != design.size:
            refuse("State", "bytes", len(data), f"must be {design.size}: it is no state of this program", REMEDY)
        mark = [int(x) for x in self.read(data, "program")]
        words = [int(program.sha256[8 * k : 8 * k + 8], 16) for k in (0, 1)]
        if mark != words:
            refuse(
                "State",
                "program",
                f"{mark[0]:08x}{mark[1]:08x}",
                f"must be {program.sha256[:16]}: it is of another program",
                REMEDY,
            )
        state = before.copy()
        for name in PLAIN:
            if name in self.offsets:
                getattr(state, name)[:] = self.read(data, name)
        low, high = design.ring
        if design.width:
            head = int(self.read(data, "head")[0])
            state.pending[:, low:high] = np.roll(self.read(data, "ring").reshape(design.slots, -1), -head, axis=0)
        if design.width < program.n:
            flat = self.read(data, "flat")
            state.pending[0, :low], state.pending[0, high:] = flat[:low], flat[low:]
        if program.learns:
            state.clock = int(self.read(data, "clock")[0])
        for plan in design.plans:
            self._plastic(plan, data, state, learned)
        return state

    def _plastic(self, plan: Plan, data: bytes, state: State, learned: bool) -> None:
        k, memory = plan.number, state.plastic[plan.number]
        for name in ("weight", "tag1", "tag2", "x1", "x2", "y1", "y2", "y3", "tx", "ty"):
            if f"{name}_{k}" in self.offsets:
                sign = -1 if name == "weight" and plan.projection.sign_mode == "inhibitory" else 1
                getattr(memory, name)[:] = sign * self.read(data, f"{name}_{k}").astype(np.int64)
        for name in plan.rule.third if learned else ():
            values = getattr(memory, name)
            values[:] = 0
            first, last = self.design.third_span(name)
            if last:
                values[first:last] = self.read(data, name)

    def read(self, data: bytes, name: str) -> NDArray[np.generic]:
        """One field of the struct."""
        at, field = self.offsets[name]
        return np.frombuffer(data, dtype_of(field.type), max(field.size, 1), at)


def pack(program: Program, state: State) -> bytes:
    """The struct of the exported C code that holds ``state``.

    Raises:
        InvalidValue: a state of another program, or one that no run of it can reach.
    """
    return Memory(Design(program)).pack(State.given(state, program))


def unpack(program: Program, data: bytes) -> State:
    """The state that a struct of the exported C code holds, checked.

    Raises:
        InvalidValue: bytes of another program, or a state that no run of it can reach.
    """
    state = Memory(Design(program)).unpack(data, State.rest(program))
    state.check(program)
    return state
