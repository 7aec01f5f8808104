"""Old names of modules, which go on working for one version and say where each has gone."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Sequence
from importlib import import_module
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

SINCE, UNTIL = "0.2", "0.3"
MOVED = {
    f"neurolsm.{old}": f"neurolsm.{new}"
    for old, new in {
        "currents": "program.currents",
        "graded": "program.graded",
        "learnable": "program.learnable",
        "measure.changes": "measure.scenarios.changes",
        "measure.experiment": "measure.evaluation.experiment",
        "measure.fixed_points": "measure.instruments.fixed_points",
        "measure.journal": "measure.search.journal",
        "measure.liquid": "measure.instruments",
        "measure.neurobench": "measure.instruments.neurobench",
        "measure.random_relu": "measure.baselines.random_relu",
        "measure.synapses": "measure.instruments.synapses",
        "measure.tune": "measure.search.tune",
        "measure.windows": "measure.instruments.windows",
        "model": "tasks.model",
        "plasticity": "program.plasticity",
        "readable": "files.readable",
        "readout.default": "estimators.default",
        "readout.estimators": "estimators",
        "sealed": "program.sealed",
        "semantics.streams": "program.streams",
        "short_term": "program.short_term",
        "spikes": "program.spikes",
        "spikes_check": "program.spikes_check",
        "state": "program.state",
        "state_check": "program.state_check",
        "storage": "files.checked",
        "task": "tasks.task",
        "unpack": "files.unpack",
        "wellformed": "program.wellformed",
        "writing": "files.writing",
    }.items()
}

# Names that went from one module to another, which is above the first: nothing there imports them.
NAMES = {("neurolsm.readout", name): "neurolsm.estimators" for name in ("LSMClassifier", "LSMRegressor")} | {
    ("neurolsm.deployment.deployment", name): "neurolsm.deployment.doors"
    for name in ("CannotBeSaved", "deploy", "resume")
}


def attribute(module: str, name: str) -> Any:
    """What a module gives for an old name of it: the same thing from its new place."""
    if (module, name) not in NAMES:
        raise AttributeError(f"module {module!r} has no attribute {name!r}")
    home = NAMES[module, name]
    warnings.warn(
        f"{module}.{name} is {home}.{name} since version {SINCE}; the old name ends with {UNTIL}. Import it from there.",
        DeprecationWarning,
        stacklevel=3,
    )
    return getattr(import_module(home), name)


def _new(name: str) -> str | None:
    """Where the module of that old name lies now; None if it never moved."""
    if name in MOVED:
        return MOVED[name]
    package, _, rest = name.rpartition(".")
    return f"{MOVED[package]}.{rest}" if package in MOVED else None


class _Moved:
    """Gives the module at its new place to whoever asks for it at its old one."""

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        if _new(name) is None:
            return None
        warnings.warn(
            f"{name} is {_new(name)} since version {SINCE}; the old name ends with {UNTIL}. Import it from there.",
            DeprecationWarning,
            stacklevel=2,
        )
        return ModuleSpec(name, self)  # type: ignore[arg-type]

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        module = import_module(str(_new(spec.name)))
        spec.loader_state = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        spec: Any = module.__spec__
        module.__spec__ = spec.loader_state  # the module keeps its own place


def install() -> None:
    """Let the old names work."""
    if not any(isinstance(one, _Moved) for one in sys.meta_path):
        sys.meta_path.insert(0, _Moved())  # first, or what lies in a moved package would be loaded twice
