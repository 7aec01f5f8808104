"""The IDX loader: official files, and refusals that say what to do."""

import gzip

import numpy as np
import pytest
from neurolsm_models import mnist
from neurolsm_models.data.idx import FILES, read_idx

from neurolsm.errors import FileRefused, NotAvailable


def idx(array):
    head = bytes([0, 0, 8, array.ndim]) + b"".join(n.to_bytes(4, "big") for n in array.shape)
    return gzip.compress(head + array.astype(np.uint8).tobytes())


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.setenv("NEUROLSM_DATA", str(tmp_path))
    rng = np.random.default_rng(0)
    (tmp_path / "mnist").mkdir()
    for file, n in zip(FILES, (6, 6, 4, 4), strict=True):
        array = rng.integers(0, 256, (n, 28, 28)) if "images" in file else rng.integers(0, 10, n)
        (tmp_path / "mnist" / file).write_bytes(idx(array))
    return tmp_path


def test_official_files_become_data_with_their_test_set_marked(root):
    data = mnist.load()
    assert data.x.shape == (10, 784) and data.test.tolist() == [False] * 6 + [True] * 4
    assert (data.x[6:].reshape(-1, 28, 28) == read_idx(root / "mnist" / FILES[2])).all()
    assert (data.y[:6] == read_idx(root / "mnist" / FILES[1])).all()
    spikes = mnist.ENCODER.encode(data.x)
    assert spikes.units == mnist.lsm(1).inputs == 56 and spikes.count > 0


def test_missing_and_broken_files_are_named(root, monkeypatch):
    (root / "mnist" / FILES[3]).write_bytes(b"nothing")
    with pytest.raises(FileRefused, match=FILES[3]):
        mnist.load()
    (root / "mnist" / FILES[3]).unlink()
    with pytest.raises(NotAvailable, match=FILES[3]):
        mnist.load()
    monkeypatch.delenv("NEUROLSM_DATA")
    with pytest.raises(NotAvailable, match="NEUROLSM_DATA"):
        mnist.load()
