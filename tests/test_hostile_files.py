"""Files that were made to harm: refused with one sentence, at once, before anything of them is unpacked; or as good as any other."""

import io
import json
import os
import resource
import subprocess
import sys
import time
import zipfile

import h5py
import numpy as np
import pytest
from test_storage import rewrite

import neurolsm as nl
from neurolsm.errors import FileRefused
from neurolsm.files import unpack
from neurolsm.interchange.import_nir import import_nir

LIQUID = nl.Liquid(topology=nl.RandomGraph(n=20), plasticity=nl.STDP())
LSM = nl.LSM(inputs=4, liquid=LIQUID, readout=nl.DeltaReadout(classes=2), seed=1)
ODD_PATHS = [
    "",
    "nowhere",
    "a\0b",
    "x" * 5000,
    ".",
    "/dev/zero",
    "/dev/stdin",
    [],
    None,
    5,
    b"bytes",
    ["a"],
    {},
    np.zeros(3),
]


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    path = tmp_path_factory.mktemp("hostile") / "model.lsm"
    with nl.deploy(LSM, labels=[3, 7]) as model:
        model.save(path)
    return path


def small(call, words="", seconds=2.0, megabytes=100):
    """Refused within ``seconds`` and ``megabytes``, with one sentence and no chain of names of Python's."""
    start, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises((FileRefused, nl.InvalidValue), match=words or None) as caught:
        call()
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 600
    assert time.perf_counter() - start < seconds * 10  # the machine may be busy
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024 < megabytes


@pytest.mark.parametrize("path", ODD_PATHS, ids=lambda p: repr(p)[:12])
@pytest.mark.parametrize("read", [nl.resume, nl.Program.load, import_nir])
def test_odd_paths(read, path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    small(lambda: read(path))


@pytest.mark.parametrize("read", [nl.resume, nl.Program.load, import_nir])
def test_pipes_sockets_links_and_folders_are_not_opened(read, tmp_path):
    pipe = tmp_path / "pipe.lsm"
    os.mkfifo(pipe)
    small(lambda: read(pipe), "is a named pipe, not a file. Name a file")
    (tmp_path / "link").symlink_to(pipe)
    small(lambda: read(tmp_path / "link"), "is a named pipe")
    (tmp_path / "round").symlink_to("round")
    small(lambda: read(tmp_path / "round"), "cannot be read")
    small(lambda: read(tmp_path), "is a folder, not a file")


def bomb(path, name, megabytes, how=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", how) as file, file.open(name, "w", force_zip64=True) as out:
        for _ in range(megabytes):
            out.write(b" " * (1 << 20))


@pytest.mark.parametrize(("name", "megabytes"), [("header.json", 100), ("sha256", 100), ("a.npy", 100)])
def test_entries_that_swell(name, megabytes, tmp_path):
    bomb(tmp_path / "x", name, megabytes)
    small(lambda: nl.resume(tmp_path / "x"), "x: cut short or not a neurolsm file")


def lie(path, offset, value, size, what=b"PK\1\2"):
    """Another number in the first entry of the directory."""
    data = bytearray(path.read_bytes())
    at = data.index(what) + offset
    data[at : at + size] = value.to_bytes(size, "little")
    path.write_bytes(data)


@pytest.mark.parametrize(
    ("offset", "value", "size", "what"),
    [
        (24, 2**32 - 2, 4, b"PK\1\2"), (24, 3, 4, b"PK\1\2"), (20, 2**32 - 2, 4, b"PK\1\2"), (42, 2**31, 4, b"PK\1\2"),
        (8, 1, 2, b"PK\1\2"), (10, 12, 2, b"PK\1\2"), (38, 0o120777 << 16, 4, b"PK\1\2"), (10, 2**16 - 1, 2, b"PK\5\6"),
        (12, 2**32 - 1, 4, b"PK\5\6"), (16, 2**32 - 1, 4, b"PK\5\6"), (20, 4, 2, b"PK\5\6"),
    ],
)  # fmt: skip
def test_lies_of_a_directory(offset, value, size, what, saved, tmp_path):
    path = tmp_path / "x"
    path.write_bytes(saved.read_bytes())
    lie(path, offset, value, size, what)
    small(lambda: nl.resume(path), "cut short or not a neurolsm file")


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize(
    "name",
    ["/a.npy", "../a.npy", "a/../b.npy", "a\\b.npy", "readme.txt", "folder/", "header.json", "c:a.npy", "a//b.npy"],
)
def test_names_that_no_writer_gives(name, saved, tmp_path):
    path = tmp_path / "x"
    path.write_bytes(saved.read_bytes())
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(name, b"")
    small(lambda: nl.resume(path), "cut short or not a neurolsm file")


def test_too_many_entries(tmp_path):
    with zipfile.ZipFile(tmp_path / "x", "w") as archive:
        for k in range(unpack.MOST_ENTRIES + 1):
            archive.writestr(f"{k}.npy", b"")
    small(lambda: nl.resume(tmp_path / "x"), "has more than 20,000 entries", seconds=5)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"[" * 3000 + b"]" * 3000, "nested deeper than 64"),
        (b'{"a":' * 70 + b"1" + b"}" * 70, "nested deeper than 64"),
        (b"[" + b"[]," * 1_000_001 + b"1]", "more than 1,000,000 values"),
        (b"1" * 5000, "a number of 5,000 digits"),
        (b'{"neurolsm": NaN}', "NaN"),
        (b'{"neurolsm": "deployment", "neurolsm": "deployment"}', "a name twice"),
        (b'{"neurolsm": "deployment", "version": true, "header": {}}', "version True"),
        (b'{"neurolsm": "deployment", "version": -1, "header": {}}', "version -1"),
        (b'{"neurolsm": "deployment", "version": 1, "header": 5}', "header is no object"),
        (b'{"neurolsm": ["' + b"a" * 10**6 + b'"], "version": 1, "header": {}}', "holds a"),
        (b"\xef\xbb\xbf{}", "not a neurolsm file"),
        (b"", "not a neurolsm file"),
    ],
)
def test_headers(text, words, saved, tmp_path):
    path = tmp_path / "x"
    path.write_bytes(saved.read_bytes())
    rewrite(path, lambda entries: {**entries, "header.json": text})
    small(lambda: nl.resume(path), words)


def npy(header, data=b""):
    text = header.encode()
    text += b" " * (-(len(text) + 11) % 64) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text + data


@pytest.mark.parametrize(
    "data",
    [
        npy("{'descr': '<i4', 'fortran_order': False, 'shape': (-1,)}", bytes(8)),
        npy("{'descr': '<i4', 'fortran_order': False, 'shape': (4294967296, 4294967296)}"),
        npy("{'descr': '<i4', 'fortran_order': False, 'shape': (True,)}", bytes(4)),
        npy("{'descr': '<i4', 'fortran_order': False, 'shape': (2.0,)}", bytes(8)),
        npy("{'descr': '|V8', 'fortran_order': False, 'shape': (1,)}", bytes(8)),
        npy("{'descr': '|O', 'fortran_order': False, 'shape': (1,)}", bytes(8)),
        npy("{'descr': [('a', '<i4')], 'fortran_order': False, 'shape': (1,)}", bytes(4)),
        npy("{'descr': ('<i4', (2,)), 'fortran_order': False, 'shape': (1,)}", bytes(8)),
        npy("{'descr': '|S0', 'fortran_order': False, 'shape': (9,)}"),
        npy("{'descr': '<i4', 'fortran_order': False, 'shape': " + "(" * 500 + ")" * 500 + "}"),
        b"\x93NUMPY\x02\x00" + bytes(20), b"\x93NUMPY\x01\x00\xff\xff", b"PK", b"",
    ],
    ids=range(14),
)  # fmt: skip
def test_arrays(data, saved, tmp_path):
    path = tmp_path / "x"
    path.write_bytes(saved.read_bytes())
    rewrite(path, lambda entries: {**entries, "state/u.npy": data})
    small(lambda: nl.resume(path), "not a neurolsm file")


def changed(entries, name, value, place=0):
    array = unpack.parse_array(entries[name]).copy()
    array.flat[place] = value
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, array, version=(1, 0))
    return {**entries, name: buffer.getvalue()}


def header(**values):
    def change(entries):
        meta = json.loads(entries["header.json"])
        for path, value in values.items():
            at = meta["header"]
            *way, last = path.split("__")
            for step in way:
                at = at[step]
            at[last] = value
        return {**entries, "header.json": json.dumps(meta).encode()}

    return change


@pytest.mark.parametrize(
    "change",
    [
        header(clock=-1), header(clock=2**63), header(clock="1"), header(clock=1.5), header(clock=True), header(frozen=1),
        *(header(labels=labels, format=1) for labels in ([], [[1], [2]], [1, 1], [None, 2], 5, [1, 2, 3])),
        header(odd_clock=1), header(odd_clock="a"), header(confidence=[0.0, 1]), header(confidence=[1e999, 1]), header(confidence=[1.0, -1]),
        header(confidence=[]), header(teacher={}), header(teacher={"seen": 1, "heard": [True], "updates": 1}),
        header(lsm=None), header(lsm={"class": "Column", "fields": {}}), header(lsm={"class": "os.system", "fields": {}}),
        header(lsm__fields__inputs=5), header(lsm__fields__dt=2e-3), header(lsm__fields__seed=9), header(lsm__fields__readout=None),
        header(lsm__fields__readout__fields__classes=3), header(lsm__fields__liquid__fields__topology__fields__n=21),
        header(program__n_inputs=10**9), header(program__arithmetic="float"), header(program__dt=-1.0), header(program__dt=1e999),
        header(program__populations=[]), header(format=0.5), header(encoder=[]), header(encoder=3),
        *(lambda e, n=n, v=v: changed(e, n, v) for n, v in (
            ("state/u.npy", 2**30), ("state/plastic/0/x1.npy", 128), ("state/plastic/0/tx.npy", 300), ("state/plastic/0/weight.npy", -300),
            ("program/projections/0/post.npy", 10**6), ("program/projections/0/indptr.npy", -1), ("program/neurons/du.npy", 5000),
        )),
        lambda e: {k: v for k, v in e.items() if k != "state/u.npy"},
    ],
)  # fmt: skip
def test_content_that_does_not_fit_together_though_its_checksum_does(change, saved, tmp_path):
    path = tmp_path / "x"
    path.write_bytes(saved.read_bytes())
    rewrite(path, change)
    small(lambda: nl.resume(path), "x: |Deployment")
    rewrite(path, lambda entries: entries)


def test_a_rewritten_deployment_is_as_good_as_any(saved, tmp_path):
    path = tmp_path / "x"
    path.write_bytes(saved.read_bytes())
    rewrite(path, lambda entries: entries)
    with nl.resume(path) as model:
        assert len(model.predict(nl.Spikes.from_dense(np.ones((2, 5, 4)))).label) == 2


SCRIPT = """
import hashlib, io, json, sys, time, zipfile
import numpy as np
import neurolsm as nl
from neurolsm.files import unpack
from neurolsm.errors import NeuroLSMError
saved, count, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
rng = np.random.default_rng(seed)
with zipfile.ZipFile(saved) as archive:
    entries = {n: archive.read(n) for n in archive.namelist()}
ODD = [-1, 0, 1, 255, 256, 10**6, 2**31 - 1, -(2**31), 2**62, 0.5, True, None, "", "a", [], {}, [[]], 1e300]
def spots(value, way=()):
    yield way
    for key, part in (value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()):
        yield from spots(part, (*way, key))
meta = json.loads(entries["header.json"])
places = [way for way in spots(meta) if len(way) > 1]
inputs = nl.Spikes.from_dense(rng.random((2, 8, 4)) < 0.5)
good = bad = 0
for trial in range(count):
    now = dict(entries)
    kind = trial % 4
    if kind == 0:
        found = json.loads(entries["header.json"]); way = places[rng.integers(len(places))]; at = found
        for step in way[:-1]: at = at[step]
        at[way[-1]] = ODD[rng.integers(len(ODD))]
        now["header.json"] = json.dumps(found).encode()
    elif kind in (1, 2):
        name = sorted(n for n in entries if n.endswith(".npy"))[rng.integers(len(entries) - 2)]
        if kind == 1:
            array = unpack.parse_array(entries[name]).copy()
            if array.size:
                limits = np.iinfo(array.dtype)
                array.flat[rng.integers(array.size)] = rng.choice([limits.min, limits.max, int(rng.integers(limits.min, limits.max))])
            out = io.BytesIO(); np.lib.format.write_array(out, array, version=(1, 0)); now[name] = out.getvalue()
        else:
            data = bytearray(entries[name]); data[rng.integers(len(data))] ^= 1 << rng.integers(8); now[name] = bytes(data)
    digest = hashlib.sha256(now["header.json"])
    for n in sorted(n.removesuffix(".npy") for n in now if n.endswith(".npy")): digest.update(n.encode() + now[n + ".npy"])
    now["sha256"] = digest.hexdigest().encode()
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for n, data in now.items(): archive.writestr(n, data)
    data = bytearray(out.getvalue())
    if kind == 3:
        data = data[: rng.integers(len(data))] if trial % 8 == 3 else data
        for _ in range(3): data[rng.integers(len(data))] = rng.integers(256)
    open(saved + ".bad", "wb").write(data)
    try:
        models = [nl.resume(saved + ".bad", backend=b) for b in ("emulator", "reference")]
    except NeuroLSMError as error:
        assert "\\n" not in str(error), error
        bad += 1
        continue
    try:
        models[0].learn(inputs, [models[0].labels[0]] * 2), models[1].learn(inputs, [models[1].labels[0]] * 2)  # may compile
        start = time.process_time()
        found = [m.learn(inputs, [m.labels[0]] * 2).score for m in models]
        same = models[0].state.equal(models[1].state)
    except NeuroLSMError:
        continue
    assert same and np.array_equal(*found), trial
    assert time.process_time() - start < 1, trial
    good += 1
print(good, bad)
"""


@pytest.mark.parametrize("count", [60, pytest.param(3000, marks=pytest.mark.nightly)])
def test_changes_of_every_kind(count, saved):
    """Refused, or accepted and then the same on the emulator and the reference."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", SCRIPT, str(saved), str(count), "1"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-2000:]
    good, bad = map(int, done.stdout.split())
    assert good > count / 20 and bad > count / 2


# ---------------------------------------------------------------------- NIR


def nir_file(path, add):
    with h5py.File(path, "w") as f:
        f["version"] = "1.0"
        node = f.create_group("node")
        node["type"] = "NIRGraph"
        nodes = node.create_group("nodes")
        add(f, node, nodes)
        if "edges" not in node:
            node["edges"] = np.array([["input", "w"], ["w", "output"]], dtype=h5py.string_dtype())
        for name in ("input", "output"):
            if name not in nodes:
                nodes.create_group(name)["type"] = name.capitalize()
                nodes[name]["shape"] = np.array([8])


def linear(nodes, **dataset):
    group = nodes.create_group("w")
    group["type"] = "Linear"
    return group.create_dataset("weight", **dataset)


def partly(nodes):
    data = linear(nodes, shape=(2048, 2048), dtype="f4", chunks=(1024, 1024), compression="gzip")
    data[:1024, :1024] = 1


@pytest.mark.parametrize(
    ("add", "words"),
    [
        (lambda f, n, k: linear(k, shape=(32760, 32760), dtype="i1", chunks=(1024, 1024), compression="gzip"), "declares 8,585,740,800 bytes"),
        (lambda f, n, k: linear(k, shape=(2000, 2000), dtype="f4", chunks=(1000, 1000)), "bytes that are not in the file"),
        (lambda f, n, k: linear(k, shape=(2000, 2000), dtype="f8"), "bytes that are not in the file"),
        (lambda f, n, k: partly(k), "bytes that are not in the file"),
        (lambda f, n, k: linear(k, data=np.zeros((8000, 2000), "i1"), compression="gzip"), "declares 128,000,000 bytes"),
        (lambda f, n, k: [k.create_group("w"), k["w"].__setitem__("type", "Linear"), k.__setitem__("again", k["w"])], "has another name already"),
        (lambda f, n, k: k.__setitem__("soft", h5py.SoftLink("/node")), "is a link"),
        (lambda f, n, k: k.__setitem__("out", h5py.ExternalLink("/etc/passwd", "/")), "is a link"),
    ],
)  # fmt: skip
def test_nir_that_asks_for_more_than_it_holds(add, words, tmp_path):
    nir_file(tmp_path / "x.nir", add)
    small(lambda: import_nir(tmp_path / "x.nir"), words)


def test_one_text_that_thousands_refer_to(tmp_path):
    path = tmp_path / "x.nir"

    def add(f, node, nodes):
        data = node.create_dataset("edges", (2000, 2), dtype=h5py.string_dtype(), track_times=False)
        data[...] = "b"
        data[0, 0] = "a" * (1 << 21)

    nir_file(path, add)
    with h5py.File(path) as f:
        place = f["node/edges"].id.get_offset()
    with open(path, "r+b") as raw:
        raw.seek(place)
        first = raw.read(16)
        raw.seek(place)
        raw.write(first * 4000)
    small(lambda: import_nir(path), "more than 16,777,216 bytes of text")


@pytest.mark.parametrize("source", [5, None, [], {}, object(), type, np.zeros(3), b"x.nir"])
def test_objects_that_are_no_graphs(source):
    small(lambda: import_nir(source), r"import_nir\.source = .*must be a NIR file")


def test_metadata_that_is_nested_deep(tmp_path):
    def add(f, node, nodes):
        node.create_group("metadata")["neurolsm"] = "[" * 100_000 + "]" * 100_000

    nir_file(tmp_path / "x.nir", add)
    small(lambda: import_nir(tmp_path / "x.nir"))
