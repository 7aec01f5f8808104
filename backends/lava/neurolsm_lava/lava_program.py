"""A deployment as a self-contained Lava program: readable Python and arrays, for a laboratory that has the chip."""

from __future__ import annotations

import inspect
import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurolsm import __version__
from neurolsm.emulator import EmulatorSimulator
from neurolsm.errors import InvalidValue, refuse_target
from neurolsm.execute.backend import check_inputs
from neurolsm.files.folder import check_folder, write_folder
from neurolsm.program import INPUT, Program
from neurolsm.program.graded import Graded
from neurolsm.program.plasticity import TRACES
from neurolsm.program.spikes import Spikes
from neurolsm.program.state import State
from neurolsm.semantics.modulation import third_factors
from neurolsm_lava import lava_taught, lava_text, shim, stock, stock_rules
from neurolsm_lava.frozen import frozen
from neurolsm_lava.stock_layout import Layout, layout

CONSTANTS = ("du", "dv", "vth", "bias_mant", "bias_exp")


def export(
    program: Program, inputs: Spikes, folder: str | Path, *, graded: Graded | None = None, state: State | None = None,
    learn: bool = True, carry: bool = False,
) -> Path:  # fmt: skip
    """Write a folder that runs ``program`` on ``inputs`` with nothing but Lava and NumPy; it appears whole or not at all.

    The exported run begins at rest, with the weights, tags, biases and thresholds of ``state`` and with Lava's random
    numbers at their beginning. ``expected.npz`` holds what the emulator makes of that run.

    Args:
        program: what to run; stock Lava must be able to express it.
        inputs: samples, at least one step in all.
        folder: where to; it may not exist yet.
        graded: rewards and teacher values of the samples.
        state: what was learned; None for nothing.
        learn: whether the exported network goes on learning.
        carry: whether the samples are pieces of one stream; else each starts from rest.

    Returns:
        The folder.

    Raises:
        InvalidValue: inputs of another program, no step, or a folder that exists or cannot be written.
        TargetRefusal: stock Lava cannot express the program.
    """
    folder = Path(folder)
    graded = check_inputs(program, inputs, (), graded)
    check_folder(folder, "export")
    if not inputs.steps.any():
        raise InvalidValue("export: the inputs have no step. Give at least one sample")
    keep = np.flatnonzero(inputs.steps)  # a sample of no steps leaves nothing behind
    inputs = inputs[keep] if keep.size < len(inputs) else inputs
    start = State.rest(program) if state is None else _begun(program, state)
    learn = learn and program.learns
    network = replace(program, neurons=replace(program.neurons, bias_mant=start.bias_mant, vth=start.vth))
    if not learn:
        network = frozen(program, start)
    stock.check_program(network)
    if learn:
        stock_rules.check_learning(network)
        _check_learner(network, start, several=len(inputs) > 1 and not carry)
        weights = iter([memory.weight for memory in start.plastic])
        network = replace(network, projections=tuple(
            replace(p, weight=next(weights)) if p.plasticity else p for p in network.projections
        ))  # fmt: skip
    expected, after = _expected(program, inputs, graded, start, learn, carry)
    notes = " ".join(_notes(network))
    plan = layout(network)
    if learn and lava_taught.needed(network, plan):
        texts = lava_taught.texts(network, __version__, len(inputs), notes, carry=carry)
        arrays = {
            "network.npz": _blocks(network, plan, start), "inputs.npz": _spikes(inputs) | _lessons(graded),
            "expected.npz": expected | _learned(plan, after),
        }  # fmt: skip
    else:
        texts = {"run.py": lava_text.script(network, __version__, carry=carry),
                 "README.md": lava_text.readme(network, __version__, len(inputs), notes)}  # fmt: skip
        arrays = {
            "network.npz": _network(network, start, learn), "inputs.npz": _inputs(network, inputs, graded),
            "expected.npz": expected | (_weights(program, after) if learn else {}),
        }  # fmt: skip
    files = {name: text.encode() for name, text in (texts | {"lava_shim.py": inspect.getsource(shim)}).items()}
    write_folder(folder, files | {name: _npz(found) for name, found in arrays.items()}, "export")
    return folder


# ---------------------------------------------------------------------- checks


def _begun(program: Program, state: State) -> State:
    """At rest, with what was learned."""
    state.check(program)
    start = State.rest(program)
    start.bias_mant[:], start.vth[:] = state.bias_mant, state.vth
    for new, old in zip(start.plastic, state.plastic, strict=True):
        new.weight[:], new.tag1[:], new.tag2[:] = old.weight, old.tag1, old.tag2
    return start


def _check_learner(program: Program, start: State, *, several: bool) -> None:
    """What Lava's own Var.set and LearningSparse cannot do, where no process of ours helps them."""
    remedy = "Export with learn=False or carry=True"
    for block in layout(program).learning:
        p, memory = block.projection, start.plastic[block.plastic or 0]
        assert p.plasticity is not None
        taus = [p.plasticity.trace(name).tau for name in TRACES]
        odd = [tau for tau in taus if tau < stock_rules.NEVER and tau != int(tau)]
        if several and odd:
            refuse_target(stock.TARGET, f"{p.name}.plasticity", odd[0], "setting a Var between two samples makes Lava round "
                          "time constants down to whole steps", f"{remedy}, one sample, or whole steps")  # fmt: skip
        sparse = stock_rules.process_for(p, block.n) == stock_rules.SPARSE
        if sparse and (memory.weight[block.synapses] == 0).any():
            refuse_target(stock.TARGET, f"{p.name}.weight", 0, "LearningSparse drops synapses of weight 0 when it starts",
                          "Give them another weight, or export with learn=False")  # fmt: skip


def _notes(program: Program) -> list[str]:
    """What a chip may see otherwise than the simulator."""
    found = []
    varied = [name for name in ("du", "dv", "vth") if np.unique(getattr(program.neurons, name)).size > 1]
    if varied:
        found.append(
            f"Neurons differ in {', '.join(varied)}, which the simulator takes and a chip may want in populations."
        )
    if any(p.sign_mode == "mixed" and (p.weight % 2).any() for p in program.projections):
        found.append("Some learned weights of mixed sign are odd; a chip drops their lowest bit.")
    if program.plastic:
        found.append("Lava calls its simulation of learning approximate: a chip may learn other weights.")
    return found


# ---------------------------------------------------------------------- arrays


def _network(program: Program, start: State, learn: bool) -> dict[str, NDArray[Any]]:
    found: dict[str, Any] = {name: getattr(program.neurons, name) for name in CONSTANTS}
    memories = iter(start.plastic)
    for k, p in enumerate(program.projections):
        memory = next(memories) if p.plasticity else None
        # Static synapses of weight 0 are left out: Lava drops them and then disagrees with itself about the pattern.
        keep = np.ones(p.size, bool) if memory else p.weight != 0
        arrays: dict[str, NDArray[Any]] = {"pre": p.pre.astype(np.int64), "post": p.post, "weight": p.weight.astype(np.int32),
                  "delay": p.delay.astype(np.int64)}  # fmt: skip
        if memory and learn:
            arrays |= {"tag_1": memory.tag1.astype(np.int32), "tag_2": memory.tag2.astype(np.int32)}
        found |= {f"projection_{k}.{name}": values[keep] for name, values in arrays.items()}
        found[f"projection_{k}.sources"] = np.int64(program.n_inputs if p.source == INPUT else program.n)
    return found


def _inputs(program: Program, inputs: Spikes, graded: Graded) -> dict[str, NDArray[Any]]:
    """Steps of each sample, and events (row, unit, value): input spikes, and third factors where a rule wants them."""
    found: dict[str, Any] = {"steps": inputs.steps}
    events: dict[str, tuple[NDArray[Any], NDArray[Any], NDArray[Any]]] = {
        "spikes": (inputs.row, inputs.unit, np.ones(inputs.count, np.int32))
    }
    if any(p.plasticity and p.plasticity.third for p in program.projections):
        still = np.zeros(program.n, np.int32)
        third = [third_factors(program.modulators, graded.at(row), still) for row in range(int(inputs.steps.sum()))]
        for name in stock_rules.THIRD:
            values = np.array([t[name] for t in third])
            row, unit = np.nonzero(values)
            events[name] = (row, unit, values[row, unit].astype(np.int32))
    for name, (row, unit, value) in events.items():
        found |= {f"{name}.row": row, f"{name}.unit": unit, f"{name}.value": value}
    return found


def _blocks(program: Program, plan: Layout, start: State) -> dict[str, NDArray[Any]]:
    """The network as groups and blocks."""
    found: dict[str, Any] = {name: getattr(program.neurons, name) for name in CONSTANTS}
    for k, block in enumerate(plan.blocks):
        p = block.projection
        arrays = {"pre": p.pre.astype(np.int64), "post": p.post, "weight": p.weight.astype(np.int32), "delay": p.delay.astype(np.int64)}  # fmt: skip
        keep = p.weight != 0
        if block.plastic is not None:
            memory, keep = start.plastic[block.plastic], np.ones(p.size, bool)
            tags = {"tag_1": memory.tag1, "tag_2": memory.tag2}
            arrays |= {name: values[block.synapses].astype(np.int32) for name, values in tags.items()}
        found |= {f"block_{k}.{name}": values[keep] for name, values in arrays.items()}
        found[f"block_{k}.sources"] = np.int64(p.indptr.size - 1)
    return found


def _spikes(inputs: Spikes) -> dict[str, NDArray[Any]]:
    return {"steps": inputs.steps, "spikes.row": inputs.row, "spikes.unit": inputs.unit}


def _lessons(graded: Graded) -> dict[str, NDArray[Any]]:
    return {"lessons.row": graded.row, "lessons.value": graded.value}


def _expected(
    program: Program, inputs: Spikes, graded: Graded, start: State, learn: bool, carry: bool
) -> tuple[dict[str, NDArray[Any]], State]:
    """Spikes, u and v of the emulator, and its state after them."""
    with EmulatorSimulator(program) as simulator:
        simulator.state = start
        recording = simulator.run(inputs, graded=graded, learn=learn, carry=carry)
        after = simulator.state
    spikes = np.zeros((int(inputs.steps.sum()), program.n), bool)
    spikes[recording.spikes.row, recording.spikes.unit] = True
    return {"spikes": spikes, "u": recording.u, "v": recording.v}, after


def _weights(program: Program, after: State) -> dict[str, NDArray[Any]]:
    """What each plastic projection has learned."""
    memories = iter(after.plastic)
    found = {f"projection_{k}.weight": next(memories).weight for k, p in enumerate(program.projections) if p.plasticity}
    return {name: weight for name, weight in found.items() if weight.size}


def _learned(plan: Layout, after: State) -> dict[str, NDArray[Any]]:
    """What each block has learned."""
    return {
        f"block_{k}.weight": after.plastic[block.plastic].weight[block.synapses]
        for k, block in enumerate(plan.blocks)
        if block.plastic is not None
    }


def _npz(arrays: dict[str, Any]) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()
