"""Plant each fault of ``faults.py`` in a copy of the tree, alone, and see which tests notice.

python tests/mutation/plant.py [--only WORD] [--workers N] [--json FILE]     prints the table of docs/concepts/conformance.md
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

if __package__ in (None, ""):
    sys.path.insert(0, str(Path(__file__).parents[1]))
from mutation.faults import FAULTS, Fault

ROOT = Path(__file__).parents[2]
COPIED = ("neurolsm", "backends", "tests", "conftest.py", "pyproject.toml")
# The tests that look at a kernel, those that notice most first.
TESTS = {
    "neurolsm": ["tests/test_streams.py", "tests/test_learn_corners.py", "tests/test_tagged.py", "tests/test_eligibility.py", "tests/test_learn_agreement.py::test_random_lives_agree", "tests/test_rows.py", "tests/test_spans.py", "tests/test_pairs.py",
                 "tests/test_learn_agreement.py", "tests/test_emulator.py", "tests/test_divided.py", "tests/test_short_term.py", "neurolsm/conformance/suite", "--neurolsm-backend=emulator"],
    "lava": ["backends/lava/tests/test_lava_learning.py", "backends/lava/tests/test_lava_learner.py",
             "neurolsm/conformance/suite", "--neurolsm-backend=lava:fused"],
    "brian2": ["backends/brian2/tests/test_brian2_learning.py", "neurolsm/conformance/suite", "--neurolsm-backend=brian2:numpy"],
}  # fmt: skip
LIMIT = 3600.0  # seconds for one run of the tests


def copied(folder: Path) -> None:
    """A copy of the tree in ``folder``."""
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, folder / name)


def text_of(fault: Fault) -> str:
    """The file in which the fault is to be planted."""
    return (ROOT / fault.file).read_text(encoding="utf-8")


def planted(fault: Fault, folder: Path) -> None:
    """A copy of the tree in ``folder``, with the fault."""
    copied(folder)
    text = text_of(fault)
    if text.count(fault.old) != 1:
        raise SystemExit(f"{fault.what}: {fault.file} has {text.count(fault.old)} times {fault.old!r}, not once")
    (folder / fault.file).write_text(text.replace(fault.old, fault.new), encoding="utf-8")


def part_of(fault: Fault) -> str:
    """The package whose tests look at the fault."""
    if fault.what.startswith("Brian2: "):  # what it shares with C lies in the core
        return "brian2"
    return fault.file.split("/")[1] if fault.file.startswith("backends/") else "neurolsm"


def noticed(part: str, folder: Path, nightly: bool) -> bool:
    """Whether the quick or the nightly tests of a package fail in the copy."""
    path = [folder, folder / "backends/brian2", folder / "backends/lava"]
    environment = {
        **os.environ, "PYTHONPATH": os.pathsep.join(map(str, path)), "NUMBA_CACHE_DIR": str(folder / "cache"),
        "NUMBA_OPT": "0",  # quick to compile; integers do not depend on it
    }  # fmt: skip
    chosen = "nightly" if nightly else "not nightly and not mutation"
    options = ["-x", "-q", "-n", "0", "-p", "no:cacheprovider", "-m", chosen]
    command = [sys.executable, "-m", "pytest", *options, *TESTS[part]]
    try:
        run = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=LIMIT)
    except subprocess.TimeoutExpired:
        return True  # the tests that pass here take a fraction of this
    if run.returncode not in (0, 1) and run.returncode > 0:
        raise SystemExit(f"{part}: the tests could not run:\n{run.stdout[-2000:]}{run.stderr[-2000:]}")
    return run.returncode != 0  # below 0: the interpreter crashed


def caught_by(fault: Fault) -> str:
    """``quick``, ``nightly`` or ``nobody``."""
    with tempfile.TemporaryDirectory() as folder:
        planted(fault, Path(folder))
        for name, nightly in (("quick", False), ("nightly", True)):
            if noticed(part_of(fault), Path(folder), nightly):
                return name
    return "nobody"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", help="faults whose file or description contains this")
    parser.add_argument("--workers", type=int, default=1, help="faults at a time")
    parser.add_argument("--json", type=Path, help="write what was found to this file")
    options = parser.parse_args()
    found = []
    chosen = [fault for fault in FAULTS if options.only in fault.file + " " + fault.what]
    for part in sorted({part_of(fault) for fault in chosen}):
        with tempfile.TemporaryDirectory() as folder:
            copied(Path(folder))
            if noticed(part, Path(folder), nightly=False):
                raise SystemExit(f"{part}: the tests fail without a fault")
    with ThreadPoolExecutor(options.workers) as pool:
        for fault, caught in zip(chosen, pool.map(caught_by, chosen), strict=True):
            found.append({"what": fault.what, "file": fault.file, "caught": caught})
            print(f"| {fault.what} | `{Path(fault.file).name}` | {caught} |", flush=True)
            if options.json:
                options.json.write_text(json.dumps(found, indent=1), encoding="utf-8")
    total = len(found)
    quick, nightly = (sum(entry["caught"] in kinds for entry in found) for kinds in (("quick",), ("quick", "nightly")))
    print(f"{quick} of {total} by the quick tests, {nightly} of {total} by those and the nightly ones")


if __name__ == "__main__":
    main()
