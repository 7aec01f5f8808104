"""Deployments: they learn, say how sure they are, save themselves whole, go on elsewhere to the bit, and refuse with a reason."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace

import numpy as np
import pytest

import neurolsm as nl
from neurolsm.deployment import CannotBeSaved
from neurolsm.deployment.checkpoint import FORMAT, KIND
from neurolsm.deployment.codec import from_json, to_json
from neurolsm.deployment.prediction import Confidence
from neurolsm.encode import SignedRateEncoder, Together
from neurolsm.files.checked import read, write

CHANNELS, STEPS = 10, 24
PATTERNS = np.random.default_rng(0).random((4, CHANNELS))


def samples(per_class, seed, classes=4):
    """Noisy copies of one pattern of rates per class."""
    rng = np.random.default_rng(seed)
    y = rng.permutation(np.repeat(np.arange(classes), per_class))
    return np.clip(PATTERNS[y] + rng.normal(0, 0.15, (y.size, CHANNELS)), 0, 1), y


def lsm(readout, seed=1):
    liquid = nl.Liquid(
        topology=nl.Column(shape=(4, 4, 3)), input=nl.RandomMap(density=0.4, weight=nl.Gamma(1.5), inhibitory=0.4)
    )
    return nl.LSM(inputs=CHANNELS, liquid=liquid, readout=readout, seed=seed)


ENCODER = nl.RateEncoder(steps=STEPS, rate=0.6)
DELTA = nl.DeltaReadout(classes=5, windows=2, scale=8, rate=2.0**-8)
PROTOTYPES = nl.PrototypeReadout(neurons=40, windows=2)
READOUTS = pytest.mark.parametrize("readout", [DELTA, PROTOTYPES], ids=["delta", "prototypes"])


def fresh(readout=DELTA, backend="emulator"):
    return nl.deploy(lsm(readout), ENCODER, labels=np.arange(4), backend=backend)


@pytest.fixture(scope="module")
def taught():
    """A deployment that has learned; tests that change it load the file again."""
    made = fresh()
    made.learn(*samples(60, 1))
    return made


@pytest.fixture
def saved(taught, tmp_path):
    path = tmp_path / "taught.lsm"
    taught.save(path)
    return path


@READOUTS
def test_it_learns_on_the_chip(readout):
    x, y = samples(40, 2)
    with fresh(readout) as chip:
        online = chip.learn(*samples(60, 1))
        said = chip.predict(x)
    assert (said.label == y).mean() > 0.9
    assert len(online) == 240 and np.isneginf(online.score[0]).all(), "the first sample met a model that knew nothing"


def test_predicting_changes_nothing(taught):
    x, _ = samples(5, 3)
    first, again = taught.predict(x), taught.predict(x)
    assert np.array_equal(first.score, again.score)
    weights = [s.weight.copy() for s in taught.state.plastic]
    clock = taught.state.clock
    taught.predict(x)
    assert taught.state.clock == clock
    assert all(np.array_equal(a, s.weight) for a, s in zip(weights, taught.state.plastic, strict=True))


def test_a_new_class_arrives_later():
    x, y = samples(40, 5)
    with fresh(nl.PrototypeReadout(neurons=160, windows=2)) as chip:
        chip.learn(x[y < 3], y[y < 3])
        assert 3 not in chip.predict(x).label
        chip.learn(x[y == 3][:20], y[y == 3][:20])
        right = chip.predict(x).label == y
    assert right[y == 3].mean() > 0.8 and right[y < 3].mean() > 0.9


def test_the_level_of_a_prototype_is_its_squared_length():
    """So that a score is a cosine, and a prototype of many samples is heard beside copies of one."""
    with fresh(PROTOTYPES) as chip:
        chip.learn(*samples(60, 1))
        teacher = chip._teacher
        used = teacher.owner >= 0
        weights = chip.state.plastic[-1].weight.reshape(-1, PROTOTYPES.neurons)[:, used]
        length = ((2 * weights / weights.max() - 1.0) ** 2).mean(axis=0)
    assert length.min() < 0.8, "some stand for many"
    assert teacher.level[used] == pytest.approx(length, abs=0.15)


def test_a_full_memory_says_so():
    with (
        fresh(nl.PrototypeReadout(neurons=2, windows=2)) as chip,
        pytest.warns(UserWarning, match="all 2 neurons are in use"),
    ):
        chip.learn(*samples(3, 1))


def test_a_full_memory_forgets_what_was_of_no_use_for_longest(tmp_path):
    x, y = samples(1, 3)
    x, y = x[np.argsort(y)], np.sort(y)
    with fresh(nl.PrototypeReadout(neurons=3, windows=2, margin=0.0, pull=0.0, replace=True)) as chip:
        chip.learn(x[[0, 1, 2, 0]], y[[0, 1, 2, 0]])  # 0 was useful again, so 1 is the oldest
        assert chip._teacher.used.tolist() == [4, 2, 3]
        chip.save(tmp_path / "full.lsm")
        with nl.resume(tmp_path / "full.lsm", backend="reference") as again:
            for one in (chip, again):
                one.learn(x[[3]], y[[3]])
                assert one._teacher.owner.tolist() == [0, 3, 2]
                assert one.predict(x[[0, 2, 3]]).label.tolist() == [0, 2, 3]
            assert (chip.state.plastic[-1].weight == again.state.plastic[-1].weight).all()


def test_without_pull_prototypes_stay_copies():
    with fresh(nl.PrototypeReadout(neurons=40, windows=2, pull=0.0)) as chip:
        chip.learn(*samples(10, 1))
        weight = chip.state.plastic[-1].weight
    assert ((weight <= 1) | (weight >= weight.max() - 1)).all(), "a teacher of 127 goes 127/128 of the way"


def test_confidence_means_what_it_says():
    """Scores from a known softmax: the sharpness is found, and probabilities match frequencies."""
    rng = np.random.default_rng(0)
    score = rng.normal(0, 1, (6000, 3))
    p = np.exp(2.5 * score)
    p /= p.sum(axis=1, keepdims=True)
    label = (p.cumsum(axis=1) > rng.random((6000, 1))).argmax(axis=1)
    found = Confidence(1.0)
    found.learn(score, label)
    assert found.sharpness == pytest.approx(2.5, rel=0.25)
    assert found.probability(np.array([[-np.inf, 0.0]])).tolist() == [[0, 1]]
    assert found.probability(np.full((1, 2), -np.inf)).tolist() == [[0.5, 0.5]]


def test_adapt_until_sure_or_until_the_limit(saved):
    x, _ = samples(3, 6)
    odd = 0.5 * x + 0.25
    with nl.resume(saved) as chip:
        found = chip.adapt(odd, confidence=0.97, limit=6)
        assert len(found) == 12
        for one in found:
            assert 2 <= one.presentations == len(one.history) <= 6, "the second look decides, offsets follow the first"
            assert one.sure == (one.confidence >= 0.97)
        raised = [a.history[-1] - a.history[0] for a in found if a.presentations > 1]
        assert raised and np.mean(raised) > 0
        assert not chip.adapt(odd[:1], confidence=1.0, limit=2)[0].sure


def test_reward_alone_teaches():
    x, y = samples(60, 1)
    test = samples(40, 2)
    with fresh() as chip:
        chip.reward(x, y)
        assert (chip.predict(test[0]).label == test[1]).mean() > 0.7
    with fresh() as chip:
        asked = []
        chip.reward(x[:6], lambda k, label: bool(asked.append((k, label)) or y[k] == label))
        assert [k for k, _ in asked] == list(range(6))


def test_a_stream_answers_every_sample_and_learns_where_there_is_a_label(saved):
    x, y = samples(5, 7)
    with nl.resume(saved) as chip:
        before = chip.updates
        said = list(chip.stream((a, b if k % 2 else None) for k, (a, b) in enumerate(zip(x, y, strict=True))))
        assert len(said) == 20 and all(len(p) == 1 for p in said)
        assert chip.updates - before == 10


def test_frozen_it_refuses_to_learn_and_thaws(saved):
    x, y = samples(2, 8)
    with nl.resume(saved) as chip:
        chip.freeze()
        for act in (
            lambda: chip.learn(x, y),
            lambda: chip.adapt(x),
            lambda: chip.reward(x, y),
            lambda: chip.settle(x),
            lambda: chip.follow(x),
        ):
            with pytest.raises(nl.InvalidValue, match=r"frozen.*thaw"):
                act()
        chip.predict(x)
        chip.thaw()
        chip.learn(x, y)


def test_settling_moves_offsets_and_no_weights(saved):
    x, _ = samples(10, 9)
    with nl.resume(saved) as chip:
        before = [s.weight.copy() for s in chip.state.plastic]
        chip.settle(np.clip(2 * x, 0, 1))
        moved = [(a != s.weight).any() for a, s in zip(before, chip.state.plastic, strict=True)]
    assert moved == [True, False, False]


# ---------------------------------------------------------------- files


@READOUTS
def test_saved_and_resumed_it_goes_on_to_the_bit(readout, tmp_path):
    more, test = samples(10, 3), samples(10, 4)[0]
    with fresh(readout) as chip:
        chip.learn(*samples(10, 1))
        chip.freeze()
        chip.save(tmp_path / "mid.lsm")
        with nl.resume(tmp_path / "mid.lsm") as other:
            assert other.frozen and other.updates == chip.updates == 40
            assert other.lsm == chip.lsm and other.encoder == chip.encoder
            for one in (chip, other):
                one.thaw()
                one.learn(*more)
            assert other.state.equal(chip.state)
            assert np.array_equal(other.predict(test).probability, chip.predict(test).probability)


def test_labels_may_be_words(tmp_path):
    x, y = samples(10, 1)
    words = np.array(["ant", "bee", "cat", "dog"])
    with nl.deploy(lsm(DELTA), ENCODER, labels=words) as chip:
        chip.learn(x, words[y])
        chip.save(tmp_path / "words.lsm")
        with nl.resume(tmp_path / "words.lsm") as other:
            assert other.predict(x).label.tolist() == chip.predict(x).label.tolist()
            assert set(other.predict(x).label.tolist()) <= set(words.tolist())


def changed(saved, path, change):
    header, arrays = read(saved, KIND)
    change(header, arrays)
    write(path, KIND, header, arrays)
    return path


def drop_neurons(header, arrays):
    arrays["state/v"] = arrays["state/v"][:-1]


def far_synapse(header, arrays):
    arrays["program/projections/0/post"][0] = 10**6


def far_modulator(header, arrays):
    header["program"]["modulators"][0]["stop"] = 10**6


def far_owner(header, arrays):
    header["teacher"]["heard"] = [True]


def other_class(header, arrays):
    header["lsm"]["class"] = "Popen"


@pytest.mark.parametrize("change", [drop_neurons, far_synapse, far_modulator, far_owner, other_class])
def test_a_file_that_holds_what_cannot_be_is_refused_and_the_model_untouched(change, taught, saved, tmp_path):
    bad = changed(saved, tmp_path / "bad.lsm", change)
    with nl.resume(saved) as chip:
        before = chip.state.copy()
        for act in (lambda: chip.load(bad), lambda: nl.resume(bad)):
            with pytest.raises((nl.FileRefused, nl.InvalidValue)) as caught:
                act()
            assert len(str(caught.value).splitlines()) == 1
        assert chip.state.equal(before)
        assert np.array_equal(chip.predict(samples(3, 3)[0]).score, taught.predict(samples(3, 3)[0]).score)


def test_files_cut_short_changed_newer_or_foreign_are_refused(saved, tmp_path):
    data = saved.read_bytes()
    bad = tmp_path / "bad.lsm"
    for content in (data[: len(data) // 2], data[:600] + bytes([data[600] ^ 1]) + data[601:], b"", b"PK nonsense"):
        bad.write_bytes(content)
        with pytest.raises(nl.FileRefused):
            nl.resume(bad)
    with pytest.raises(nl.FileRefused, match="newer"):
        nl.resume(changed(saved, bad, lambda header, arrays: header.update(format=FORMAT + 1)))
    nl.lower(lsm(None)).program.save(bad)
    with pytest.raises(nl.FileRefused, match="holds a program"):
        nl.resume(bad)
    with pytest.raises(nl.FileRefused, match="no such file"):
        nl.resume(tmp_path / "nothing.lsm")


def test_the_file_of_another_program_is_not_loaded_into_a_running_model(saved):
    with (
        nl.deploy(lsm(DELTA, seed=2), ENCODER, labels=range(4)) as other,
        pytest.raises(nl.InvalidValue, match="another program"),
    ):
        other.load(saved)


def test_killed_while_saving_the_last_good_file_stays(saved, tmp_path):
    code = f"import neurolsm as nl\nchip = nl.resume({str(saved)!r})\nprint('ready', flush=True)\nwhile True: chip.save({str(saved)!r})"
    for wait in (0.0, 0.05, 0.13):
        child = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
        assert child.stdout.readline() == b"ready\n"
        time.sleep(wait)
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
        child.stdout.close()
        with nl.resume(saved) as chip:
            assert chip.updates == 240


def test_descriptions_survive_the_file():
    arrays = {}
    rich = nl.LSM(
        inputs=3, seed=2**40,
        liquid=nl.Series((
            nl.Liquid(topology=nl.Explicit(np.diag([0.5, -0.5], 1)[:2, :2], position=[[0, 0], [1, 0]]), delays=nl.ByDistance(0.01)),
            nl.Parallel((nl.Liquid(topology=nl.SmallWorld(n=20), plasticity=nl.STDP(), intrinsic=nl.IntrinsicPlasticity()),)),
        )),
        readout=nl.DeltaReadout(classes=2),
    )  # fmt: skip
    assert from_json(to_json(rich, arrays), arrays) == rich
    sweep = nl.Sweep(shape=(2, 2), encoder=nl.RateEncoder(low=(0.0, 1.0), high=(2.0, 3.0)))
    assert from_json(to_json(sweep, arrays), arrays) == sweep
    both = Together((nl.DeltaEncoder(threshold=4.0), SignedRateEncoder(rate=0.5, high=20.0)))
    assert from_json(to_json(both, arrays), arrays) == both
    rule = nl.DeltaRule(tau=float("inf"))
    assert from_json(to_json(rule, arrays), arrays) == rule


# ---------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    "act, words",
    [
        (lambda c, x, y: c.learn(x, None), ("y", "labels are needed")),
        (lambda c, x, y: c.learn(x, y[:2]), ("y", "one label for each")),
        (lambda c, x, y: c.learn(x, y + 7), ("never declared", "declare(")),
        (lambda c, x, y: c.adapt(x[:0]), ("X",)),
        (lambda c, x, y: c.adapt(0 * x), ("X", "empty")),
        (lambda c, x, y: c.adapt(x, confidence=2), ("confidence",)),
        (lambda c, x, y: c.predict(x[:, :4]), ("channels",)),
        (lambda c, x, y: c.declare(9, 10), ("room for 5",)),
        (lambda c, x, y: c.declare(1), ("different",)),
    ],
)
def test_refused_with_the_reason(taught, act, words):
    x, y = samples(2, 3)
    before = taught.state.copy()
    with pytest.raises(nl.InvalidValue) as caught:
        act(taught, x, y)
    assert all(word in str(caught.value) for word in words), caught.value
    assert [np.array_equal(a.weight, b.weight) for a, b in zip(before.plastic, taught.state.plastic, strict=True)]


def test_deploying_needs_a_readout_labels_and_room():
    for act, words in (
        (lambda: nl.deploy(lsm(None), ENCODER, labels=range(4)), "readout"),
        (lambda: nl.deploy(lsm(DELTA), ENCODER, labels=range(9)), "room for 5"),
        (lambda: nl.deploy(lsm(DELTA), ENCODER, labels=[1, 1]), "different"),
        (lambda: nl.deploy("digits", labels=[1]), "must be an LSM"),
    ):
        with pytest.raises(nl.InvalidValue, match=words):
            act()
    with pytest.raises(nl.NotAvailable):
        nl.deploy(lsm(DELTA), ENCODER, labels=range(4), backend="nothing")
    with fresh() as nothing_learned, pytest.raises(nl.InvalidValue, match="learn"):
        nothing_learned.adapt(samples(1, 1)[0])


def test_what_a_file_cannot_hold_is_refused_before_it_is_written(tmp_path):
    class Own:
        steps = STEPS

        def channels(self, n):
            return n

        def encode(self, x):
            return ENCODER.encode(x)

    with pytest.warns(CannotBeSaved, match="Own"):
        own = nl.deploy(lsm(DELTA), Own(), labels=range(4))
    with own as chip, pytest.raises(nl.InvalidValue, match="Own"):
        chip.save(tmp_path / "own.lsm")
    assert not os.listdir(tmp_path)


def test_a_classifier_deploys_with_its_encoder_and_labels():
    x, y = samples(60, 1)
    model = nl.LSMClassifier(lsm(DELTA), encoder=ENCODER).fit(x, y)
    with model.deploy() as chip:
        chip.learn(x, y)
        assert (chip.predict(x).label == y).mean() > 0.8
    with pytest.raises(nl.InvalidValue, match="readout"):
        nl.LSMClassifier(replace(lsm(DELTA), readout=None), encoder=ENCODER).fit(x, y).deploy()
