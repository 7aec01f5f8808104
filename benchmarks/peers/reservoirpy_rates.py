"""ReservoirPy: a rate reservoir (tanh units, sparse matrices) with the connections of the workload; it has no spikes."""

from __future__ import annotations

from importlib.metadata import version
from types import SimpleNamespace

import numpy as np
import serve
from reservoirpy.nodes import Reservoir
from scipy import sparse


def prepare(work: SimpleNamespace, threads: int) -> tuple[int, serve.Batch]:
    samples, n = min(16, int(work.samples)), int(work.n)
    recurrent = sparse.csr_array(serve.matrix(work, "rec").T.astype(float))
    recurrent *= 0.9 / abs(sparse.linalg.eigs(recurrent, k=1, return_eigenvectors=False)[0])
    feed = sparse.csr_array(serve.matrix(work, "in").T.astype(float) / 256)
    reservoir = Reservoir(units=n, W=recurrent, Win=feed, bias=np.zeros(n), lr=0.3)
    x = list(serve.dense(work, samples).astype(float))
    reservoir.run(x[0])  # only then is there a state to reset

    def batch() -> None:
        for sequence in x:
            reservoir.reset()
            reservoir.run(sequence)

    return samples, batch


if __name__ == "__main__":
    serve.serve(prepare, version=version("reservoirpy"))
