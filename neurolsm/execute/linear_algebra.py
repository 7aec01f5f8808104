"""Fits on the host: how many threads their products of matrices take.

A library of linear algebra shares each product between all cores. Where a product is small, the threads wait for one another longer than
they work: three logistic regressions on 1,437 images of 64 pixels took 5 s on two threads and 0.2 s on one. Sums are also rounded in
another order for every number of threads, so that a small fit would have other digits on a machine with more cores.
"""

from __future__ import annotations

import contextlib
import math
from typing import Any

from threadpoolctl import threadpool_limits

SMALL = 10_000_000  # numbers: no logistic regression of so many is faster on two threads; a ridge regression of 4 million takes 0.6 to 0.7 of the time


def fit_on_host(estimator: Any, x: Any, y: Any) -> Any:
    """``estimator.fit(x, y)``, on one thread where ``x`` is small."""
    with threadpool_limits(1, user_api="blas") if _numbers(x) <= SMALL else contextlib.nullcontext():
        return estimator.fit(x, y)


def _numbers(x: Any) -> int:
    return sum(map(_numbers, x)) if isinstance(x, (list, tuple)) else math.prod(getattr(x, "shape", ()))
