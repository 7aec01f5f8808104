"""Laws and delays: mean, coefficient of variation, range, one law a kind of pair, distance over speed."""

import numpy as np
import pytest

import neurolsm as nl
from neurolsm.describe.draw import draw
from neurolsm.describe.laws import draw_law, draw_pairs
from neurolsm.errors import InvalidValue

N = 200_000


@pytest.mark.parametrize("law", [nl.Gamma, nl.Lognormal])
@pytest.mark.parametrize(("mean", "cv"), [(0.3, 0.5), (2.0, 1.0), (5e-3, 0.2), (1.0, 2.0)])
def test_mean_and_coefficient_of_variation(law, mean, cv):
    values = law(mean, cv).draw(np.random.default_rng(1), N)
    assert values.min() >= 0
    assert values.mean() == pytest.approx(mean, rel=5 * cv / np.sqrt(N))
    assert values.std() / values.mean() == pytest.approx(cv, rel=0.1 if cv > 1 else 0.02)


def test_gamma_with_cv_one_is_exponential_and_lognormal_is_normal_in_the_logarithm():
    gamma = nl.Gamma(2.0, 1.0).draw(np.random.default_rng(0), N)
    assert (gamma > 2.0).mean() == pytest.approx(np.exp(-1), abs=0.005)
    log = np.log(nl.Lognormal(2.0, 0.7).draw(np.random.default_rng(0), N))
    assert log.std() == pytest.approx(np.sqrt(np.log(1 + 0.7**2)), rel=0.01)
    assert np.median(np.exp(log)) == pytest.approx(2.0 / np.sqrt(1 + 0.7**2), rel=0.01)


def test_uniform_and_constant():
    values = nl.Uniform(0.5, 1.5).draw(np.random.default_rng(0), N)
    assert values.min() >= 0.5 and values.max() < 1.5
    assert values.mean() == pytest.approx(1.0, abs=0.005) and values.std() == pytest.approx(1 / np.sqrt(12), rel=0.01)
    assert nl.Uniform(2, 2).draw(np.random.default_rng(0), 3).tolist() == [2, 2, 2]
    assert nl.Constant(3).draw(np.random.default_rng(0), 2).tolist() == [3.0, 3.0]
    assert draw_law(0.25, np.random.default_rng(0), 3).tolist() == [0.25] * 3


def test_one_law_a_kind_of_pair():
    source = np.array([0, 0, 1, 1, 0], bool)
    target = np.array([0, 1, 0, 1, 1], bool)
    laws = nl.Pairs(ee=1, ei=2, ie=nl.Constant(3), ii=4)
    assert draw_pairs(laws, source, target, np.random.default_rng(0)).tolist() == [1, 2, 3, 4, 2]


def liquid(**changes):
    options = {"topology": nl.Column(shape=(4, 3, 2), wavelength=np.inf, p_ee=1, p_ei=1, p_ie=1, p_ii=1), **changes}
    return draw(nl.LSM(inputs=2, liquid=nl.Liquid(**options)))


def test_dales_law_and_magnitudes_by_pair():
    network = liquid(weights=nl.Pairs(ee=0.1, ei=0.2, ie=0.3, ii=0.4), topology=nl.RandomGraph(n=40, density=0.3))
    edges = network.edges[1]
    source, target = network.inhibitory[edges.pre], network.inhibitory[edges.post]
    table = np.array([[0.1, 0.2], [-0.3, -0.4]])
    assert np.array_equal(edges.weight, table[source.astype(int), target.astype(int)])


def test_delays_by_distance():
    network = liquid(delays=nl.ByDistance(speed=500.0))
    edges = network.edges[1]
    place = np.array(np.unravel_index(np.arange(24), (4, 3, 2))).T
    distance = np.sqrt(((place[edges.pre] - place[edges.post]) ** 2).sum(1))
    assert np.allclose(edges.delay, distance / 500)
    assert edges.delay.max() == pytest.approx(np.sqrt(9 + 4 + 1) / 500)


def test_delays_by_distance_need_places():
    with pytest.raises(InvalidValue, match=r"Liquid.delays = ByDistance.*positions.*Column or SmallWorld"):
        liquid(topology=nl.RandomGraph(n=10), delays=nl.ByDistance(1.0))
    places = nl.Explicit(np.ones((2, 2)) / 4, position=[[0, 0], [3, 4]])
    assert liquid(topology=places, delays=nl.ByDistance(100.0)).edges[1].delay.tolist() == [0, 0.05, 0.05, 0]


def test_neuron_constants_by_population_and_by_neuron():
    drawn = liquid(
        topology=nl.RandomGraph(n=500, inhibitory=0.4),
        neuron=nl.AdaptiveLIF(tau_mem=nl.Uniform(10e-3, 20e-3), adapt_step=0.5, tau_adapt=0.2),
        inhibitory_neuron=nl.LIF(tau_mem=5e-3, v_leak=0.25),
    )
    inhibitory, constants = drawn.inhibitory, drawn.constants
    excitatory = constants["tau_mem"][~inhibitory]
    assert 10e-3 <= excitatory.min() < 11e-3 and 19e-3 < excitatory.max() < 20e-3 and np.unique(excitatory).size == 300
    assert set(constants["tau_mem"][inhibitory]) == {5e-3}
    assert (constants["adapt_step"] == np.where(inhibitory, 0, 0.5)).all()
    assert (constants["tau_adapt"] == np.where(inhibitory, np.inf, 0.2)).all()
    assert (constants["v_leak"] == np.where(inhibitory, 0.25, 0)).all()
