"""A figure next to what it is held against: which one is the best, and what is said of it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import neurolsm as nl
from neurolsm.tasks.scores import Scores

NUMBERS = st.lists(st.floats(-1e6, 1e6) | st.just(np.inf) | st.just(np.nan), min_size=1, max_size=4)


def scores(better="more", label="accuracy, %", **values):
    return Scores(title="t", label=label, meaning="m.", better=better, values=values, each="folds")


@pytest.mark.parametrize(
    ("better", "own", "others", "place", "best"),
    [
        ("more", [3.0], {"a": [1.0], "b": [2.0]}, "better than", "b"),
        ("less", [3.0], {"a": [1.0], "b": [2.0]}, "worse than", "a"),
        ("less", [0.5], {"a": [1.0], "b": [2.0]}, "better than", "a"),
        ("more", [1.0, 3.0], {"a": [2.0], "b": [1.0]}, "level with", "a"),
        ("less", [1.0], {"a": [np.inf], "b": [np.nan]}, "better than", "a"),
        ("more", [np.nan], {"a": [-5.0]}, "worse than", "a"),
    ],
)
def test_the_best_control_and_the_place_next_to_it(better, own, others, place, best):
    found = scores(better, own=own, **others)
    assert (found.place, found.best) == (place, best)
    assert f"{place} the best of the others, '{best}'" in found.verdict


def test_what_is_said_of_one_and_of_several_values():
    assert scores(own=[81.0]).verdict == "Accuracy 81 %. No control was measured: add --controls."
    found = scores(own=[80.0, 84.0], other=[70.0])
    assert found.verdict == "Accuracy 82 ± 2.8 % over 2 folds: better than the best of the others, 'other' with 70 %."
    assert scores(own=[80.0], label="NRMSE").verdict.startswith("NRMSE 80. ")


@given(own=NUMBERS, others=st.dictionaries(st.text("xyz", min_size=1), NUMBERS, max_size=4), more=st.booleans())
def test_no_numbers_whatever_break_it(own, others, more):
    found = scores("more" if more else "less", own=own, **others)
    assert found.verdict.startswith("Accuracy ") and (found.place is None) == (not others)
    finite = {name: np.mean(row) for name, row in {"own": own, **others}.items()}
    if others and all(np.isfinite(list(finite.values()))):
        level = finite.pop("own")
        better = (level > max(finite.values())) if more else (level < min(finite.values()))
        assert (found.place == "better than") == better


@pytest.mark.parametrize(
    ("given", "field"), [({"values": {}}, "values"), ({"values": {"a": []}}, "values"), ({"better": "most"}, "better")]
)
def test_what_is_no_figure_is_refused(given, field):
    whole = {"title": "t", "label": "l", "meaning": "m", "better": "more", "values": {"a": [1.0]}, "each": "folds"}
    with pytest.raises(nl.InvalidValue, match=field):
        Scores(**{**whole, **given})
