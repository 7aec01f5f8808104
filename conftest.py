"""Shared by the tests of every package."""

import contextlib
import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from neurolsm.cli import main

WEEK = 7 * 24 * 3600


def pytest_collection_modifyitems(items):
    """Notebooks begin first: each is one long test, and where one begins last, the other worker has nothing left to do."""
    items.sort(key=lambda item: item.path.suffix != ".ipynb")


@pytest.fixture(scope="session", autouse=True)
def builds(request, tmp_path_factory):
    """Simulations that tests build are kept in pytest's cache, never in the user's, for the other worker and the next run.

    A build's name tells what it was made of, but for the compiler and the packages: with others, or in another week, all begins anew.
    """
    kept = getattr(request.config, "cache", None)  # there is none with -p no:cacheprovider
    folder = kept.mkdir(f"builds-{_made_with()}") if kept else tmp_path_factory.mktemp("builds")
    for old in folder.parent.glob("builds-*") if kept else ():
        with contextlib.suppress(OSError):  # the other worker removes it, too
            if old.stat().st_mtime < time.time() - 2 * WEEK:
                shutil.rmtree(old)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NEUROLSM_CACHE", str(folder))
        yield folder


def _made_with():
    digest = hashlib.sha256((Path(__file__).parent / "requirements.lock").read_bytes() + sys.version.encode())
    digest.update(str(int(time.time() / WEEK)).encode())
    for compiler in (os.environ.get("CXX", "g++"), os.environ.get("CC", "gcc")):
        if shutil.which(compiler):
            digest.update(subprocess.run([compiler, "--version"], capture_output=True, check=False).stdout)
    return digest.hexdigest()[:16]


@pytest.fixture
def call(monkeypatch, capsys):
    """``call("run", "tiny")``: exit code, stdout, stderr of ``neurolsm run tiny``."""

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["neurolsm", *map(str, arguments)])
        code = 0
        try:
            main()
        except SystemExit as end:
            code = end.code or 0
        return code, *capsys.readouterr()

    return run
