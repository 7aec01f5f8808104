"""The models of real senses: small runs from end to end, agreement, learning, and figures of the cards."""

import pytest

from neurolsm import model
from neurolsm.errors import NotAvailable
from neurolsm.measure.experiment import compare_model, run_model
from neurolsm.measure.scenarios import learn_model

NAMES = ("mnist", "objects", "events", "vowels")


@pytest.fixture(scope="module", params=NAMES)
def found(request):
    chosen = model.get(request.param)
    try:
        chosen.load()
    except NotAvailable as error:
        pytest.skip(str(error))
    return chosen


def test_a_small_run_learns_something(found):
    result = run_model(found, samples=300)
    assert result.value > 0.55 and result.neurons <= 1000 and result.target == "loihi2"


def test_samples_agree_with_the_reference(found):
    both = compare_model(found, ("reference", "emulator"), samples=2)
    assert both.equal and both.spikes_compared > 500


def test_it_learns_on_the_chip(found):
    result = learn_model(found, "scratch", samples=60, seeds=1)
    assert result.updates > 20
