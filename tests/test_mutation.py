"""The worth of the generators: a fault that is planted in a copy of a kernel is noticed by the tests that stand for it."""

import pytest
from mutation.faults import FAULTS, ONLY_NIGHTLY
from mutation.plant import caught_by, text_of


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.what)
def test_every_fault_can_be_planted(fault):
    """Whoever rewrites a line that has a fault in the list rewrites the fault."""
    assert text_of(fault).count(fault.old) == 1
    assert fault.new != fault.old


@pytest.mark.mutation
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.what)
def test_every_fault_is_noticed(fault):
    assert caught_by(fault) == ("nightly" if fault.what in ONLY_NIGHTLY else "quick")
