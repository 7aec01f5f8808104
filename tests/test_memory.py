"""What would not fit into memory is refused with the estimate, before anything is made."""

import sys

import numpy as np
import pytest

import neurolsm as nl
from neurolsm import memory
from neurolsm.describe.draw import draw, expected_synapses
from neurolsm.emulator import EmulatorSimulator
from neurolsm.errors import InvalidValue


def test_blocks_cover_everything_in_order():
    for size in (0, 1, 9, 10, 11, 35):
        found = [i for block in memory.blocks(size, 10) for i in range(size)[block]]
        assert found == list(range(size))


def test_what_is_free_is_read_from_the_kernel(tmp_path, monkeypatch):
    (tmp_path / "meminfo").write_text("MemTotal:  9000 kB\nMemAvailable:    4000 kB\n")
    monkeypatch.setattr(memory, "MEMINFO", tmp_path / "meminfo")
    monkeypatch.setattr(memory, "CGROUP", tmp_path)
    assert memory.available() == 4000 * 1024
    (tmp_path / "memory.current").write_text("1000\n")
    for limit, free in (("max", 4000 * 1024), ("31000", 30000), ("500", 0)):
        (tmp_path / "memory.max").write_text(limit)
        assert memory.available() == free
    monkeypatch.setattr(memory, "MEMINFO", tmp_path / "nothing")
    assert memory.available() is None


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells what is available")
def test_this_machine_has_some():
    assert 1e6 < memory.available() < 1e14


def test_a_liquid_that_does_not_fit_is_refused_before_it_is_drawn(monkeypatch):
    big = nl.LSM(inputs=10, liquid=nl.Liquid(topology=nl.RandomGraph(n=10_000_000, density=0.01)))
    with pytest.raises(InvalidValue, match=r"LSM\.liquid = .*10,000,000 neurons.*needs about \d+e\+04 GB of memory.*free.*Make the network smaller"):  # fmt: skip
        nl.lower(big)
    monkeypatch.setattr(memory, "available", lambda: None)  # unknown: nothing is refused
    nl.lower(nl.LSM(inputs=1, liquid=nl.Liquid(topology=nl.RandomGraph(n=5))))


def test_synapses_of_nested_liquids_are_foreseen():
    def liquid(n, **more):
        return nl.Liquid(topology=nl.RandomGraph(n=n, density=0.3), **more)

    lsm = nl.LSM(inputs=40, liquid=nl.Series((nl.Parallel((liquid(60), liquid(80, input=nl.OneToOne()))), liquid(70))))
    drawn = sum(edges.pre.size for edges in draw(lsm).edges)
    foreseen, offered = expected_synapses(lsm.liquid, lsm.inputs)
    assert abs(drawn - foreseen) < 0.05 * foreseen and offered == 70


def test_traces_that_do_not_fit_are_refused_before_the_run(monkeypatch):
    program = nl.lower(nl.LSM(inputs=2, liquid=nl.Liquid(topology=nl.RandomGraph(n=50)))).program
    inputs = nl.Spikes.from_dense(np.ones((2, 500, 2)))
    simulator = EmulatorSimulator(program, workers=1)
    monkeypatch.setattr(memory, "ALWAYS", 0)
    monkeypatch.setattr(memory, "available", lambda: 100_000)
    assert simulator.run(inputs).spikes.steps.tolist() == [500, 500]
    with pytest.raises(
        InvalidValue, match=r"EmulatorSimulator\.trace = .*needs about 0.0002\d* GB .*0.0001 GB are free"
    ):
        simulator.run(inputs, trace=("v",))
    monkeypatch.setattr(memory, "available", lambda: 1_000)
    with pytest.raises(InvalidValue, match=r"EmulatorSimulator\.program = .*50 neurons.*GB are free"):
        EmulatorSimulator(program, workers=1)


def test_nobody_asks_for_little(monkeypatch):
    """A run of one step is over before the machine has answered."""
    monkeypatch.setattr(memory, "available", lambda: pytest.fail("asked"))
    memory.require("Owner", "field", "value", memory.ALWAYS, "Take less")
    monkeypatch.setattr(memory, "available", lambda: memory.ALWAYS)
    with pytest.raises(InvalidValue, match=r"Owner\.field = 'value'.*Take less"):
        memory.require("Owner", "field", "value", memory.ALWAYS + 1, "Take less")
