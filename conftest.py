"""Shared by the tests of every package."""

import sys

import pytest

from neurolsm.cli import main


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
