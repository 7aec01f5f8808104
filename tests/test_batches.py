"""Batches that follow each other: which labels come when, what is measured, and the baselines on the host."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.linear_model import RidgeClassifier

import neurolsm as nl
from neurolsm.encode.running import RunningScaler
from neurolsm.errors import InvalidValue
from neurolsm.measure.scenarios import batches, learn_model, refitted
from neurolsm.readout import Counts
from neurolsm.tasks.model import Data, Model

CHANNELS, EACH = 12, 90
PATTERNS = np.random.default_rng(3).random((3, CHANNELS))


def load():
    """Three patterns; in batch 2 each pattern has the label of the next, in batch 10 all are as at first, but darker."""
    rng = np.random.default_rng(0)
    y = np.tile(np.arange(3), EACH)
    batch = np.repeat([1, 2, 10], EACH)
    shown = np.where(batch == 2, (y + 1) % 3, y)
    x = PATTERNS[shown] * np.where(batch == 10, 0.3, 1.0)[:, None] + rng.normal(0, 0.04, (y.size, CHANNELS))
    return Data(np.clip(x, 0, 1), y, groups=batch)


def lsm(seed):
    reach = nl.RandomMap(density=0.4, weight=nl.Gamma(0.8), inhibitory=0.4)
    return nl.LSM(inputs=CHANNELS, liquid=nl.Liquid(topology=nl.Column(shape=(4, 4, 3)), input=reach), seed=seed)


MODEL = Model(
    name="drifting", summary="Three patterns that drift.", load=load, lsm=lsm, encoder=nl.RateEncoder(steps=20, rate=0.6),
    features=Counts(windows=1), readout=RidgeClassifier,
    chip_readout=lambda *_: nl.PrototypeReadout(neurons=30, windows=1, pull=0.0, replace=True),
)  # fmt: skip


def learned(scenario, **options):
    return learn_model(MODEL, scenario, seeds=1, progress=False, **options).to_dict()


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_each_scenario_says_what_it_found_in_each_batch():
    found = {name: learned(name) for name in ("every", "tenth", "none", "late")}
    for one in found.values():
        assert list(one["batches"]) == ["2", "10"], "in the order of their numbers"
        for way in ("frozen", "adapted"):
            assert one[way] == pytest.approx(np.mean([each[way] for each in one["batches"].values()]))
        assert 0 < one["prototypes"] <= 30 and one["ms_per_sample"] > 0
        assert one["batches"]["2"]["frozen"] < 0.2, "every label of batch 2 is another one"
    updates = {name: one["updates"] - EACH for name, one in found.items()}
    assert updates == {"every": 2 * EACH, "tenth": 2 * EACH // 10, "none": 0, "late": 2 * EACH - batches.LATE}
    assert found["none"]["batches"]["2"]["adapted"] < 0.2, "a frame that follows cannot tell of labels that changed"
    assert found["none"]["batches"]["10"]["adapted"] > found["none"]["batches"]["10"]["frozen"]
    assert found["every"]["adapted"] > max(found["tenth"]["adapted"], found["late"]["adapted"]) > 0.4
    assert found["none"]["forgotten"] == 0.0


def test_what_cannot_be_run_is_refused_by_name():
    with pytest.raises(InvalidValue, match=r"drifting.*no batches that follow each other.*groups"):
        learn_model(replace(MODEL, load=lambda: replace(load(), groups=None)), "every", seeds=1, progress=False)
    with pytest.raises(InvalidValue, match="samples of one batch alone"):
        learn_model(replace(MODEL, load=lambda: load().take(np.arange(EACH))), "every", seeds=1, progress=False)
    with pytest.raises(InvalidValue, match=r"samples = 60.*41 samples.*50 samples later never come"):
        learned("late", samples=60)


@pytest.mark.parametrize(
    ("known", "right"),
    [
        ([0, 1, 2, 3], [False, True, True, True]),
        ([0, batches.NEVER, batches.NEVER, batches.NEVER], [False, True, True, True]),
        ([batches.NEVER] * 4, [False] * 4),
        ([2, 3, 4, 5], [False, False, False, True]),
    ],
)
def test_a_label_is_used_once_it_has_come(known, right):
    """All later samples are of the other label, far from the first batch but for the nearest neighbour of the old one."""
    setting = type("S", (), {"values": staticmethod(lambda x: np.asarray(x, float))})()
    first = Data(np.array([[0.0], [0.1]]), np.array([0, 0]))
    then = Data(np.array([[5.0], [5.1], [5.2], [5.3]]), np.array([1, 1, 1, 1]))
    assert refitted.one_nearest(setting, first, then, np.array(known)).tolist() == right


def test_a_running_scaler_by_hand():
    follower = RunningScaler([[0.0, 4.0], [2.0, 4.0]], rate=0.5)  # means 1 and 4, variances 1 and 0
    # m = 1 + (5 - 1) / 2 = 3, s2 = 1 + ((5 - 3)^2 - 1) / 2 = 2.5;  second: m = 4 + (6 - 4) / 2 = 5, only shifted
    assert follower.follow([[5.0, 6.0]])[0] == pytest.approx([2 / np.sqrt(2.5) + 1, 1 + 4])
    assert follower.follow(np.zeros((0, 2))).shape == (0, 2)
    for wrong in ([[np.nan, 1.0]], [[1.0]], [1.0, 2.0], [["a", "b"]]):
        before = follower.mean.copy()
        with pytest.raises(InvalidValue, match=r"RunningScaler\.x"):
            follower.follow(wrong)
        assert (follower.mean == before).all()
    with pytest.raises(InvalidValue, match="at least two"):
        RunningScaler([[1.0]])
    with pytest.raises(InvalidValue, match="rate"):
        RunningScaler([[1.0], [2.0]], rate=0.9)
