"""What own topologies and input maps drew, checked before it is trusted."""

from __future__ import annotations

from typing import Any, NamedTuple, NoReturn

import numpy as np
from numpy.typing import NDArray

from neurolsm.describe import checks
from neurolsm.describe.graph import Graph, Topology
from neurolsm.describe.input_map import InputMap
from neurolsm.describe.laws import law_of
from neurolsm.describe.protocols import refuse_returned
from neurolsm.errors import refuse


def graph_of(topology: Topology, rng: np.random.Generator) -> Graph:
    """What an own topology draws, checked and sorted by (pre, post).

    Raises:
        InvalidValue: not a Graph, arrays of other shapes or kinds, neurons that are not there, a pair that comes twice, a weight whose
            sign is not that of its source (Dale's law).
    """
    graph, n = topology.draw(rng), int(topology.n)

    def wrong(field: str, value: object, limit: str, remedy: str) -> NoReturn:
        refuse_returned(topology, "draw", value, f"{field} {limit}", remedy)

    if not isinstance(graph, Graph):
        refuse_returned(topology, "draw", graph, "must be a Graph", "Return Graph(inhibitory, pre, post)")
    inhibitory = np.asarray(graph.inhibitory)
    if inhibitory.dtype != bool or inhibitory.shape != (n,):
        shown = f"{inhibitory.dtype} {inhibitory.shape}"
        wrong("Graph.inhibitory", shown, f"must be boolean [{n}]", "Say of each neuron whether it is inhibitory")
    pre, post, order = _pairs(topology, "draw", graph.pre, graph.post, (n, n))
    numbers: dict[str, NDArray[np.float64] | None] = {"weight": None, "delay": None, "position": None}
    for field, shape in (("weight", (pre.size,)), ("delay", (pre.size,)), ("position", (n, None))):
        if getattr(graph, field) is not None:
            found = _finite(topology, "draw", f"Graph.{field}", getattr(graph, field), shape)
            numbers[field] = found if field == "position" else found[order]
    weight, delay = numbers["weight"], numbers["delay"]
    if weight is not None:
        check_dale(topology, "draw", weight, inhibitory[pre], pre, post)
    if delay is not None and (delay < 0).any():
        wrong("Graph.delay", delay.min(), "must be at least 0 s", "Give seconds")
    return Graph(inhibitory, pre, post, weight, numbers["position"], delay)


def pairs_of(
    mapping: InputMap, sources: int, n: int, rng: np.random.Generator
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float64] | None]:
    """What an own input map connects, checked and sorted: sources, targets, and signed weights if it gives them.

    Raises:
        InvalidValue: not two or three arrays of one length, or channels and neurons that are not there.
    """
    found = mapping.pairs(sources, n, rng)
    if not isinstance(found, (tuple, list)) or len(found) not in (2, 3):
        remedy = "Return two arrays of whole numbers, and a third of signed weights if the map fixes them"
        refuse_returned(mapping, "pairs", found, "must be (pre, post) or (pre, post, weight)", remedy)
    pre, post, order = _pairs(mapping, "pairs", found[0], found[1], (sources, n))
    if len(found) == 2:
        return pre, post, None
    return pre, post, _finite(mapping, "pairs", "weight", found[2], (pre.size,))[order]


class InputLaws(NamedTuple):
    """What an input map gives besides its pairs."""

    weight: Any
    inhibitory: float
    delay: Any


def laws_of(mapping: InputMap, *, needed: bool) -> InputLaws:
    """Weights, share of inhibition and delays of an input map; an own one may leave out what is nothing.

    Args:
        needed: whether ``pairs`` gives no weights, so that ``weight`` must be there.

    Raises:
        InvalidValue: one of them outside its range.
    """
    name = type(mapping).__name__
    if needed and not hasattr(mapping, "weight"):
        remedy = "Give the map a field weight, or return signed weights as the third array of pairs"
        refuse(name, "weight", "missing", "is needed where pairs gives no weights", remedy)
    weight, delay = (
        law_of(name, field, getattr(mapping, field, 0.0), unit=unit) for field, unit in (("weight", ""), ("delay", "s"))
    )
    share = checks.real(name, "inhibitory", getattr(mapping, "inhibitory", 0.0), 0, 1, remedy="Give a probability")
    return InputLaws(weight, share, delay)


def check_dale(
    part: object,
    method: str,
    weight: NDArray[np.float64],
    inhibitory: NDArray[np.bool_],
    pre: NDArray[Any],
    post: NDArray[Any],
) -> None:
    """Refuse a weight whose sign is not that of its source; ``inhibitory`` tells that of each synapse."""
    wrong = np.flatnonzero((weight != 0) & ((weight < 0) != inhibitory))
    if wrong.size:
        k = int(wrong[0])
        limit = f"weight of {pre[k]} -> {post[k]} must have the sign of its source (Dale's law)"
        remedy = "Give negative weights to inhibitory neurons, positive ones to the others"
        refuse_returned(part, method, weight[k], limit, remedy)


def _pairs(
    part: object, method: str, pre: Any, post: Any, limits: tuple[int, int]
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int64]]:
    """Sources and targets, sorted, and in which order they came."""
    found = []
    for name, given, limit in (("pre", pre, limits[0]), ("post", post, limits[1])):
        try:
            array = np.asarray(given)
        except ValueError:  # rows of different lengths
            array = np.zeros(0, object)
        if array.ndim != 1 or (array.dtype.kind not in "iu" and array.size) or array.dtype.kind not in "iuf":
            shown = f"{array.dtype} {array.shape}"
            refuse_returned(part, method, shown, f"{name} must be whole numbers [synapses]", "Return integer arrays")
        if array.size and (array.min() < 0 or array.max() >= limit):
            worst = array.min() if array.min() < 0 else array.max()
            refuse_returned(part, method, worst, f"{name} must lie in 0..{limit - 1}", "Count from 0")
        found.append(array.astype(np.int32))
    pre, post = found
    if pre.size != post.size:
        remedy = "Give one target for each source"
        refuse_returned(part, method, (pre.size, post.size), "pre and post must have one length", remedy)
    order = np.lexsort((post, pre))
    pre, post = pre[order], post[order]
    twice = np.flatnonzero((pre[1:] == pre[:-1]) & (post[1:] == post[:-1]))
    if twice.size:
        pair = int(pre[twice[0]]), int(post[twice[0]])
        refuse_returned(part, method, pair, "is connected twice", "Give each pair (pre, post) once")
    return pre, post, order


def _finite(part: object, method: str, name: str, given: Any, shape: tuple[int | None, ...]) -> NDArray[np.float64]:
    """Finite real numbers of a shape (None: any length), as a copy."""
    try:
        array = np.asarray(given)
    except ValueError:
        array = np.zeros(0, object)
    fits = array.ndim == len(shape) and all(b in (None, a) for a, b in zip(array.shape, shape, strict=True))
    if array.dtype.kind not in "iuf" or not fits:
        wanted = ", ".join("dimensions" if k is None else str(k) for k in shape)
        limit = f"{name} must be real numbers [{wanted}]"
        refuse_returned(part, method, f"{array.dtype} {array.shape}", limit, "Return an array of that shape")
    values = np.array(array, np.float64)
    if not np.isfinite(values).all():
        refuse_returned(part, method, "NaN or infinity", f"{name} must be finite", "Leave those synapses out")
    return values
