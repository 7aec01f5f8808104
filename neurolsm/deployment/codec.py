"""Descriptions as JSON values and arrays, and back. Only the classes named here are ever made; nothing is executed."""

from __future__ import annotations

import math
from dataclasses import fields, is_dataclass
from importlib import import_module
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from neurolsm.describe.explicit import Explicit
from neurolsm.errors import InvalidValue

# Where each class that may appear in a description lives.
HOMES = {
    "neurolsm.describe.column": ("Column",),
    "neurolsm.describe.delay": ("ByDistance",),
    "neurolsm.describe.input_map": ("OneToOne", "RandomMap", "ReceptiveFields"),
    "neurolsm.describe.laws": ("Constant", "Gamma", "Lognormal", "Pairs", "Uniform"),
    "neurolsm.describe.lsm": ("LSM", "Liquid", "Parallel", "Series"),
    "neurolsm.describe.neuron": ("LIF", "AdaptiveLIF"),
    "neurolsm.describe.random_graph": ("RandomGraph",),
    "neurolsm.describe.small_world": ("SmallWorld",),
    "neurolsm.encode": (
        "CameraEncoder", "DeltaEncoder", "EventEncoder", "LatencyEncoder", "PoissonEncoder", "PopulationEncoder", "RateEncoder",
        "SignedRateEncoder", "Sweep", "Together",
    ),
    "neurolsm.learn.chip": ("DeltaReadout", "PrototypeReadout"),
    "neurolsm.learn.rules": (
        "STDP", "DeltaRule", "IntrinsicPlasticity", "Oja", "PrototypeRule", "RewardSTDP", "Rule", "SynapticScaling",
        "TripletSTDP",
    ),
}  # fmt: skip
_HOME = {name: module for module, names in HOMES.items() for name in names}
Arrays = dict[str, NDArray[Any]]


def to_json(value: Any, arrays: Arrays) -> Any:
    """JSON values of a description; its arrays are added to ``arrays`` and named there.

    Raises:
        InvalidValue: something that is not part of neurolsm, which could not be read back.
    """
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, (int, np.integer)):
        return int(value)
    if isinstance(value, (float, np.floating)):
        return float(value) if math.isfinite(value) else {"number": repr(float(value))}
    if isinstance(value, tuple):
        return [to_json(v, arrays) for v in value]
    if isinstance(value, np.ndarray) and value.dtype.kind in "biuf":
        name = f"description/{len(arrays)}"
        arrays[name] = value
        return {"array": name}
    if isinstance(value, Explicit):
        matrix = value.matrix
        parts = {"row": matrix.row, "col": matrix.col, "data": matrix.data}
        given = {name: to_json(np.asarray(part), arrays) for name, part in parts.items()}
        return {"explicit": {**given, "n": value.n, "position": to_json(value.position, arrays)}}
    name = type(value).__name__
    if is_dataclass(value) and known(name) is type(value):
        return {
            "class": name,
            "fields": {f.name: to_json(getattr(value, f.name), arrays) for f in fields(value) if f.init},
        }
    shown = " ".join(repr(value).split())
    raise InvalidValue(
        f"description holds {name} = {shown:.80}: a file can hold what is part of neurolsm. Use an encoder and parts of neurolsm"
    )


def from_json(data: Any, arrays: Arrays) -> Any:
    """The inverse of ``to_json``; the parts check themselves again.

    Raises:
        InvalidValue: a part outside its limits.
        ValueError, KeyError, TypeError: JSON values of another shape.
    """
    if data is None or isinstance(data, (bool, str, int, float)):
        return data
    if isinstance(data, list):
        return tuple(from_json(v, arrays) for v in data)
    if "number" in data:
        return float(data["number"])
    if "array" in data:
        return arrays[data["array"]]
    if "explicit" in data:
        e = {name: from_json(v, arrays) for name, v in data["explicit"].items()}
        return Explicit(sp.coo_matrix((e["data"], (e["row"], e["col"])), (e["n"], e["n"])), e["position"])
    kind = known(data["class"])
    if kind is None:
        raise ValueError(f"unknown part {data['class']!r:.40}")
    return kind(**{name: from_json(v, arrays) for name, v in data["fields"].items()})


def known(name: str) -> type | None:
    """The class of that name that may appear in a description."""
    return getattr(import_module(_HOME[name]), name) if name in _HOME else None
