"""The worth of the generators: a fault that is planted in a copy of a kernel is noticed by the tests that stand for it."""

import builtins
import dis
from types import CodeType

import pytest
from mutation.faults import FAULTS, ONLY_NIGHTLY
from mutation.plant import caught_by, text_of

BUILT_IN = set(dir(builtins))


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.what)
def test_every_fault_can_be_planted(fault):
    """Whoever rewrites a line that has a fault in the list rewrites the fault; one that is no code would be noticed by every test."""
    text = text_of(fault)
    assert text.count(fault.old) == 1
    assert fault.new != fault.old
    planted = compile(text.replace(fault.old, fault.new), fault.file, "exec")
    assert names(planted) <= names(compile(text, fault.file, "exec")) | BUILT_IN


def names(code):
    """The names that code looks up in its module or in Python."""
    own = {step.argval for step in dis.get_instructions(code) if step.opname in ("LOAD_GLOBAL", "LOAD_NAME")}
    return own.union(*(names(one) for one in code.co_consts if isinstance(one, CodeType)))


@pytest.mark.mutation
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.what)
def test_every_fault_is_noticed(fault):
    assert caught_by(fault) == ("nightly" if fault.what in ONLY_NIGHTLY else "quick")
