"""Short-term plasticity against the published recursion, worked out by hand and in closed form."""

from dataclasses import replace

import numpy as np
import pytest

import neurolsm as nl
from neurolsm.errors import InvalidValue, TargetRefusal
from neurolsm.program import Program
from neurolsm.program.short_term import ShortTerm, ShortTermState
from neurolsm.program.spikes import Spikes
from neurolsm.program.wellformed import check
from neurolsm.semantics.short_term import deliver_dynamic

LSM = nl.LSM(
    inputs=6,
    liquid=nl.Liquid(
        topology=nl.Column(shape=(5, 3, 3)),
        neuron=nl.LIF(t_refractory=3e-3),
        weights=nl.Gamma(1.5),
        delays=nl.Uniform(0, 3e-3),
        short_term=nl.ShortTermPlasticity(
            use=nl.Pairs(ee=nl.Gamma(0.5, 0.5), ei=0.05, ie=0.25, ii=nl.Uniform(0.2, 0.4)),
            recovery=0.5,
            facilitation=1.2,
        ),
        input=nl.RandomMap(density=0.5, weight=1.0),
    ),
    seed=3,
)
PROGRAM = nl.lower(LSM, arithmetic="float").program


def deliveries(times, use, recovery, facilitation, steps=200):
    """What one synapse of weight 1 delivers at each of the steps ``times``."""
    base = nl.lower(nl.LSM(inputs=1, liquid=nl.Liquid(topology=nl.RandomGraph(n=1, density=0.0))), arithmetic="float")
    synapse = replace(
        base.program.projections[0] if base.program.projections else PROGRAM.projections[0],
        indptr=np.array([0, 1]), post=np.zeros(1, np.int32), weight=np.ones(1), delay=np.zeros(1, np.uint8),
        short_term=ShortTerm(np.array([use]), np.array([recovery]), np.array([facilitation])),
    )  # fmt: skip
    memory, found = ShortTermState.rest(1, 1), []
    for t in range(steps):
        pending = np.zeros((1, 1))
        deliver_dynamic(synapse, memory, np.array([0] if t in times else [], int), pending)
        if t in times:
            found.append(pending[0, 0])
    return found


def test_the_published_recursion_by_hand():
    """Markram et al. (1998): u2 = U + u1 (1 - U) e^(-dt/F), R2 = 1 + (R1 - u1 R1 - 1) e^(-dt/D)."""
    U, D, F, gap = 0.3, 50.0, 20.0, 10
    u1, r1 = U, 1.0
    u2 = U + u1 * (1 - U) * np.exp(-gap / F)
    r2 = 1 + (r1 - u1 * r1 - 1) * np.exp(-gap / D)
    u3 = U + u2 * (1 - U) * np.exp(-2 * gap / F)
    r3 = 1 + (r2 - u2 * r2 - 1) * np.exp(-2 * gap / D)
    assert np.allclose(deliveries([5, 15, 35], U, D, F), [u1 * r1, u2 * r2, u3 * r3])


def test_a_regular_train_settles_where_theory_says():
    """Fixed point: u = U / (1 - (1 - U) f), R = (1 - d) / (1 - (1 - u) d), with f, d the decays between spikes."""
    U, D, F, gap = 0.2, 80.0, 30.0, 10
    f, d = np.exp(-gap / F), np.exp(-gap / D)
    u = U / (1 - (1 - U) * f)
    expected = u * (1 - d) / (1 - (1 - u) * d)
    assert deliveries(list(range(0, 2000, gap)), U, D, F, steps=2000)[-1] == pytest.approx(expected, rel=1e-9)


def test_depression_and_facilitation():
    fading = deliveries([0, 10, 20, 30], 0.5, 1100.0, 50.0)
    growing = deliveries([0, 10, 20, 30], 0.05, 125.0, 1200.0)
    assert (np.diff(fading) < 0).all() and (np.diff(growing) > 0).all()
    assert deliveries([0, 10], 0.0, 10.0, 10.0) == [0, 0]


def test_the_emulator_runs_what_the_reference_defines():
    rng = np.random.default_rng(0)
    inputs = Spikes.from_dense(rng.random((4, 150, 6)) < 0.15)
    found = nl.compare(PROGRAM, inputs, ("reference", "emulator"))
    assert found.equal and found.spikes_compared > 200
    plain = replace(PROGRAM, projections=tuple(replace(p, short_term=None) for p in PROGRAM.projections))
    assert nl.open_simulator(plain).run(inputs).spikes.count != found.spikes_compared  # it does matter


def test_a_run_in_two_pieces_is_one_run():
    raster = np.random.default_rng(1).random((1, 200, 6)) < 0.15
    with nl.open_simulator(PROGRAM) as whole, nl.open_simulator(PROGRAM) as first, nl.open_simulator(PROGRAM) as second:
        expected = whole.run(Spikes.from_dense(raster))
        first.run(Spikes.from_dense(raster[:, :90]))
        second.state = first.state
        rest = second.run(Spikes.from_dense(raster[:, 90:]), carry=True)
        assert np.array_equal(rest.spikes.dense()[0], expected.spikes.dense()[0, 90:])
        assert second.state.equal(whole.state)


def test_samples_do_not_remember_each_other():
    raster = np.random.default_rng(2).random((1, 100, 6)) < 0.2
    twice = nl.open_simulator(PROGRAM, workers=1).run(Spikes.from_dense(np.concatenate([raster, raster]))).spikes
    assert twice[0].equal(twice[1])


def test_saved_and_loaded_to_the_bit(tmp_path):
    PROGRAM.save(tmp_path / "p.lsm")
    again = Program.load(tmp_path / "p.lsm")
    assert again.sha256 == PROGRAM.sha256 and len(again.dynamic) == 2
    other = replace(LSM, liquid=replace(LSM.liquid, short_term=nl.ShortTermPlasticity()))
    assert nl.lower(other, arithmetic="float").program.sha256 != PROGRAM.sha256


def test_programs_without_it_know_nothing_of_it():
    plain = nl.lower(replace(LSM, liquid=replace(LSM.liquid, short_term=None)), arithmetic="float").program
    assert "short_term" not in str(plain.header()) and not any("use" in name for name in plain.arrays())


@pytest.mark.parametrize("target", ["loihi1", "loihi2"])
def test_the_chip_refuses_it_by_name(target):
    with pytest.raises(TargetRefusal, match=rf"{target} cannot hold LSM\.liquid\.short_term.*arithmetic='float'"):
        nl.lower(LSM, target)


@pytest.mark.parametrize("backend", ["brian2", "lava"])
def test_other_backends_refuse_it_by_name(backend):
    try:
        with pytest.raises(InvalidValue, match=r"short_term.*Use the emulator"):
            nl.open_simulator(PROGRAM, backend)
    except nl.NotAvailable as error:
        pytest.skip(str(error))


@pytest.mark.parametrize(
    ("field", "says"),
    [
        ({"use": 1.5}, "use = 1.5: must be 0 to 1"),
        ({"use": nl.Pairs(ee=0.5, ei=2.0, ie=0.1, ii=0.1)}, "use = 2.0: must be 0 to 1"),
        ({"recovery": 0.0}, "recovery.*above 0"),
        ({"facilitation": nl.Pairs(ee=0.0, ei=1.0, ie=1.0, ii=1.0)}, "facilitation.*above 0"),
        ({"use": "half"}, "use"),
    ],
)
def test_refuses_fields_out_of_range(field, says):
    with pytest.raises(InvalidValue, match=says):
        nl.ShortTermPlasticity(**field)


def test_a_liquid_takes_nothing_else():
    with pytest.raises(InvalidValue, match="short_term"):
        replace(LSM.liquid, short_term=0.5)


def test_foreign_programs_are_checked():
    p = PROGRAM.dynamic[0]
    c = p.short_term
    for wrong, says in (
        (replace(c, use=c.use + 2), r"0\.\.1"),
        (replace(c, recovery=-c.recovery), "above 0"),
        (replace(c, use=c.use[:-1]), "use"),
    ):
        bad = tuple(replace(q, short_term=wrong) if q is p else q for q in PROGRAM.projections)
        with pytest.raises(InvalidValue, match=says):
            check(replace(PROGRAM, projections=bad))
