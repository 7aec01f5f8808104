"""Tables passed by their address, and functions whose code goes into that of their callers."""

import os
import subprocess
import sys
import textwrap
from typing import NamedTuple

import numba as nb
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from neurolsm.emulator.packed import Packed


class Some(NamedTuple):
    flat: NDArray[np.int16]
    square: NDArray[np.float64]
    cube: NDArray[np.bool_]


@nb.njit
def weighed(packed):
    """A sum in which every place of every array counts differently; afterwards all numbers are one more."""
    total, place = 0.0, 1
    for k in range(len(packed)):
        table = packed[k]
        for i in range(table.flat.size):
            total += place * table.flat[i]
            place += 1
            table.flat[i] += 1
        for i in range(table.square.shape[0]):
            for j in range(table.square.shape[1]):
                total += place * table.square[i, j]
                place += 1
        for i in range(table.cube.shape[0]):
            for j in range(table.cube.shape[1]):
                for m in range(table.cube[i, j].size):
                    total += place * table.cube[i, j, m]
                    place += 1
    return total


def some(shape):
    """A table with arrays of three kinds, whole numbers small enough for exact sums."""
    size, rows, columns = shape
    return st.builds(
        Some,
        hnp.arrays(np.int16, size, elements=st.integers(-100, 100)),
        hnp.arrays(np.float64, (rows, columns), elements=st.integers(-100, 100)),
        hnp.arrays(np.bool_, (columns, rows, size)),
    )


shapes = st.tuples(*[st.integers(0, 4)] * 3)


@given(st.lists(shapes.flatmap(some), min_size=1, max_size=3))
def test_a_kernel_reads_and_writes_the_arrays_of_any_number_of_tables(tables):
    numbers = np.concatenate([array.ravel().astype(float) for table in tables for array in table])
    before = [table.flat.copy() for table in tables]
    assert weighed(Packed(tables)) == (np.arange(1, numbers.size + 1) * numbers).sum()
    for table, old in zip(tables, before, strict=True):
        assert (table.flat == old + 1).all()
    assert len(weighed.signatures) == 1  # for all numbers of tables and all shapes


def test_tables_of_other_types_or_with_gaps_are_refused():
    table = Some(np.zeros(4, np.int16), np.zeros((2, 2)), np.zeros((1, 1, 1), bool))
    for other in (table._replace(flat=np.zeros(4, np.int32)), table._replace(flat=np.zeros(8, np.int16)[::2])):
        with pytest.raises(AssertionError):
            Packed([table, other])


PARTS = """
from neurolsm.compiled import compiled
from neurolsm.emulator.update import FLAGS, INNER

@compiled(**INNER)
def last(x, factor):
    for i in range(x.size):
        x[i] = factor * x[i] + 1

@compiled(**INNER)
def middle(x):
    last(x, 3)
    last(x, 5)
    return x.sum()

@compiled(**FLAGS)
def first(x):
    return middle(x)

@compiled(**FLAGS)
def second(x):
    return middle(x) + 1
"""


def test_parts_are_kept_for_callers_of_other_processes(tmp_path):
    package = tmp_path / "parts"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "kernels.py").write_text(textwrap.dedent(PARTS))
    environment = os.environ | {
        "NUMBA_CACHE_DIR": str(tmp_path / "cache"), "PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path]),
    }  # fmt: skip

    def said(kernel):
        code = f"""
        import numpy as np
        from parts import kernels
        x = np.arange(4)
        print(kernels.{kernel}(x), x.tolist(), sum(kernels.middle.stats.cache_hits.values()))
        """
        ran = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(code)], env=environment, capture_output=True, text=True, check=True
        )
        return ran.stdout.strip()

    values = [15 * k + 6 for k in range(4)]
    assert said("first") == f"{sum(values)} {values} 0"
    assert said("first") == f"{sum(values)} {values} 0"  # whole, from the cache
    assert said("second") == f"{sum(values) + 1} {values} 1"
    kept = [path.name.partition("-")[0] for path in (tmp_path / "cache").rglob("kernels.*")]
    assert set(kept) == {"kernels.first", "kernels.last", "kernels.middle", "kernels.second"}
    assert kept.count("kernels.middle") == 1
