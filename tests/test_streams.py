"""The random streams: any part of them, drawn in any order, is what one generator draws from the beginning."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurolsm.program.streams import BLOCK, uniform

FIRST = st.one_of(
    st.integers(0, 3 * BLOCK),
    st.builds(lambda block, near: max(0, block * BLOCK + near), st.integers(0, 3), st.integers(-3, 3)),
)
COUNT = st.one_of(
    st.integers(0, 5), st.integers(0, 2 * BLOCK), st.builds(lambda near: BLOCK + near, st.integers(-1, 1))
)


@given(st.integers(0, 2**32 + 2), st.lists(st.tuples(FIRST, COUNT), min_size=1, max_size=5))
def test_any_part_is_that_of_one_generator(seed, parts):
    whole = np.random.default_rng(seed).random(6 * BLOCK)
    for first, count in parts:
        np.testing.assert_array_equal(uniform(seed, first, count), whole[first : first + count])


@given(st.integers(0, 2**32), st.integers(0, 2**70), st.integers(1, 40))
def test_far_from_the_beginning(seed, first, count):
    """Nobody draws that many; the bits of the generator move on as far."""
    bits = np.random.PCG64(seed)
    bits.advance(first)
    np.testing.assert_array_equal(uniform(seed, first, count), np.random.Generator(bits).random(count))


def test_what_others_share_cannot_be_changed():
    with pytest.raises(ValueError, match="read-only"):
        uniform(1, 0, 5)[0] = 0.5
