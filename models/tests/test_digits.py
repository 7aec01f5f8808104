"""The model digits: its shape, its figure on one split, and agreement on real digits."""

import pytest

from neurolsm.lowering import lower
from neurolsm.measure.evaluation.experiment import compare_model, run_model
from neurolsm.tasks import model


@pytest.fixture(scope="module")
def digits():
    return model.get("digits")


def test_one_split_is_where_the_card_says(digits):
    result = run_model(digits, splits=1)
    assert result.neurons == 1000 and result.numbers == 6000 and (result.train, result.test) == (1437, 360)
    assert result.value > 0.97


def test_real_digits_agree_with_the_reference(digits):
    found = compare_model(digits, ("reference", "emulator"), samples=3)
    assert found.equal and found.spikes_compared > 30_000


@pytest.mark.parametrize("name", ["digits", "mnist", "mnist-8000", "objects", "objects-8000"])
def test_the_space_builds_the_model_as_it_stands(name):
    """What ``--set`` leaves out is as in the model: the same program, encoder, features, and readouts on host and chip."""
    found = model.get(name)
    built = found.space.build()
    assert lower(built.lsm(3)).program.sha256 == lower(found.lsm(3)).program.sha256
    assert (built.encoder, built.features, built.splits) == (found.encoder, found.features, found.splits)
    assert built.readout().get_params() == found.readout().get_params()
    assert built.chip_readout is found.chip_readout


@pytest.mark.nightly
def test_ten_splits_reach_the_figure_of_the_card(digits):
    result = run_model(digits)
    assert result.value == pytest.approx(0.9903, abs=0.002)
