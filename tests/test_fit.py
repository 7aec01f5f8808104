"""Packages that do not belong together are named, with what to install; ``neurolsm backends`` always answers."""

import subprocess
import sys
from types import SimpleNamespace

import pytest

from neurolsm.errors import NotAvailable
from neurolsm.execute import backend, fit
from neurolsm.tasks import model


@pytest.fixture
def install(monkeypatch, tmp_path):
    """``install("numpy", "2.4.1", *what it needs)`` puts a package's metadata before those that are really there."""
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(fit, "_fits", set())

    def add(name, number, *needs):
        info = tmp_path / f"{name.replace('-', '_')}-{number}.dist-info"
        info.mkdir()
        lines = [
            "Metadata-Version: 2.1",
            f"Name: {name}",
            f"Version: {number}",
            *(f"Requires-Dist: {n}" for n in needs),
        ]
        (info / "METADATA").write_text("\n".join(lines) + "\n")

    return add


def test_brian2_with_a_newer_numpy(install):
    install("neurolsm", "0.2.0")
    install("neurolsm-brian2", "0.2.0", "neurolsm<0.3,>=0.2", f"numpy<2.4; python_version >= '{sys.version_info[0]}.0'")
    install("numpy", "2.4.1")
    assert fit.misfit("neurolsm-brian2") == (
        'neurolsm-brian2 0.2.0 needs numpy<2.4, and numpy 2.4.1 is installed. Type: pip install "numpy<2.4"'
    )


@pytest.mark.parametrize(
    "need",
    [
        "numpy<2.4; python_version < '3'",
        "numpy<2.4; extra == 'old'",
        "numpy>=2.4",
        "numpy",
        "not a requirement !",
        "numpy>=2.4.1.dev0",
    ],
)
def test_what_does_not_concern_this_place(install, need):
    install("tool", "1", need)
    install("numpy", "2.4.1")
    assert fit.misfit("tool") is None


def test_a_version_that_is_coming_is_enough(install):
    install("tool", "1", "numba>=0.61")
    install("numba", "0.70.0rc1")
    assert fit.misfit("tool") is None


def test_numba_too_old_and_nothing_at_all(install):
    install("neurolsm", "0.2.0", "numba>=0.61", "no-such-thing>=1")
    install("numba", "0.59.1")
    assert fit.misfit("neurolsm") == (
        'neurolsm 0.2.0 needs numba>=0.61, and numba 0.59.1 is installed. Type: pip install "numba>=0.61"'
    )
    install("tool", "2", "no-such-thing>=1")
    assert fit.misfit("tool") == (
        'tool 2 needs no-such-thing>=1, which is not installed. Type: pip install "no-such-thing>=1"'
    )


@pytest.mark.parametrize(
    "core, part, remedy",
    [
        ("0.2.0", "0.1.0", "neurolsm-brian2==0.2.0"),
        ("0.1.0", "0.2.0.dev0", "neurolsm==0.2.0.dev0"),
        ("1.2.0", "0.2.0", "neurolsm-brian2==1.2.0"),
    ],
)
def test_two_versions_of_one_project(install, core, part, remedy):
    install("neurolsm", core)
    install("neurolsm-brian2", part)
    said = f'neurolsm-brian2 {part} and neurolsm {core} do not belong together. Type: pip install "{remedy}"'
    assert fit.misfit("neurolsm-brian2") == fit.misfit("neurolsm_brian2") == said


def test_corrections_of_one_version_belong_together(install):
    install("neurolsm", "0.2.7")
    install("neurolsm-brian2", "0.2.0.dev0")
    assert fit.misfit("neurolsm-brian2") is None


def test_the_cause_may_lie_further_down(install):
    install("tool", "1", "numba>=0.61")
    install("numba", "0.61.0", "tool>=1", "numpy<2.2,>=1.24")  # a circle, too
    install("numpy", "2.5.0")
    assert fit.misfit("tool") is None
    assert fit.cause("tool") == (
        'numba 0.61.0 needs numpy<2.2,>=1.24, and numpy 2.5.0 is installed. Type: pip install "numpy<2.2,>=1.24"'
    )


def test_nothing_is_said_of_what_is_not_there(install, tmp_path):
    assert fit.misfit("no-such-thing") is fit.cause("no-such-thing") is None
    install("neurolsm", "0.2.0")
    (tmp_path / "torn-1.dist-info").mkdir()  # what is left of a broken installation
    assert fit.installed("torn") is None and fit.misfit("torn") is None


def test_this_environment_fits():
    assert [fit.cause(name) for name in (fit.CORE, "neurolsm-brian2", "neurolsm-models")] == [None] * 3


# ---------------------------------------------------------------------- plugins that fail


def ends():
    raise SystemExit("no licence")


def broken():
    return 1 / 0


FAULTS = {
    "ends": (ends, "SystemExit: no licence"),
    "divides": (broken, "ZeroDivisionError: division by zero"),
    "is no backend": (lambda: 3, "TypeError: 'int' object is not callable"),
    "says nothing": (lambda: object, "AttributeError: 'object' object has no attribute 'missing'"),
    "cannot say": (lambda: type("Odd", (), {"missing": lambda self: {}["key"]}), "KeyError: 'key'"),
    "is written wrongly": (lambda: exec("def"), "SyntaxError: "),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_backend_that_cannot_be_loaded_is_named_and_the_others_are_listed(monkeypatch, call, fault):
    load, said = FAULTS[fault]
    points = {**backend._points(), "odd": SimpleNamespace(load=load, dist=SimpleNamespace(name="odd-things"))}
    monkeypatch.setattr(backend, "_points", lambda: points)
    with pytest.raises(NotAvailable) as refused:
        backend.get("odd")
    told = str(refused.value)
    assert told.startswith("backend 'odd' cannot be imported (") and said in told and "\n" not in told
    assert told.endswith("Install odd-things again with what it needs, or remove it")
    code, out, err = call("backends")
    assert code == 0 and err == "" and told in out and "emulator" in out and "reference" in out


@pytest.mark.parametrize("fault", ["ends", "divides", "is written wrongly"])
def test_a_model_that_cannot_be_loaded_is_named_and_the_others_are_listed(monkeypatch, call, fault):
    load, said = FAULTS[fault]
    points = {**model._points(), "odd": SimpleNamespace(load=load)}
    monkeypatch.setattr(model, "_points", lambda: points)
    code, out, err = call("models")
    assert code == 0 and err == "" and "model 'odd' cannot be imported (" in out and said in out
    assert "digits" in out
    code, out, err = call("run", "odd")
    assert code == 2 and said in err and out == ""


def test_the_cause_of_a_failed_import_is_told(install, monkeypatch):
    install("odd-things", "1", "numba>=0.61")
    install("numba", "0.61.0", "numpy<2.2")
    install("numpy", "2.5.0")
    point = SimpleNamespace(load=broken, dist=SimpleNamespace(name="odd-things"))
    monkeypatch.setattr(backend, "_points", lambda: {"odd": point})
    with pytest.raises(
        NotAvailable, match=r"division by zero\)\. numba 0\.61\.0 needs numpy<2\.2, and numpy 2\.5\.0 is"
    ):
        backend.get("odd")


def test_what_does_not_fit_is_not_even_imported(install, monkeypatch):
    install("odd-things", "1", "numpy<2")
    install("numpy", "2.5.0")
    point = SimpleNamespace(load=lambda: pytest.fail("was imported"), dist=SimpleNamespace(name="odd-things"))
    monkeypatch.setattr(backend, "_points", lambda: {"odd": point})
    with pytest.raises(NotAvailable, match=r"'odd' cannot run here: odd-things 1 needs numpy<2, and numpy 2\.5\.0"):
        backend.get("odd")


# ---------------------------------------------------------------------- the command line itself


@pytest.mark.parametrize(
    "gone, said",
    [
        ("typer", 'needs typer>=0.15, which is not installed. Type: pip install "typer>=0.15"'),
        ("numpy", 'needs numpy>=2.0, which is not installed. Type: pip install "numpy>=2.0"'),
        ("packaging", "needs packaging, which is not installed. Type: pip install packaging"),
    ],
)
def test_a_command_without_what_it_needs_is_one_sentence(gone, said):
    """As after ``pip uninstall``: neither the package nor its metadata are there."""
    code = f"""
import importlib.metadata as m, sys
sys.modules[{gone!r}] = None
there, needs = m.version, m.requires
def version(name):
    if name == {gone!r}:
        raise m.PackageNotFoundError(name)
    return there(name)
m.version = version
m.requires = lambda name: ["typer>=0.15", "numpy>=2.0", "packaging"] if name == "neurolsm" else needs(name)
sys.argv = ["neurolsm", "backends"]
from neurolsm.cli import main
main()
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 2 and done.stdout == "" and done.stderr.count("\n") == 1
    assert done.stderr.startswith("neurolsm: neurolsm ") and said in done.stderr


def test_an_import_that_fails_for_another_reason_is_shown_whole():
    code = "import sys; sys.modules['neurolsm.cli.app'] = None; sys.argv = ['neurolsm', 'backends']; from neurolsm.cli import main; main()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 1 and "Traceback" in done.stderr and "neurolsm.cli.app" in done.stderr
