"""Which versions of what take part in a result."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version

PACKAGES = (
    "neurolsm", "neurolsm-models", "neurolsm-brian2", "neurolsm-c", "neurolsm-lava", "numpy", "scipy", "scikit-learn", "numba", "brian2",
    "lava-nc",
)  # fmt: skip


def versions() -> dict[str, str]:
    """Python and every package that is installed of those that may take part."""
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
