"""A NIR file as plain nodes and edges, read without trust: nothing is taken into memory before its declared size is known.

Links out of the file, types and filters other than those NIR uses, deep nesting and huge sizes are refused. Nothing is unpickled.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from neurolsm.errors import FileRefused, NotAvailable, refuse
from neurolsm.files.readable import plain_file

MOST_BYTES = 1 << 30  # of all arrays together, as doubles; 1,000 neurons with 62 delays need half of it
ALWAYS, SWELL = 1 << 26, 256  # bytes that any file may ask for; above that, how many times its own size
MOST_TEXT = 1 << 24  # bytes of all texts together
MOST_OBJECTS = 20_000  # groups and arrays
DEEPEST = 24  # groups within groups; a graph within a graph takes two
FILTERS = (1, 2, 3, 4, 32000)  # deflate, shuffle, checksum, szip, lzf: the ones of NIR's own writer


@dataclass(frozen=True)
class Node:
    """One primitive: its NIR type, and its fields as they were stored."""

    kind: str
    fields: dict[str, Any]


@dataclass(frozen=True)
class Graph:
    """A graph; nodes may be graphs again.

    Attributes:
        nodes: by name.
        edges: pairs of names.
        metadata: strings and arrays.
    """

    nodes: dict[str, Node | Graph]
    edges: list[tuple[str, str]]
    metadata: dict[str, Any]


def read_graph(path: str | Path) -> Graph:
    """The graph of a file.

    Raises:
        FileRefused: not a NIR file, cut short, or asking for more than it may.
    """
    try:
        import h5py
    except ImportError:
        raise NotAvailable('NIR files need h5py. Type: pip install "neurolsm[nir]"') from None
    path = plain_file(path)
    try:
        with h5py.File(path, "r") as file:
            tree = _tree(file, str(path), path.stat().st_size)
    except FileRefused:
        raise
    except Exception as error:  # whatever foreign bytes make the HDF5 library raise
        raise FileRefused(
            f"{path}: cut short or not a NIR file ({type(error).__name__}). Restore it from a copy."
        ) from error
    root = tree.get("node")
    if not isinstance(root, dict):
        raise FileRefused(f"{path}: holds no NIR graph (no group 'node'). Write it with nir.write.")
    found = graph_of(root, str(path))
    return found


@dataclass
class Budget:
    """What is left to be read of a file of ``packed`` bytes: bytes of arrays and of texts, objects; and where the objects met so far lie."""

    packed: int
    arrays: int
    text: int = MOST_TEXT
    objects: int = MOST_OBJECTS
    met: set[int] = field(default_factory=set)


def _tree(file: Any, where: str, packed: int) -> dict[str, Any]:
    """All groups and arrays of a file of ``packed`` bytes as nested dictionaries."""
    import h5py

    budget = Budget(packed, min(MOST_BYTES, max(ALWAYS, SWELL * packed)))

    def visit(group: Any, depth: int) -> dict[str, Any]:
        if depth > DEEPEST:
            _refuse(where, group.name, f"is nested deeper than {DEEPEST} groups")
        found: dict[str, Any] = {}
        for name in group:
            budget.objects -= 1
            if budget.objects < 0:
                _refuse(where, group.name, f"holds more than {MOST_OBJECTS:,} objects")
            if not isinstance(group.get(name, getlink=True), h5py.HardLink):
                _refuse(where, f"{group.name}/{name}", "is a link, to another place or another file")
            item = group[name]
            place = h5py.h5o.get_info(item.id).addr
            if place in budget.met:
                _refuse(where, f"{group.name}/{name}", "is an object that has another name already")
            budget.met.add(place)
            found[name] = visit(item, depth + 1) if isinstance(item, h5py.Group) else _value(item, where, budget)
        return found

    return visit(file, 0)


def _value(data: Any, where: str, budget: Budget) -> Any:
    """An array or a string; its size is checked before it is read."""
    import h5py

    if not isinstance(data, h5py.Dataset) or data.shape is None:
        _refuse(where, data.name, "is no array")
    text = h5py.check_string_dtype(data.dtype) is not None
    if data.dtype.kind not in "biufS" and not text:
        _refuse(where, data.name, f"has the type {data.dtype}, which is neither numbers nor text")
    if data.is_virtual or data.external:
        _refuse(where, data.name, "takes its data from another file")
    plist = data.id.get_create_plist()
    for k in range(plist.get_nfilters()):
        if plist.get_filter(k)[0] not in FILTERS:
            _refuse(where, data.name, f"is stored with the unknown filter {plist.get_filter(k)[0]}")
    itemsize = max(data.dtype.itemsize, 8)  # whatever it is stored as, it is worked with as doubles
    size = itemsize * math.prod(data.shape)
    chunk = itemsize * math.prod(data.chunks) if data.chunks else 0
    if max(size, chunk) > budget.arrays:
        _refuse(
            where, data.name, f"declares {max(size, chunk):,} bytes, {budget.arrays:,} are left for a file of this size"
        )
    if size and not _stored(data, budget.packed):
        _refuse(where, data.name, f"declares {size:,} bytes that are not in the file")
    budget.arrays -= size
    if text and data.dtype.kind == "O":
        return _texts(data, where, budget)
    value = data[()]
    if text:
        return value.decode("utf8") if isinstance(value, bytes) else value
    return value


def _stored(data: Any, packed: int) -> bool:
    """Whether every part of an array was ever written, and may lie in a file of ``packed`` bytes."""
    stored = data.id.get_storage_size()
    if stored > packed:
        return False
    if data.chunks is None:
        return bool(stored >= data.dtype.itemsize * math.prod(data.shape))
    chunks = math.prod(-(-length // of) for length, of in zip(data.shape, data.chunks, strict=True))
    return bool(data.id.get_num_chunks() == chunks)


def _texts(data: Any, where: str, budget: Budget) -> Any:
    """Texts of any length. The file says how long each is only when it is read, and many may refer to the same one, which is as
    long as the file at most: so they are read in portions that cannot exceed the limit."""

    def counted(texts: Any) -> Any:
        budget.text -= sum(len(text) for text in np.ravel(np.asarray(texts, object)))
        if budget.text < 0:
            _refuse(where, data.name, f"holds more than {MOST_TEXT:,} bytes of text")
        return texts

    if data.shape == ():
        value = counted(data[()])
        return value.decode("utf8") if isinstance(value, bytes) else value
    found = np.empty(data.shape, object)
    width = math.prod(data.shape[1:])
    portion = MOST_TEXT // max(1, budget.packed * width)
    if portion:
        for first in range(0, data.shape[0], portion):
            found[first : first + portion] = counted(data[first : first + portion])
    else:
        for place in np.ndindex(data.shape):
            found[place] = counted(data[place])
    return found


def graph_in_memory(source: Any, where: str) -> Graph:
    """The graph of a ``nir.NIRGraph``, under the limits of a file.

    Raises:
        InvalidValue: no such object.
        FileRefused: a graph that holds what is no node, that holds itself, or too much.
    """
    try:
        import nir
    except ImportError:
        raise NotAvailable('NIR needs the package nir. Type: pip install "neurolsm[nir]"') from None
    if not isinstance(source, nir.NIRGraph):
        refuse(
            "import_nir", "source", type(source).__name__, "must be a NIR file or a nir.NIRGraph",
            "Give the path of a file, or nir.NIRGraph(nodes=..., edges=...)",
        )  # fmt: skip
    left = MOST_OBJECTS

    def visit(graph: Any, name: str, depth: int) -> dict[str, Any]:
        nonlocal left
        if 2 * depth > DEEPEST:
            _refuse(where, name, f"is nested deeper than {DEEPEST // 2} graphs, or holds itself")
        if not isinstance(graph.nodes, dict):
            _refuse(where, name, "has no nodes")
        nodes: dict[str, Any] = {}
        for key, node in graph.nodes.items():
            left -= 1
            if left < 0:
                _refuse(where, name, f"holds more than {MOST_OBJECTS:,} objects")
            key = str(key)  # as NIR's writer does
            if key in nodes:
                _refuse(where, name, f"has two nodes of the name {key!r}")
            if isinstance(node, nir.NIRGraph):
                nodes[key] = visit(node, f"node {key!r}", depth + 1)
                continue
            try:
                nodes[key] = node.to_dict()
            except Exception as error:  # it may be anything
                _refuse(where, f"node {key!r}", f"is no node of NIR ({type(error).__name__})")
        return {"type": "NIRGraph", "nodes": nodes, "edges": graph.edges, "metadata": graph.metadata}

    return graph_of(visit(source, "the graph", 0), where)


def graph_of(tree: dict[str, Any], where: str) -> Graph:
    """The graph of nested dictionaries in NIR's form, as ``NIRGraph.to_dict`` gives them."""
    return _graph(tree, where, "the graph", 0)


def _graph(tree: dict[str, Any], where: str, name: str, depth: int) -> Graph:
    if 2 * depth > DEEPEST:
        _refuse(where, name, f"is nested deeper than {DEEPEST // 2} graphs")
    if _text(tree.get("type")) != "NIRGraph":
        _refuse(where, name, f"is a {_text(tree.get('type'))!r}, not a NIRGraph")
    nodes, edges, metadata = tree.get("nodes"), tree.get("edges"), tree.get("metadata", {})
    if not isinstance(nodes, dict) or not isinstance(metadata, dict):
        _refuse(where, name, "has no nodes")
    if edges is None:
        _refuse(where, name, "has no edges")
    pairs = _pairs(edges, where, name)
    found: dict[str, Node | Graph] = {}
    for key, entry in nodes.items():
        if not isinstance(entry, dict) or "type" not in entry:
            _refuse(where, f"node {key!r}", "has no type")
        kind = _text(entry["type"])
        if kind == "NIRGraph":
            found[key] = _graph(entry, where, f"node {key!r}", depth + 1)
        else:
            found[key] = Node(kind, {k: v for k, v in entry.items() if k != "type"})
    for pair in pairs:
        for end in pair:
            if end not in found:
                _refuse(where, f"edge {pair[0]!r} -> {pair[1]!r}", f"names {end!r}, which is no node of {name}")
    if len(set(pairs)) != len(pairs):
        _refuse(where, name, "has an edge twice")
    return Graph(found, pairs, metadata)


def _pairs(edges: Any, where: str, name: str) -> list[tuple[str, str]]:
    try:
        pairs = [(_text(a), _text(b)) for a, b in list(edges)]
    except (TypeError, ValueError):
        _refuse(where, name, "has edges that are not pairs of names")
    return pairs


def _text(value: Any) -> str:
    if isinstance(value, np.ndarray) and value.shape == ():
        value = value.item()
    return value.decode("utf8", "replace") if isinstance(value, bytes) else str(value)


def _refuse(where: str, what: str, limit: str) -> NoReturn:
    raise FileRefused(f"{where}: {what} {limit}. Do not trust it, or write it again.")


def walk(graph: Graph, prefix: str = "") -> Iterator[tuple[str, Node]]:
    """Every primitive with its path."""
    for name, node in graph.nodes.items():
        if isinstance(node, Graph):
            yield from walk(node, f"{prefix}{name}/")
        else:
            yield f"{prefix}{name}", node


Refuse = Callable[[str, str], NoReturn]


def refuser(where: str) -> Refuse:
    """``refuse(what, limit)`` for the file ``where``."""

    def refusal(what: str, limit: str) -> NoReturn:
        _refuse(where, what, limit)

    return refusal
