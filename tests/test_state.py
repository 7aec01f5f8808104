"""States: what no run can reach is refused by name before compiled code sees it; what a run reaches is always taken."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import neurolsm as nl
from neurolsm.conformance import generate
from neurolsm.conformance.generate import Case
from neurolsm.errors import InvalidValue
from neurolsm.program.state import State

RULES = {
    1: nl.STDP(),
    4: nl.Rule(dw="2^-2*x1*y0-2^-2*y1*x0", x1_tau=20, x1_impulse=16, y1_tau=20, y1_impulse=16, t_epoch=4),
}
PROGRAMS = {
    epoch: nl.lower(nl.LSM(inputs=8, liquid=nl.Liquid(topology=nl.RandomGraph(n=30), plasticity=rule), seed=1)).program
    for epoch, rule in RULES.items()
}
SPIKES = nl.Spikes.from_dense(np.random.default_rng(0).random((2, 10, 8)) < 0.3)


def set_one(state, name, value):
    """The state with the first entry of one array, or the clock, exchanged."""
    if name == "clock":
        return replace(state, clock=value)
    array = state.arrays()[name]
    array.flat[0] = value
    return state


@pytest.mark.parametrize("backend", ["emulator", "reference"])
@pytest.mark.parametrize("epoch", PROGRAMS)
@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("plastic/0/x1", (0, 127), (-1, 128, -32768)),
        ("plastic/0/y1", (0, 127), (-1, 128)),
        ("plastic/0/tx", (0,), (-1, 4, 32767)),
        ("plastic/0/ty", (0,), (-1, 4, 32767)),
        ("plastic/0/weight", (0, 255), (-1, 256, 32767)),
        ("plastic/0/tag1", (-257, 255), (-258, 256)),
        ("plastic/0/tag2", (0, 255), (-1, 256)),
        ("u", (-(2**23), 2**23), (2**23 + 1, -(2**31))),
        ("v", (1 - 2**23, 2**23 - 1), (2**23, -(2**23))),
        ("refractory", (0, 63), (-1, 64)),
        ("theta", (0, 2**23 - 1), (-1, 2**23)),
        ("pending", (-(2**18), 2**18), (2**18 + 1, -(2**31))),
        ("bias_mant", (-4096, 4095), (4096, -4097)),
        ("vth", (0, 131071), (-1, 131072)),
        ("count", (0, 9), (-1, 2**31 - 1)),
        ("clock", (0, 2**47), (-1, 2**48 + 1, 0.5, True, None, "1", float("nan"))),
    ],
)
def test_values_that_no_run_reaches(backend, epoch, name, good, bad):
    with nl.open_simulator(PROGRAMS[epoch], backend) as simulator:
        for value in bad:
            with pytest.raises(InvalidValue, match=rf"State\.{name} = .*must"):
                simulator.state = set_one(State.rest(PROGRAMS[epoch]), name, value)
        for value in good:
            simulator.state = set_one(State.rest(PROGRAMS[epoch]), name, value)
            simulator.run(SPIKES[:1], carry=True)
            simulator.state = simulator.state


@pytest.mark.parametrize(
    "change",
    [
        lambda a: a.astype(a.dtype.newbyteorder(">")),
        lambda a: a.astype(np.int64),
        lambda a: a.tolist(),
        lambda a: np.ma.masked_array(a),
        lambda a: a[:-1],
        lambda a: None,
    ],
)
@pytest.mark.parametrize("name", ["u", "pending", "count", "weight", "tx"])
def test_arrays_of_another_form_are_refused(name, change):
    program = PROGRAMS[4]
    state = State.rest(program)
    owner = state if hasattr(state, name) else state.plastic[0]
    setattr(owner, name, change(getattr(owner, name)))
    with nl.open_simulator(program) as simulator, pytest.raises(InvalidValue, match=rf"State\.\S*{name} = "):
        simulator.state = state


def test_places_in_memory_do_not_matter():
    program = PROGRAMS[4]
    state = State.rest(program)
    state.pending, state.u = np.asfortranarray(state.pending), np.zeros(60, np.int32)[::2]
    with nl.open_simulator(program) as simulator:
        simulator.state = state
        assert all(a.flags.c_contiguous for a in simulator.state.arrays().values())
        simulator.run(SPIKES)


@pytest.mark.parametrize("state", [None, 5, {}, "rest"])
def test_no_state_at_all(state):
    with nl.open_simulator(PROGRAMS[1]) as simulator, pytest.raises(InvalidValue, match=r"Simulator\.state = "):
        simulator.state = state


@pytest.mark.parametrize("plastic", [[], [None], None, [State.rest(PROGRAMS[1]).plastic[0]] * 5])
def test_parts_that_are_missing(plastic):
    with (
        nl.open_simulator(PROGRAMS[1]) as simulator,
        pytest.raises(InvalidValue, match=r"State\.plastic = .*must be a list"),
    ):
        simulator.state = replace(State.rest(PROGRAMS[1]), plastic=plastic)


@settings(max_examples=15)
@given(st.integers(0, 10**6))
def test_whatever_a_run_reaches_is_taken(seed):
    case = Case.random(seed, largest=40)
    program, inputs = generate.program(case), generate.inputs(case)
    with nl.open_simulator(program, "reference") as simulator:
        simulator.run(inputs)
        simulator.state = simulator.state


def test_what_a_readout_may_receive_at_once_is_a_state_that_can_be_set():
    """A score adds up many counters: their sum may be far above what the liquid's neurons can receive, and wraps the current."""
    lsm = nl.LSM(inputs=4, liquid=nl.Liquid(topology=nl.RandomGraph(n=600)), readout=nl.DeltaReadout(classes=3), seed=1)
    program = nl.lower(lsm).program
    state = State.rest(program)
    score = program.n - 1
    state.pending[0, score] = 300_000
    ends = []
    for backend in ("reference", "emulator"):
        with nl.open_simulator(program, backend) as simulator:
            simulator.state = state
            simulator.run(nl.Spikes.from_events([([], [])], 1, program.n_inputs), carry=True)
            ends.append(simulator.state)
            simulator.state = ends[-1]  # what a run has reached can be set
    assert ends[0].equal(ends[1]) and ends[0].u[score] == (300_000 << 6) - (1 << 24)
    state.pending[0, 0] = 300_000  # of the liquid
    with (
        nl.open_simulator(program, "emulator") as simulator,
        pytest.raises(nl.InvalidValue, match=r"pending = 300000: must lie in"),
    ):
        simulator.state = state


def test_a_state_of_before_own_rates_is_read_as_one_that_has_learned_none():
    """Files of version 0.1 hold no ``own`` and no ``calibrated``."""
    program = PROGRAMS[1]
    with nl.open_simulator(program, "reference") as simulator:
        simulator.run(SPIKES)
        state = simulator.state
    arrays = {name: array for name, array in state.arrays().items() if name not in ("own", "calibrated")}
    assert State.from_arrays(arrays, state.clock, len(program.plastic)).equal(state)
