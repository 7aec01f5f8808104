"""Which plasticity Lava's own LearningDense and LearningSparse can express, and their learning rules."""

from __future__ import annotations

from typing import Any

from neurolsm.errors import refuse_target
from neurolsm.learn.language import WIDEST, format_series
from neurolsm.program import Program, Projection
from neurolsm.program.plasticity import LAVA, TRACES, Plasticity, Product
from neurolsm.program.state import State
from neurolsm_lava.stock import MOST_CONNECTIONS
from neurolsm_lava.stock_layout import MOST_GROUPS, layout

TARGET = "stock Lava"
FUSED = 'pass learn=False to leave what was learned as it is, or open the backend with model="fused"'
MOST_LEARNING = 16  # learning processes: the clerk has fourteen ports for each
THIRD = ("y1", "y2", "y3")
VECTORS = ("x1", "x2", "y1", "y2", "y3", "tx", "ty")  # of a learning process, under the same names in a PlasticState
MATRICES = {"weights": "weight", "tag_1": "tag1", "tag_2": "tag2"}
NEVER = 10**17  # steps: exp(-1 / NEVER) is 1, and Lava wants a whole number
DENSE, SPARSE = "LearningDense", "LearningSparse"
# What a program that learns may not use, by the names of the conformance suite, and why.
LACKS = {
    "learning/delay": "its learning processes have no delays",
    "learning/intrinsic": "no process of its own changes bias or threshold by rule",
    "learning/stream": "its processes draw one number per step for all synapses",
    "learning/pattern": "LearningDense grows synapses where there are none, and LearningSparse knows only mixed signs and "
    "traces as factors",
    "learning/constant": "its rules have no bare constants as factors",
}  # fmt: skip


def _refuse(feature: str, field: str, value: object, remedy: str) -> None:
    refuse_target(TARGET, field, value, LACKS[feature], f"{remedy}, {FUSED}")


def check_learning(program: Program) -> None:
    """Refuse a program whose learning no stock process can express.

    Raises:
        TargetRefusal: names the projection, the feature that is lacking and what works instead.
    """
    if program.intrinsic:
        _refuse("learning/intrinsic", "intrinsic", program.intrinsic[0], "Leave intrinsic plasticity out")
    for p in program.plastic:
        assert p.plasticity is not None
        if p.delay.any():
            _refuse("learning/delay", f"{p.name}.delay", int(p.delay.max()), "Take delays of 0 for plastic synapses")
        _check_third(p.name, p.plasticity)
        _check_rule(p.name, p.plasticity)
    plan = layout(program)
    for what, used, most in (
        ("groups of neurons", len(plan.groups), MOST_GROUPS), ("learning processes", len(plan.learning), MOST_LEARNING),
        ("connections", len(plan.blocks), MOST_CONNECTIONS),
    ):  # fmt: skip
        if used > most:
            refuse_target(TARGET, what, used, f"at most {most}, each is a process of its own",
                          f"Merge some projections, describe a smaller readout, {FUSED}")  # fmt: skip
    for block in plan.learning:
        process_for(block.projection, block.n)


def _check_third(name: str, rule: Plasticity) -> None:
    own = [y for y in THIRD if rule.third and y not in rule.third and any(product.uses(y) for product in rule.products)]
    if own and rule.t_epoch > 1:
        refuse_target(TARGET, f"{name}.plasticity.t_epoch", rule.t_epoch, f"a rule with third factors takes {own[0]} from outside, once "
                      "in an epoch, and not as it was when a spike came", f"Take epochs of one step, {FUSED}")  # fmt: skip


def _check_rule(name: str, rule: Plasticity) -> None:
    field = f"{name}.plasticity"
    if rule.stream != LAVA:
        _refuse(
            "learning/stream",
            f"{field}.stream",
            rule.stream,
            f"Use stream={LAVA!r}, or stock=True of an on-chip readout",
        )
    for product in rule.products:
        if product.uses("c"):
            _refuse("learning/constant", field, product, "Put the constant into the rate")
        if product.bits > WIDEST:
            refuse_target(TARGET, field, product, f"Lava multiplies in {WIDEST} bits, this needs {product.bits}",
                          f"Use fewer factors, {FUSED}")  # fmt: skip
    if not rule.products:
        refuse_target(TARGET, field, rule.products, "Lava knows no rule without a product", f"Drop it, {FUSED}")
    made = learning_rule(rule)
    for target in ("dw", "dt", "dd"):
        ours = getattr(rule, target)
        theirs = getattr(made, target).products if ours else ()
        if [_read_back(p, rule) for p in ours] != [_as_lava(p) for p in theirs]:
            refuse_target(TARGET, f"{field}.{target}", format_series(ours, rule.decimate),
                          "Lava's parser reads another rule", f"Use rates of -7 to 7 times 2^k and u0 to u9, {FUSED}")  # fmt: skip


def _read_back(p: Product, rule: Plasticity) -> tuple[object, ...]:
    factors = [(f.variable, f.constant, f.sign) for f in p.factors]
    return p.dependency, p.mantissa, p.shift_left, rule.decimate if p.dependency == "u" else None, factors


def _as_lava(p: Any) -> tuple[object, ...]:
    factors = [(f.state_var, f.const or 0, f.is_sgn) for f in p.factors]
    return p.dependency, p.s_mantissa, p.s_exp, p.decimate_exponent, factors


def process_for(projection: Projection, n: int) -> str:
    """``LearningDense`` where every pair is connected or none, or where no weight of 0 can grow: each product of dw has the factor
    w or sgn(w). ``LearningSparse`` for the other patterns with mixed signs and rules of traces alone.

    Args:
        projection: a plastic projection.
        n: neurons of the program.

    Raises:
        TargetRefusal: neither can.
    """
    p, rule = projection, projection.plasticity
    assert rule is not None
    if p.size in (0, (p.indptr.size - 1) * n) or all(_silent_at_zero(product) for product in rule.dw):
        return DENSE
    if p.sign_mode == "mixed" and not any(product.uses("w", "t", "d") for product in rule.products):
        return SPARSE
    remedy = "Connect every pair, or give each product of dw the factor w or sgn(w)"
    if p.sign_mode == "mixed":
        _refuse("learning/pattern", f"{p.name}.plasticity", format_series(rule.products, rule.decimate), remedy)
    _refuse("learning/pattern", f"{p.name}.sign_mode", p.sign_mode, remedy)
    raise AssertionError


def _silent_at_zero(product: Product) -> bool:
    return any(f.variable == "w" and f.constant == 0 for f in product.factors)


def check_state(program: Program, state: State) -> None:
    """Refuse a state from which stock processes cannot go on learning.

    Raises:
        TargetRefusal: input on its way to a neuron for a step that none of its connections can hold.
    """
    plan = layout(program)
    for g, group in enumerate(plan.groups):
        deepest = max((int(plan.blocks[k].projection.delay.max()) + 1 for k in plan.into(g)), default=0)
        lost = state.pending[deepest:, group]
        if lost.any():
            refuse_target(TARGET, "state.pending", int(lost[lost != 0][0]), "no connection of these neurons can hold input on its way "
                          f"for {deepest + 1} steps", f"Set it to 0, {FUSED}")  # fmt: skip


def check_start(program: Program, state: State) -> None:
    """Refuse a state in which new stock processes cannot begin.

    Raises:
        TargetRefusal: a clock above 0 and a product that acts without any spike, in LearningSparse: it cannot be given
            weights after it has caught up with the random numbers.
    """
    plan = layout(program)
    restless = [g for g, group in enumerate(plan.groups) if not plan.into(g) and (state.bias_mant[group] > 0).any()]
    for block in plan.learning:
        p, rule = block.projection, block.projection.plasticity
        assert rule is not None
        acts = block.source in restless or any(_acts_in_silence(product) for product in rule.products)
        if state.clock and process_for(p, block.n) == SPARSE and acts:
            refuse_target(TARGET, "state.clock", state.clock, f"LearningSparse of {p.name} has a product that acts without "
                          "spikes, and can only begin at a clock of 0", f"Go on in one simulator, {FUSED}")  # fmt: skip


def _acts_in_silence(product: Product) -> bool:
    return product.dependency == "u" and not any(f.constant == 0 for f in product.factors)


def learning_rule(rule: Plasticity) -> Any:
    """Lava's learning rule for ``rule``, with two factors or three."""
    from neurolsm_lava.shim import import_lava

    import_lava()
    from lava.magma.core.learning.learning_rule import Loihi2FLearningRule, Loihi3FLearningRule

    options = rule_options(rule)
    return (Loihi3FLearningRule if rule.third else Loihi2FLearningRule)(**options)


def rule_options(rule: Plasticity) -> dict[str, Any]:
    """The keywords of Lava's learning rule."""
    series = {name: format_series(p, rule.decimate) for name in ("dw", "dt", "dd") if (p := getattr(rule, name))}
    own = ("x1", "x2") if rule.third else TRACES
    traces = {f"{name}_tau": _tau(getattr(rule, name).tau) for name in own}
    impulses = {f"{name}_impulse": getattr(rule, name).impulse for name in own}
    return {**series, **traces, **impulses, "t_epoch": rule.t_epoch, "rng_seed": rule.seed}


def _tau(tau: float) -> float:
    return int(min(tau, NEVER)) if tau >= NEVER or tau == int(tau) else float(tau)
