"""Loaders: official files become samples; what is missing, cut short, changed or foreign is named."""

import gzip
import hashlib
import re
from dataclasses import replace

import numpy as np
import pooch
import pytest
from neurolsm_models import events, mnist, objects, vowels
from neurolsm_models.data import nmnist, official
from neurolsm_models.data.idx import FILES, MNIST, load_idx, read_idx
from neurolsm_models.data.official import Official
from neurolsm_models.data.place import root as data_root
from neurolsm_models.data.ts import JAPANESE_VOWELS, load_ts, read_ts

from neurolsm.encode.camera import EVENT
from neurolsm.errors import FileRefused, NotAvailable

IDX_HEAD = bytes([0, 0, 8, 1, 0, 0, 0, 3])
TS = "#a comment\n@problemName Two\n@classLabel true a b\n@data\n1,2,3:4,5,6:a\n7,8:9,10.5:b\n"


def idx(array):
    head = bytes([0, 0, 8, array.ndim]) + b"".join(n.to_bytes(4, "big") for n in array.shape)
    return gzip.compress(head + array.astype(np.uint8).tobytes())


def event_bytes(rows):
    """(x, y, t, p) in the five bytes of the camera."""
    return b"".join(bytes([x, y, p << 7 | t >> 16, t >> 8 & 255, t & 255]) for x, y, t, p in rows)


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.setenv("NEUROLSM_DATA", str(tmp_path))
    monkeypatch.setattr(pooch, "retrieve", offline)
    return tmp_path


def offline(*args, **kwargs):
    raise ConnectionError("no network in tests")


@pytest.fixture
def images(root):
    """Ten small images in the official layout, and the set that they make up."""
    rng = np.random.default_rng(0)
    (root / "small").mkdir()
    for file, n in zip(FILES, (6, 6, 4, 4), strict=True):
        array = rng.integers(0, 256, (n, 28, 28)) if "images" in file else rng.integers(0, 10, n)
        (root / "small" / file).write_bytes(idx(array))
    return Official("small", "ten images", sums(root / "small"), 0.1, "http://localhost:9/")


def sums(folder):
    return {file: hashlib.sha256((folder / file).read_bytes()).hexdigest() for file in FILES}


# ---------------------------------------------------------------------- images


def test_official_images_become_data_with_their_test_set_marked(root, images):
    data = load_idx(images)
    assert data.x.shape == (10, 784) and data.test.tolist() == [False] * 6 + [True] * 4
    assert (data.x[6:].reshape(-1, 28, 28) == read_idx(root / "small" / FILES[2])).all()
    assert (data.y[:6] == read_idx(root / "small" / FILES[1])).all()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"nothing", "not an IDX file"),
        (gzip.compress(IDX_HEAD + b"ab"), "holds 2 bytes where its shape (3,) needs 3"),
        (gzip.compress(IDX_HEAD + b"abcd"), "holds 4 bytes"),
        (gzip.compress(IDX_HEAD + b"abc")[:-9], "not an IDX file"),
        (gzip.compress(b"\x00\x00\x0d\x01" + IDX_HEAD[4:] + b"abc"), "does not begin"),
        (gzip.compress(b""), "does not begin"),
    ],
    ids=["not gzip", "one byte short", "one byte more", "cut short", "other kind of numbers", "empty"],
)
def test_foreign_and_truncated_idx_files_are_refused(tmp_path, content, words):
    (tmp_path / "some.gz").write_bytes(content)
    with pytest.raises(FileRefused, match=r"some\.gz.*" + re.escape(words)):
        read_idx(tmp_path / "some.gz")


def test_images_and_labels_that_do_not_match_are_refused(root, images):
    (root / "small" / FILES[1]).write_bytes(idx(np.zeros(5)))
    with pytest.raises(FileRefused, match="do not belong together"):
        load_idx(replace(images, files=sums(root / "small")))


def test_a_changed_file_is_not_read(root, images):
    file = root / "small" / FILES[3]
    file.write_bytes(idx(np.ones(4)))
    with pytest.raises(FileRefused, match=rf"{FILES[3]}: not the published file"):
        load_idx(images)


@pytest.mark.parametrize(
    ("model", "name", "size"),
    [(mnist, "mnist", "11.6"), (objects, "fashion_mnist", "30.9"), (vowels, "japanese", "0.6")],
)
def test_absent_data_say_what_to_get_where_and_how_large(root, model, name, size):
    with pytest.raises(
        NotAvailable, match=rf"{name}.*download from http.*Get {size} MB.*put the files into {root}.*NEUROLSM_DATA"
    ):
        model.MODEL.load()


def test_missing_files_are_downloaded_checked_and_kept(root, images, monkeypatch):
    held = {file: (root / "small" / file).read_bytes() for file in FILES}
    asked = []

    def retrieve(url, known_hash, fname, path, downloader):
        asked.append((url, known_hash))
        (path / fname).write_bytes(held[fname])

    monkeypatch.setattr(official.pooch, "retrieve", retrieve)
    (root / "small" / FILES[2]).unlink()
    assert len(load_idx(images)) == 10
    assert asked == [("http://localhost:9/" + FILES[2], f"sha256:{images.files[FILES[2]]}")]


def test_a_host_that_is_not_there_is_named_with_its_reason(root, images, monkeypatch):
    monkeypatch.undo()
    monkeypatch.setenv("NEUROLSM_DATA", str(root))
    (root / "small" / FILES[2]).unlink()
    with pytest.raises(NotAvailable, match=r"lacks t10k-images.*localhost:9/ failed \(ConnectionError\)"):
        load_idx(images)


def test_without_the_variable_data_lie_in_a_cache_folder(monkeypatch):
    monkeypatch.delenv("NEUROLSM_DATA", raising=False)
    assert data_root().name == "neurolsm"


# ---------------------------------------------------------------------- events


def test_events_are_read_as_structured_arrays_of_tonic(tmp_path):
    rows = [(1, 2, 0, 1), (33, 0, 70_000, 0), (5, 240, 0, 0), (7, 8, 70_001, 1)]  # the third marks a wrap of the clock
    (tmp_path / "a.bin").write_bytes(event_bytes(rows))
    found = nmnist.read_bin(tmp_path / "a.bin")
    assert found.dtype == EVENT == np.dtype([("x", "i2"), ("y", "i2"), ("t", "i8"), ("p", "?")])
    assert found.tolist() == [(1, 2, 0, True), (33, 0, 70_000, False), (7, 8, 70_001 + 8192, True)]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty recording"),
        (event_bytes([(1, 1, 5, 0)])[:-1], "4 bytes are no whole number"),
        (event_bytes([(1, 240, 5, 0)]), "without an event"),
        (event_bytes([(34, 1, 5, 0)]), r"pixel \(34, 1\) lies outside"),
        (event_bytes([(1, 1, 9, 0), (1, 1, 8, 0)]), "backwards at event 1, from 9 to 8"),
    ],
)
def test_broken_recordings_are_refused(tmp_path, content, words):
    (tmp_path / "00001.bin").write_bytes(content)
    with pytest.raises(FileRefused, match=r"00001\.bin.*" + words):
        nmnist.read_bin(tmp_path / "00001.bin")


def test_missing_and_changed_recordings_are_named(root):
    with pytest.raises(NotAvailable, match=r"nmnist.*1000 of 1000 recordings.*1\.2 GB.*NEUROLSM_DATA"):
        events.load()
    for part, numbers in events.NUMBERS.items():
        (root / "nmnist" / part / "3").mkdir(parents=True)
        for number in numbers:
            (root / "nmnist" / part / "3" / f"{number:05d}.bin").write_bytes(event_bytes([(1, 1, 1, 1)]))
    with pytest.raises(FileRefused, match="not the published file"):
        events.load()


# ---------------------------------------------------------------------- series


def test_series_are_read_with_their_labels(tmp_path):
    (tmp_path / "a.ts").write_text(TS)
    samples, labels = read_ts(tmp_path / "a.ts")
    assert [s.tolist() for s in samples] == [[[1, 4], [2, 5], [3, 6]], [[7, 9], [8, 10.5]]] and labels.tolist() == [
        "a",
        "b",
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "not a .ts file"),
        (TS.replace("@data", "@date"), "not a .ts file"),
        (TS.replace("true a b", "false"), "not a .ts file"),
        (TS.split("1,2")[0], "no sample"),
        (TS.replace("5", "x"), "line 5: not numbers"),
        (TS.replace("5", "nan"), "line 5: not numbers"),
        (TS.replace("5,", ""), "line 5: not numbers of one length"),
        (TS.replace(":b", ":c"), "line 6: label 'c'"),
        (TS.replace(":9,10.5", ""), "line 6: label 'b' with 1 dimensions"),
        (TS[:-8], "line 6"),
    ],
)
def test_broken_series_are_refused(tmp_path, text, words):
    (tmp_path / "a.ts").write_text(text)
    with pytest.raises(FileRefused, match=r"a\.ts.*" + words):
        read_ts(tmp_path / "a.ts")


def test_bytes_that_are_no_text_are_refused(tmp_path):
    (tmp_path / "a.ts").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(FileRefused, match="no text"):
        read_ts(tmp_path / "a.ts")


# ---------------------------------------------------------------------- the real files


def test_the_published_files_are_what_the_checksums_say():
    for published, load, shape, counts in (
        (MNIST, load_idx, (70_000, 784), (60_000, 10_000)),
        (JAPANESE_VOWELS, load_ts, (640,), (270, 370)),
    ):
        if not all((data_root() / published.name / file).exists() for file in published.files):
            pytest.skip(f"{data_root() / published.name} lacks files: put {published.title} there")
        data = load(published)
        assert np.shape(data.x) == shape if isinstance(data.x, np.ndarray) else (len(data.x),) == shape
        assert (~data.test).sum(), data.test.sum() == counts
