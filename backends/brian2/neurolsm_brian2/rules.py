"""The Brian2 code of a learning rule, written from its products: integers and calls of ``learner.py`` and ``learn.h`` only.

Each plastic projection has one block for its sources, one for its targets and one for its synapses.
"""

from __future__ import annotations

from neurolsm.program import INPUT
from neurolsm.program.decay import TAG_RANGES, WEIGHT_RANGE
from neurolsm.program.plan import Plan
from neurolsm.program.plasticity import LAVA, TRACES, WIDTHS, Intrinsic, Product


def side(plan: Plan, letter: str) -> str:
    """Traces of the sources (x) or targets (y) in each step.

    ``t<letter>`` is the step within the epoch of the last spike; ``ended_<letter>`` is the same for the epoch that ends now, else 0.
    An earlier spike of the epoch has added nothing so far, and does so when the next one comes.
    """
    k, rule = plan.number, plan.rule
    last, ended = f"t{letter}_{k}", f"ended_{letter}_{k}"
    lines = [
        f"spiked = int({'fires' if letter == 'x' and plan.projection.source == INPUT else 'fired'}())",
        f"within = step_of_epoch({k})",
        f"latest = {last} + (within - {last})*spiked",
    ]
    for name, slot in plan.side(letter).items():
        if name in rule.third:
            lines += [f"{name}_{k} = third({name[1]}, i)", f"seen_{slot} = advance({slot}, {name}_{k}, latest, i)"]
        else:
            lines += [
                f"raised_{slot} = bounded({name}_{k} + {rule.trace(name).impulse}*spiked*int({last} > 0), 0, 127)",
                f"{name}_{k} = advance({slot}, raised_{slot}, latest, i)",
            ]
    return "\n".join([*lines, f"{ended} = int(within == {rule.t_epoch})*latest", f"{last} = latest - {ended}"])


def synapses(plan: Plan) -> str:
    """Weight and tags at the end of an epoch, all from their old values.

    A tag of -257 moves without any event: its accumulator does not fit and is cut.
    """
    k, rule = plan.number, plan.rule
    lines = [
        f"x0 = int(ended_x_{k}_pre > 0)",
        f"y0 = int(ended_y_{k}_post > 0)",
        f"u0 = counts({k})",
        f"up = {'drawn' if rule.stream == LAVA else 'mixed'}({k})",
    ]
    ends = []
    for products, name, limits in (
        (rule.dw, "w", WEIGHT_RANGE[plan.projection.sign_mode]),
        (rule.dt, "tag1", TAG_RANGES["t"]),
        (rule.dd, "tag2", TAG_RANGES["d"]),
    ):
        if not products:
            continue
        lines.append(f"{name}_0 = 128*{name}")
        lines += [f"{name}_{n} = add({name}_{n - 1}, {_product(plan, p)})" for n, p in enumerate(products, 1)]
        # A sum beyond the sign of the projection rounds into the limits, so it needs no cut of its own.
        ends.append(f"{name} = rounded({name}_{len(products)}, up, {limits[0]}, {limits[1]})")
    return "\n".join(lines + ends)


def _product(plan: Plan, product: Product) -> str:
    gate = {"x0": "x0", "y0": "y0", "u": "u0"}[product.dependency]
    text = f"{product.mantissa}*{gate}"
    for f in product.factors:
        value = str(f.constant) if f.variable == "c" else _variable(plan, f.variable, product.dependency)
        if f.constant and f.variable != "c":
            value = f"{value} + {f.constant}"
        text = f"times({text}, {f'sgn({value})' if f.sign else value}, {WIDTHS[f.variable]})"
    return f"part({text}, {product.shift_right}, {product.shift_left})"


def _variable(plan: Plan, name: str, dependency: str) -> str:
    if name not in TRACES:
        return {"w": "w", "t": "tag1", "d": "tag2"}.get(name, name)
    if name not in plan.slots:
        return "0"
    # A trace counts as it was when the neuron of the dependency fired last. Where it did not fire, the product is 0 anyway.
    k, epoch = plan.number, plan.rule.t_epoch
    when = {"x0": f"ended_x_{k}_pre", "y0": f"ended_y_{k}_post", "u": str(epoch)}[dependency] if epoch > 1 else "1"
    return f"trace({plan.slots[name]}, {when}, {'i' if name[0] == 'x' else 'j'})"


def excitability(rules: tuple[Intrinsic, ...]) -> str:
    """Spike counts, and at the end of a period the bias and the threshold."""
    lines = ["spiked = int(fired())"]
    for r, rule in enumerate(rules):
        lines += [
            f"here_{r} = int(i >= {rule.start} and i < {rule.stop})",
            f"count = count + here_{r}*spiked",
            f"ends_{r} = here_{r}*period_ends({r})",
            *(_own_rate(r, rule) if rule.calibration else _one_rate(r, rule)),
            f"bias_{r} = bounded(bias_mant - lower_{r}, {rule.bias_limits[0]}, {rule.bias_limits[1]})",
            f"vth_{r} = bounded(vth + raised_{r}, {rule.vth_limits[0]}, {rule.vth_limits[1]})",
            f"bias_mant = bias_mant + moves_{r}*(bias_{r} - bias_mant)",
            f"vth = vth + moves_{r}*(vth_{r} - vth)",
            f"count = count - ends_{r}*count",
        ]
    return "\n".join([*lines, "bias = bias_unit*bias_mant", "level = 64*vth"])


def _one_rate(r: int, rule: Intrinsic) -> list[str]:
    """What a period changes where all neurons seek one rate."""
    return [
        f"excess_{r} = int(count > {rule.target}) - int(count < {rule.target})",
        f"lower_{r} = {rule.bias_step}*excess_{r}",
        f"raised_{r} = {rule.vth_step}*excess_{r}",
        f"moves_{r} = ends_{r}",
    ]


def _own_rate(r: int, rule: Intrinsic) -> list[str]:
    """The same where each seeks its own, which it learns first."""
    return [
        f"lower_{r} = homing(count, own, {rule.calibration}, {rule.bias_step})",
        f"raised_{r} = homing(count, own, {rule.calibration}, {rule.vth_step})",
        f"notes_{r} = ends_{r}*int(calibrated < {rule.calibration})",
        f"moves_{r} = ends_{r} - notes_{r}",
        f"own = own + notes_{r}*count",
        f"calibrated = calibrated + notes_{r}",
    ]
