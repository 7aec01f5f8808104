"""The plain C++ kernels of this folder, each compiled once a process."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
import tempfile
from functools import lru_cache
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

COMPILE = ("g++", "-O3", "-march=native", "-fopenmp", "-shared", "-fPIC")


def available() -> bool:
    return shutil.which(COMPILE[0]) is not None


@lru_cache
def library(name: str) -> Any:
    """``name.cpp``, compiled and loaded."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{name}.so"
        subprocess.run([*COMPILE, "-o", path, Path(__file__).with_name(f"{name}.cpp")], check=True)
        return ctypes.CDLL(str(path))


def pointer(array: NDArray[Any]) -> ctypes.c_void_p:
    return array.ctypes.data_as(ctypes.c_void_p)
