"""Where Lava runs: its simulator, or Loihi 2 with Intel's extension, whose absence is one clear sentence."""

from __future__ import annotations

import pytest
from neurolsm_lava import LavaBackend, hardware
from neurolsm_lava.shim import import_lava

from neurolsm.conformance.generate import Case, program
from neurolsm.errors import InvalidValue, NotAvailable
from neurolsm.execute.backend import open_simulator

NETWORK = program(Case(seed=4, n=5, n_inputs=3))


def test_the_chip_without_intels_extension() -> None:
    with pytest.raises(NotAvailable) as refusal:
        open_simulator(NETWORK, "lava:stock", run_on="loihi2")
    message = str(refusal.value)
    assert message.startswith("loihi2 cannot run here: Intel's Lava extension for Loihi is not installed")
    assert "run_on" in message and "neurolsm export" in message and "\n" not in message


def test_the_chip_wants_stock_processes() -> None:
    with pytest.raises(InvalidValue, match=r'run_on = \'loihi2\'.*CPU only.*model="stock"'):
        LavaBackend.open(NETWORK, run_on="loihi2")
    with pytest.raises(InvalidValue, match=r"run_on = 'loihi3'.*simulator.*loihi2"):
        LavaBackend.open(NETWORK, model="stock", run_on="loihi3")


def test_the_run_configurations(monkeypatch: pytest.MonkeyPatch) -> None:
    import_lava()
    import lava.utils.loihi
    from lava.magma.core.run_configs import Loihi2HwCfg, Loihi2SimCfg

    simulated = hardware.run_config("simulator", select_sub_proc_model=True)
    assert type(simulated) is Loihi2SimCfg and simulated.select_sub_proc_model
    monkeypatch.setattr(lava.utils.loihi, "is_installed", lambda: True)
    assert hardware.missing() is None
    chosen = hardware.run_config("loihi2", select_sub_proc_model=True)
    assert type(chosen) is Loihi2HwCfg
    assert chosen.select_sub_proc_model and chosen.select_tag == "fixed_pt"
    with LavaBackend.open(NETWORK, model="stock", run_on="loihi2") as simulator:
        assert simulator.info["run_on"] == "loihi2"  # nothing starts before the first run
