"""What stock Lava can express of a program, and its connections."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.sparse import csr_matrix

from neurolsm.errors import refuse_target
from neurolsm.program import Program, Projection
from neurolsm.program.state import State

MOST_CONNECTIONS = 32  # each is an operating-system process
TARGET = "stock Lava"
LACKS = {
    "float": "its floating-point LIF has other equations",
    "refractory": "its fixed-point LIF has no refractory period",
    "adaptive": "its fixed-point LIF has no adaptive threshold",
}
REMEDY = 'Open the backend with model="fused"'


def check_program(program: Program) -> None:
    """Refuse what stock Lava cannot express.

    Raises:
        TargetRefusal: short-term plasticity, float arithmetic, a refractory period, an adaptive threshold, or too many projections.
    """
    neurons = program.neurons
    if program.dynamic:
        refuse_target(TARGET, "short_term", program.dynamic[0].name, "its synapses have no short-term plasticity",
                      "Use constant synapses, or the emulator")  # fmt: skip
    if not program.integer:
        refuse_target(TARGET, "arithmetic", program.arithmetic, LACKS["float"], REMEDY)
    if neurons.refracts:
        refuse_target(TARGET, "refractory", int(neurons.refractory.max()), LACKS["refractory"], REMEDY)
    if neurons.adapts:
        refuse_target(TARGET, "theta_step", int(neurons.theta_step.max()), LACKS["adaptive"], REMEDY)
    used = sum(p.size > 0 for p in program.projections)
    if used > MOST_CONNECTIONS:
        refuse_target(
            TARGET, "projections", used, f"at most {MOST_CONNECTIONS}, each runs as a process of its own", REMEDY
        )


def check_state(program: Program, state: State) -> None:
    """Refuse a state that stock processes have no place for.

    Raises:
        TargetRefusal: a refractory counter, an adapted threshold, or input on its way without any connection.
    """
    for field in ("refractory", "theta"):
        values = getattr(state, field)
        if values.any():
            refuse_target(
                TARGET, f"state.{field}", values[values != 0][0], "its fixed-point LIF has no such state", REMEDY
            )
    if state.pending.any() and not program.synapses:
        refuse_target(TARGET, "state.pending", state.pending.max(), "no connection can hold input on its way", REMEDY)


def connections(program: Program) -> list[tuple[str, Any]]:
    """The source and the stock connection process of every projection that has synapses."""
    return [(p.source, static_connection(p, program.n)) for p in program.projections if p.size]


def static_connection(projection: Projection, n: int) -> Any:
    """A Sparse, or a DelaySparse where a synapse has a delay.

    The sign mode is always named: Lava would guess it from the weights otherwise. A mixed one drops the lowest bit; nine bits
    keep odd weights, which learning makes of even ones.
    """
    from lava.proc.sparse.process import DelaySparse, Sparse
    from lava.utils.weightutils import SignMode

    p = projection
    keep = p.weight != 0  # Lava drops weights of 0 and then disagrees with itself about the pattern
    shape = (n, p.indptr.size - 1)
    place = (p.post[keep], p.pre[keep])
    options = {
        "weights": csr_matrix((p.weight[keep].astype(np.int32), place), shape),
        "weight_exp": p.weight_exp,
        "sign_mode": SignMode[p.sign_mode.upper()],
        "num_weight_bits": 9 if (p.weight % 2).any() and p.sign_mode == "mixed" else 8,
    }
    if not p.delay.any():
        return Sparse(**options)
    delays = csr_matrix((p.delay[keep].astype(np.int64), place), shape)
    return DelaySparse(**options, delays=delays, max_delay=int(p.delay.max()))
