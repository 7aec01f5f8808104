"""Connections given one by one, as a sparse matrix."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from neurolsm.arrays import real, take
from neurolsm.describe.graph import Graph
from neurolsm.errors import refuse

REMEDY = "Rows are sources, columns are targets"


class Explicit:
    """Exactly the synapses of a matrix.

    Args:
        matrix: sparse or dense [n, n]; entry [i, j] is the signed weight of the synapse from i to j, in thresholds. A
            row must not mix signs (Dale's law). Neurons without a negative weight count as excitatory.
        position: coordinates [n, dimensions], only needed for delays by distance.
        delay: sparse or dense [n, n]; entry [i, j] is the delay of the synapse from i to j, seconds, at least 0. Without it the
            ``delays`` of the liquid hold.

    Raises:
        InvalidValue: not square, not finite, a row with both signs, or a negative delay.

    Example:
        >>> import neurolsm as nl
        >>> pair = nl.Explicit([[0.0, 0.5], [-0.3, 0.0]])  # neuron 0 excites neuron 1, which inhibits it
        >>> pair.n, pair.expected_synapses
        (2, 2)
        >>> nl.Explicit([[0.5, -0.3], [0.0, 0.0]])
        Traceback (most recent call last):
            ...
        neurolsm.errors.InvalidValue: Explicit.matrix[0] = 'both signs': a neuron sends weights of one sign only ...
    """

    def __init__(self, matrix: Any, position: Any = None, delay: Any = None) -> None:
        coo = _coo("matrix", matrix)
        if coo.ndim != 2 or coo.shape[0] != coo.shape[1] or coo.shape[0] == 0:
            refuse("Explicit", "matrix", coo.shape, "must be square, [n, n]", "Rows are sources, columns are targets")
        coo.sum_duplicates()
        if not np.isfinite(coo.data).all():
            refuse("Explicit", "matrix", "NaN or infinity", "must be finite", "Remove those entries")
        self.n = int(coo.shape[0])
        keep = coo.data != 0
        order = np.lexsort((coo.col[keep], coo.row[keep]))
        self._pre = coo.row[keep][order].astype(np.int32)
        self._post = coo.col[keep][order].astype(np.int32)
        self._weight = coo.data[keep][order].astype(np.float64)
        self._inhibitory = np.zeros(self.n, bool)
        self._inhibitory[self._pre[self._weight < 0]] = True
        mixed = np.flatnonzero(self._inhibitory & np.isin(np.arange(self.n), self._pre[self._weight > 0]))
        if mixed.size:
            refuse(
                "Explicit",
                f"matrix[{mixed[0]}]",
                "both signs",
                "a neuron sends weights of one sign only (Dale's law)",
                "Split the neuron into an excitatory and an inhibitory one",
            )
        self._delay = None if delay is None else self._delays(delay)
        remedy = "Give one row per neuron"
        self._position = None if position is None else real("Explicit", "position", position, remedy).copy()
        if self._position is not None and (self._position.ndim != 2 or len(self._position) != self.n):
            refuse(
                "Explicit",
                "position",
                self._position.shape,
                f"must be [{self.n}, dimensions]",
                "Give one row per neuron",
            )

    @property
    def matrix(self) -> Any:
        """The synapses, sparse [n, n]."""
        return sp.coo_array((self._weight, (self._pre, self._post)), (self.n, self.n))

    @property
    def delay(self) -> Any:
        """Delays of the synapses, sparse [n, n], if any were given."""
        return None if self._delay is None else sp.coo_array((self._delay, (self._pre, self._post)), (self.n, self.n))

    @property
    def position(self) -> NDArray[np.float64] | None:
        """Coordinates [n, dimensions], if any were given."""
        return self._position

    @property
    def expected_synapses(self) -> float:
        return self._weight.size

    def draw(self, rng: np.random.Generator) -> Graph:
        return Graph(self._inhibitory, self._pre, self._post, self._weight, self._position, self._delay)

    def _delays(self, delay: Any) -> NDArray[np.float64]:
        """The entries of a matrix of delays at the synapses."""
        coo = _coo("delay", delay)
        if coo.shape != (self.n, self.n):
            refuse("Explicit", "delay", coo.shape, f"must be [{self.n}, {self.n}], as the matrix", REMEDY)
        if not np.isfinite(coo.data).all() or (coo.data < 0).any():
            refuse("Explicit", "delay", "negative, NaN or infinite", "must be finite, at least 0 s", "Give seconds")
        return np.asarray(sp.csr_array(coo)[self._pre, self._post], np.float64).ravel()

    def _key(self) -> tuple[Any, ...]:
        arrays = (self._pre, self._post, self._weight, self._position, self._delay)
        return tuple(None if array is None else (array.shape, array.tobytes()) for array in arrays)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Explicit) and self.n == other.n and self._key() == other._key()

    def __hash__(self) -> int:
        return hash((self.n, self._key()))

    def __repr__(self) -> str:
        return f"Explicit({self.n} neurons, {self._weight.size} synapses)"


def _coo(field: str, matrix: Any) -> Any:
    """The matrix in double precision, before anything is added: sums of narrow integers would overflow."""
    if not sp.issparse(matrix):
        matrix = take("Explicit", field, matrix, REMEDY)
        if matrix.dtype.kind in "USO":
            refuse("Explicit", field, matrix, "must be a sparse or dense matrix [n, n]", REMEDY)
    if matrix.dtype.kind not in "biuf":
        refuse("Explicit", field, str(matrix.dtype), "must be real numbers", "Convert it with astype(float)")
    try:
        with np.errstate(over="ignore"):  # longer floats may hold more; that is infinity here, and refused
            return sp.coo_array(matrix, dtype=np.float64)
    except (TypeError, ValueError):
        refuse("Explicit", field, matrix, "must be a sparse or dense matrix [n, n]", REMEDY)
