"""The pytest plugin that core ships: options with which any backend, of this tree or not, proves itself.

    pytest --neurolsm-backend NAME --pyargs neurolsm.conformance.suite

pytest loads this module in every project of the environment, so it imports nothing but pytest.
"""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("neurolsm", "conformance of neurolsm backends")
    group.addoption(
        "--neurolsm-backend",
        action="append",
        default=[],
        metavar="NAME[:VARIANT]",
        help="backend to put through the conformance suite; repeat for several (default: all that are installed)",
    )
    group.addoption(
        "--neurolsm-cases",
        type=_count,
        default=3,
        metavar="N",
        help="random programs a backend must run in the conformance suite (default: 3)",
    )


def pytest_configure(config: pytest.Config) -> None:
    # Known even where pytest-xdist is not installed: all tests of one backend stay in one worker.
    config.addinivalue_line("markers", "xdist_group(name): run the tests of one group in the same worker")
    config.addinivalue_line("markers", "nightly: long runs")


def _count(text: str) -> int:
    count = int(text)
    if count < 1:
        raise ValueError
    return count


pytest.register_assert_rewrite("neurolsm.conformance.suite")
