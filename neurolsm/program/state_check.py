"""What a state must be before anything goes on from it: of the program's form, and of values that a run can reach.

Compiled code takes traces and spike times as places in tables, so a value that no run reaches would be read out of bounds.
"""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

import numpy as np

from neurolsm.errors import refuse
from neurolsm.program.currents import reach
from neurolsm.program.parts import INPUT, Projection
from neurolsm.program.plasticity import TRACE_MAX, TRACES, Plasticity
from neurolsm.program.program import Program
from neurolsm.program.sealed import PLAIN
from neurolsm.program.short_term import LONG_AGO, ShortTermState

if TYPE_CHECKING:
    from neurolsm.program.state import State

REMEDY = "Take the state from a simulator of the same program"
LIMIT = 1 << 23  # u, v and theta have 24 bits
COUNT_MAX = 1 << 30
CLOCK_MAX = 1 << 48  # steps; 8,900 years of milliseconds
THIRD = (-128, 127)
# Learned weights reach one more than drawn ones where both signs mix; tags as the accumulator leaves them.
WEIGHTS = {"mixed": (-256, 255), "excitatory": (0, 255), "inhibitory": (-255, 0)}
TAGS = {"tag1": (-257, 255), "tag2": (0, 255)}
ROUNDING = 1e-9  # shares of resources are sums of rounded products


def check_state(state: State, program: Program) -> None:
    """Refuse a state that no run of ``program`` can reach.

    Raises:
        InvalidValue: the first part that is wrong.
    """
    from neurolsm.program.state import PlasticState

    n, integer, kind = program.n, program.integer, program.dtype
    constant = np.int32 if integer else np.float64
    load, current = reach(program) if integer else (np.zeros(1), np.zeros(1))
    for name, dtype, limits in (
        ("u", kind, (-current, current)), ("v", kind, (1 - LIMIT, LIMIT - 1)), ("theta", kind, (0, LIMIT - 1)),
        ("bias_mant", constant, (-4096, 4095)), ("vth", constant, (0, 131071)),
    ):  # fmt: skip
        _array(state, name, name, dtype, (n,), limits if integer else None)
    _array(state, "pending", "pending", kind, (program.max_delay + 1, n), (-load, load) if integer else None)
    _array(state, "refractory", "refractory", np.int32, (n,), (0, 63 if integer else COUNT_MAX))
    _array(state, "count", "count", np.int32, (n,), (0, COUNT_MAX))
    periods = np.zeros(n, np.int32)  # of calibration, for each neuron
    longest = np.zeros(n, np.int32)
    for rule in program.intrinsic:
        periods[rule.start : rule.stop], longest[rule.start : rule.stop] = rule.calibration, rule.period
    _array(state, "calibrated", "calibrated", np.int32, (n,), (np.zeros(n, np.int32), periods))
    _array(state, "own", "own", np.int32, (n,), (np.zeros(n, np.int32), longest * state.calibrated))
    clock = getattr(state, "clock", None)
    if (
        not isinstance(clock, (int, np.integer))
        or isinstance(clock, (bool, np.timedelta64))
        or not 0 <= clock <= CLOCK_MAX
    ):
        refuse("State", "clock", clock, f"must be a whole number in 0..{CLOCK_MAX}", REMEDY)
    _parts(state, "plastic", PlasticState, len(program.plastic))
    for k, (p, plastic) in enumerate(zip(program.plastic, state.plastic, strict=True)):
        _plastic(f"plastic/{k}", plastic, p, program)
    _parts(state, "short_term", ShortTermState, len(program.dynamic))
    for k, (p, memory) in enumerate(zip(program.dynamic, state.short_term, strict=True)):
        for name in ("spent", "left"):
            _array(memory, name, f"short_term/{k}/{name}", np.float64, (p.size,), (-ROUNDING, 1 + ROUNDING))
        _array(memory, "age", f"short_term/{k}/age", np.int32, (p.indptr.size - 1,), (0, LONG_AGO))


def _plastic(where: str, plastic: Any, p: Projection, program: Program) -> None:
    assert isinstance(p.plasticity, Plasticity)
    sources = program.n_inputs if p.source == INPUT else program.n
    for name, limits in {"weight": WEIGHTS[p.sign_mode], **TAGS}.items():
        _array(plastic, name, f"{where}/{name}", np.int16, (p.size,), limits)
    for name in TRACES:
        raised = p.plasticity.trace(name).impulse > 0  # else it stays at 0
        limits = THIRD if name in p.plasticity.third else (0, TRACE_MAX if raised else 0)
        _array(plastic, name, f"{where}/{name}", np.int16, (sources if name[0] == "x" else program.n,), limits)
    for name, size in (("tx", sources), ("ty", program.n)):
        _array(
            plastic, name, f"{where}/{name}", np.int16, (size,), (0, p.plasticity.t_epoch - 1)
        )  # 0 again when it ends


def _parts(state: State, name: str, kind: type, wanted: int) -> None:
    parts = getattr(state, name, None)
    if not isinstance(parts, list) or len(parts) != wanted or not all(isinstance(part, kind) for part in parts):
        found = f"{len(parts)} parts" if isinstance(parts, list) else type(parts).__name__
        names = ", ".join(f.name for f in fields(kind))
        refuse("State", name, found, f"must be a list of {wanted} {kind.__name__} ({names})", REMEDY)


def _array(
    owner: Any, field: str, name: str, dtype: Any, shape: tuple[int, ...], limits: tuple[Any, Any] | None
) -> None:
    """``limits``: the lowest and the highest value, one for all or one for each neuron; None: any finite number."""
    values: Any = getattr(owner, field, None)
    wanted = np.dtype(dtype)
    if type(values) not in PLAIN or values.dtype != wanted or values.shape != shape:
        form = (str(getattr(values, "dtype", type(values).__name__)), getattr(values, "shape", None))
        refuse("State", name, form, f"must be {(wanted.name, shape)}", REMEDY)
    if limits is None:
        if not np.isfinite(values).all():
            refuse("State", name, "NaN or infinity", "must be finite", REMEDY)
        return
    single = np.ndim(limits[0]) == 0  # then the extremes tell, without a further array
    if not values.size or (single and values.min() >= limits[0] and values.max() <= limits[1]):
        return
    inside = (values >= limits[0]) & (values <= limits[1])
    if not inside.all():
        place = tuple(np.argwhere(~inside)[0])
        low, high = (np.broadcast_to(limit, shape)[place] for limit in limits)
        digits = ".4g" if wanted.kind == "f" else ""
        refuse("State", name, values[place], f"must lie in {low:{digits}}..{high:{digits}}", REMEDY)
