"""Descriptions as JSON values and arrays, and back.

Only the classes named here are ever made, and those that the caller hands over for own parts; a file names no module, and nothing in it
is imported or executed.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from importlib import import_module
from types import MappingProxyType
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from neurolsm.describe.explicit import Explicit
from neurolsm.errors import InvalidValue, refuse

# Where each class that may appear in a description lives.
HOMES = {
    "neurolsm.describe.column": ("Column",),
    "neurolsm.describe.delay": ("ByDistance",),
    "neurolsm.describe.input_map": ("OneToOne", "RandomMap", "ReceptiveFields"),
    "neurolsm.describe.laws": ("Constant", "Each", "Gamma", "Lognormal", "Pairs", "Uniform"),
    "neurolsm.describe.lsm": ("LSM", "Liquid", "Parallel", "Series"),
    "neurolsm.describe.neuron": ("LIF", "AdaptiveLIF"),
    "neurolsm.describe.random_graph": ("RandomGraph",),
    "neurolsm.describe.short_term": ("ShortTermPlasticity",),
    "neurolsm.describe.scaled": ("Scaled",),
    "neurolsm.describe.small_world": ("SmallWorld",),
    "neurolsm.describe.tuning": ("SelfTuning",),
    "neurolsm.encode": (
        "CameraEncoder", "DeltaEncoder", "EventEncoder", "FilterBank", "LatencyEncoder", "PoissonEncoder", "PopulationEncoder",
        "RateEncoder", "SignedRateEncoder", "Sweep", "Together", "Transformed",
    ),
    "neurolsm.learn.chip": ("DeltaReadout", "LinearReadout", "PrototypeReadout"),
    "neurolsm.learn.rules": (
        "STDP", "DeltaRule", "Homeostasis", "IntrinsicPlasticity", "Oja", "PrototypeRule", "RewardSTDP", "Rule", "SynapticScaling",
        "TripletSTDP",
    ),
}  # fmt: skip
_HOME = {name: module for module, names in HOMES.items() for name in names}
Arrays = dict[str, NDArray[Any]]
NOTHING: Mapping[str, type] = MappingProxyType({})


def to_json(value: Any, arrays: Arrays, where: str = "description") -> Any:
    """JSON values of a description; its arrays are added to ``arrays`` and named there.

    Own parts that are dataclasses are kept as the name of their class and their fields. ``where`` is what errors call ``value``.

    Raises:
        InvalidValue: something that could not be read back: an own part that is no dataclass, a function, a list.
    """
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, (int, np.integer)):
        return int(value)
    if isinstance(value, (float, np.floating)):
        return float(value) if math.isfinite(value) else {"number": repr(float(value))}
    if isinstance(value, tuple):
        return [to_json(v, arrays, where) for v in value]
    if isinstance(value, np.ndarray) and value.dtype.kind in "biuf":
        name = f"description/{len(arrays)}"
        arrays[name] = value
        return {"array": name}
    if isinstance(value, Explicit):
        matrix = value.matrix
        parts = {"row": matrix.row, "col": matrix.col, "data": matrix.data}
        given = {name: to_json(np.asarray(part), arrays) for name, part in parts.items()}
        delay = None if value.delay is None else to_json(value.delay.data, arrays)
        return {"explicit": {**given, "n": value.n, "position": to_json(value.position, arrays), "delay": delay}}
    name = type(value).__name__
    if is_dataclass(value) and not isinstance(value, type):
        kind = "class" if known(name) is type(value) else "own"
        given = {f.name: to_json(getattr(value, f.name), arrays, f"{name}.{f.name}") for f in fields(value) if f.init}
        return {kind: name, "fields": given}
    shown = " ".join(repr(value).split())
    raise InvalidValue(
        f"{where} holds {name} = {shown:.80}: a file can hold the parts of neurolsm, and own ones that are dataclasses of numbers, "
        "words, truth values, arrays, tuples and other parts. Make it one (docs/howto/own_parts.md)"
    )


def from_json(data: Any, arrays: Arrays, own: Mapping[str, type] = NOTHING) -> Any:
    """The inverse of ``to_json``; the parts check themselves again. ``own`` are the classes of own parts.

    Raises:
        InvalidValue: a part outside its limits.
        ValueError, KeyError, TypeError: JSON values of another shape.
    """
    if data is None or isinstance(data, (bool, str, int, float)):
        return data
    if isinstance(data, list):
        return tuple(from_json(v, arrays, own) for v in data)
    if "number" in data:
        return float(data["number"])
    if "array" in data:
        return arrays[data["array"]]
    if "explicit" in data:
        e = {name: from_json(v, arrays, own) for name, v in data["explicit"].items()}
        places, shape, delay = (e["row"], e["col"]), (e["n"], e["n"]), e.get("delay")
        delays = None if delay is None else sp.coo_array((delay, places), shape)
        return Explicit(sp.coo_matrix((e["data"], places), shape), e["position"], delays)
    kind = own.get(data["own"]) if "own" in data else known(data["class"])
    if kind is None:
        raise ValueError(f"unknown part {data.get('own', data.get('class'))!r:.40}")
    return kind(**{name: from_json(v, arrays, own) for name, v in data["fields"].items()})


def own_names(data: Any) -> set[str]:
    """The classes of own parts in JSON values."""
    inner = data if isinstance(data, list) else data.values() if isinstance(data, dict) else ()
    named = {data["own"]} if isinstance(data, dict) and isinstance(data.get("own"), str) and "fields" in data else set()
    return named.union(*map(own_names, inner))


def own_classes(value: Any) -> dict[str, type]:
    """The classes of the own parts of a description, by name.

    Raises:
        InvalidValue: two that have one name.
    """
    return by_name(_own_classes(value))


def by_name(classes: Iterable[Any]) -> dict[str, type]:
    """Classes of own parts by the names under which a file keeps them.

    Raises:
        InvalidValue: not dataclasses, or two of one name.
    """
    found: dict[str, type] = {}
    for one in classes:
        if not isinstance(one, type) or not is_dataclass(one):
            refuse("resume", "parts", one, "must be dataclasses", "Give the classes of your own parts, such as (Ring,)")
        if found.setdefault(one.__name__, one) is not one:
            limit = "names two classes of your own, which a file could not tell apart"
            refuse("deployment", "parts", one.__name__, limit, "Rename one of them")
    return found


def _own_classes(value: Any) -> set[type]:
    if isinstance(value, tuple):
        return set().union(*map(_own_classes, value))
    if not is_dataclass(value) or isinstance(value, type):
        return set()
    mine = set() if known(type(value).__name__) is type(value) else {type(value)}
    return mine.union(*(_own_classes(getattr(value, f.name)) for f in fields(value) if f.init))


def known(name: str) -> type | None:
    """The class of that name that may appear in a description."""
    return getattr(import_module(_HOME[name]), name) if name in _HOME else None
