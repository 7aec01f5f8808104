"""What the C++ functions of learning know of a program (rules.h), and the random numbers that every batch brings along."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from numpy.typing import NDArray

from neurolsm.program import INPUT, Program
from neurolsm.program.decay import decay_table
from neurolsm.program.plan import Plan, plans
from neurolsm.program.plasticity import LAVA, MODULATORS, TRACES
from neurolsm.program.streams import round_up_at, trace_draws

RULES_H = """constexpr size_t GRADED = {graded};
inline std::vector<Rule> lsm_rules = {{{rules}}};
inline std::vector<Trace> lsm_traces = {{{traces}}};
inline const std::vector<Modulator> lsm_modulators = {{{modulators}}};
inline const std::vector<int64_t> lsm_periods = {{{periods}}};
"""


def draws(found: Iterable[Plan], clock: int, rows: int) -> list[tuple[NDArray[Any], ...]]:
    """For each plan the numbers of the steps clock + 1 .. clock + rows: for x traces, for y traces, for rounding (``lava``)."""
    return [
        (*trace_draws(plan.rule, clock, rows), round_up_at(plan.rule, clock, rows)) if plan.rule.stream == LAVA else ()
        for plan in found
    ]


def rules_h(program: Program) -> str:
    """The text of rules.h; see learn.h for the types."""
    found = plans(program)
    modulators = (
        _braces(
            TRACES.index(m.trace) - 2, m.start, m.stop, MODULATORS.index(m.kind), m.channel, m.target_exp, m.shift
        )
        for m in program.modulators
    )  # fmt: skip
    return RULES_H.format(
        graded=program.n_graded,
        rules=", ".join(map(_rule, found)),
        traces=",\n".join(_trace(program, plan, name) for plan in found for name in plan.slots),
        modulators=", ".join(modulators),
        periods=", ".join(str(rule.period) for rule in program.intrinsic),
    )


def _rule(plan: Plan) -> str:
    rule, from_input = plan.rule, plan.projection.source == INPUT
    return _braces(rule.t_epoch, rule.decimate, rule.seed, rule.stream == LAVA, from_input, plan.needs)


def _trace(program: Program, plan: Plan, name: str) -> str:
    spec = plan.rule.trace(name)
    whole, fraction = decay_table(spec.tau)
    size = plan.sources if name[0] == "x" else program.n
    exact = [float(x).hex() for x in fraction]
    return _braces(plan.number, 1 + TRACES.index(name), name[0] == "x", size, spec.impulse, whole.tolist(), exact)


def _braces(*values: Any) -> str:
    texts = (_braces(*v) if isinstance(v, list) else v if isinstance(v, str) else str(int(v)) for v in values)
    return "{" + ", ".join(texts) + "}"
