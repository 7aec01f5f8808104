"""gas: its file format and what is no such file, its values, and its scenarios on batches that are made up."""

from dataclasses import replace

import numpy as np
import pytest
from neurolsm_models import gas
from neurolsm_models.data import gas as data
from neurolsm_models.data.place import VARIABLE, root

import neurolsm as nl
from neurolsm.errors import FileRefused, NotAvailable

COUNTS = (2, 1, 1, 1, 1, 1)
LINES = [f"{g};{10 * g}.5 " + " ".join(f"{k}:{g * 1000 + k}.25" for k in range(1, 129)) for g in (1, 1, 2, 3, 4, 5, 6)]


@pytest.fixture
def small(monkeypatch):
    """Batch 1 has seven samples."""
    monkeypatch.setattr(data, "BATCHES", {1: COUNTS, 2: (1, 0, 0, 0, 0, 0)})


def write(path, lines):
    path.write_text("\n".join(lines) + "\n")
    return path


def test_a_batch_is_read(small, tmp_path):
    found = data.read_batch(write(tmp_path / "batch1.dat", LINES), 1)
    assert found.x.shape == (7, 128) and found.x[2, [0, 127]].tolist() == [2001.25, 2128.25]
    assert found.gas.tolist() == [1, 1, 2, 3, 4, 5, 6] and found.batch.tolist() == [1] * 7
    assert found.ppm.tolist() == [10.5, 10.5, 20.5, 30.5, 40.5, 50.5, 60.5]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda ls: [*ls[:2], ls[2].rsplit(" ", 1)[0], *ls[3:]], r"line 3: has 127 features, must have 1: to 128:"),
        (lambda ls: [ls[0].replace(" 7:", " 8:"), *ls[1:]], "line 1: has 128 features, must have 1: to 128: in this order"),
        (lambda ls: [*ls[:3], ls[3].replace("5:3005.25", "5:nan"), *ls[4:]], "line 4: feature 5 is 'nan', not a finite"),
        (lambda ls: [ls[0].replace(";10.5", ""), *ls[1:]], "line 1: its concentration is '', not a finite number"),
        (lambda ls: [*ls[:6], "7" + ls[6][1:]], "line 7: begins with 7;60.5, not with a gas of 1 to 6"),
        (lambda ls: ["1,2,3", *ls], "line 1: begins with 1,2,3, not with a gas"),
        (lambda ls: ls[:1], "holds the samples of batch 2, batch 1 has"),
        (lambda ls: ls[:5], r"holds \(2, 1, 1, 1, 0, 0\) samples of gases 1 to 6, batch 1 has \(2, 1, 1, 1, 1, 1\)"),
        (lambda ls: [], "samples of gases 1 to 6"),
    ],
)  # fmt: skip
def test_what_is_no_such_batch_is_refused(small, tmp_path, change, words):
    with pytest.raises(FileRefused, match=r"batch1\.dat.*" + words):
        data.read_batch(write(tmp_path / "batch1.dat", change(LINES)), 1)


def test_a_missing_batch_is_named(small, tmp_path, monkeypatch):
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    (tmp_path / data.FOLDER).mkdir()
    write(tmp_path / data.FOLDER / "batch1.dat", LINES)
    for ask in (gas.load, gas.MODEL.check):
        with pytest.raises(NotAvailable, match=r"lacks batch2\.dat.*data set 224"):
            ask()
    write(tmp_path / data.FOLDER / "batch2.dat", LINES[:1])
    assert gas.MODEL.check() == tmp_path / data.FOLDER


def made_up(per_batch=60, batches=3):
    """Three gases whose features drift: the second batch of one looks like the first of another."""
    rng = np.random.default_rng(2)
    y = np.tile(np.arange(1, 4), per_batch * batches // 3)
    batch = np.repeat(np.arange(1, batches + 1), per_batch)
    centre = rng.normal(0, 2, (3, 128))
    x = centre[(y - 1 + batch - 1) % 3] + rng.normal(0, 0.4, (y.size, 128))
    return x, y, batch


def test_whitening_takes_away_what_varies_within_a_gas():
    x, y, batch = made_up()
    x[:, 0] = 3.0  # a feature that never varies
    first = batch == 1
    found = gas.whitened(x, y, first)
    assert np.isfinite(found).all() and np.abs(found[:, 0]).max() < 1e-9
    assert found[first].mean(axis=0) == pytest.approx(np.zeros(128), abs=1e-9)
    assert found[first].std(axis=0)[1:] == pytest.approx(np.ones(127))
    changed = x.copy()
    changed[~first] += 1.0
    assert np.array_equal(gas.whitened(changed, y, first)[first], found[first]), "later batches have no say"


def test_a_sample_takes_a_prototype_of_the_liquid_that_hears_it():
    """The readout of each scenario can be attached, and the liquid fires for values as they come."""
    program = nl.lower(replace(gas.lsm(1), readout=gas.chip_readout("every", 6, 6697))).program
    assert [p.name for p in program.populations] == ["liquid", "counter", "silent", "readout"]
    assert gas.chip_readout("none", 6, 6697).margin > gas.chip_readout("every", 6, 6697).margin
    x = np.random.default_rng(1).normal(size=(20, 128))
    liquid = nl.lower(gas.lsm(1)).program
    with nl.open_simulator(liquid, "emulator") as simulator:
        spikes = simulator.run(gas.ENCODER.encode(x)).spikes
    share = spikes.count / (liquid.n * 20 * gas.ENCODER.steps)
    assert 0.05 < share < 0.5


@pytest.mark.nightly
@pytest.mark.skipif(not (root() / data.FOLDER).exists(), reason="the data are not there")
def test_the_published_data():
    found = gas.load()
    assert found.x.shape == (6697, 128) and np.isfinite(found.x).all()
    assert np.unique(found.groups).tolist() == [1, 2, 3, 4, 5, 6, 8, 9]
