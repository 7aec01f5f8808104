"""What a Program must be before anything runs it: shapes, types and ranges of every array.

Compiled code trusts these arrays, so whatever opens a program has it checked here first. Nobody can change a program, so one
check is enough.
"""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurolsm.errors import refuse
from neurolsm.program.currents import check_currents
from neurolsm.program.learnable import check_learning
from neurolsm.program.parts import INPUT, NEURON, Neurons, Population, Projection
from neurolsm.program.program import Program
from neurolsm.program.sealed import PLAIN
from neurolsm.program.short_term import ShortTerm
from neurolsm.program.spikes_check import MOST_UNITS

NEURON_RANGES = {
    "du": (0, 4095),
    "dv": (0, 4096),
    "vth": (0, 131071),
    "bias_mant": (-4096, 4095),
    "bias_exp": (0, 7),
    "refractory": (0, 63),
    "theta_step": (0, 2**23 - 1),
    "theta_decay": (0, 4096),
}
# Drawn weights of mixed signs are even, up to 254; learned ones need not be, and a program may be made of them.
WEIGHT_RANGES = {"excitatory": (0, 255), "inhibitory": (-255, 0), "mixed": (-256, 255)}
EXACT = {"bias_exp", "refractory"}  # integers in float arithmetic too
REMEDY = "Lower the description again"


def check(program: Program) -> None:
    """Refuse a program that no lowering could have made; at once, if it has been checked before.

    Raises:
        InvalidValue: the first array that is wrong.
    """
    if not isinstance(program, Program):
        refuse("Simulator", "program", type(program).__name__, "must be a Program", "Lower a description first")
    if program.__dict__.get("_checked") != _identity(program):
        _check(program)
        program.__dict__["_checked"] = _identity(program)


def _identity(program: Program) -> list[object]:
    """What tells a program, and every array of it, from another one, or from itself with fields that were exchanged."""
    parts: list[object] = [id(getattr(program, f.name)) for f in fields(program)]
    for part in (program.neurons, *program.projections):
        for value in vars(part).values():
            parts.append((id(value), value.dtype, value.shape) if isinstance(value, np.ndarray) else id(value))
    return parts


def _check(program: Program) -> None:
    if not isinstance(program.neurons, Neurons) or any(not isinstance(p, Projection) for p in program.projections):
        refuse("Program", "neurons", program.neurons, "must be Neurons, with Projections", REMEDY)
    sizes = {name: getattr(getattr(program.neurons, name), "shape", None) for name in NEURON_RANGES}
    if not all(isinstance(shape, tuple) and len(shape) == 1 for shape in sizes.values()):
        refuse("Program", "neurons", sizes, "must be arrays [N]", REMEDY)
    if not _number(program.dt) or not 0 < program.dt < np.inf:
        refuse("Program", "dt", program.dt, "must be above 0 s", REMEDY)
    if program.arithmetic not in ("loihi", "float"):
        refuse("Program", "arithmetic", program.arithmetic, "must be 'loihi' or 'float'", REMEDY)
    inputs = program.n_inputs
    whole_inputs = isinstance(inputs, (int, np.integer)) and not isinstance(inputs, bool)
    if program.n < 1 or not whole_inputs or not 0 <= inputs <= MOST_UNITS:
        refuse("Program", "n", (program.n, program.n_inputs), "needs neurons, and whole numbers of inputs", REMEDY)
    for name, (low, high) in NEURON_RANGES.items():
        whole = program.integer or name in EXACT
        values = getattr(program.neurons, name)
        _array(f"neurons.{name}", values, np.int32 if whole else np.float64, (program.n,))
        if whole and (program.integer or name != "refractory"):
            _range(f"neurons.{name}", values, low, high)
    for p in program.populations:
        if not isinstance(p, Population) or not isinstance(p.name, str):
            refuse("Program", "populations", p, "must be Populations with names", REMEDY)
    if not isinstance(program.target, str) or not isinstance(program.seed, (int, np.integer)):
        refuse("Program", "target, seed", (program.target, program.seed), "must be a name and a number", REMEDY)
    stops = [0, *(p.stop for p in program.populations)]
    if [p.start for p in program.populations] != stops[:-1] or stops[-1] != program.n:
        refuse("Program", "populations", program.populations, f"must cover the {program.n} neurons in order", REMEDY)
    for projection in program.projections:
        _projection(program, projection)
    check_learning(program)
    check_currents(program)


def _projection(program: Program, p: Projection) -> None:
    where = f"projections[{p.name!r:.60}]"
    if not isinstance(p.name, str):
        refuse("Program", "projections.name", p.name, "must be a name", REMEDY)
    if (
        not isinstance(p.sign_mode, str)
        or p.source not in (INPUT, NEURON)
        or p.sign_mode not in WEIGHT_RANGES
        or isinstance(p.weight_exp, (bool, float))
        or p.weight_exp not in range(8)
    ):
        refuse(
            "Program", where, (p.source, p.sign_mode, p.weight_exp), "has an unknown source, sign or exponent", REMEDY
        )
    sources = program.n_inputs if p.source == INPUT else program.n
    _array(f"{where}.indptr", p.indptr, np.int64, (sources + 1,))
    if p.indptr[0] != 0 or p.indptr[-1] != p.size or (np.diff(p.indptr) < 0).any():
        refuse("Program", f"{where}.indptr", p.indptr, f"must rise from 0 to {p.size}", REMEDY)
    _array(f"{where}.post", p.post, np.int32, (p.size,))
    _range(f"{where}.post", p.post, 0, program.n - 1)
    rises = np.diff(p.post) > 0
    borders = p.indptr[1:-1]  # where the next source begins, the target may be any
    rises[borders[(borders > 0) & (borders < p.size)] - 1] = True
    if not rises.all():
        refuse("Program", f"{where}.post", p.post, "must ascend within each source", REMEDY)
    _array(f"{where}.delay", p.delay, np.uint8, (p.size,))
    _range(f"{where}.delay", p.delay, 0, 62)
    _array(f"{where}.weight", p.weight, np.int16 if program.integer else np.float64, (p.size,))
    if program.integer:
        _range(f"{where}.weight", p.weight, *WEIGHT_RANGES[p.sign_mode])

    if p.short_term is not None:
        _short_term(program, f"{where}.short_term", p.short_term, p)


def _short_term(program: Program, where: str, constants: ShortTerm, p: Projection) -> None:
    if program.integer or p.plasticity is not None:
        refuse("Program", where, "short-term plasticity", "needs float arithmetic and static weights", REMEDY)
    for name in ("use", "recovery", "facilitation"):
        _array(f"{where}.{name}", getattr(constants, name), np.float64, (p.size,))
    if ((constants.use < 0) | (constants.use > 1)).any():
        refuse("Program", f"{where}.use", constants.use, "must lie in 0..1", REMEDY)
    if (constants.recovery <= 0).any() or (constants.facilitation <= 0).any():
        refuse("Program", where, "a time constant", "must be above 0 steps", REMEDY)


def _number(value: Any) -> bool:
    return isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)


def _array(name: str, values: Any, dtype: type[np.generic], shape: tuple[int, ...]) -> None:
    if type(values) not in PLAIN or values.dtype != dtype or values.shape != shape:
        found = (getattr(values, "dtype", type(values)), getattr(values, "shape", None))
        refuse("Program", name, found, f"must be {np.dtype(dtype)} {list(shape)}", REMEDY)
    if values.dtype.kind == "f" and not np.isfinite(values).all():
        refuse("Program", name, "NaN or infinity", "must be finite", REMEDY)


def _range(name: str, values: NDArray[Any], low: int, high: int) -> None:
    if values.size and (values.min() < low or values.max() > high):
        wrong = values.min() if values.min() < low else values.max()
        refuse("Program", name, wrong, f"must lie in {low}..{high}", REMEDY)
