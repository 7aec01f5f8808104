"""The mapper against hand counts and against an independent validator; what does not fit is refused by name."""

import time
from dataclasses import fields, replace

import numpy as np
import pytest
from networks import nalsm, network, projection

import neurolsm as nl
from neurolsm.conformance.generate import Case, program
from neurolsm.conformance.generate_plastic import plastic_case, plastic_program
from neurolsm.hardware.coding import list_bits
from neurolsm.hardware.demand import weight_bits
from neurolsm.hardware.limits import CHIPS, CORE, Limit
from neurolsm.hardware.place import place
from neurolsm.hardware.validate import violations
from neurolsm.program import Neurons


def test_the_liquid_of_nalsm_takes_two_cores_as_counted_by_hand():
    found = nalsm()
    assert 116_000 < sum(p.size for p in found.projections[:2]) < 120_000
    assert 16_000 < sum(p.size for p in found.projections[2:]) < 17_500
    by_hand = found.synapses * 8 / CHIPS["loihi1"].synaptic_memory.value  # one byte per synapse: 1.02 cores' worth
    assert 1 < by_hand < 2
    placed = place(found, "loihi1")
    assert placed.cores == int(np.ceil(by_hand)) == 2
    assert placed.binding == "synaptic_memory"
    assert not violations(found, placed)
    counted = place(found, "loihi1", indices=True)  # with the index of every target: 17 bits per synapse
    assert counted.cores == 3 and not violations(found, counted)


def test_bits_of_a_list_by_hand():
    assert list_bits(0, 8) == 0
    assert list_bits(1, 8) == 64  # 8 + 10 bits in one word
    assert list_bits(6, 9) == 64 and list_bits(7, 8) == 128  # 64 bits and 66 bits
    assert list_bits(64, 8) == 576  # 522 bits in nine words
    assert list_bits(65, 8) == 576 + 64
    assert list_bits(130, 14) == 2 * 960 + 64


@pytest.mark.parametrize(
    "weights, sign, bits",
    [([255], "excitatory", 8), ([128], "excitatory", 1), ([64, 192], "excitatory", 2), ([12, 4], "excitatory", 6),
     ([2], "excitatory", 8), ([-128, -64], "inhibitory", 2), ([-256, 254], "mixed", 8), ([-128, 128], "mixed", 2)],
)  # fmt: skip
def test_a_weight_takes_the_bits_it_needs(weights, sign, bits):
    found = projection("w", "input", 1, np.zeros(len(weights), int), np.arange(len(weights)), weights, sign_mode=sign)
    assert weight_bits(found) == bits


def test_every_limit_of_a_core_by_hand():
    """Three neurons, two channels: neuron 0 <- both channels, 1 and 2 <- channel 1; 0 -> 1, 0 -> 2; delays up to 3."""
    found = network(
        3, 2,
        projection("input", "input", 2, [0, 1, 1, 1], [0, 0, 1, 2], [255, 3, 5, 7]),
        projection("recurrent", "neuron", 3, [0, 0], [1, 2], 128, [0, 3]),
        dv=np.array([1, 1, 2], np.int32), vth=np.array([10, 20, 30], np.int32), theta_step=np.array([0, 0, 5], np.int32),
    )  # fmt: skip
    placed = place(found)
    assert placed.cores == 1
    assert dict(zip(CORE, placed.used[0].tolist(), strict=True)) == {
        "neurons": 4,  # the adaptive one takes two compartments
        "synaptic_memory": 64 + 64 + 64,  # 1 x 8, 3 x 8 and 2 x (1 + 2) bits, each with a header, each in a word
        "input_axons": 3,
        "output_axons": 1,  # 0 reaches one list in one core
        "neuron_configurations": 2,  # dv and theta differ in neuron 2 alone
        "thresholds": 3,
        "synapse_formats": 2,
        "pre_traces": 0,
        "post_traces": 0,
    }


def test_codings_are_chosen_by_their_cost():
    full = projection(
        "full", "input", 4, np.repeat(np.arange(4), 100), np.tile(np.arange(100), 4), np.arange(400) % 255 + 1
    )
    placed = place(network(100, 4, full), indices=True)
    assert placed.coding[0, 0] == 1  # dense: no index
    same = projection("same", "input", 50, np.repeat(np.arange(50), 10), np.tile(np.arange(0, 100, 10), 50))
    placed = place(network(100, 50, same))
    assert placed.coding[0, 0] == 2 and placed.used[0, 1] == list_bits(10, 6 + 7)  # shared: one list for all fifty
    few = projection("few", "input", 4, np.arange(4), np.arange(4) * 20)
    assert place(network(100, 4, few)).coding[0, 0] == 0


def shrunken(rng, chip):
    """The chip with smaller cores, so that small networks meet every limit."""
    chosen = {
        "neurons": rng.integers(8, 200), "synaptic_memory": 64 * rng.integers(200, 4000),
        "input_axons": rng.integers(450, 1500), "output_axons": rng.integers(150, 900),
        "neuron_configurations": rng.integers(2, 20), "thresholds": rng.integers(2, 12),
        "pre_traces": rng.integers(1, 4), "cores": 4096,
    }  # fmt: skip
    return replace(chip, **{name: Limit(int(value), "a smaller core", "assumed") for name, value in chosen.items()})


def random_network(seed):
    """A conformance program, static or plastic, without what no chip has."""
    rng = np.random.default_rng([seed, 12])
    if seed % 2:
        found = program(replace(Case.random(seed), n=int(rng.integers(1, 400)), n_inputs=int(rng.integers(1, 200))))
    else:
        found = plastic_program(replace(plastic_case(seed), n=int(rng.integers(1, 200))))
    kinds = rng.integers(0, rng.choice([1, 1, 2, 5, found.n]), found.n) % found.n
    found = replace(found, neurons=Neurons(**{f.name: getattr(found.neurons, f.name)[kinds] for f in fields(Neurons)}))
    plain = tuple(replace(p, plasticity=replace(p.plasticity, dd=())) if p.plasticity else p for p in found.projections)
    return replace(found, projections=plain)


def check_random(seeds):
    """Places random networks on random cores; returns how often each limit closed a core, and how many were refused."""
    closed, refused = np.zeros(len(CORE), int), 0
    for seed in seeds:
        rng = np.random.default_rng([seed, 11])
        found, chip = random_network(seed), shrunken(rng, CHIPS["loihi2"])
        try:
            placed = place(found, chip, chips=100, indices=bool(seed % 3 == 0))
        except nl.TargetRefusal as error:
            assert "alone needs more" in str(error)
            refused += 1
            continue
        assert violations(found, placed) == []
        closed += np.bincount(placed.closed[placed.closed >= 0], minlength=len(CORE))
    return closed, refused


def test_random_networks_break_no_limit():
    closed, refused = check_random(range(60))
    assert refused < 30
    assert (closed[:6] > 0).sum() >= 5  # nearly every limit binds somewhere


@pytest.mark.nightly
def test_five_hundred_random_networks_break_no_limit():
    closed, refused = check_random(range(500))
    assert refused < 150
    assert (closed[:6] > 0).all()


def test_the_validator_finds_what_is_wrong():
    found = nalsm()
    placed = place(found)
    one_core = replace(
        placed, core=np.zeros(1000, int), used=placed.used[:1], coding=placed.coding[:1], closed=placed.closed[1:]
    )
    said = violations(found, one_core)
    assert any("synaptic_memory, the limit is 1,048,576" in line for line in said)
    wrong = replace(placed, used=placed.used - (np.arange(len(CORE)) == 2))
    assert any("input_axons, the mapper claims" in line for line in violations(found, wrong))
    assert violations(found, replace(placed, core=placed.core + 1)) != []
    assert violations(found, replace(placed, chips=2)) != []


def test_shared_by_hash_is_shared_in_truth():
    """Lists that differ in one weight, one delay or one target are not shared."""
    pre, post = np.repeat([0, 1, 2, 3], 8), np.tile(np.arange(8) * 12, 4)
    weight, delay = np.full(32, 8), np.zeros(32, int)
    weight[9], delay[18], post[30] = 16, 1, 73
    found = network(100, 4, projection("almost", "input", 4, pre, post, weight, delay))
    placed = place(found, indices=True)
    assert not violations(found, placed)
    assert placed.used[0, 1] == 4 * list_bits(8, 5 + 1 + 7)


@pytest.mark.parametrize("fan_in", [4096, 4097])
def test_a_neuron_that_fits_no_core_is_refused_by_name(fan_in):
    found = network(2, fan_in, projection("input", "input", fan_in, np.arange(fan_in), np.ones(fan_in, int)))
    if fan_in <= 4096:
        assert place(found).used[0, 2] == fan_in
        return
    with pytest.raises(nl.TargetRefusal, match=r"neuron 1.*input_axons.*4,096.*relay"):
        place(found)


def test_more_chips_than_given_are_refused():
    found = network(200_000, 1)
    with pytest.raises(nl.TargetRefusal, match=r"196 cores.*1 chip has 128.*neurons binds.*chips=2"):
        place(found)
    placed = place(found, chips=2)
    assert placed.cores == 196 and placed.chips == 2
    with pytest.raises(nl.InvalidValue, match="chips"):
        place(found, chips=0)


def test_what_the_chip_lacks_is_refused_with_the_nearest_thing(lsm):
    with pytest.raises(nl.TargetRefusal, match=r"arithmetic = 'float'.*short-term plasticity.*arithmetic='loihi'"):
        place(nl.lower(lsm, arithmetic="float").program)
    learner = plastic_program(plastic_case(4))
    assert any(p.plasticity and p.plasticity.dd for p in map(replace, learner.projections)) or learner.modulators
    second_tag = next(
        p for s in range(40) for p in [plastic_program(plastic_case(s))] if any(q.plasticity.dd for q in p.plastic)
    )
    with pytest.raises(nl.TargetRefusal, match=r"variable d is the delay"):
        place(second_tag)
    with pytest.raises(nl.NotAvailable, match="loihi3"):
        place(learner, "loihi3")


def test_third_factors_of_single_neurons_need_loihi_2():
    liquid = nl.Liquid(topology=nl.RandomGraph(n=30), input=nl.RandomMap(weight=0.3))
    described = nl.LSM(inputs=8, liquid=liquid, readout=nl.DeltaReadout(classes=3), seed=1)
    found = nl.lower(described).program
    assert place(found, "loihi2").cores >= 1
    with pytest.raises(nl.TargetRefusal, match=r"Loihi 1 has one reward.*RewardSTDP"):
        place(found, "loihi1")


def million(n=1_000_000, local=8):
    """Neurons in a row, each onto its next eight; a hundred channels onto every tenth neuron."""
    pre = np.repeat(np.arange(n), local)
    post = (pre + np.tile(np.arange(1, local + 1), n)) % n
    fed = np.arange(0, n, 10)
    return network(
        n, 100, projection("recurrent", "neuron", n, pre, post, 200), projection("input", "input", 100, fed % 100, fed, 100),
    )  # fmt: skip


def test_a_million_neurons_are_placed_within_two_minutes():
    found = million()
    start = time.perf_counter()
    placed = place(found, chips=16)
    assert time.perf_counter() - start < 120
    assert placed.cores == 977 and placed.chips == 8 and placed.binding == "neurons"
    assert (placed.used <= placed.chip.of_a_core).all()


@pytest.mark.nightly
def test_a_million_neurons_with_random_synapses_are_placed_validly():
    n = 1_000_000
    rng = np.random.default_rng(5)
    pre, post = np.divmod(np.unique(rng.integers(0, n, 10 * n) * n + rng.integers(0, n, 10 * n)), n)
    found = network(n, 1, projection("random", "neuron", n, pre, post, 200))
    start = time.perf_counter()
    placed = place(found, chips=1000)
    assert time.perf_counter() - start < 120
    assert placed.binding in ("input_axons", "output_axons")
    assert not violations(found, placed)
