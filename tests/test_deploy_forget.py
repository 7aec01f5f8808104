"""Deployments that are looked into and that forget: a label goes, the others stay, and the file goes on elsewhere to the bit."""

import itertools

import numpy as np
import pytest

import neurolsm as nl

PATTERNS = np.random.default_rng(0).random((4, 10))
ENCODER = nl.RateEncoder(steps=24, rate=0.6)
DELTA = nl.DeltaReadout(classes=5, windows=2, scale=8, rate=2.0**-8)
PROTOTYPES = nl.PrototypeReadout(neurons=40, windows=2)
READOUTS = pytest.mark.parametrize("readout", [DELTA, PROTOTYPES], ids=["delta", "prototypes"])


pytestmark = pytest.mark.filterwarnings("ignore::neurolsm.UnusualValue", "ignore:.*all 40 neurons are in use")


def samples(per_class, seed):
    rng = np.random.default_rng(seed)
    y = rng.permutation(np.repeat(np.arange(4), per_class))
    return np.clip(PATTERNS[y] + rng.normal(0, 0.15, (y.size, 10)), 0, 1), y


def taught(readout, backend="emulator"):
    liquid = nl.Liquid(
        topology=nl.Column(shape=(4, 4, 3)), input=nl.RandomMap(density=0.4, weight=nl.Gamma(1.5), inhibitory=0.4)
    )
    chip = nl.deploy(
        nl.LSM(inputs=10, liquid=liquid, readout=readout, seed=1), ENCODER, labels=range(4), backend=backend
    )
    chip.learn(*samples(30, 1))
    return chip


@READOUTS
@pytest.mark.parametrize("label", [0, 2, 3])
def test_a_label_is_forgotten_and_the_others_are_not(readout, label):
    x, _ = samples(10, 2)
    with taught(readout) as chip:
        before = chip.predict(x)
        chip.forget(label)
        after = chip.predict(x)
        assert after.labels.tolist() == [k for k in range(4) if k != label]
        assert (after.score == np.delete(before.score, label, axis=1)).all()
        assert label not in after.label
        with pytest.raises(nl.InvalidValue, match="was never declared"):
            chip.learn(x[:1], [label])


@READOUTS
def test_what_is_forgotten_can_be_taught_anew_under_another_name(readout):
    x, y = samples(20, 3)
    with taught(readout) as chip:
        chip.forget(1)
        chip.declare(7)
        assert not (chip.predict(x[y == 1]).label == 7).any()
        for _ in range(1 if readout is PROTOTYPES else 4):
            chip.learn(x[:60], np.where(y[:60] == 1, 7, y[:60]))
        said = chip.predict(x[60:]).label
        assert np.mean(said == np.where(y[60:] == 1, 7, y[60:])) > 0.8


@READOUTS
def test_a_label_leaves_no_weight_behind(readout):
    with taught(readout) as chip:
        here = chip.program.population("readout")

        def moved():
            """Weights of each readout neuron that differ from those of the beginning."""
            found = np.zeros(here.stop - here.start, int)
            for projection, memory in zip(chip.program.plastic, chip.state.plastic, strict=True):
                if projection.post.min() >= here.start:
                    np.add.at(found, projection.post - here.start, memory.weight != projection.weight)
            return found

        used = np.count_nonzero(moved())
        for left in (3, 2, 1):
            chip.forget(chip.labels[0])
            wanted = used - (4 - left) if readout is DELTA else chip.learned()["prototypes"]
            assert np.count_nonzero(moved()) == wanted > 0


@READOUTS
def test_the_file_goes_on_on_another_backend(readout, tmp_path):
    x, y = samples(5, 4)
    with taught(readout) as chip:
        chip.forget(2)
        chip.save(tmp_path / "a.lsm")
        mine = chip.learn(x[y != 2], y[y != 2]).score
        with nl.resume(tmp_path / "a.lsm", backend="reference") as other:
            assert (other.learn(x[y != 2], y[y != 2]).score == mine).all()
            assert other.state.equal(chip.state)


def test_what_cannot_be_forgotten():
    with taught(DELTA) as chip:
        with pytest.raises(nl.InvalidValue, match="was never declared"):
            chip.forget(9)
        for label in (0, 1, 2):
            chip.forget(label)
        with pytest.raises(nl.InvalidValue, match=r"Deployment\.forget.*is the only one"):
            chip.forget(3)
        chip.freeze()
        with pytest.raises(nl.InvalidValue, match=r"Deployment\.forget.*frozen"):
            chip.forget(3)


@READOUTS
def test_observed_spikes_are_those_of_a_run(readout):
    x, _ = samples(2, 5)
    with taught(readout) as chip:
        said, state = chip.predict(x), chip.state
        found, recording = chip.observe(x)
        assert (found.score == said.score).all() and (found.label == said.label).all()
        assert chip.state.equal(state)
        alone = nl.lower(nl.LSM(inputs=10, liquid=chip.lsm.liquid, seed=1)).program
        with nl.open_simulator(alone, "reference") as plain:
            expected = plain.run(ENCODER.encode(x)).spikes.to_list()
        for seen, wanted in zip(recording.spikes.to_list(), expected, strict=True):
            assert wanted.any() and (seen[: len(wanted), : alone.n] == wanted).all()


@READOUTS
def test_looks_are_told_one_by_one(readout):
    x, _ = samples(3, 6)
    seen = []
    with taught(readout) as chip, taught(readout) as quiet:
        for one in x:
            looks, states = [], [chip.state]

            def on_look(number, probability, looks=looks, states=states):
                looks.append((number, float(probability.max())))
                states.append(chip.state)

            told = chip.adapt(one[None], confidence=1.0, limit=4, on_look=on_look)[0]
            assert [number for number, _ in looks] == list(range(1, told.presentations + 1))
            assert (
                tuple(p for _, p in looks) == told.history == quiet.adapt(one[None], confidence=1.0, limit=4)[0].history
            )
            seen += [not a.equal(b) for a, b in itertools.pairwise(states)]
        assert any(seen)


def test_a_look_that_fails_leaves_the_deployed_memory():
    x, _ = samples(1, 7)
    with taught(DELTA) as chip:
        before = chip.state

        def on_look(number, _):
            if number == 2:
                raise RuntimeError("the page has gone")

        with pytest.raises(RuntimeError, match="gone"):
            chip.adapt(x[:1], confidence=1.0, on_look=on_look)
        assert chip.state.equal(before)
