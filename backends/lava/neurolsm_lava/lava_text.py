"""The text of an exported Lava program. Values come from arrays; names of the program only as comments on one line."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from neurolsm.learn.language import format_series
from neurolsm.program import INPUT, Program, Projection
from neurolsm.program.plasticity import Plasticity
from neurolsm_lava.stock_rules import DENSE, process_for, rule_options

HEAD = '''\
"""A network of Lava's own processes, exported by neurolsm {version}. It needs lava-nc 0.10 and NumPy, and nothing else.

    python run.py           Lava's simulator on this CPU
    python run.py --chip    Loihi 2, where Intel's extension of Lava is installed

Runs all samples of inputs.npz and writes results.npz: the spikes [steps, neurons] of one sample after the other, u and v
[samples, neurons] after each, and the weights that were learned. The simulator must give the bits of expected.npz.
"""

import multiprocessing
import sys
from pathlib import Path

import numpy as np

if sys.version_info >= (3, 11):  # Lava 0.10 was made for 3.10
    from lava_shim import import_lava

    multiprocessing.set_start_method("fork", force=True)  # Lava forks its processes
    import_lava()

from lava.magma.core.run_conditions import RunSteps
from lava.magma.core.run_configs import Loihi2HwCfg, Loihi2SimCfg
from lava.proc.io.sink import RingBuffer as Sink
from lava.proc.io.source import RingBuffer as Source
from lava.proc.lif.process import LIF
{imports}from lava.utils.loihi import is_installed
from lava.utils.sparse import csr_matrix
from lava.utils.weightutils import SignMode

HERE = Path(__file__).resolve().parent
NETWORK = np.load(HERE / "network.npz")
INPUTS = np.load(HERE / "inputs.npz")
NEURONS, CHANNELS = {n}, {channels}
STEPS = INPUTS["steps"]  # of each sample
CARRY = {carry}  # whether the samples are pieces of one stream; else each starts from rest
{resets}

def sparse(name, what):
    """A matrix [targets, sources] that holds the synapses of one projection and nothing else."""
    place = (NETWORK[name + ".post"], NETWORK[name + ".pre"])
    sources = int(NETWORK[name + ".sources"])
    return csr_matrix((NETWORK[name + "." + what], place), shape=(NEURONS, sources))


def rows(name, width):
    """Events in time as an array [width, steps], as Lava's source wants it."""
    dense = np.zeros((width, int(STEPS.sum())), np.int32)
    dense[INPUTS[name + ".unit"], INPUTS[name + ".row"]] = INPUTS[name + ".value"]
    return dense


def build(on_chip):
    """Make and connect all processes."""
    source = Source(data=rows("spikes", CHANNELS))
    sink = Sink(shape=(NEURONS,), buffer=int(STEPS.sum()))
    lif = LIF(
        shape=(NEURONS,),
{neurons}    )
    spikes_in = source.s_out
    if on_chip:  # spikes cross between the CPU and the neuro cores through adapters of Intel's extension
        from lava.proc.embedded_io.spike import NxToPyAdapter, PyToNxAdapter

        to_chip, from_chip = PyToNxAdapter(shape=(CHANNELS,)), NxToPyAdapter(shape=(NEURONS,))
        source.s_out.connect(to_chip.inp)
        spikes_in = to_chip.out
        lif.s_out.connect(from_chip.inp)
        from_chip.out.connect(sink.a_in)
    else:
        lif.s_out.connect(sink.a_in)
{third}    projections, learners = [], {{}}
{projections}    return lif, sink, projections, learners


def rest(lif, projections, learners):
    """What a sample does not inherit from the one before: set it to 0."""
    for var in [lif.u, lif.v, *(projection.a_buff for projection in projections)]:
        var.set(np.zeros(var.shape))
    for name, process in learners.items():
        for var in (getattr(process, forgotten) for forgotten in RESET[name]):
            var.set(np.zeros(var.shape))


def main():
    on_chip = "--chip" in sys.argv[1:]
    if on_chip and not is_installed():
        sys.exit("Intel's extension of Lava for Loihi is not installed. Leave --chip out for the simulator.")
    config = (Loihi2HwCfg if on_chip else Loihi2SimCfg)(select_tag="fixed_pt")
    lif, sink, projections, learners = build(on_chip)
    u, v = [], []
    try:
        for sample, steps in enumerate(STEPS):
            if sample and not CARRY:
                rest(lif, projections, learners)
            lif.run(condition=RunSteps(int(steps)), run_cfg=config, compile_config={{"pypy_channel_size": 2}})
            u.append(lif.u.get().astype(np.int32))
            v.append(lif.v.get().astype(np.int32))
        results = {{"spikes": sink.data.get().T.astype(bool), "u": np.array(u), "v": np.array(v)}}
        for name, process in learners.items():
            learned = process.weights.get()
            learned = learned.toarray() if hasattr(learned, "toarray") else learned
            results[name + ".weight"] = learned[NETWORK[name + ".post"], NETWORK[name + ".pre"]].astype(np.int16)
    finally:
        lif.stop()
    np.savez_compressed(HERE / "results.npz", **results)
    expected = np.load(HERE / "expected.npz")
    different = [name for name in expected.files if not np.array_equal(expected[name], results[name])]
    print(f"{{int(results['spikes'].sum())}} spikes in {{len(STEPS)}} samples, written to results.npz")
    print("not a bit differs from expected.npz" if not different else "differs from expected.npz: " + ", ".join(different))
    sys.exit(1 if different and not on_chip else 0)


if __name__ == "__main__":
    main()
'''

PROJECTION = """\
    # {comment}
    {name} = {process}(
{options}    )
    {source}.connect({name}.s_in)
    {name}.a_out.connect(lif.a_in)
{more}    projections.append({name})
"""

THIRD = """\
    third = [Source(data=rows(name, NEURONS)) for name in ("y1", "y2", "y3")]  # rewards and teacher values
    ports = [one.s_out for one in third]
    if on_chip:
        adapters = [PyToNxAdapter(shape=(NEURONS,), num_message_bits=8) for _ in third]
        for one, adapter in zip(third, adapters):
            one.s_out.connect(adapter.inp)
        ports = [adapter.out for adapter in adapters]
"""

README = """\
# A network for Loihi 2, as a Lava program

Exported by neurolsm {version}. {n} neurons, {synapses} synapses, {channels} input channels; {samples} samples of inputs.

    pip install numpy scipy asteval networkx
    pip install --no-deps --ignore-requires-python lava-nc==0.10.0    # it declares Python 3.10 and NumPy 1; later ones do
    python run.py           # Lava's simulator on this CPU
    python run.py --chip    # Loihi 2, where Intel's extension of Lava is installed (Loihi2HwCfg)

On the simulator the run ends with "not a bit differs from expected.npz" and exit code 0; that file holds what neurolsm
computed. Lava can hang when one of its processes fails: run it under a time limit, such as `timeout 600 python run.py`.

| file | holds |
|---|---|
| `run.py` | the network, process by process |
| `network.npz` | constants of the neurons, and the synapses of each projection: source, target, weight, delay |
| `inputs.npz` | spikes{graded} of the samples, and the steps of each |
| `expected.npz` | spikes [steps, neurons], u and v [samples, neurons], learned weights |
| `lava_shim.py` | lets Python 3.11 and later import Lava 0.10; not used on 3.10 |

`--chip` has not been run on a chip by those who wrote it: no hardware was at hand. Spikes cross between CPU and chip through
PyToNxAdapter and NxToPyAdapter, which may shift all input by the same number of steps; the results are then compared but
a difference is no failure. {notes}
"""


def script(program: Program, version: str, *, carry: bool) -> str:
    """The text of ``run.py``."""
    names = [f"projection_{k}" for k in range(len(program.projections))]
    used = [(name, p) for name, p in zip(names, program.projections, strict=True) if p.size]
    rules = [p.plasticity for _, p in used if p.plasticity]
    kinds = {_process(program, p) for _, p in used}
    imports = "".join(
        f"from lava.proc.{module}.process import {', '.join(found)}\n"
        for module, known in (("dense", ("LearningDense",)), ("sparse", ("DelaySparse", "LearningSparse", "Sparse")))
        if (found := [kind for kind in known if kind in kinds])
    )
    resets = {name: p.plasticity.forgotten for name, p in used if p.plasticity}
    classes = sorted({"Loihi3FLearningRule" if rule.third else "Loihi2FLearningRule" for rule in rules})
    if classes:
        imports = f"from lava.magma.core.learning.learning_rule import {', '.join(classes)}\n" + imports
    return HEAD.format(
        version=version, imports=imports, n=program.n, channels=program.n_inputs, carry=carry, neurons=_neurons(program),
        third=THIRD if any(rule.third for rule in rules) else "", projections="".join(_projection(program, *u) for u in used),
        resets=f"RESET = {resets!r}  # traces and spike times that each sample starts at 0\n",
    )  # fmt: skip


def readme(program: Program, version: str, samples: int, notes: str) -> str:
    """The text of ``README.md``."""
    third = any(p.plasticity and p.plasticity.third for p in program.projections)
    return README.format(
        version=version, n=f"{program.n:,}", synapses=f"{program.synapses:,}", channels=program.n_inputs, samples=samples,
        graded=" and third factors" if third else "", notes=notes,
    )  # fmt: skip


def _neurons(program: Program) -> str:
    """Constants as numbers where all neurons share them, as a chip wants it; else as arrays."""
    names = ("du", "dv", "vth", "bias_mant", "bias_exp")
    return "".join(shared(name, getattr(program.neurons, name), f'NETWORK["{name}"]') for name in names)


def shared(name: str, values: NDArray[Any], array: str) -> str:
    """A constant of neurons as a keyword: a number where all have the same, else ``array``."""
    return f"        {name}={int(values[0]) if (values == values[0]).all() else array},\n"


def _process(program: Program, p: Projection) -> str:
    if p.plasticity:
        return process_for(p, program.n)
    return "DelaySparse" if p.delay.any() else "Sparse"


def _projection(program: Program, name: str, p: Projection) -> str:
    process = _process(program, p)
    dense = ".toarray()" if process == DENSE else ""
    options = [f'weights=sparse("{name}", "weight"){dense}']
    if process == "DelaySparse":
        options += [f'delays=sparse("{name}", "delay")', f"max_delay={int(p.delay.max())}"]
    more = ""
    if p.plasticity:
        options += [f'{tag}=sparse("{name}", "{tag}"){dense}' for tag in ("tag_1", "tag_2")]
        options.append(f"learning_rule={rule_text(p.plasticity)}")
        more = f'    lif.s_out.connect({name}.s_in_bap)\n    learners["{name}"] = {name}\n'
        if p.plasticity.third:
            more += "".join(f"    ports[{k}].connect({name}.s_in_y{k + 1})\n" for k in range(3))
    odd = p.sign_mode == "mixed" and (p.weight % 2).any()
    options += [f"weight_exp={p.weight_exp}", f"sign_mode=SignMode.{p.sign_mode.upper()}", f"num_weight_bits={8 + odd}"]
    return PROJECTION.format(
        comment=spelled(p), name=name, process=process, options="".join(f"        {option},\n" for option in options),
        source="spikes_in" if p.source == INPUT else "lif.s_out", more=more,
    )  # fmt: skip


def spelled(p: Projection) -> str:
    """What a projection is called and how it learns, on one line."""
    text = " ".join(p.name.split())
    if p.plasticity:
        text += "".join(
            f"; {target} = {format_series(products, p.plasticity.decimate)}"
            for target in ("dw", "dt", "dd")
            if (products := getattr(p.plasticity, target))
        )
    return text


def rule_text(rule: Plasticity) -> str:
    """Lava's learning rule, as it is called."""
    kind = "Loihi3FLearningRule" if rule.third else "Loihi2FLearningRule"
    lines = "".join(f"            {name}={value!r},\n" for name, value in rule_options(rule).items())
    return f"{kind}(\n{lines}        )"
