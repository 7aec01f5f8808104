"""Lava backend of neurolsm: a fused process for the CPU simulator, stock processes for the chip."""

from typing import Any

from neurolsm_lava.backend import LavaBackend

__all__ = ["LavaBackend", "export"]


def __getattr__(name: str) -> Any:
    if name == "export":
        from neurolsm_lava.lava_program import export

        return export
    raise AttributeError(f"module 'neurolsm_lava' has no attribute {name!r}")
