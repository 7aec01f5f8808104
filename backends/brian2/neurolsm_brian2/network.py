"""The Brian2 network of a Program, the same for all targets.

Time is the step index: the clock ticks in whole seconds, so that no time is ever rounded. Delays are not left to
Brian2's spike queues: a synapse has no delay and adds its weight, when the spike is emitted, to the cell
``delay * N + post`` of the pending input, counted from the row that arrives next. This is faster, and it makes the
pending input a plain array that can be read, saved and moved to another backend.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurolsm.program import INPUT, NEURON, Program, Projection
from neurolsm.program.state import State
from neurolsm_brian2.learning import Learning, learning, variables

TOP = (1 << 23) - 1  # highest value of v and of the adaptive threshold
CURRENT_AND_VOLTAGE = {
    True: "u = wrap(decay(u, ku) + 64*arrive())\nv = saturate(decay(v, kv) + u + bias)",
    False: "u = u*ku + arrive()\nv = v*kv + u + bias",
}
REFRACT = "v = int(rest <= 0)*v\nrest = rest - int(rest > 0)"
# A spike is judged by the threshold before it decays.
ADAPT = {True: "bar = level + theta\ntheta = decay(theta, kt)", False: "bar = level + theta\ntheta = theta*kt"}
RAISE = {
    True: f"theta = theta + jump\ntheta = theta - int(theta > {TOP})*(theta - {TOP})",
    False: "theta = theta + jump",
}


@dataclass(frozen=True)
class Liquid:
    """A Brian2 network and those of its variables that are read or set from outside.

    Attributes:
        network: the Brian2 ``Network``.
        state: what changes in every step, by field of ``State``; all but ``pending``, which is no Brian2 variable.
        given: what ``given_values`` sets at the start of a run, in its order.
        weights: what ``static_weights`` sets before the first run, in its order.
        learning: what learning adds.
    """

    network: Any
    state: dict[str, Any]
    given: list[Any]
    weights: list[Any]
    learning: Learning


def state_names(program: Program) -> tuple[str, ...]:
    """What changes in every step, by field of ``State``; features that no neuron uses are left out and stay 0."""
    neurons = program.neurons
    return ("u", "v", *["refractory"] * neurons.refracts, *["theta"] * neurons.adapts, "pending")


def given_values(program: Program, state: State) -> list[NDArray[Any]]:
    """What intrinsic plasticity may have changed before this run: bias and threshold in units of v."""
    whole = program.integer
    bias = state.bias_mant << program.neurons.bias_exp if whole else state.bias_mant
    level = state.vth << 6 if whole else state.vth
    return [values.astype(program.dtype) for values in (bias, level)]


def static_weights(program: Program) -> list[NDArray[Any]]:
    """Weights of the synapses that do not learn, one array a ``Synapses`` object, in its order."""
    return [
        _in_order(bundle, "effective").astype(program.dtype)
        for _, bundle in _bundles(program)
        if not bundle[0].plasticity
    ]


def _in_order(bundle: list[Projection], name: str) -> NDArray[Any]:
    """A field of all synapses of a bundle, by source: what one spike touches lies together."""
    order = np.argsort(np.concatenate([p.pre for p in bundle]), kind="stable")
    return np.concatenate([getattr(p, name) for p in bundle])[order]


def liquid(program: Program, functions: dict[str, Any]) -> Liquid:
    """Build the network on Brian2's active device."""
    from brian2 import Clock, Network, NeuronGroup, second

    common: dict[str, Any] = {"clock": Clock(dt=1 * second, name="step"), "namespace": functions}
    start = NeuronGroup(1, "begun : integer", name="start", **common)
    start.run_regularly("begun = begin()", when="start", name="start_step")
    neurons = _neurons(program, common)
    groups = {NEURON: neurons}
    bundles = _bundles(program)
    if program.n_inputs and any(p.source == INPUT and (p.size or p.plasticity) for p in program.projections):
        model = _integers(variables(program, INPUT))
        groups[INPUT] = NeuronGroup(program.n_inputs, model, threshold="fires()", reset="", name="stimulus", **common)
    made = [
        _synapses(program, k, bundle, groups[source], neurons, common) for k, (source, bundle) in enumerate(bundles)
    ]
    numbers = {id(p): k for k, p in enumerate(program.plastic)}
    plastic = {numbers[id(bundle[0])]: s for s, (_, bundle) in zip(made, bundles, strict=True) if bundle[0].plasticity}
    # Brian2 keeps the name "refractory" for itself.
    state = {name: neurons.variables[{"refractory": "rest"}.get(name, name)] for name in state_names(program)[:-1]}
    given = [neurons.variables["bias"], neurons.variables["level"]]
    weights = [s.variables["w"] for s, (_, bundle) in zip(made, bundles, strict=True) if not bundle[0].plasticity]
    learned = learning(program, start, groups, plastic)
    return Liquid(Network(start, *groups.values(), *made, name="liquid_network"), state, given, weights, learned)


def _neurons(program: Program, common: dict[str, Any]) -> Any:
    from brian2 import NeuronGroup

    p, whole = program.neurons, program.integer
    one = 4096 if whole else 1
    constants = {"ku": one - (p.du + 1 if whole else p.du), "kv": one - p.dv}
    update, reset, states = [CURRENT_AND_VOLTAGE[whole]], ["v = 0"], ["u", "v", "bias", "level"]
    if p.refracts:
        update.append(REFRACT)
        reset.append("rest = period")
    if p.adapts:
        update.append(ADAPT[whole])
        reset.append(RAISE[whole])
        states += ["theta", "bar"]
        constants |= {"kt": one - p.theta_decay, "jump": p.theta_step}
    kind = "integer" if whole else "1"
    model = [f"{name} : {kind}" for name in states] + [f"{name} : {kind} (constant)" for name in constants]
    model += ["rest : integer", "period : integer (constant)"] * p.refracts
    model.append(_integers(variables(program, NEURON)))
    group = NeuronGroup(
        p.size, "\n".join(model), threshold=f"v > {'bar' if p.adapts else 'level'}",
        reset="\n".join([*reset, "emitted = emit()"]), name="neurons", **common,
    )  # fmt: skip
    group.run_regularly("\n".join(update), when="groups", name="neurons_update")
    for name, values in (constants | ({"period": p.refractory} if p.refracts else {})).items():
        setattr(group, name, values)
    return group


def _integers(names: Sequence[str]) -> str:
    return "\n".join(f"{name} : integer" for name in names)


def _bundles(program: Program) -> list[tuple[str, list[Projection]]]:
    """Projections that share one Synapses object: fewer objects build and run faster. Plastic ones stay alone.

    Integer sums do not depend on the order. Floating-point ones do: there every projection stays alone, in the order
    of the program, so that even the rounding is that of the reference.
    """
    present = [p for p in program.projections if p.size]
    alone = [(p.source, [p]) for p in present if p.plasticity or not program.integer]
    rest = sorted((p for p in present if program.integer and not p.plasticity), key=lambda p: p.source)
    shared = [(source, list(group)) for source, group in groupby(rest, key=lambda p: p.source)]
    return shared + alone


def _synapses(
    program: Program, number: int, bundle: list[Projection], source: Any, target: Any, common: dict[str, Any]
) -> Any:
    from brian2 import Synapses, second

    learns = bool(bundle[0].plasticity)  # the weight is then the one that the rule knows, without the exponent
    pre, post, delay, weight = (
        _in_order(bundle, name) for name in ("pre", "post", "delay", "weight" if learns else "effective")
    )
    model = ["cell : integer (constant)", f"w : {'integer' if program.integer else '1'}"]
    model += ["tag1 : integer", "tag2 : integer"] * learns
    made = Synapses(
        source, target, "\n".join(model), delay=0 * second, name=f"synapses_{number}", **common,
        on_pre=f"delivered = deliver(cell, {f'{1 << bundle[0].weight_exp}*w' if learns else 'w'})",
    )  # fmt: skip
    made.pre.order = number
    made.connect(i=pre, j=post)
    made.cell = delay.astype(np.int64) * program.n + post
    made.w = weight
    return made
