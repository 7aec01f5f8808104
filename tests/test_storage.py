"""Files: written whole or not at all, read back to the bit, refused if anything about them is wrong."""

import io
import json
import os
import signal
import subprocess
import sys
import time
import zipfile

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from neurolsm.errors import FileRefused, InvalidValue
from neurolsm.files import checked as storage
from neurolsm.files import unpack

HEADER = {"name": "ä", "nested": {"list": [1, 2.5, None, True]}, "large": 2**62}
ARRAYS = {
    "a/b": np.arange(6, dtype=np.int32).reshape(2, 3),
    "c": np.array([1.5, -0.0, np.inf]),
    "empty": np.zeros((0, 4), np.uint8),
    "f": np.asfortranarray(np.arange(12.0).reshape(3, 4)),
}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "file.lsm"


@pytest.fixture
def saved(path):
    storage.write(path, "thing", HEADER, ARRAYS)
    return path


def refused(path, words, kind="thing"):
    with pytest.raises(FileRefused, match=words) as caught:
        storage.read(path, kind)
    assert str(path) in str(caught.value)


def test_round_trip(saved):
    header, arrays = storage.read(saved, "thing")
    assert header == HEADER
    assert arrays.keys() == ARRAYS.keys()
    for name, array in ARRAYS.items():
        assert arrays[name].dtype == array.dtype and np.array_equal(arrays[name], array)
        assert arrays[name].flags.writeable
    storage.write(saved, "thing", {}, {})  # over the old one
    assert storage.read(saved, "thing") == ({}, {})
    assert os.listdir(saved.parent) == [saved.name]


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(["<i2", ">i4", "<f8", "u1", "?"]).flatmap(
        lambda d: hnp.arrays(d, hnp.array_shapes(min_dims=0, min_side=0))
    )
)
def test_any_array(tmp_path, array):
    storage.write(tmp_path / "x", "thing", {}, {"x": array})
    back = storage.read(tmp_path / "x", "thing")[1]["x"]
    assert back.dtype == array.dtype and back.shape == array.shape and back.tobytes() == array.tobytes()


def test_the_file_has_the_permissions_of_any_new_file(saved):
    other = saved.with_name("other")
    other.write_text("")
    assert saved.stat().st_mode == other.stat().st_mode


def test_truncated_anywhere(saved):
    data = saved.read_bytes()
    for length in [*range(0, len(data), 100), len(data) - 1]:
        saved.write_bytes(data[:length])
        refused(saved, "cut short or not a neurolsm file")


def test_one_byte_changed_anywhere(saved):
    """Refused, or harmless: a few bytes of a zip, such as dates, say nothing about its content."""
    data = saved.read_bytes()
    noticed = 0
    for place in range(len(data)):
        for flip in (0x01, 0x80):
            changed = bytearray(data)
            changed[place] ^= flip
            saved.write_bytes(changed)
            try:
                header, arrays = storage.read(saved, "thing")
            except FileRefused:
                noticed += 1
                continue
            assert header == HEADER and arrays.keys() == ARRAYS.keys()
            assert all(arrays[name].tobytes("A") == array.tobytes("A") for name, array in ARRAYS.items())
    assert noticed > len(data)


def rewrite(path, change):
    """The same file with other entries; ``change`` gets and returns {name: bytes}. The checksum is made to fit."""
    import hashlib

    with zipfile.ZipFile(path) as archive:
        entries = change({name: archive.read(name) for name in archive.namelist()})
    if entries.get("sha256") is not None:
        digest = hashlib.sha256(entries.get("header.json", b""))
        for name in sorted(name.removesuffix(".npy") for name in entries if name.endswith(".npy")):
            digest.update(name.encode() + entries[f"{name}.npy"])
        entries["sha256"] = digest.hexdigest().encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            if data is not None:
                archive.writestr(name, data)


def header(**values):
    def change(entries):
        meta = json.loads(entries["header.json"]) | values
        return {**entries, "header.json": json.dumps({k: v for k, v in meta.items() if v is not None}).encode()}

    return change


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (header(version=2), "file version 2 is newer than 1, the newest this release reads. Update neurolsm"),
        (header(version="1"), "not a neurolsm file"),
        (header(neurolsm="program"), "holds a program, not a thing. Load it as what it is"),
        (header(neurolsm=None), "written by another program"),
        (header(version=None), "not a neurolsm file"),
        (header(header=None), "not a neurolsm file"),
        (header(header=[1]), "not a neurolsm file"),
        (lambda e: {**e, "header.json": b"[]"}, "written by another program"),
        (lambda e: {**e, "header.json": b"{"}, "not a neurolsm file"),
        (lambda e: {**e, "header.json": b"\xff"}, "not a neurolsm file"),
        (lambda e: {**e, "header.json": b"[" * 100_000}, "not a neurolsm file"),
        (lambda e: {**e, "header.json": None, "sha256": None}, "not a neurolsm file"),
        (lambda e: {**e, "sha256": None}, "not a neurolsm file"),
        (lambda e: {**e, "c.npy": b""}, "not a neurolsm file"),
        (lambda e: {**e, "c.npy": e["c.npy"] + b"x"}, "not a neurolsm file"),
        (lambda e: {**e, "c.npy": e["c.npy"].replace(b"(3,)", b"(9,)")}, "not a neurolsm file"),
        (
            lambda e: {**e, "c.npy": e["c.npy"].replace(b"(3,), }" + b" " * 9, b"(%d,), }" % 10**10)},
            "not a neurolsm file",
        ),
        (lambda e: {**e, "c.npy": e["c.npy"].replace(b"<f8", b"|O8")}, "not a neurolsm file"),
    ],
)
def test_entries_of_a_valid_zip_that_are_wrong(saved, change, words):
    rewrite(saved, lambda entries: entries)
    assert storage.read(saved, "thing")[0] == HEADER  # rewriting alone does no harm
    rewrite(saved, change)
    refused(saved, words)


def test_an_array_that_was_exchanged(saved):
    entries = {}
    with zipfile.ZipFile(saved) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    entries["c.npy"] = entries["c.npy"].replace(np.float64(1.5).tobytes(), np.float64(2.5).tobytes())
    with zipfile.ZipFile(saved, "w") as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    refused(saved, "the checksum does not match, the file was changed. Restore it from a copy")


def test_hostile_sizes(saved, monkeypatch):
    monkeypatch.setattr(unpack, "ALWAYS", 1 << 20)
    monkeypatch.setattr(storage, "parse_array", lambda *a: pytest.fail("unpacked before its size was looked at"))
    rewrite(saved, lambda entries: {**entries, "bomb.npy": bytes(1 << 22)})
    refused(saved, "arrays of 4,19.,... bytes in .*, above the limit of 1,048,576")


def test_what_swells_is_stored_so_that_it_can_be_read(path, monkeypatch):
    monkeypatch.setattr(unpack, "ALWAYS", 1 << 20)
    storage.write(path, "thing", {}, {"zeros": np.zeros(1 << 19)})
    assert path.stat().st_size > 1 << 22 and storage.read(path, "thing")[1]["zeros"].size == 1 << 19


def test_pickles_are_never_loaded(saved):
    buffer = io.BytesIO()
    np.save(buffer, np.array([print], object), allow_pickle=True)
    rewrite(saved, lambda entries: {**entries, "c.npy": buffer.getvalue()})
    refused(saved, "not a neurolsm file")


@pytest.mark.parametrize("content", [b"", b"hello", b"PK\x03\x04", bytes(1000)])
def test_foreign_files(path, content):
    path.write_bytes(content)
    refused(path, "not a neurolsm file")


def test_foreign_zip_missing_file_and_folder(path, tmp_path):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("photo.jpg", b"x")
    refused(path, "not a neurolsm file")
    refused(tmp_path / "nothing", "no such file")
    refused(tmp_path, "cannot be read")


def test_places_that_cannot_be_written(tmp_path):
    (tmp_path / "folder").mkdir()
    for place in (tmp_path / "folder", tmp_path / "no" / "folder"):
        with pytest.raises(InvalidValue, match=r"folder: cannot be written \(.*\)\. Name a file"):
            storage.write(place, "thing", {}, {})
    assert os.listdir(tmp_path) == ["folder"] and os.listdir(tmp_path / "folder") == []


def test_a_failed_write_leaves_the_old_file_and_nothing_else(saved, monkeypatch):
    before = saved.read_bytes()

    def fail(*args):
        raise OSError(28, "No space left on device")

    for name in ("fsync", "replace"):
        with monkeypatch.context() as patch:
            patch.setattr(os, name, fail)
            with pytest.raises(InvalidValue, match="No space left"):
                storage.write(saved, "thing", {}, {})
        assert saved.read_bytes() == before and os.listdir(saved.parent) == [saved.name]


WRITER = """
import os, sys, time, numpy as np
from neurolsm.files import checked as storage
from neurolsm.files import unpack
real = os.fsync
def slow(handle):  # a slow disk
    print("saving", flush=True)
    time.sleep(float(sys.argv[2]))
    real(handle)
os.fsync = slow
k = 0
while True:
    k += 1
    storage.write(sys.argv[1], "thing", {"k": k}, {"x": np.full(300_000, k)})
"""


@pytest.mark.parametrize(
    ("disk", "delays"), [(600, (0,)), (0.01, np.linspace(0, 0.06, 12))], ids=["within", "anywhere"]
)
def test_kill_during_save_leaves_a_whole_file(path, disk, delays):
    """Once certainly before the file has its name, then wherever the kill falls."""
    storage.write(path, "thing", {"k": 0}, {"x": np.full(300_000, 0)})
    for delay in delays:
        child = subprocess.Popen([sys.executable, "-c", WRITER, str(path), str(disk)], stdout=subprocess.PIPE)
        assert child.stdout.readline() == b"saving\n"
        time.sleep(delay)
        child.send_signal(signal.SIGKILL)
        child.communicate()
        header, arrays = storage.read(path, "thing")
        assert (arrays["x"] == header["k"]).all()
        assert disk < 600 or (header["k"] == 0 and any(name.endswith(".part") for name in os.listdir(path.parent)))
