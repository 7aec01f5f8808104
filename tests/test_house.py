"""The house: rooms lie on floors, imports run downward, and old names still open the doors they did."""

import ast
import importlib
import os
import pickle
import subprocess
import sys
from pathlib import Path

import pytest

import neurolsm as nl
from neurolsm import moved

PACKAGE = Path(nl.__file__).parent
# From the ground up; rooms of one floor do not know each other. What is imported inside a function counts, too.
FLOORS = [
    {"moved"},
    {"__init__", "compiled", "errors", "progress", "shown"},
    {"arrays", "memory", "native", "random"},
    {"files"},
    {"program"},
    {"describe"},
    {"encode", "lowering"},
    {"execute", "interchange", "learn", "tasks"},
    {"emulator", "hardware", "readout", "semantics"},
    {"conformance", "sequence", "tuning"},
    {"deployment"},
    {"estimators"},
    {"measure"},
    {"plot"},
    {"live", "report"},
    {"cli"},
    {"__main__"},
]
ROOMS = {room for floor in FLOORS for room in floor}
LEVEL = {room: level for level, floor in enumerate(FLOORS) for room in floor}
SOURCES = sorted(PACKAGE.rglob("*.py"))


def room_of(module: str) -> str:
    """The room a module lies in: ``describe`` for ``neurolsm.describe.column``."""
    return (module.split(".") + ["__init__"])[1]


def imported(tree: ast.AST) -> set[str]:
    """Every room that is imported at run time; what serves the type checker alone is left out."""
    unseen = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for inner in ast.walk(node)
    }
    found = set()
    for node in ast.walk(tree):
        if id(node) in unseen:
            continue
        if isinstance(node, ast.ImportFrom) and node.module == "neurolsm":
            found |= {name.name if name.name in ROOMS else "__init__" for name in node.names}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("neurolsm"):
            found.add(room_of(node.module or ""))
        elif isinstance(node, ast.Import):
            found |= {room_of(name.name) for name in node.names if name.name.startswith("neurolsm")}
    return found


def upward(path: Path, source: str) -> list[str]:
    """The imports of a file that do not run downward."""
    own = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    return [f"{own} -> {other}" for other in imported(ast.parse(source)) - {own} if LEVEL[other] >= LEVEL[own]]


def test_every_room_has_a_floor():
    assert {p.relative_to(PACKAGE).parts[0].removesuffix(".py") for p in SOURCES} <= ROOMS


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_run_downward(path):
    assert upward(path, path.read_text()) == []


@pytest.mark.parametrize(
    "line",
    [
        "from neurolsm.readout import Counts",
        "import neurolsm.cli.app",
        "def f():\n    from neurolsm.deployment import deploy",
        "from neurolsm import deployment",
        "from neurolsm.lowering import lower",
    ],
)
def test_an_import_upward_is_seen(line):
    assert len(upward(PACKAGE / "program" / "state.py", line)) == 1


def test_the_core_knows_no_backend_and_no_model_by_import():
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text())):
            names = [node.module] if isinstance(node, ast.ImportFrom) else []
            names += [one.name for one in node.names] if isinstance(node, ast.Import) else []
            assert not [
                n
                for n in names
                if n and n.partition(".")[0] in {"neurolsm_brian2", "neurolsm_c", "neurolsm_lava", "neurolsm_models"}
            ]


@pytest.mark.parametrize("old", sorted(moved.MOVED))
def test_an_old_module_is_the_new_one_and_says_so(old):
    new = moved.MOVED[old]
    sys.modules.pop(old, None)
    with pytest.warns(DeprecationWarning, match=f"^{old} is {new} since version"):
        module = importlib.import_module(old)
    assert module is importlib.import_module(new) and module.__name__ == module.__spec__.name == new


def test_what_lies_in_a_package_that_moved_is_not_loaded_twice():
    with pytest.warns(DeprecationWarning):
        from neurolsm.measure.liquid.branching import branching_factor
    from neurolsm.measure.instruments import branching_factor as new

    assert branching_factor is new


def test_old_names_of_a_module():
    with pytest.warns(DeprecationWarning, match="neurolsm.readout.LSMClassifier is neurolsm.estimators.LSMClassifier"):
        from neurolsm.readout import LSMClassifier
    assert LSMClassifier is nl.LSMClassifier
    with pytest.warns(
        DeprecationWarning, match="neurolsm.deployment.deployment.resume is neurolsm.deployment.doors.resume"
    ):
        from neurolsm.deployment.deployment import resume
    assert resume is nl.resume
    with pytest.raises(ImportError, match="cannot import name 'LSMClassificator'"):
        exec("from neurolsm.readout import LSMClassificator")


def test_a_pickle_with_an_old_name_opens():
    """Estimators that were kept as pickles name the modules of their version."""
    spikes = nl.Spikes.from_dense([[[0, 1], [1, 0]]])
    old = pickle.dumps(spikes, protocol=0).replace(b"neurolsm.program.spikes", b"neurolsm.spikes")
    sys.modules.pop("neurolsm.spikes", None)
    with pytest.warns(DeprecationWarning):
        found = pickle.loads(old)
    assert type(found) is nl.Spikes and (found.dense() == spikes.dense()).all()


def test_a_warning_names_the_line_of_the_user(tmp_path):
    script = tmp_path / "old.py"
    script.write_text("import neurolsm\n\nfrom neurolsm.spikes import Spikes\n")
    run = subprocess.run(
        [sys.executable, "-W", "always", script], capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(PACKAGE.parent)}
    )  # fmt: skip
    assert run.returncode == 0 and f"{script}:3: DeprecationWarning" in run.stderr
