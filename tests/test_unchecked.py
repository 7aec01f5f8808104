"""Nothing reaches a compiled kernel unchecked: arrays of inputs, states and programs are changed at random in a process of its own,
which must end by itself; each change is refused with one sentence, or runs as on the reference."""

import subprocess
import sys

import pytest

SCRIPT = """
import sys
from dataclasses import fields, replace
import numpy as np
import neurolsm as nl
from neurolsm.errors import NeuroLSMError
from neurolsm.program.graded import Graded
from neurolsm.program import Program
from neurolsm.program.state import State
count, seed = int(sys.argv[1]), int(sys.argv[2])
rng = np.random.default_rng(seed)
def lower(rule, **more):
    liquid = nl.Liquid(topology=nl.RandomGraph(n=30), plasticity=rule, **more)
    return nl.lower(nl.LSM(inputs=8, liquid=liquid, seed=1)).program
epoch = nl.Rule(dw="2^-2*x1*y0-2^-2*y1*x0", x1_tau=20, x1_impulse=16, y1_tau=20, y1_impulse=16, t_epoch=4)
programs = [lower(None, delays=nl.Uniform(0, 5e-3)), lower(nl.STDP()), lower(epoch), lower(nl.RewardSTDP())]
inputs = nl.Spikes.from_dense(rng.random((2, 15, 8)) < 0.3)
def spoil(array):
    kind = rng.integers(6)
    if kind == 0 and array.size:
        array = array.copy()
        low, high = (np.iinfo(array.dtype).min, np.iinfo(array.dtype).max) if array.dtype.kind in "iu" else (-1e9, 1e9)
        span = [low, high, -1, 0, 1, 64, 128, 255, 256, 1000, 10**6]
        array.flat[rng.integers(array.size)] = min(max(span[rng.integers(len(span))], low), high)
        return array
    if kind == 1: return array[: rng.integers(array.shape[0] + 1)] if array.ndim else array
    if kind == 2: return np.roll(array, 1)
    if kind == 3: return array[::-1]
    if kind == 4: return array.astype([np.int8, np.int64, ">i4", float, object][rng.integers(5)])
    return np.concatenate([array, array])
good = bad = 0
for trial in range(count):
    program = programs[trial % len(programs)]
    what = ("spikes", "graded", "state", "program")[rng.integers(4)]
    spikes, state = inputs, State.rest(program)
    graded = Graded.build([3, 9], rng.integers(-100, 100, (2, program.n_graded)), 30)
    ran = []
    try:
        with np.errstate(all="ignore"):
            if what == "spikes":
                name = ("steps", "indptr", "unit")[rng.integers(3)]
                if rng.integers(2): spikes = replace(inputs, **{name: spoil(getattr(inputs, name))})
                else:
                    spikes = replace(inputs)
                    object.__setattr__(spikes, name, spoil(getattr(inputs, name)))
            elif what == "graded":
                name = ("row", "value")[rng.integers(2)]
                graded = replace(graded, **{name: spoil(getattr(graded, name))})
            elif what == "state":
                names = list(state.arrays())
                name = names[rng.integers(len(names))]
                owner, field = (state.plastic[0], name.split("/")[2]) if "/" in name else (state, name)
                setattr(owner, field, spoil(getattr(owner, field)))
            else:
                arrays = program.arrays()
                name = list(arrays)[rng.integers(len(arrays))]
                program = Program.from_parts(program.header(), arrays | {name: spoil(arrays[name])})
        for backend in ("emulator", "reference"):
            with nl.open_simulator(program, backend) as simulator:
                if what != "program": simulator.state = state
                found = simulator.run(spikes, graded=graded, carry=what == "state")
                ran.append((found.spikes, simulator.state))
    except NeuroLSMError as error:
        assert not ran and "\\n" not in str(error), (trial, what, name)  # never by one of them alone
        bad += 1
        continue
    assert ran[0][0].equal(ran[1][0]) and ran[0][1].equal(ran[1][1]), (trial, what, name)
    good += 1
print(good, bad)
"""


@pytest.mark.parametrize(
    ("count", "seed"), [(200, 1), *(pytest.param(4000, s, marks=pytest.mark.nightly) for s in (2, 3))]
)
def test_what_is_changed_at_random_never_ends_the_interpreter(count, seed):
    command = [sys.executable, "-W", "ignore", "-c", SCRIPT, str(count), str(seed)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, (done.returncode, done.stderr[-2000:])
    good, bad = map(int, done.stdout.split())
    assert good > count / 20 and bad > count / 3
