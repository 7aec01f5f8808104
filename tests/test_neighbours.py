"""A good neighbour: what others have set stays as it was, whatever it is, and results do not depend on it."""

import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from neighbour_uses import use

import neurolsm as nl
from neurolsm import encode
from neurolsm.errors import BackendFailure, UnusualValue
from neurolsm.execute.turn import Turn
from neurolsm.measure import instruments as instruments

HERE = Path(__file__).parent
EXTREME = pytest.mark.filterwarnings("ignore::neurolsm.errors.UnusualValue")  # what is tested here is not usual


def run(*arguments):
    found = subprocess.run([sys.executable, *arguments], capture_output=True, text=True, timeout=300)
    assert found.returncode == 0, found.stderr
    return found


# ---------------------------------------------------------------------- errors made of warnings, no docstrings, no asserts


def test_a_day_under_strict_rules(tmp_path):
    """Warnings and floating-point events are errors, docstrings and asserts are gone: the results are the same."""
    found = run("-OO", "-W", "error", str(HERE / "neighbour_uses.py"))
    assert found.stdout.strip() == str(use(tmp_path)) and not found.stderr


@pytest.mark.parametrize("words", [["--help"], ["run", "--help"], ["nir", "export", "--help"]])
def test_help_does_not_live_in_docstrings(words, call):
    optimised = run("-OO", "-m", "neurolsm.cli", *words).stdout
    plain = call(*words)[1]
    assert len(plain.splitlines()) > 6 and optimised.split("\n\n")[1:] == plain.split("\n\n")[1:]


# ---------------------------------------------------------------------- what is one for the whole process

STATE = """
import gc, locale, logging, multiprocessing, os, random, signal, socket, sys, threading, time, warnings
import numpy as np

def state():
    return {
        "errors": (np.geterr(), np.geterrcall()), "print": np.get_printoptions(), "random": str(np.random.get_state()),
        "signals": {s: signal.getsignal(s) for s in signal.valid_signals()}, "locale": locale.setlocale(locale.LC_ALL),
        "root": (logging.root.level, list(logging.root.handlers)), "start": multiprocessing.get_start_method(allow_none=True),
        "hooks": (sys.excepthook, threading.excepthook, sys.unraisablehook, sys.displayhook, warnings.showwarning),
        "limits": (sys.getrecursionlimit(), sys.getswitchinterval(), socket.getdefaulttimeout(), gc.get_threshold()),
        "places": (os.getcwd(), sys.stdout, sys.stderr, os.environ.get("MPLBACKEND")), "stack": threading.stack_size(),
        "threads": {n: v for n, v in os.environ.items() if "THREADS" in n}, "alive": threading.active_count(),
    }

def same(before, what):
    changed = {name: (before[name], value) for name, value in state().items() if value != before[name]}
    assert not changed, (what, changed)

before = state()
import neurolsm as nl
same(before, "import neurolsm")
assert random.getstate() == untouched and warnings.filters == filters
for name in nl.__all__:
    getattr(nl, name)
import neurolsm.cli.app, neurolsm.measure, neurolsm.plot
from neurolsm.execute.workers import cores, run_tasks
same(before, "import all")
x, y = np.eye(2).repeat(8, 0), np.arange(16) // 8
lsm = nl.LSM(inputs=2, liquid=nl.Liquid(topology=nl.RandomGraph(n=5)))
for workers in (None, 2 if cores() > 1 else None):
    nl.LSMClassifier(lsm, nl.RateEncoder(), batch_size=4, workers=workers).fit(x, y).predict(x)
    if workers:
        from neurolsm.execute import pool
        pool._end_all()
        for _ in range(200):  # its last thread ends by itself, on a busy machine a little later
            if threading.active_count() > before["alive"]:
                time.sleep(0.05)
    same(before, f"a run on {workers} workers")
multiprocessing.set_start_method("spawn")
"""


def test_what_is_one_for_the_process_stays_as_it_was():
    first = "import random, warnings\nuntouched, filters = random.getstate(), list(warnings.filters)\n"
    run("-c", STATE.replace("\nbefore = ", "\n" + first + "before = ", 1))


# ---------------------------------------------------------------------- floating-point events that a caller made errors

TINY = np.nextafter(0, 1)
VALUES = st.one_of(
    st.floats(-2, 2), st.sampled_from([0.0, -0.0, TINY, -TINY, 1e-300, 1e-160, 0.5, 1.0, 1e300, -1.5e308])
)
ENCODERS = [
    nl.PopulationEncoder(neurons=40),
    nl.PopulationEncoder(neurons=3, overlap=1e-3),
    nl.RateEncoder(rate=1 / 3),
    nl.RateEncoder(low=-1.0, high=1.0),
    nl.SignedRateEncoder(steps=9),
    nl.PoissonEncoder(rate=1e-9),
    nl.DeltaEncoder(threshold=1e-3),
    nl.LatencyEncoder(),
    nl.Together((nl.RateEncoder(), nl.PopulationEncoder(neurons=5))),
    nl.Sweep(encoder=nl.RateEncoder(), shape=(2, 3)),
]


def both(function):
    """What a function gives where nothing is an error, and where everything is."""
    with np.errstate(all="ignore"):
        expected = function()
    with np.errstate(all="raise"):
        return function(), expected


def equal(found, expected):
    assert np.array_equal(found.indptr, expected.indptr) and np.array_equal(found.unit, expected.unit)


@EXTREME
@given(st.sampled_from(ENCODERS), arrays(np.float64, (2, 4, 6), elements=VALUES))
@example(ENCODERS[0], np.zeros((2, 4, 6)))
@example(ENCODERS[2], np.full((2, 4, 6), TINY))
@example(ENCODERS[6], np.tile([1e300, -1.5e308, 1.5e308, 0, TINY, 1], (2, 4, 1)))
def test_encoders(encoder, values):
    still = isinstance(encoder, (nl.LatencyEncoder, nl.Sweep))
    equal(*both(lambda: encoder.encode(values[:, 0] if still else values)))


@pytest.mark.parametrize("encoder", [nl.RateEncoder(), nl.PopulationEncoder(), nl.PoissonEncoder()])
def test_what_keeps_underflow_quiet_hides_no_line(encoder):
    with pytest.warns(UnusualValue) as said:
        encoder.encode(np.full((2, 6), 5.0))
    assert said[0].filename == __file__


@EXTREME
@pytest.mark.parametrize("sound", [np.full(2000, 1e-170), np.exp(-np.arange(700.0)), np.sin(np.arange(2000) / 5)])
def test_filter_bank_and_events(sound):
    bank = encode.FilterBank(rate=8000, channels=8)
    found, expected = both(lambda: bank.values([sound])[0])
    assert np.array_equal(found, expected)
    equal(*both(lambda: nl.EventEncoder(n_channels=2, steps=9, dt=3.0).encode([([TINY, 3.5], [0, 1])])))


SPIKES = {
    "silence": np.zeros((2, 40, 6)),
    "every step": np.ones((2, 40, 6)),
    "one volley and silence": np.eye(1, 5000)[:, :, None].repeat(6, axis=2),
    "at random": np.random.default_rng(0).random((3, 100, 6)) < 0.1,
    "one step": np.ones((2, 1, 6)),
}


@EXTREME
@pytest.mark.parametrize("dense", SPIKES.values(), ids=SPIKES)
@pytest.mark.parametrize("tau", [1e-3, 1.0, 30.0, 1e300])
def test_features_and_instruments(dense, tau):
    spikes = nl.Spikes.from_dense(dense)
    for make in (
        lambda: nl.Joined((nl.Counts(windows=1), nl.LowPass(tau=tau), nl.LowPass(tau=tau, samples=3)))(spikes),
        lambda: instruments.trajectory(spikes, tau),
        lambda: instruments.separation(spikes, nl.Spikes.from_dense(1 - dense), tau),
        lambda: np.array([float(v) for v in vars(instruments.firing(spikes)).values()]),
    ):
        found, expected = both(make)
        assert np.array_equal(found, expected)


LIQUIDS = {
    "leaky": nl.Liquid(topology=nl.RandomGraph(n=12)),
    "perfect": nl.Liquid(topology=nl.RandomGraph(n=12), neuron=nl.LIF(tau_mem=np.inf)),
    "forgetful": nl.Liquid(topology=nl.RandomGraph(n=12), neuron=nl.LIF(tau_mem=1e-6, tau_syn=1e-6)),
    "next to no drive": nl.Liquid(topology=nl.RandomGraph(n=12), neuron=nl.LIF(v_leak=1e-300)),
    "adaptive": nl.Liquid(topology=nl.RandomGraph(n=12), neuron=nl.AdaptiveLIF()),
    "far apart": nl.Liquid(topology=nl.Column(shape=(3, 3, 3), wavelength=0.05)),
    "short term": nl.Liquid(topology=nl.RandomGraph(n=12), short_term=nl.ShortTermPlasticity()),
    "learning at once": nl.Liquid(topology=nl.RandomGraph(n=12), plasticity=nl.STDP(tau_plus=1e-6, tau_minus=1e-6)),
}


CASES = [(name, "loihi") for name in LIQUIDS if name != "short term"]
CASES += [(name, "float") for name in LIQUIDS if name != "learning at once"]


@EXTREME
@pytest.mark.parametrize(("name", "arithmetic"), CASES)
def test_lowering_and_running(name, arithmetic):
    """The volley has long died away at the end: its traces have no number left."""
    inputs = nl.Spikes.from_dense(np.eye(1, 2500)[:, :, None].repeat(6, axis=2))

    def make():
        program = nl.lower(nl.LSM(inputs=6, liquid=LIQUIDS[name]), arithmetic=arithmetic).program
        found = [np.array([LIQUIDS[name].topology.expected_synapses])]
        for backend in (
            ("emulator",) if arithmetic == "loihi" and name != "learning at once" else ("emulator", "reference")
        ):
            with nl.open_simulator(program, backend) as simulator:
                run = simulator.run(inputs)
                found += [run.u, run.v, run.spikes.indptr, nl.LastState(states=("u", "v"), scale=1e300)(run)]
        return found

    for found, expected in zip(*both(make), strict=True):
        assert np.array_equal(found, expected)


def test_a_branching_factor_where_only_the_end_differs():
    """All products but the last are 0 / 0."""
    with np.errstate(all="raise"):
        assert instruments.branching_factor(np.array([1.0] * 98 + [0.0, 2.0])) >= 0


def test_probabilities_far_behind():
    from neurolsm.deployment.prediction import Confidence

    found, expected = both(lambda: Confidence(50.0).probability(np.array([[0.0, -1e3, -np.inf], [-np.inf] * 3])))
    assert np.array_equal(found, expected) and found[0].tolist() == [1, 0, 0]


# ---------------------------------------------------------------------- threads


def program(learns=False):
    rule = nl.STDP() if learns else None
    liquid = nl.Liquid(
        topology=nl.RandomGraph(n=30, density=0.2), input=nl.RandomMap(density=0.5, weight=0.8), plasticity=rule
    )
    return nl.lower(nl.LSM(inputs=6, liquid=liquid)).program


@pytest.mark.parametrize("learns", [False, True])
def test_many_threads_with_a_simulator_each(learns):
    lowered, inputs = program(learns), nl.Spikes.from_dense(np.random.default_rng(0).random((6, 50, 6)) < 0.3)

    def work(_=None):
        with nl.open_simulator(lowered, "emulator") as simulator:
            run = simulator.run(inputs)
            return run.spikes.unit.tolist(), simulator.state.v.tolist()

    expected = work()
    with ThreadPoolExecutor(6) as threads:
        assert all(found == expected for found in threads.map(work, range(12)))


@pytest.mark.parametrize("backend", ["emulator", "reference"])
@pytest.mark.parametrize("learns", [False, True])
def test_threads_that_share_a_simulator_take_turns(backend, learns):
    """A stream in pieces, from whichever thread comes: the state at the end is that of one thread."""
    lowered, piece = program(learns), nl.Spikes.from_dense(np.random.default_rng(0).random((1, 40, 6)) < 0.3)
    with nl.open_simulator(lowered, backend) as alone:
        expected = sorted(alone.run(piece, carry=True).spikes.count for _ in range(12))
        last = alone.state
    with nl.open_simulator(lowered, backend) as held, ThreadPoolExecutor(4) as threads:
        counts = list(threads.map(lambda _: held.run(piece, carry=True).spikes.count, range(12)))
        assert sorted(counts) == expected
        assert np.array_equal(held.state.v, last.v) and held.state.clock == last.clock
        for mine, other in zip(held.state.plastic, last.plastic, strict=True):
            assert np.array_equal(mine.weight, other.weight)


def test_threads_that_share_a_deployment_take_turns():
    """Each learns from one sample after the other, whoever gives it: nothing is lost."""
    readout = nl.DeltaReadout(classes=3)
    liquid = nl.Liquid(topology=nl.RandomGraph(n=20), input=nl.RandomMap(density=0.5, weight=0.8))
    x = np.eye(6)[np.arange(12) % 3]
    weights = []
    for many in (1, 4):
        with nl.deploy(
            nl.LSM(inputs=6, liquid=liquid, readout=readout), nl.RateEncoder(steps=12), labels=[0, 1, 2]
        ) as chip:
            with ThreadPoolExecutor(many) as threads:
                list(threads.map(lambda _, chip=chip: (chip.learn(x[:1], [0]), chip.predict(x)), range(12)))
            weights.append([memory.weight for memory in chip.state.plastic])
    assert all(np.array_equal(one, other) for one, other in zip(*weights, strict=True))


def test_a_turn_that_was_taken_when_the_process_was_forked_is_refused():
    turn, begun = Turn(), threading.Event()

    def hold():
        with turn:
            begun.set()
            time.sleep(0.3)

    holder = threading.Thread(target=hold)
    holder.start()
    begun.wait()
    turn._process = -1  # the holder is a thread of another process
    with pytest.raises(BackendFailure, match=r"forked while its parent was running it\. Open a new one"), turn:
        pass
    holder.join()
    with turn, turn:
        assert turn._depth == 2
    assert turn._process is None
