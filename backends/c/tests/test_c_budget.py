"""What is counted: bytes of the very tables, instructions of the very code, and the limits of chips."""

from __future__ import annotations

from dataclasses import replace

import pytest
from c_oracle import needs_compiler, static
from neurolsm_c.boards import BOARDS
from neurolsm_c.budget import budget
from neurolsm_c.design import Design

import neurolsm as nl
from neurolsm.errors import InvalidValue

pytestmark = [needs_compiler, pytest.mark.xdist_group("c")]
COLUMN = nl.Liquid(topology=nl.Column(shape=(15, 3, 3)), input=nl.RandomMap(density=0.3, weight=0.5))


@pytest.mark.parametrize("plasticity", [None, nl.STDP()])
def test_a_column_of_135_neurons(plasticity):
    program = nl.lower(nl.LSM(inputs=4, liquid=replace(COLUMN, plasticity=plasticity), seed=1)).program
    found = budget(program, chip="stm32f4")
    assert found.fits and found.ram_bytes == Design(program).size + program.n and found.ram_bytes < 32 << 10
    assert found.flash_bytes < 32 << 10 and found.largest
    if BOARDS["cortex-m3"].missing():
        assert found.instructions_per_event is found.steps_per_second is None and not found.code_bytes
        return
    assert 0 < found.code_bytes < found.flash_bytes and 0 < found.instructions_per_update <= 30
    assert 0 < found.instructions_per_event <= 12 and 0 < found.steps_per_second_at_least < found.steps_per_second


def test_chips_that_are_none():
    with pytest.raises(InvalidValue, match=r"must be one of stm32f4, esp32c3, rp2040"):
        budget(static(3)[0], chip="z80")
