"""The models of real senses: small runs from end to end, agreement, learning, and figures of the cards."""

import numpy as np
import pytest
from neurolsm_models import vowels
from neurolsm_models.events import SPAN, upright

from neurolsm.encode.camera import EVENT
from neurolsm.errors import NotAvailable
from neurolsm.lowering import lower
from neurolsm.measure.evaluation.experiment import compare_model, run_model
from neurolsm.measure.scenarios import learn_model
from neurolsm.tasks import model

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


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_a_camera_adapts_without_labels():
    result = learn_model(model.get("events"), "unlabelled", samples=60, seeds=1).to_dict()
    assert list(result["changes"])[:3] == ["a quarter of noise", "3 of 10 pixels dead", "a fifth of the neurons dead"]
    assert result["renormalised"] > 0.3, "ten digits"


def test_mirror_images_follow_their_cepstra_and_a_frame_is_changed_as_one():
    x = [np.random.default_rng(k).normal(size=(size, 12)) for k, size in enumerate((9, 4))]
    held = [vowels.mirrored(one).repeat(vowels.HOLD, axis=0) for one in x]
    for change in vowels.cepstrum_changes(held):
        for one, was in zip(change.apply(held, 3), held, strict=True):
            assert one.shape == was.shape and (one != was).any(), change.name
            np.testing.assert_allclose(one[:, 12:], np.add(vowels.LOW, vowels.HIGH) - one[:, :12])
            assert np.array_equal(one, one[:: vowels.HOLD].repeat(vowels.HOLD, axis=0))


def test_it_learns_on_the_chip(found):
    result = learn_model(found, "scratch", samples=60, seeds=1)
    assert result.updates > 20


@pytest.mark.parametrize("name", ("mnist", "objects", "mnist-8000", "objects-8000"))
def test_the_ends_of_a_searched_space_make_models(name):
    space, columns = model.get(name).space, 8 if name.endswith("8000") else 1
    for end in ("low", "high"):
        settings = {key: getattr(entry, end) for key, entry in space.entries.items()}
        built = space.build(**settings)
        assert (built.name, built.readout().ridge) == (name, settings["ridge"])
        program = lower(built.lsm(1)).program
        heard = sum(p.size for p in program.projections if p.source == "input")
        assert program.n == 1000 * columns and 0.5 < heard / (settings["stripe"] * program.n) <= 1


def test_a_slanted_stroke_becomes_upright_and_late_events_go():
    stroke = np.zeros(9, EVENT)
    stroke["y"], stroke["x"], stroke["t"] = np.arange(9) + 10, np.arange(9) + 8, np.arange(9)
    late, far = np.array([(3, 3, SPAN, True)], EVENT), np.array([(1, 33, 9, False)], EVENT)
    found = upright(np.concatenate([stroke, far, late]))
    assert set(found["x"]) == {12} and found.dtype == EVENT  # the far one has left the field
    assert np.array_equal(found[["y", "t", "p"]], stroke[["y", "t", "p"]])
    one = np.array([(5, 6, 7, True)], EVENT)
    assert np.array_equal(upright(one), one)
