"""A probe shows what is there and changes nothing: hand-computed values, other ways to read them, every backend alike."""

from dataclasses import replace

import numpy as np
import pytest
from networks import network, projection

import neurolsm as nl
from neurolsm import memory
from neurolsm.conformance import generate
from neurolsm.conformance.generate_plastic import plastic_case, plastic_inputs, plastic_program
from neurolsm.conformance.suite.learners import learner_with
from neurolsm.execute import watched
from neurolsm.program.plasticity import Intrinsic

EXC = "liquid/recurrent/excitatory"
LEARNER, SPIKES, GRADED = learner_with()
LEARNER = replace(  # some rest between spikes, and excitability that moves
    LEARNER, neurons=replace(LEARNER.neurons, vth=np.full(3, 1500, np.int32)), intrinsic=(Intrinsic(0, 3, 5, 1, 3, 20),)
)
EVERYTHING = nl.Probe(
    what=("rate", "v", "u", "threshold", "bias", "weight", "tag1", "tag2", "x1", "x2", "y1", "y2", "y3"),
    synapses={"net/input": None}, every=7,
)  # fmt: skip


def by_hand(program, inputs, graded, probe, learn=True):
    """Every quantity of the reference by its definition, one step at a time; integers."""
    found = {name: [] for name in probe.what}
    with nl.open_simulator(program, "reference") as simulator:
        for offset, length in zip(inputs.offsets, inputs.steps, strict=False):
            fired = np.zeros((length, program.n), bool)
            raster = inputs.dense()[list(inputs.offsets).index(offset)]
            for t in range(length):
                one, row = nl.Spikes.from_dense(raster[None, t : t + 1]), int(offset) + t
                run = simulator.run(one, graded=graded.part(row, row + 1), learn=learn, carry=t > 0)
                fired[t] = run.spikes.dense()[0, 0]
                if (t + 1) % probe.every:
                    continue
                s, learned = simulator.state, simulator.state.plastic[0]
                (p,) = program.projections
                now = {
                    "v": s.v, "u": s.u, "threshold": 64 * s.vth + s.theta, "bias": s.bias_mant * 2**program.neurons.bias_exp,
                    "rate": fired[t + 1 - probe.every : t + 1].sum(0) / (probe.every * 1e-3),
                    "weight": learned.weight, "tag1": learned.tag1, "tag2": learned.tag2,
                    "x1": learned.x1[p.pre], "x2": learned.x2[p.pre],
                    "y1": learned.y1[p.post], "y2": learned.y2[p.post], "y3": learned.y3[p.post],
                }  # fmt: skip
                for name, kept in found.items():
                    kept.append(np.array(now[name]))
    return {name: np.array(kept) for name, kept in found.items()}


def same(seen, wanted):
    assert seen.values.keys() == wanted.keys()
    for name, values in wanted.items():
        np.testing.assert_array_equal(seen[name], values, err_msg=name)


BACKENDS = [
    "reference",
    pytest.param("emulator", marks=pytest.mark.xdist_group("plastic kernel")),
    "brian2:numpy",
    "lava:fused",
    pytest.param("brian2:cpp_standalone", marks=[pytest.mark.nightly, pytest.mark.xdist_group("brian2")]),
]


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("learn", [True, False])
def test_every_quantity_on_every_backend_is_that_of_the_definition(backend, learn):
    probe = replace(EVERYTHING, units="integers")
    seen = nl.record(LEARNER, SPIKES, probe, backend=backend, graded=GRADED, learn=learn)
    wanted = by_hand(LEARNER, SPIKES, GRADED, probe, learn)
    same(seen, wanted)
    for name in ("weight", "threshold", "bias", "x1", "y1"):
        assert learn == bool(np.ptp(wanted[name], axis=0).any()), (
            f"{name} moves where the program learns, and only there"
        )
    assert wanted["rate"].any() and wanted["v"].any()
    assert seen.sample.tolist() == [0] * 4 + [1] * 4 and seen.step.tolist() == [6, 13, 20, 27] * 2
    assert seen.ms.tolist() == pytest.approx([6, 13, 20, 27] * 2)
    with nl.open_simulator(LEARNER, backend) as simulator:
        plain = simulator.run(SPIKES, graded=GRADED, learn=learn)
        assert seen.recording.spikes.equal(plain.spikes) and np.array_equal(seen.recording.synops, plain.synops)
        assert np.array_equal(seen.recording.u, plain.u) and np.array_equal(seen.recording.v, plain.v)
        assert seen.recording.info["engine"] == plain.info["engine"]


@pytest.mark.parametrize("backend", ["reference", "lava:stock"])
def test_what_a_backend_does_not_learn_it_still_shows(backend):
    program = replace(LEARNER, intrinsic=())
    probe = nl.Probe(what=("v", "weight"), synapses={"net/input": [0, 5]}, every=15, units="integers")
    seen = nl.record(program, SPIKES, probe, backend=backend)
    assert seen["weight"].tolist() == nl.record(program, SPIKES, probe)["weight"].tolist() != [[100, 100]] * 4


@pytest.mark.xdist_group("plastic kernel")
def test_a_probe_changes_nothing_that_is_learned_and_goes_on_from_the_state():
    for seed in range(8):
        case = plastic_case(seed)
        program = plastic_program(case)
        inputs, graded = plastic_inputs(case, program)
        what = {"what": ("v", "weight"), "synapses": {program.plastic[0].name: None}, "units": "integers"}
        with nl.open_simulator(program) as plain, nl.open_simulator(program) as probed:
            for carry, every in ((False, 3), (True, 1), (True, 1000)):
                want = plain.run(inputs, graded=graded, carry=carry, trace=("v",))
                seen = nl.record(probed, inputs, nl.Probe(every=every, **what), graded=graded, carry=carry)
                assert seen.recording.spikes.equal(want.spikes) and probed.state.equal(plain.state)
                assert np.array_equal(seen["v"], want.traces["v"][watched.sampled(inputs, every)])
                if every == 1 and inputs.steps[-1]:
                    assert np.array_equal(seen["weight"][-1], plain.state.plastic[0].weight)


@pytest.mark.parametrize("budget", [1, 5000, 1 << 26])
@pytest.mark.parametrize("carry", [False, True])
def test_long_runs_are_traced_in_stretches(monkeypatch, budget, carry):
    monkeypatch.setattr(watched, "AT_ONCE", budget)
    case = generate.Case(seed=3, refractory=True, adaptive=True)
    program, inputs = generate.program(case), generate.inputs(case)
    inputs = nl.Spikes.concatenate([inputs, nl.Spikes.from_events([([], [])], 0, inputs.units), inputs])
    with nl.open_simulator(program, "reference") as simulator:
        want = simulator.run(inputs, carry=carry, trace=("u", "v"))
        end = simulator.state
    with nl.open_simulator(program, "reference") as simulator:
        probe = nl.Probe(what=("u", "v"), every=2, units="integers")
        seen = nl.record(simulator, inputs, probe, carry=carry)
        assert simulator.state.equal(end)
    rows = watched.sampled(inputs, 2)
    same(seen, {name: want.traces[name][rows] for name in ("u", "v")})
    assert seen.recording.spikes.equal(want.spikes) and np.array_equal(seen.recording.synops, want.synops)
    assert np.array_equal(seen.recording.v, want.v) and not seen.recording.traces


def test_a_weight_is_the_peak_that_a_lone_spike_causes():
    """The weight that a probe shows is the largest v that it shows, and the one of the description."""
    liquid = nl.Liquid(
        topology=nl.RandomGraph(n=6, density=0.0), input=nl.OneToOne(weight=nl.Uniform(0.1, 0.9)),
        neuron=nl.LIF(tau_syn=nl.Uniform(3e-3, 9e-3), tau_mem=nl.Uniform(15e-3, 60e-3)),
    )  # fmt: skip
    lsm = nl.LSM(inputs=6, liquid=liquid, seed=4)
    spikes = nl.Spikes.from_events([([0] * 6, range(6))], 120, 6)
    asked = {"liquid/input/excitatory": [(k, k) for k in range(6)]}
    for arithmetic, near in (("loihi", 0.01), ("float", 1e-9)):
        seen = nl.record(lsm, spikes, nl.Probe(what=("v", "weight"), synapses=asked), arithmetic=arithmetic)
        np.testing.assert_allclose(seen["weight"][0], seen["v"].max(0), rtol=near)
        assert seen.unit("v") == seen.unit("weight") == "thresholds" and np.ptp(seen["weight"]) > 0.3
        assert np.array_equal(seen["weight"][0], seen["weight"][-1])


def test_thresholds_by_hand():
    """v in thresholds is v / (64 vth) of the program; an adaptive threshold moves above 1 and fades."""
    program = network(
        2, 1, projection("in", "input", 1, [0, 0], [0, 1], 200), vth=np.array([100, 200], np.int32),
        theta_step=np.array([640, 0], np.int32), theta_decay=np.array([1024, 0], np.int32),
        bias_mant=np.array([3, 0], np.int32), bias_exp=np.array([4, 0], np.int32),
    )  # fmt: skip
    spikes = nl.Spikes.from_events([([0], [0])], 6, 1)
    seen = nl.record(program, spikes, nl.Probe(what=("v", "threshold", "bias"), every=1))
    raw = nl.record(program, spikes, nl.Probe(what=("v", "threshold", "bias"), units="integers"))
    # neuron 0 fires at step 1: 64 * 200 > 64 * 100; then theta = 640, 480, 360, ... more where it fires again
    assert raw["threshold"][:3, 0].tolist() == [6400, 7040, 7520] and raw["threshold"][:, 1].tolist() == [12800] * 6
    assert raw["bias"].tolist() == [[48, 0]] * 6
    assert seen["threshold"][:3, 0].tolist() == [1.0, 1.1, 1.175] and (seen["threshold"][:, 1] == 1).all()
    np.testing.assert_array_equal(seen["v"], raw["v"] / [6400, 12800])
    np.testing.assert_array_equal(seen["bias"][0], [48 / 6400, 0])
    assert (seen.unit("v"), raw.unit("v"), seen.unit("bias")) == ("thresholds", "integer", "thresholds per step")


def test_a_threshold_that_intrinsic_plasticity_moves_is_measured_against_the_first():
    moved = replace(LEARNER, intrinsic=(Intrinsic(0, 3, 5, 0, 0, vth_step=30),))
    seen = nl.record(moved, SPIKES[0], nl.Probe(what="threshold", every=5))
    mantissa = seen["threshold"] * 1500
    np.testing.assert_allclose(mantissa, np.rint(mantissa), atol=1e-9)
    assert seen["threshold"][-1].max() > 1.05 and set((np.rint(mantissa) % 30).ravel()) == {0}


def test_rates_are_spikes_a_second():
    program = network(2, 1, bias_mant=np.array([4000, 0], np.int32), vth=np.array([50, 50], np.int32))
    silent = nl.Spikes.from_events([([], [])] * 2, [10, 7], 1)
    seen = nl.record(program, silent, nl.Probe(what="rate", neurons=[1, 0, 0], every=4))
    assert seen["rate"].tolist() == [[0, 1000, 1000]] * 3 and seen.unit("rate") == "Hz"  # it fires in every step
    assert seen.sample.tolist() == [0, 0, 1] and seen.recording.spikes.count == 17


def test_synapses_are_found_by_number_and_by_pair(lsm):
    program = nl.lower(lsm).program
    p = next(p for p in program.projections if p.name == EXC)
    spikes = nl.Spikes.from_dense(np.random.default_rng(0).random((1, 20, 6)) < 0.5)
    numbers = [0, p.size - 1, 17]
    probes = [numbers, [(p.pre[k], p.post[k]) for k in numbers], np.array(numbers), None]
    a, b, c, d = (
        nl.record(program, spikes, nl.Probe(what="weight", synapses={EXC: chosen}, units="integers", every=20))
        for chosen in probes
    )
    assert a["weight"].tolist() == b["weight"].tolist() == c["weight"].tolist() == [p.weight[numbers].tolist()]
    assert d["weight"].tolist() == [p.weight.tolist()] and d.synapses.size == p.size
    assert b.synapses.index.tolist() == numbers and b.label("weight", 1) == f"{p.pre[-1]} → {p.post[-1]}"
    assert a.synapses.projection == (EXC,) * 3


def test_a_population_by_its_name(lsm):
    program = nl.lower(replace(lsm, liquid=nl.Parallel((lsm.liquid, lsm.liquid)))).program
    spikes = nl.Spikes.from_events([([1], [0])], 9, 6)
    assert nl.record(program, spikes, nl.Probe(what="v", neurons="liquid1")).neurons.tolist() == list(range(40, 80))
    assert nl.record(program, spikes, nl.Probe(what="v")).neurons.tolist() == list(range(80))


@pytest.mark.parametrize("inputs", [nl.Spikes.from_events([], 0, 6), nl.Spikes.from_events([([0], [1])], 3, 6)])
def test_runs_shorter_than_a_sampling_have_none(lsm, inputs):
    for probe in (nl.Probe(what=("v", "rate"), every=4), nl.Probe(what="threshold", every=4)):
        seen = nl.record(lsm, inputs, probe)
        assert all(values.shape == (0, 40) for values in seen.values.values())
        assert len(seen.recording.spikes) == len(inputs) == len(seen.recording.v)


# ---------------------------------------------------------------------- what is refused

PAIR = {EXC: [(0, 0)]}


@pytest.mark.parametrize(
    "fields, parts",
    [
        ({"what": "spikes"}, ("Probe.what = 'spikes'", "v, u, threshold, bias, rate")),
        ({"what": ()}, ("Probe.what", "at least one")),
        ({"what": ("v", "v")}, ("Probe.what", "each once")),
        ({"what": 3}, ("Probe.what = 3", "tuple")),
        ({"what": "v", "every": 0}, ("Probe.every = 0", "1..")),
        ({"what": "v", "every": 2.5}, ("Probe.every = 2.5", "whole number")),
        ({"what": "v", "every": True}, ("Probe.every = True",)),
        ({"what": "v", "units": "volts"}, ("Probe.units = 'volts'", "'integers'")),
        ({"what": "v", "neurons": []}, ("Probe.neurons = []", "at least one")),
        ({"what": "v", "neurons": 3}, ("Probe.neurons = 3", "[K]")),
        ({"what": "v", "neurons": [1.5]}, ("Probe.neurons = 1.5", "whole number")),
        ({"what": "v", "neurons": [True, False]}, ("Probe.neurons = 'bool'",)),
        ({"what": "v", "neurons": [[0, 1]]}, ("Probe.neurons", "[K]")),
        ({"what": "weight"}, ("Probe.synapses = {}", "weight")),
        ({"what": "weight", "synapses": [1]}, ("Probe.synapses = [1]", "projection")),
        ({"what": "weight", "synapses": {3: [1]}}, ("Probe.synapses", "projection")),
        ({"what": "weight", "synapses": {"a": []}}, ("Probe.synapses['a'] = []", "at least one")),
        ({"what": "weight", "synapses": {"a": [[1, 2, 3]]}}, ("Probe.synapses['a']", "pairs")),
        ({"what": "weight", "synapses": {"a": [1]}, "neurons": [0]}, ("Probe.neurons", "asks nothing of neurons")),
        ({"what": "v", "synapses": {"a": [1]}}, ("Probe.synapses = ['a']", "asks nothing of synapses")),
    ],
)  # fmt: skip
def test_a_probe_that_means_nothing_is_refused(fields, parts):
    with pytest.raises(nl.InvalidValue) as error:
        nl.Probe(**fields)
    assert all(part in str(error.value) for part in parts), str(error.value)


@pytest.mark.parametrize(
    "fields, parts",
    [
        ({"what": "v", "neurons": [0, 40]}, ("Probe.neurons = 40", "0..39")),
        ({"what": "v", "neurons": [-1]}, ("Probe.neurons = -1", "0..39")),
        ({"what": "v", "neurons": "cortex"}, ("'cortex'", "liquid")),
        ({"what": "weight", "synapses": {"nerve": None}}, ("Probe.synapses = 'nerve'", EXC)),
        ({"what": "weight", "synapses": {EXC: [10**6]}}, (EXC, "1000000", "0..")),
        ({"what": "weight", "synapses": {EXC: [-1]}}, (EXC, "= -1", "0..")),
        ({"what": "weight", "synapses": PAIR}, (EXC, "(0, 0)", "neuron 0 has none to neuron 0")),
        ({"what": "weight", "synapses": {EXC: [(99, 0)]}}, ("(99, 0)", "neuron 99")),
        ({"what": "weight", "synapses": {EXC: [(-1, 0)]}}, ("(-1, 0)", "neuron -1")),
        ({"what": ("weight", "x1"), "synapses": {EXC: [0]}}, ("Probe.what = 'x1'", EXC, "does not learn")),
        ({"what": "tag1", "synapses": {EXC: [0]}}, ("Probe.what = 'tag1'", "does not learn")),
    ],
)  # fmt: skip
def test_what_a_program_lacks_is_refused_before_it_runs(lsm, fields, parts, register):
    def never(self, program):
        raise AssertionError("opened")

    register("never", type("Never", (), {"name": "never", "missing": lambda self: None, "open": never}))
    spikes = nl.Spikes.from_events([([0], [0])], 5, 6)
    with pytest.raises(nl.InvalidValue) as error:
        nl.record(lsm, spikes, nl.Probe(**fields), backend="never")
    assert all(part in str(error.value) for part in parts), str(error.value)


def test_other_things_that_are_refused(lsm, monkeypatch):
    spikes = nl.Spikes.from_events([([0], [0])], 5, 6)
    probe = nl.Probe(what="v")
    with pytest.raises(nl.InvalidValue, match=r"record\.probe = 'tuple'.*Probe"):
        nl.record(lsm, spikes, ("v",))
    with pytest.raises(nl.InvalidValue, match=r"record\.subject = 'Liquid'.*LSM"):
        nl.record(lsm.liquid, spikes, probe)
    with pytest.raises(nl.InvalidValue, match=r"inputs\.units = 7"):
        nl.record(lsm, nl.Spikes.from_events([([0], [0])], 5, 7), probe)
    with pytest.raises(nl.NotAvailable, match="nowhere"):
        nl.record(lsm, spikes, probe, backend="nowhere")
    with nl.open_simulator(nl.lower(lsm).program, "reference") as simulator:
        with pytest.raises(nl.InvalidValue, match=r"record\.backend = 'emulator'.*ReferenceSimulator"):
            nl.record(simulator, spikes, probe, backend="emulator")
    flat = network(2, 1, **{"vth": np.array([0, 9], np.int32)})
    with pytest.raises(nl.InvalidValue, match=r"Probe\.units.*neuron 0 has the threshold 0"):
        nl.record(flat, nl.Spikes.from_events([([0], [0])], 5, 1), probe)
    assert nl.record(flat, nl.Spikes.from_events([([0], [0])], 5, 1), replace(probe, neurons=[1]))["v"].shape == (5, 1)
    monkeypatch.setattr(memory, "available", lambda: 10**8)
    long = nl.Spikes.from_events([([0], [0])], 10**6, 6)
    with pytest.raises(nl.InvalidValue, match=r"Probe\.every.*1,000,000 samplings of 40 neurons.*0\.1 GB"):
        nl.record(lsm, long, probe)
    with pytest.raises(nl.InvalidValue, match=r"Probed\.name = 'u'.*v"):
        nl.record(lsm, spikes, probe)["u"]


def test_states_are_read_only_when_they_move(register):
    """u, v and what stands still need one run; the helper counts the calls."""
    calls = []

    class Counting(type(nl.open_simulator(LEARNER, "reference"))):
        def run(self, inputs, **options):
            calls.append(int(inputs.steps.sum()))
            return super().run(inputs, **options)

    simulator = Counting(LEARNER)
    nl.record(simulator, SPIKES, nl.Probe(what=("u", "v", "rate"), every=10), graded=GRADED)
    nl.record(simulator, SPIKES, nl.Probe(what="weight", synapses={"net/input": [0]}), graded=GRADED, learn=False)
    nl.record(simulator, SPIKES, nl.Probe(what="bias", every=20), graded=GRADED)
    assert calls == [60, 60, 20, 10, 20, 10]
