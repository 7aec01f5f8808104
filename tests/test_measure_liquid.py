"""Instruments against what theory says: delay lines, rank bounds, known chains, equal inputs."""

from dataclasses import replace

import numpy as np
import pytest

import neurolsm as nl
from neurolsm.errors import InvalidValue
from neurolsm.measure import instruments as tool
from neurolsm.program.spikes import Spikes

RNG = np.random.default_rng(0)
U = RNG.uniform(-1, 1, 4000)
SMALL = nl.LSM(
    inputs=20,
    liquid=nl.Liquid(
        topology=nl.Column(shape=(5, 4, 4)),
        neuron=nl.LIF(tau_mem=20e-3),
        delays=nl.Uniform(0, 5e-3),
        input=nl.RandomMap(density=0.3, weight=nl.Gamma(0.8)),
    ),
    seed=1,
)
PROGRAM = nl.lower(SMALL).program


def noise(samples=4, steps=120, units=20, rate=0.1, seed=0):
    return Spikes.from_dense(np.random.default_rng(seed).random((samples, steps, units)) < rate)


def run(program, inputs):
    with nl.open_simulator(program) as simulator:
        return simulator.run(inputs).spikes


def delayed(u, length):
    return np.stack([np.concatenate([np.zeros(k), u[: len(u) - k]]) for k in range(length)], axis=1)


def chain(lengths):
    """Neurons in chains without loss: the head of each hears a channel, a spike is passed on in each step."""
    n = int(np.sum(lengths))
    matrix = np.diag(np.full(n - 1, 1.5), 1)
    ends = np.cumsum(lengths)[:-1] - 1
    matrix[ends, ends + 1] = 0
    heads = np.concatenate([[0], np.cumsum(lengths)[:-1]])
    lsm = nl.LSM(
        inputs=n,
        liquid=nl.Liquid(
            topology=nl.Explicit(matrix),
            neuron=nl.LIF(tau_syn=1e-4, tau_mem=1e-4),
            input=nl.OneToOne(weight=1.5),
        ),
    )
    return nl.lower(lsm).program, heads


# ------------------------------------------------------------------ separation


def test_equal_inputs_are_exactly_nowhere_apart():
    inputs = noise()
    assert (tool.separation(run(PROGRAM, inputs), run(PROGRAM, inputs)) == 0).all()
    other = tool.separation(run(PROGRAM, inputs), run(PROGRAM, noise(seed=1)))
    assert other.shape == (4, 120) and (other[:, 40:] > 0).all()


def test_one_spike_apart_is_an_exponential():
    a, b = np.zeros((1, 10, 4), bool), np.zeros((1, 10, 4), bool)
    a[0, 3, 2] = True
    found = tool.separation(Spikes.from_dense(a), Spikes.from_dense(b), tau=5.0)
    expected = np.where(np.arange(10) >= 3, np.exp(-(np.arange(10) - 3) / 5), 0) / 2
    assert np.allclose(found[0], expected)


def test_class_separation_by_hand():
    states = np.array([[0.0, 0], [0, 2], [4, 0], [4, 2]])
    # centres (0, 1) and (4, 1): c_d = (4 + 4) / 4 = 2, every sample is 1 from its centre
    assert tool.class_separation(states, [0, 0, 1, 1]) == pytest.approx(2 / (1 + 1))


# ------------------------------------------------------------------ ranks


def test_rank_keeps_its_bounds_and_its_cutoff():
    states = RNG.normal(size=(30, 50))
    assert tool.state_rank(states) == 30
    assert tool.state_rank(states.T) == 30
    assert tool.state_rank(np.repeat(states[:3], 10, axis=0)) == 3
    assert tool.state_rank(np.zeros((5, 5))) == 0
    assert tool.state_rank(np.diag([1.0, 0.5, 0.1, 0.001]), cutoff=0.2) == 2


def test_noise_spans_less_than_other_inputs():
    states = nl.LowPass(tau=30.0)
    inputs = noise(samples=40, rate=0.1)
    few = tool.jittered(inputs[:4], copies=10, sd=1.0)
    assert len(few) == 40 and few.count <= 10 * inputs[:4].count
    quality = tool.state_rank(states(run(PROGRAM, inputs)), 0.05)
    generalisation = tool.state_rank(states(run(PROGRAM, few)), 0.05)
    assert generalisation < quality <= min(40, PROGRAM.n)


def test_no_jitter_is_a_copy():
    inputs = noise(samples=2)
    copies = tool.jittered(inputs, 2, 0.0)
    assert copies[[0, 1]].equal(inputs[[0, 0]]) and copies[[2, 3]].equal(inputs[[1, 1]])


# ------------------------------------------------------------------ memory and capacity


@pytest.mark.parametrize("length", [1, 7, 25])
def test_a_delay_line_recalls_its_length(length):
    assert tool.memory_capacity(U, delayed(U, length), longest=60) == pytest.approx(length, abs=0.03)


def test_a_delay_line_of_spiking_neurons_recalls_its_length():
    program, _ = chain([12])
    bits = RNG.random(1500) < 0.5
    raster = np.zeros((1, 1500, 12), bool)
    raster[0, :, 0] = bits
    spikes = run(program, Spikes.from_dense(raster)).dense()[0]
    assert np.array_equal(spikes[13:, 11], bits[1:-12])  # twelve steps on
    # neuron k holds the bit of k + 1 steps ago: the present one is not among the states
    assert tool.memory_capacity(bits * 2.0 - 1, spikes, longest=40) == pytest.approx(12, abs=0.1)


def test_useless_states_have_no_capacity():
    states = RNG.normal(size=(4000, 20))
    assert tool.memory_capacity(U, states) < 0.2
    found = tool.processing_capacity(U, states, delays=(20, 6, 3))
    assert found.total < 0.3 and found.bound == 20


def test_capacity_of_known_functions():
    line = delayed(U, 4)
    products = np.stack(
        [line[:, 0] * line[:, 1], (3 * line[:, 2] ** 2 - 1) / 2, line[:, 0] * line[:, 1] * line[:, 3]], 1
    )
    found = tool.processing_capacity(U, np.hstack([line, products]), delays=(20, 10, 5))
    assert np.allclose(found.by_degree, [4, 2, 1], atol=0.05)
    assert found.total <= found.bound + 1e-9 == 7 + 1e-9


def test_capacity_never_exceeds_the_states():
    noisy = np.tanh(delayed(U, 10) @ RNG.normal(size=(10, 30)))
    found = tool.processing_capacity(U, noisy, delays=(30, 12, 10))
    assert 10 < found.total <= found.bound == 30


def test_capacity_of_a_liquid_stays_below_its_neurons():
    u, states = tool.driven_states(PROGRAM, 0.1, values=1500, neurons=20)
    assert states.shape == (1500, 20)
    found = tool.processing_capacity(u, states, delays=(20, 8, 4))
    assert 0.5 < found.by_degree[0] <= found.total <= 20
    again = tool.driven_states(PROGRAM, 0.1, values=1500, neurons=20)
    assert np.array_equal(u, again[0]) and np.array_equal(states, again[1])


# ------------------------------------------------------------------ branching and perturbation


@pytest.mark.parametrize("m", [0.5, 0.9, 0.97])
def test_branching_of_a_branching_process(m):
    rng = np.random.default_rng(3)
    a = np.zeros(40_000)
    for t in range(1, a.size):
        a[t] = rng.poisson(m * a[t - 1] + 5)
    assert tool.branching_factor(a) == pytest.approx(m, abs=0.02)
    assert tool.branching_factor(rng.binomial(a.astype(int), 0.2)) == pytest.approx(m, abs=0.05)  # a fifth of it seen


def test_branching_of_independent_spikes_is_nothing():
    assert tool.branching_factor(np.random.default_rng(4).poisson(5, 40_000)) < 0.2


def test_branching_of_known_chains():
    """Chains whose lengths are drawn so that a spike is passed on with probability 0.8 in each step."""
    rng = np.random.default_rng(5)
    program, heads = chain(rng.geometric(0.2, size=400))
    raster = np.zeros((1, 6000, program.n), bool)
    raster[0][:, heads] = rng.random((6000, heads.size)) < 0.005
    activity = np.diff(run(program, Spikes.from_dense(raster)).indptr)
    assert tool.branching_factor(activity) == pytest.approx(0.8, abs=0.06)


def test_a_spike_passed_on_neither_grows_nor_dies():
    program, _ = chain([50])
    inputs = Spikes.from_dense(np.zeros((3, 40, program.n), bool))
    found = tool.perturbation(program, inputs, at=5, span=10, seed=2)
    assert found.growth == pytest.approx(0, abs=1e-12)  # three channels were hit, all inside the one chain
    assert np.allclose(found.distance[1:20], 1)


def test_a_tree_doubles_in_each_step():
    n = 255
    matrix = np.zeros((n, n))
    for k in range(n // 2):
        matrix[k, [2 * k + 1, 2 * k + 2]] = 1.5
    fast = nl.LIF(tau_syn=1e-4, tau_mem=1e-4)
    lsm = nl.LSM(inputs=1, liquid=nl.Liquid(topology=nl.Explicit(matrix), neuron=fast, input=nl.OneToOne(weight=1.5)))
    program = nl.lower(lsm).program
    found = tool.perturbation(program, Spikes.from_dense(np.zeros((2, 40, 1), bool)), at=2, span=6)
    assert np.array_equal(found.distance[1:9], 2.0 ** np.arange(8))
    assert found.growth == pytest.approx(np.log(2)) and found.surviving == 0


def test_without_recurrence_a_spike_is_forgotten():
    alone = replace(SMALL, liquid=replace(SMALL.liquid, topology=nl.RandomGraph(n=80, density=0.0)))
    found = tool.perturbation(nl.lower(alone).program, noise(samples=20, steps=300), at=100)
    assert found.growth < 0 and found.distance[-20:].mean() < 0.1 * found.distance.max()


# ------------------------------------------------------------------ firing and balance


def test_firing_of_a_clock_and_of_dice():
    clock = np.zeros((1, 100, 4), bool)
    clock[0, ::5, 1] = True
    clock[0, :, 2] = True
    found = tool.firing(Spikes.from_dense(clock))
    assert found.rate == pytest.approx((0.2 + 1) / 4) and found.silent == 0.5 and found.saturated == 0.25
    assert found.cv == 0
    dice = tool.firing(noise(samples=2, steps=5000, units=50, rate=0.05))
    assert dice.cv == pytest.approx(np.sqrt(0.95), abs=0.03)  # geometric intervals
    assert dice.synchrony == pytest.approx(1, abs=0.1) and dice.rate == pytest.approx(0.05, abs=0.002)
    together = np.repeat(RNG.random((1, 2000, 1)) < 0.1, 8, axis=2)
    assert tool.firing(Spikes.from_dense(together)).synchrony == pytest.approx(8)


def test_intervals_do_not_reach_into_the_next_sample():
    raster = np.zeros((2, 20, 1), bool)
    raster[:, [1, 4, 7, 10], 0] = True
    assert tool.firing(Spikes.from_dense(raster)).cv == 0


def test_balance_by_hand():
    lsm = nl.LSM(
        inputs=1,
        liquid=nl.Liquid(topology=nl.Explicit([[0.0, -0.5], [0.0, 0.0]]), input=nl.OneToOne(weight=2.0)),
    )
    program = nl.lower(lsm, arithmetic="float").program
    inputs, spikes = np.zeros((1, 10, 1), bool), np.zeros((1, 10, 2), bool)
    inputs[0, :3] = True
    spikes[0, :2, 0] = True
    found = tool.balance(program, Spikes.from_dense(inputs), Spikes.from_dense(spikes))
    up, down = (
        next(p.weight[0] for p in program.projections if p.sign_mode == s) for s in ("excitatory", "inhibitory")
    )
    assert np.allclose(found.excitation, [3 * up / 10, 0]) and np.allclose(found.inhibition, [0, -2 * down / 10])
    assert found.ratio == pytest.approx(-2 * down / (3 * up))
    assert found.recurrent == pytest.approx(-2 * down / (3 * up - 2 * down))


def test_balance_is_in_thresholds_whatever_the_arithmetic():
    inputs = noise()
    exact, whole = (nl.lower(SMALL, arithmetic=a).program for a in ("float", "loihi"))
    spikes = run(whole, inputs)
    a, b = tool.balance(exact, inputs, spikes), tool.balance(whole, inputs, spikes)
    assert np.allclose(a.excitation, b.excitation, rtol=0.1, atol=0.002) and a.ratio == pytest.approx(b.ratio, rel=0.03)


# ------------------------------------------------------------------ all of them


def test_all_instruments_on_one_program(monkeypatch):
    from neurolsm.measure.instruments import inspection

    monkeypatch.setattr(inspection, "VALUES", 600)
    labels = np.arange(20) % 2
    inputs = Spikes.concatenate([noise(samples=10), noise(samples=10, steps=100, seed=1)])  # ragged
    found = tool.inspect_program(PROGRAM, inputs, labels, name="small")
    assert found.steps == 120 and found.samples == 20 and found.neurons == PROGRAM.n
    assert found.rank["most"] == 20 and 1 <= found.rank["quality"] <= 20
    assert 0 <= found.capacity["total"] <= found.capacity["bound"] <= 80
    assert found.separation["between"] > 0 and found.balance["ratio"] > 0 and found.firing["rate"] > 0
    again = tool.inspect_program(PROGRAM, inputs, labels, name="small")
    assert again.to_dict() | {"seconds": 0} == found.to_dict() | {"seconds": 0}
    assert len(found.rows) == 9


def test_the_command_writes_what_it_measures(monkeypatch, tmp_path):
    import json

    from typer.testing import CliRunner

    from neurolsm.cli.app import app
    from neurolsm.measure.instruments import inspection

    monkeypatch.setattr(inspection, "VALUES", 300)
    found = CliRunner().invoke(app, ["inspect", "digits", "--samples", "20", "--json", str(tmp_path / "a.json")])
    assert found.exit_code == 0, found.output
    written = json.loads((tmp_path / "a.json").read_text())
    assert written["model"] == "digits" and written["samples"] == 20 and "kernel quality" in found.output


# ------------------------------------------------------------------ what is refused


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: tool.separation(noise(), noise(samples=3)), "same neurons, samples and steps"),
        (lambda: tool.state_rank(np.zeros(3)), r"\[m, N\]"),
        (lambda: tool.state_rank(np.eye(2), 1.0), "cutoff"),
        (lambda: tool.memory_capacity(U[:50], np.zeros((50, 40))), "too few values"),
        (lambda: tool.memory_capacity(U, np.full((4000, 2), np.nan)), "finite"),
        (lambda: tool.processing_capacity(U, delayed(U, 2), degree=4), "delays"),
        (lambda: tool.branching_factor(np.ones(1000)), "must change"),
        (lambda: tool.branching_factor(np.arange(30)), "T above"),
        (lambda: tool.perturbation(PROGRAM, noise(steps=20)), "needs samples of one length"),
        (lambda: tool.drive(np.zeros(5), 3, 0.9), "at most 0.5"),
        (lambda: tool.drive(np.full(5, 2.0), 3, 0.1), r"-1\.\.1"),
        (lambda: tool.trajectory(noise(), 0), "tau"),
        (lambda: tool.class_separation(np.zeros(3), [0, 1, 1]), "labels"),
        (lambda: tool.jittered(noise(), 0, 1.0), "copies"),
        (lambda: tool.inspect_program(PROGRAM, noise(samples=1)), "at least 2"),
    ],
)
def test_refuses(call, says):
    with pytest.raises(InvalidValue, match=says):
        call()
