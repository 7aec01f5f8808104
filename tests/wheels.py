"""The wheels of this project, built, and environments that hold nothing but what pip brings for them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
SOURCES = (ROOT, ROOT / "backends" / "brian2", ROOT / "backends" / "c", ROOT / "backends" / "lava", ROOT / "models")
PYTHONS = ("3.10", "3.11", "3.12", "3.13", "3.14")


def build(folder: Path) -> Path:
    """All four, with the hatchling of this environment: nothing is fetched."""
    pip = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", folder / "wheels"]
    said = subprocess.run([*pip, *SOURCES], capture_output=True, text=True)
    assert said.returncode == 0, said.stderr
    return folder / "wheels"


def locked(folder: Path) -> Path:
    """The versions of requirements.lock, as constraints."""
    lines = re.findall(r"^(\S+==[^\\\n]+)", (ROOT / "requirements.lock").read_text(), re.MULTILINE)
    path = folder / "constraints.txt"
    path.write_text("\n".join(line for line in lines if not line.startswith("lava-nc")) + "\n")
    return path


def found() -> dict[str, str]:
    """Every Python of this machine that can make environments, by version, the one that runs this among them."""
    there = {f"{sys.version_info[0]}.{sys.version_info[1]}": sys.executable}
    for version in PYTHONS:
        kept = sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin/python{version}"))
        for python in [*map(str, reversed(kept)), shutil.which(f"python{version}")]:
            if python and subprocess.run([python, "-c", "import venv, ensurepip"], capture_output=True).returncode == 0:
                there.setdefault(version, python)
    return there


class Environment:
    """A fresh one. What runs in it sees no checkout: another working folder, no PYTHONPATH, own caches."""

    def __init__(self, folder: Path, python: str, wheels: Path) -> None:
        self.folder, self.wheels = folder, wheels
        subprocess.run([python, "-m", "venv", folder / "venv"], check=True)
        self.bin = folder / "venv" / "bin"
        (folder / "elsewhere").mkdir()

    def run(self, *command: str | Path, code: int = 0) -> str:
        """What a command says, both streams; it must end with that exit code."""
        drop = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")
        env = {name: value for name, value in os.environ.items() if name not in drop}
        env |= {
            "PATH": f"{self.bin}:{env['PATH']}", "NEUROLSM_CACHE": str(self.folder / "builds"), "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        }  # fmt: skip
        done = subprocess.run(
            [self.bin / command[0], *command[1:]], text=True, env=env, cwd=self.folder / "elsewhere", timeout=1800,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        assert done.returncode == code, f"{' '.join(map(str, command))}: exit code {done.returncode}\n{done.stdout}"
        return done.stdout

    def pip(self, *arguments: str | Path) -> str:
        return self.run("python", "-m", "pip", "install", "-q", *arguments)

    def install(self, what: str, *arguments: str | Path) -> str:
        """``install("neurolsm[lava]")``, as users do once an index has it."""
        return self.pip("--find-links", self.wheels, what, *arguments)

    def states(self) -> dict[str, str]:
        """What ``neurolsm backends`` says of each."""
        rows = [line.split(maxsplit=1) for line in self.run("neurolsm", "backends").splitlines()[1:]]
        return {name: said for name, said in rows}
