"""The public face: every name can be imported, starting is light, and what tools see is what there is."""

import ast
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import neurolsm as nl

HEAVY = ("numpy", "scipy", "numba", "sklearn", "matplotlib", "brian2", "lava", "typer", "tqdm")


@pytest.mark.parametrize("name", [name for name in nl.__all__ if name != "__version__"])
def test_every_public_name_is_there_and_documented(name):
    found = getattr(nl, name)
    assert found.__name__ == name
    assert inspect.getdoc(found)


def test_what_type_checkers_see_is_what_there_is():
    """The names under TYPE_CHECKING are those of the table, from the same modules."""
    seen = {}
    for node in ast.walk(ast.parse(Path(nl.__file__).read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("neurolsm."):
            for alias in node.names:
                assert alias.asname == alias.name
                seen[alias.name] = node.module
    assert seen == nl._HOME
    assert set(dir(nl)) == set(nl.__all__) == {"__version__", *seen}


def test_unknown_names():
    with pytest.raises(AttributeError, match=r"module 'neurolsm' has no attribute 'Lsm'"):
        _ = nl.Lsm


def loaded(code):
    """Heavy packages that are in memory after ``code`` has run in a new interpreter."""
    script = f"{code}\nimport sys\nprint(*[m for m in {HEAVY} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_importing_is_light():
    assert loaded("import neurolsm") == set()
    assert loaded("import neurolsm.conformance.plugin") == set()  # pytest loads it in every project
    assert loaded("from neurolsm import errors") == set()
    assert not loaded("from neurolsm import LSM, Column, Liquid") & {"numba", "sklearn", "matplotlib", "brian2", "lava"}
    assert not loaded("from neurolsm.execute import backend; backend.names()") & {"numba", "brian2", "lava"}


def test_errors_have_one_base_and_the_kind_that_python_expects():
    for name, kind in (("InvalidValue", ValueError), ("TargetRefusal", ValueError), ("FileRefused", ValueError),
                       ("NotAvailable", LookupError), ("BackendFailure", RuntimeError)):  # fmt: skip
        assert issubclass(getattr(nl, name), (nl.NeuroLSMError, kind))
        assert issubclass(getattr(nl, name), nl.NeuroLSMError) and issubclass(getattr(nl, name), kind)


def test_messages_are_one_line_and_short():
    import numpy as np

    from neurolsm.errors import message

    assert (
        message("LIF", "tau_mem", 0, "must be above 0 s", "Give seconds")
        == "LIF.tau_mem = 0: must be above 0 s. Give seconds"
    )
    assert message("A", "b", np.float64(0.5), "is low", "Raise it") == "A.b = 0.5: is low. Raise it"
    long = message("A", "b", np.zeros((50, 50)), "is large", "Cut it")
    assert "\n" not in long and len(long) < 130


def test_the_ten_lines_of_the_readme():
    """Describe, lower, run, compare: the whole way in a few lines."""
    lsm = nl.LSM(
        inputs=64,
        liquid=nl.Liquid(
            topology=nl.Column(shape=(5, 5, 4), wavelength=2.5, inhibitory=0.2),
            neuron=nl.LIF(tau_syn=4e-3, tau_mem=30e-3, t_refractory=2e-3),
        ),
        seed=1,
    )
    lowered = nl.lower(lsm)
    assert "lowered for loihi2" in str(lowered.report)
    inputs = nl.Spikes.from_events([([0, 1, 1, 5], [3, 3, 9, 60])] * 3, steps=40, units=64)
    with nl.open_simulator(lowered.program) as simulator:
        recording = simulator.run(inputs, trace=("v",))
    assert recording.counts(4).shape == (3, 4, 100) and recording.traces["v"].shape == (120, 100)
    assert nl.compare(lsm, inputs, ("emulator", "reference")).equal
