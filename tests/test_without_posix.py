"""Emulator, Brian2's NumPy target and the command line need nothing that only POSIX has, as far as Linux can tell."""

import json
import os
import subprocess
import sys
from pathlib import Path


def test_without_what_windows_lacks(tmp_path):
    script = Path(__file__).with_name("without_posix.py")
    run = subprocess.run(
        [sys.executable, script, tmp_path], capture_output=True, text=True, timeout=600, cwd=tmp_path,
        env={**os.environ, "NEUROLSM_CACHE": str(tmp_path / "cache")},
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    assert (
        json.loads((tmp_path / "digits.json").read_text())["value"] > 0.5 and (tmp_path / "program.lsm").stat().st_size
    )
