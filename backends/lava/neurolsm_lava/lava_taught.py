"""The text of an exported Lava program whose readout learns: groups of neurons, blocks of synapses, and a process that teaches.

Values come from arrays and numbers; names of the program only as comments on one line.
"""

from __future__ import annotations

import inspect
from dataclasses import asdict
from typing import Any

from neurolsm.program import Program
from neurolsm_lava import teacher
from neurolsm_lava.lava_text import rule_text, shared, spelled
from neurolsm_lava.stock_layout import Block, Layout, layout
from neurolsm_lava.stock_records import own_names
from neurolsm_lava.stock_rules import DENSE, process_for

HEAD = '''\
"""A network of Lava's own processes that learns from lessons, exported by neurolsm {version}. It needs lava-nc 0.10 and NumPy alone.

    python run.py           Lava's simulator on this CPU

Runs all samples of inputs.npz, with their lessons, and writes results.npz: the spikes [steps, neurons] of one sample after the other,
u and v [samples, neurons] after each, and the weights that were learned. They must be the bits of expected.npz. Put samples and
lessons of your own into inputs.npz, and it learns from those.
"""

import multiprocessing
import sys
from pathlib import Path

import numpy as np

if sys.version_info >= (3, 11):  # Lava 0.10 was made for 3.10
    from lava_shim import import_lava

    multiprocessing.set_start_method("fork", force=True)  # Lava forks its processes
    import_lava()

from lava.magma.core.learning.learning_rule import Loihi2FLearningRule, Loihi3FLearningRule
from lava.magma.core.run_conditions import RunSteps
from lava.magma.core.run_configs import Loihi2SimCfg
from lava.proc.dense.process import LearningDense
from lava.proc.io.sink import RingBuffer as Sink
from lava.proc.io.source import RingBuffer as Source
from lava.proc.lif.process import LIF
from lava.proc.sparse.process import DelaySparse, LearningSparse, Sparse
from lava.utils.sparse import csr_matrix
from lava.utils.weightutils import SignMode
from teacher.process import Teacher

HERE = Path(__file__).resolve().parent
NETWORK = np.load(HERE / "network.npz")
INPUTS = np.load(HERE / "inputs.npz")
CHANNELS = {channels}
STEPS = INPUTS["steps"]  # of each sample
CARRY = {carry}  # whether the samples are pieces of one stream; else each starts from rest
RESET = {resets!r}  # traces and spike times that each sample starts at 0


def sparse(name, what, targets):
    """A matrix [targets, sources] that holds the synapses of one block and nothing else."""
    place = (NETWORK[name + ".post"], NETWORK[name + ".pre"])
    return csr_matrix((NETWORK[name + "." + what], place), shape=(targets, int(NETWORK[name + ".sources"])))


def spikes():
    """Input spikes in time as an array [channels, steps], as Lava's source wants it."""
    dense = np.zeros((CHANNELS, int(STEPS.sum())), np.int32)
    dense[INPUTS["spikes.unit"], INPUTS["spikes.row"]] = 1
    return dense


def build():
    """Make and connect all processes."""
    steps = int(STEPS.sum())
    starts = np.array([0]) if CARRY else np.cumsum(STEPS) - STEPS
    teacher = Teacher(rows=INPUTS["lessons.row"], values=INPUTS["lessons.value"], starts=starts)
    source = Source(data=spikes())
    lifs, sinks, blocks, learners = [], [], [], {{}}
{groups}{blocks}    return lifs, sinks, blocks, learners


def rest(lifs, blocks, learners):
    """What a sample does not inherit from the one before: set it to 0."""
    for var in [var for lif in lifs for var in (lif.u, lif.v)] + [block.a_buff for block in blocks]:
        var.set(np.zeros(var.shape))
    for name, process in learners.items():
        for var in (getattr(process, forgotten) for forgotten in RESET[name]):
            var.set(np.zeros(var.shape))


def state(lifs, name):
    return np.concatenate([getattr(lif, name).get() for lif in lifs]).astype(np.int32)


def main():
    lifs, sinks, blocks, learners = build()
    config = Loihi2SimCfg(select_tag="fixed_pt")
    u, v = [], []
    try:
        for sample, steps in enumerate(STEPS):
            if sample and not CARRY:
                rest(lifs, blocks, learners)
            lifs[0].run(condition=RunSteps(int(steps)), run_cfg=config, compile_config={{"pypy_channel_size": 2}})
            u.append(state(lifs, "u"))
            v.append(state(lifs, "v"))
        spiked = np.concatenate([sink.data.get().T for sink in sinks], axis=1).astype(bool)
        results = {{"spikes": spiked, "u": np.array(u), "v": np.array(v)}}
        for name, process in learners.items():
            learned = process.weights.get()
            learned = learned.toarray() if hasattr(learned, "toarray") else learned
            results[name + ".weight"] = learned[NETWORK[name + ".post"], NETWORK[name + ".pre"]].astype(np.int16)
    finally:
        lifs[0].stop()
    np.savez_compressed(HERE / "results.npz", **results)
    expected = np.load(HERE / "expected.npz")
    different = [name for name in expected.files if not np.array_equal(expected[name], results[name])]
    changed = sum(int((results[name + ".weight"] != NETWORK[name + ".weight"]).sum()) for name in learners)
    print(f"{{int(spiked.sum())}} spikes in {{len(STEPS)}} samples, {{changed}} weights have changed, written to results.npz")
    print("not a bit differs from expected.npz" if not different else "differs from expected.npz: " + ", ".join(different))
    sys.exit(1 if different else 0)


if __name__ == "__main__":
    main()
'''

GROUP = """\
    # neurons {first} to {last}
    lif = LIF(
        shape=({n},),
{constants}    )
    lifs.append(lif)
    sinks.append(Sink(shape=({n},), buffer=steps))
    lif.s_out.connect(sinks[-1].a_in)
    lif.s_out.connect(teacher.spikes_{g})
    teacher.v_{g}.connect_var(lif.v)
"""

BLOCK = """\
    # {comment}
    block = {process}(
{options}    )
    {source}.connect(block.s_in)
    block.a_out.connect(lifs[{target}].a_in)
    blocks.append(block)
{more}"""

PROCESS = '''\
"""The process that teaches. On a board it would run on an embedded processor; here it is one of Lava's simulator.

It hears who fired, turns lessons and voltages into third factors, and gives them to the learning processes.
"""

import numpy as np
from lava.magma.core.decorator import implements, requires, tag
from lava.magma.core.model.py.model import PyLoihiProcessModel
from lava.magma.core.model.py.ports import PyInPort, PyOutPort, PyRefPort
from lava.magma.core.model.py.type import LavaPyType
from lava.magma.core.process.ports.ports import InPort, OutPort, RefPort
from lava.magma.core.process.process import AbstractProcess
from lava.magma.core.resources import CPU
from lava.magma.core.sync.protocols.loihi_protocol import LoihiProtocol

from teacher.third import OwnTraces, needs_voltages, third_factors

NEURONS = {n}
GROUPS = {groups!r}  # first and last + 1 of the neurons of each LIF process
MODULATORS = [
{modulators}]
# Of each learning process: its targets, the third factors that modulators set, and the traces of its targets' own spikes.
LEARNERS = [
{learners}]
OUT, REF = LavaPyType(PyOutPort.VEC_DENSE, np.int32), LavaPyType(PyRefPort.VEC_DENSE, np.int32)


class Teacher(AbstractProcess):
    """Ports: spikes_g and v_g of each group; y1_k and so on to the k-th learning process, and set_y1_k to write the same trace.

    Args: rows: steps with a lesson; values: its graded values [rows, channels]; starts: first step of each sample.
    """

    def __init__(self, *, rows, values, starts):
        super().__init__(rows=rows, values=values, starts=starts)
        for g, (first, last) in enumerate(GROUPS):
            setattr(self, f"spikes_{{g}}", InPort(shape=(last - first,)))
            setattr(self, f"v_{{g}}", RefPort(shape=(last - first,)))
        for k, learner in enumerate(LEARNERS):
            shape = (learner["last"] - learner["first"],)
            for name in (*learner["third"], *learner["own"]):
                setattr(self, f"{{name}}_{{k}}", OutPort(shape=shape))
            for name in learner["third"]:
                setattr(self, f"set_{{name}}_{{k}}", RefPort(shape=shape))


@implements(proc=Teacher, protocol=LoihiProtocol)
@requires(CPU)
@tag("fixed_pt")
class PyTeacher(PyLoihiProcessModel):
    vars().update({{f"spikes_{{g}}": LavaPyType(PyInPort.VEC_DENSE, np.int32) for g in range(len(GROUPS))}})
    vars().update({{f"v_{{g}}": REF for g in range(len(GROUPS))}})
    vars().update({{f"{{y}}_{{k}}": OUT for k, one in enumerate(LEARNERS) for y in (*one["third"], *one["own"])}})
    vars().update({{f"set_{{y}}_{{k}}": REF for k, one in enumerate(LEARNERS) for y in one["third"]}})

    def __init__(self, proc_params):
        super().__init__(proc_params)
        values = proc_params["values"]
        self.lessons = dict(zip(proc_params["rows"].tolist(), values))
        self.silence = np.zeros(values.shape[1], values.dtype)
        self.starts = set(proc_params["starts"].tolist())
        self.own = [
            OwnTraces(one["seed"], one["own"], {{y: np.zeros(one["last"] - one["first"]) for y in one["own"]}}, 0)
            for one in LEARNERS
        ]

    def run_spk(self):
        step = self.time_step - 1
        if step in self.starts:
            for one, own in zip(LEARNERS, self.own):
                own.forget(one["forgotten"])
        fired = np.concatenate([getattr(self, f"spikes_{{g}}").recv() != 0 for g in range(len(GROUPS))])
        self.lesson = self.lessons.get(step, self.silence)
        third = third_factors(MODULATORS, self.lesson, np.zeros(NEURONS, np.int32))
        for k, (one, own) in enumerate(zip(LEARNERS, self.own)):
            here = slice(one["first"], one["last"])
            sent = {{name: third[name][here] for name in one["third"]}} | own.step(fired[here])
            for name, values in sent.items():
                getattr(self, f"{{name}}_{{k}}").send(values.astype(np.int32))

    def pre_guard(self):
        return needs_voltages(MODULATORS, self.lesson)

    def lrn_guard(self):  # Lava looks at the one above only where a process takes part in learning
        return self.pre_guard()

    def run_pre_mgmt(self):
        """Errors: the voltages after the step are known between spiking and learning."""
        v = np.concatenate([getattr(self, f"v_{{g}}").read() for g in range(len(GROUPS))])
        third = third_factors(MODULATORS, self.lesson, v)
        for k, one in enumerate(LEARNERS):
            for name in one["third"]:
                port = getattr(self, f"set_{{name}}_{{k}}")
                port.write(np.ascontiguousarray(third[name][one["first"] : one["last"]], np.int32))
                port.wait()
'''

README = """\
# A network that learns, as a Lava program

Exported by neurolsm {version}. {n} neurons, {synapses} synapses, {channels} input channels; {samples} samples with their lessons.

    pip install numpy scipy asteval networkx
    pip install --no-deps --ignore-requires-python lava-nc==0.10.0    # it declares Python 3.10 and NumPy 1; later ones do
    python run.py

The run ends with "not a bit differs from expected.npz" and exit code 0; that file holds what neurolsm computed. Lava can hang when
one of its processes fails: run it under a time limit, such as `timeout 600 python run.py`.

| file | holds |
|---|---|
| `run.py` | the network, process by process |
| `teacher/process.py` | the process that turns lessons and voltages into third factors; on a board it belongs on an embedded processor |
| `teacher/third.py` | its arithmetic |
| `network.npz` | constants of the neurons, and the synapses of each block: source, target, weight, delay |
| `inputs.npz` | `steps` of each sample; `spikes.row`, `spikes.unit`; `lessons.row`, `lessons.value`, the graded values of these steps |
| `expected.npz` | spikes [steps, neurons], u and v [samples, neurons], learned weights |
| `lava_shim.py` | lets Python 3.11 and later import Lava 0.10; not used on 3.10 |

This has run in Lava's simulator alone. On a chip the teacher has to read voltages and write traces between spiking and learning;
whether Intel's extension lets an embedded processor do so is not known to those who wrote this. {notes}
"""


def needed(program: Program, plan: Layout) -> bool:
    """Whether a program that learns needs several groups of neurons or a process that teaches."""
    own = any(own_names(p.plasticity) for p in program.plastic if p.plasticity)
    return len(plan.groups) > 1 or own or any(m.kind == "error" for m in program.modulators)


def texts(program: Program, version: str, samples: int, notes: str, *, carry: bool) -> dict[str, str]:
    """All files of text, by their place in the folder."""
    plan = layout(program)
    return {
        "run.py": _script(program, plan, version, carry),
        "teacher/__init__.py": '"""The process that teaches, in a folder of its own: Lava executes all files next to a process."""\n',
        "teacher/process.py": _process(program, plan),
        "teacher/third.py": inspect.getsource(teacher),
        "README.md": README.format(
            version=version, n=f"{program.n:,}", synapses=f"{program.synapses:,}", channels=program.n_inputs, samples=samples,
            notes=notes,
        ),
    }  # fmt: skip


def _script(program: Program, plan: Layout, version: str, carry: bool) -> str:
    resets = {f"block_{k}": block.projection.plasticity.forgotten for k, block in enumerate(plan.blocks)
              if block.projection.plasticity}  # fmt: skip
    numbers = iter(range(len(plan.learning)))
    blocks = [
        _block(k, block, next(numbers) if block.plastic is not None else None) for k, block in enumerate(plan.blocks)
    ]
    return HEAD.format(
        version=version, channels=program.n_inputs, carry=carry, resets=resets, blocks="".join(blocks),
        groups="".join(_group(program, g, group) for g, group in enumerate(plan.groups)),
    )  # fmt: skip


def _group(program: Program, g: int, group: slice) -> str:
    constants = "".join(
        shared(name, getattr(program.neurons, name)[group], f'NETWORK["{name}"][{group.start}:{group.stop}]')
        for name in ("du", "dv", "vth", "bias_mant", "bias_exp")
    )
    return GROUP.format(first=group.start, last=group.stop - 1, n=group.stop - group.start, constants=constants, g=g)


def _block(k: int, block: Block, learner: int | None) -> str:
    p, name = block.projection, f"block_{k}"
    static = "DelaySparse" if p.delay.any() else "Sparse"
    process = process_for(p, block.n) if p.plasticity else static
    dense = ".toarray()" if process == DENSE else ""
    matrix = lambda what: f'sparse("{name}", "{what}", {block.n}){dense}'  # noqa: E731
    options = [f"weights={matrix('weight')}"]
    if process == "DelaySparse":
        options += [f"delays={matrix('delay')}", f"max_delay={int(p.delay.max())}"]
    source = "source.s_out" if block.source is None else f"lifs[{block.source}].s_out"
    more = ""
    if p.plasticity:
        options += [f"{tag}={matrix(tag)}" for tag in ("tag_1", "tag_2")]
        options.append(f"learning_rule={rule_text(p.plasticity)}")
        more = f'    lifs[{block.target}].s_out.connect(block.s_in_bap)\n    learners["{name}"] = block\n'
        for y in _sent(block):
            more += f"    teacher.{y}_{learner}.connect(block.s_in_{y})\n"
        more += "".join(f"    teacher.set_{y}_{learner}.connect_var(block.{y})\n" for y in p.plasticity.third)
        if block.source is None:
            source = f"Source(data=spikes()[{block.pre.start}:{block.pre.stop}]).s_out"
    bits = 9 if p.sign_mode == "mixed" and (p.plasticity or (p.weight % 2).any()) else 8
    options += [f"weight_exp={p.weight_exp}", f"sign_mode=SignMode.{p.sign_mode.upper()}", f"num_weight_bits={bits}"]
    return BLOCK.format(
        comment=spelled(p), process=process, options="".join(f"        {option},\n" for option in options), source=source,
        target=block.target, more=more,
    )  # fmt: skip


def _sent(block: Block) -> tuple[str, ...]:
    """The y traces of a block that come from the teacher."""
    rule = block.projection.plasticity
    assert rule is not None
    return (*rule.third, *own_names(rule))


def _process(program: Program, plan: Layout) -> str:
    learners: list[dict[str, Any]] = []
    for block in plan.learning:
        rule = block.projection.plasticity
        assert rule is not None
        own = {name: (min(rule.trace(name).tau, 1e17), rule.trace(name).impulse) for name in own_names(rule)}
        learners.append({
            "first": block.post.start, "last": block.post.stop, "third": rule.third, "own": own, "seed": rule.seed,
            "forgotten": tuple(name for name in rule.forgotten if name in own),
        })  # fmt: skip
    return PROCESS.format(
        n=program.n, groups=[(group.start, group.stop) for group in plan.groups],
        modulators="".join(f"    {asdict(m)!r},\n" for m in program.modulators),
        learners="".join(f"    {learner!r},\n" for learner in learners),
    )  # fmt: skip
