"""The front door: wheels into a fresh environment, and what ``neurolsm backends`` calls available really runs.

``make wheels`` does it for this Python with the versions of requirements.lock; ``make nightly`` for every Python that is found with
those that pip finds today, and with some that do not fit together.
"""

import json
import subprocess
import sys
import zipfile

import pytest
from wheels import PYTHONS, ROOT, Environment, build, found, locked

EVERYTHING = "neurolsm[brian2,c,lava,models,nir,tune,cluster]"
DEMO = """
import subprocess
import sys
import neurolsm, numpy as np, neurolsm as nl
assert "site-packages" in neurolsm.__file__, neurolsm.__file__
lsm = nl.LSM(inputs=6, liquid=nl.Liquid(topology=nl.RandomGraph(n=40, density=0.2), input=nl.RandomMap(density=0.5, weight=0.8)), seed=3)
inputs = nl.Spikes.from_dense(np.random.default_rng(0).random((3, 40, 6)) < 0.3)
found = nl.compare(lsm, inputs, backends=sys.argv[1:])
assert found.first_divergence is None and found.spikes_compared > 100, found
"""


@pytest.fixture(scope="session")
def wheels(tmp_path_factory):
    return build(tmp_path_factory.mktemp("front"))


@pytest.fixture
def environment(tmp_path, wheels):
    """``environment(python)``: a fresh one."""
    return lambda python: Environment(tmp_path, python, wheels)


def runs(place, *backends):
    """Everything that a new user tries first."""
    states = place.states()
    for name in backends:
        assert states[name.partition(":")[0]].endswith("available"), states
    place.run("python", "-c", DEMO, *backends)
    place.run("neurolsm", "run", "digits", "--samples", "60", "--splits", "1", "--json", "digits.json")
    result = json.loads((place.folder / "elsewhere" / "digits.json").read_text())
    assert result["value"] > 0.5 and result["versions"]["neurolsm"] == result["versions"]["neurolsm-models"]


def test_every_wheel_is_typed_and_whole(wheels):
    built = sorted(wheels.glob("*.whl"))
    assert [path.name.split("-")[0] for path in built] == [
        "neurolsm",
        "neurolsm_brian2",
        "neurolsm_c",
        "neurolsm_lava",
        "neurolsm_models",
    ]
    assert len({path.name.split("-")[1] for path in built}) == 1  # one version
    for path in built:
        names = zipfile.ZipFile(path).namelist()
        assert path.name.split("-")[0] != "neurolsm" or "neurolsm/cli/envelope.schema.json" in names
        package = path.name.split("-")[0]
        assert f"{package}/py.typed" in names
        assert {name.split("/")[0] for name in names if ".dist-info" not in name} == {package}
        assert not [name for name in names if "__pycache__" in name or "tests/" in name]
    assert {"neurolsm_brian2/host.h", "neurolsm_brian2/learn.h"} <= set(zipfile.ZipFile(built[1]).namelist())
    assert "neurolsm_c/host.c" in zipfile.ZipFile(built[2]).namelist()


@pytest.mark.wheels
def test_wheels_of_this_checkout_in_a_fresh_environment(environment, tmp_path):
    place = environment(sys.executable)
    place.install("neurolsm[brian2,models,lava]", "--constraint", locked(tmp_path))
    assert place.states()["lava"].endswith("lava-nc is not installed. Type: neurolsm install lava")
    runs(place, "emulator", "brian2", "reference")


@pytest.mark.nightly
@pytest.mark.parametrize("version", PYTHONS)
def test_a_new_user(environment, version):
    """All extras, resolved by pip alone; then Lava, by its command; all backends agree."""
    python = found().get(version)
    if python is None:
        pytest.skip(f"no Python {version} here")
    place = environment(python)
    place.install(EVERYTHING)
    place.run("python", "-m", "pip", "check")
    place.run("python", "-c", "import nir, h5py, optuna, distributed")
    runs(place, "emulator", "brian2", "brian2:numpy", "reference")
    assert place.states()["lava"].endswith("Type: neurolsm install lava")
    shown = place.run("neurolsm", "install", "lava", "--dry-run")
    assert "lava-nc==0.10.0" in shown and place.states()["lava"].endswith("Type: neurolsm install lava")
    assert "available" in place.run("neurolsm", "install", "lava").splitlines()[-2]
    runs(place, "emulator", "lava:fused", "lava:stock")
    said = place.run("neurolsm", "demo")
    assert "not a bit differs" in said and "Left out" not in said


@pytest.mark.nightly
def test_what_does_not_fit_is_named(environment):
    """One environment after the other is spoilt; each time one sentence names both packages and the command that mends."""
    pythons = found()
    python = pythons.get("3.11") or pythons.get("3.10")
    if python is None:
        pytest.skip("Brian2 2.9 is the newest on Python 3.10 and 3.11 alone")
    place = environment(python)
    assert "No module named" in place.run("python", "-c", "import neurolsm", code=1)
    place.install("neurolsm")
    states = place.states()
    assert states["brian2"] == "backend 'brian2' is not installed. Type: pip install \"neurolsm[brian2]\""
    assert states["lava"] == "backend 'lava' is not installed. Type: neurolsm install lava"
    assert 'Type: pip install "neurolsm[models]"' in place.run("neurolsm", "models")
    place.install("neurolsm[brian2,lava]")
    if "2.9" in place.run("python", "-c", "import brian2; print(brian2.__version__)"):
        place.pip("--no-deps", "numpy==2.4.0")
        said = place.states()["brian2"]
        assert 'needs numpy<2.4, and numpy 2.4.0 is installed. Type: pip install "numpy<2.4"' in said
        assert place.run("python", "-c", "import neurolsm as nl; nl.open_simulator(None, 'brian2')", code=1).endswith(
            said.split("  ")[-1] + "\n"
        )
        place.pip("numpy<2.4")
    assert place.states()["brian2"].endswith("available")
    place.pip("--no-deps", "--ignore-requires-python", "lava-nc==0.9.0")
    assert "lava-nc 0.9.0 is installed, and 0.10.0 is needed. Type: neurolsm install lava" in place.states()["lava"]
    place.run("neurolsm", "install", "lava")
    assert place.states()["lava"].endswith("available")
    place.pip("numba==0.63.1", "numpy<2.4")
    place.pip("--no-deps", "numpy==2.4.0")
    assert "numba 0.63.1 needs numpy<2.4" in place.states()["emulator"]
    place.run("python", "-m", "pip", "uninstall", "-q", "-y", "numba")
    states = place.states()
    assert "needs numba>=0.63, which is not installed" in states["emulator"] and "brian2" in states
    place.run("python", "-m", "pip", "uninstall", "-q", "-y", "pip")
    assert "has no pip. Type: " in place.run("neurolsm", "install", "lava", code=2)


@pytest.mark.parametrize("version", ["3.9", "2.7", "3.15"])
def test_setup_refuses_other_pythons_in_one_sentence(tmp_path, version):
    """A Python that says it is another version; nothing is made."""
    python = tmp_path / "python"
    code = f"import sys; sys.version_info = ({version.replace('.', ', ')}, 0); exec(sys.argv[2])"
    python.write_text(f'#!/bin/sh\nexec {sys.executable} -c "{code}" "$@"\n')
    python.chmod(0o755)
    made = subprocess.run(
        ["make", "-C", ROOT, "setup", f"PYTHON={python}", f"VENV={tmp_path / 'venv'}"], capture_output=True, text=True
    )
    assert made.returncode == 2 and not (tmp_path / "venv").exists()
    assert made.stderr.startswith(
        f"neurolsm needs Python 3.10 to 3.14, {python} is {version}: set PYTHON=python3.12, for example\n"
    )
