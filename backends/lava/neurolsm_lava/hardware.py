"""Lava's run configurations: its CPU simulator, or the chip where Intel's extension is installed."""

from __future__ import annotations

from typing import Any

from neurolsm.errors import NotAvailable
from neurolsm_lava.shim import import_lava

SIMULATOR, LOIHI2 = "simulator", "loihi2"
PLACES = (SIMULATOR, LOIHI2)


def missing() -> str | None:
    """Why nothing can run on Loihi 2 here, in one sentence with the remedy; None if Intel's extension is installed."""
    import_lava()
    from lava.utils.loihi import is_installed

    if is_installed():
        return None
    return (
        "Intel's Lava extension for Loihi is not installed, and the open package has no model of a process on a neuro core. "
        "Install it (members of the Intel Neuromorphic Research Community get it from Intel), leave run_on out for the CPU "
        "simulator, or type 'neurolsm export' for a Lava program that a laboratory with the chip can run"
    )


def run_config(run_on: str, **options: Any) -> Any:
    """Lava's run configuration with fixed-point models.

    Raises:
        NotAvailable: the chip was asked for, and the extension is not installed.
    """
    import_lava()
    from lava.magma.core.run_configs import Loihi2HwCfg, Loihi2SimCfg

    if run_on == SIMULATOR:
        return Loihi2SimCfg(select_tag="fixed_pt", **options)
    reason = missing()
    if reason:
        raise NotAvailable(f"loihi2 cannot run here: {reason}.")
    return Loihi2HwCfg(select_tag="fixed_pt", **options)
