"""Fits on the host: how many threads their products of matrices take.

A library of linear algebra shares each product between all cores. Where a product is small, the threads wait for one another longer than
they work: a logistic regression on 1,437 images of 64 pixels took 5 s on two threads and 0.2 s on one. Sums are also rounded in
another order for every number of threads, so that a small fit would have other digits on a machine with more cores.
"""

from __future__ import annotations

import contextlib
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

SMALL = 10_000_000  # numbers: a fit of so many is not faster on two threads


def fit_on_host(estimator: Any, x: Any, y: Any) -> Any:
    """``estimator.fit(x, y)``, on one thread where ``x`` is small."""
    with threadpool_limits(1, user_api="blas") if _numbers(x) <= SMALL else contextlib.nullcontext():
        return estimator.fit(x, y)


def _numbers(x: Any) -> int:
    if isinstance(x, (list, tuple)):
        return sum(map(_numbers, x))
    return int(x.size) if hasattr(x, "size") else int(np.size(x))
