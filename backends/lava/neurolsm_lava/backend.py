"""The backend's entry point: what ``neurolsm`` finds under the name ``lava``."""

from __future__ import annotations

import math
import multiprocessing
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from neurolsm.errors import refuse
from neurolsm.execute.workers import DAEMONIC, REMEDY, daemonic
from neurolsm.program import Program
from neurolsm.program.spikes import Spikes
from neurolsm_lava import hardware, stock, stock_rules

if TYPE_CHECKING:
    from neurolsm_lava.simulator import LavaSimulator

MODELS = ("fused", "stock")
SUPPORTED = "0.10."  # the guard uses private parts of Lava


class LavaBackend:
    """Lava 0.10 with two models of one process: a fused model for the CPU, and a network of stock processes."""

    name = "lava"
    variants: ClassVar[dict[str, dict[str, Any]]] = {"fused": {}, "stock": {"model": "stock"}}
    unsupported: ClassVar[dict[str, str]] = {
        **{f"stock:{feature}": reason for feature, reason in stock.LACKS.items()}, **{f"stock:{feature}": reason for feature, reason in stock_rules.LACKS.items()},
        "short_term": "synapses that depress and facilitate run on the emulator alone",
    }  # fmt: skip

    @staticmethod
    def missing() -> str | None:
        """Why Lava cannot run here, with the remedy; None if it can."""
        if "fork" not in multiprocessing.get_all_start_methods():
            return f"Lava's processes are forked, which {sys.platform} cannot. Use Linux, macOS or WSL"
        if daemonic():
            return f"{DAEMONIC}. {REMEDY}"
        try:
            found = version("lava-nc")
        except PackageNotFoundError:
            return "lava-nc is not installed. Type: neurolsm install lava"
        if not found.startswith(SUPPORTED):
            return f"lava-nc {found} is installed, and {SUPPORTED}0 is needed. Type: neurolsm install lava"
        return None

    @staticmethod
    def open(
        program: Program, *, model: str = "fused", deadline: float = 60.0, lanes: int = 64,
        run_on: str = hardware.SIMULATOR,
    ) -> LavaSimulator:  # fmt: skip
        """A simulator of ``program``.

        Args:
            program: what to run.
            model: ``fused``, one process with the whole semantics; or ``stock``, a network of Lava's own LIF, Sparse,
                DelaySparse, LearningDense and LearningSparse, for what these can express (see README.md).
            deadline: seconds, above 0, that Lava may spend without any progress before the run fails.
            lanes: samples the fused model runs at once, at least 1.
            run_on: ``simulator``; or ``loihi2`` for the stock model where Intel's extension for Lava is installed.

        Raises:
            InvalidValue: an option outside its range, or short-term plasticity.
            NotAvailable: ``loihi2`` without the extension.
            TargetRefusal: the stock model cannot express the program.
        """
        if model not in MODELS:
            refuse("LavaBackend", "model", model, f"must be among {MODELS}", 'Leave it out for "fused"')
        if isinstance(lanes, bool) or not isinstance(lanes, (int, np.integer)) or lanes < 1:
            refuse("LavaBackend", "lanes", lanes, "must be a whole number of at least 1", "Leave it out for 64")
        if not _positive(deadline):
            refuse(
                "LavaBackend",
                "deadline",
                deadline,
                "must be a finite number of seconds above 0",
                "Leave it out for 60 s",
            )
        if run_on not in hardware.PLACES:
            refuse(
                "LavaBackend",
                "run_on",
                run_on,
                f"must be among {hardware.PLACES}",
                "Leave it out for the CPU simulator",
            )
        if run_on == hardware.LOIHI2 and model != "stock":
            refuse("LavaBackend", "run_on", run_on, f"the {model} model runs on the CPU only", 'Add model="stock"')
        if model == "stock":
            stock.check_program(program)
        if program.dynamic:
            refuse(
                "Program", "short_term", program.dynamic[0].name, LavaBackend.unsupported["short_term"],
                "Use the emulator or the reference",
            )  # fmt: skip
        if run_on == hardware.LOIHI2:
            hardware.run_config(run_on)
        from neurolsm_lava.simulator import LavaSimulator  # it needs a system that forks, which missing() looks for

        return LavaSimulator(
            program, as_stock=model == "stock", deadline=float(deadline), lanes=int(lanes), run_on=run_on
        )

    @staticmethod
    def export(program: Program, inputs: Spikes, folder: str | Path, **options: Any) -> Path:
        """Write a folder that runs ``program`` with nothing but Lava and NumPy; see ``neurolsm_lava.export``."""
        from neurolsm_lava.lava_program import export

        return export(program, inputs, folder, **options)


def _positive(value: Any) -> bool:
    """A real number above 0, of Python or NumPy, that a float can hold."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, float, np.integer, np.floating)):
        return False
    try:
        return math.isfinite(value) and float(value) > 0
    except OverflowError:
        return False
