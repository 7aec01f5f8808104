"""Learning from out-of-distribution samples without labels: what is taught, by hand; what is remembered; the same bits on every backend."""

import numpy as np
import pytest

import neurolsm as nl
from neurolsm.deployment.adapting import _softer
from neurolsm.deployment.teach_delta import MEMORY, PULL, DeltaTeacher
from neurolsm.deployment.teacher import SETTLE_ODD
from neurolsm.program.plasticity import NO_TARGET

READOUT = nl.DeltaReadout(classes=3, windows=2, scale=8, rate=2.0**-6)
LSM = nl.LSM(
    inputs=5, seed=3, readout=READOUT,
    liquid=nl.Liquid(topology=nl.RandomGraph(n=10, density=0.3), input=nl.RandomMap(density=0.7, weight=nl.Gamma(1.2))),
)  # fmt: skip
ENCODER = nl.RateEncoder(steps=9, rate=0.8)
RNG = np.random.default_rng(0)
PLAIN, ODD = RNG.random((6, 5)), RNG.random((12, 5))

pytestmark = pytest.mark.filterwarnings("ignore::neurolsm.errors.UnusualValue")  # ten neurons are soon saturated


class Told:
    """A chip that remembers its last lesson."""

    def teach(self, lesson):
        self.lesson = lesson.tolist()


@pytest.fixture
def teacher():
    """Labels 0 and 1 were given three times and once, label 2 never."""
    made = DeltaTeacher(Told(), READOUT)
    made.remember({"seen": 4, "heard": [True, True, False], "given": [3, 1, 0]})
    return made


def test_the_softer_belief_is_the_softmax_of_half_the_sharpness():
    score = np.array([0.7, -0.2, -0.4])
    sharp, soft = np.exp(6 * score), np.exp(3 * score)
    assert _softer(sharp / sharp.sum()) == pytest.approx(soft / soft.sum())
    assert _softer(np.array([1.0, 0.0])).tolist() == [1, 0]


def test_offsets_follow_or_scores_move_a_quarter_of_the_way(teacher):
    score = np.array([0.5, -0.5, -np.inf])
    teacher.follow(np.zeros(3, np.int32), score, None)
    assert teacher.chip.lesson == [SETTLE_ODD, 1, NO_TARGET, NO_TARGET, NO_TARGET]
    teacher.follow(np.zeros(3, np.int32), score, np.array([0.75, 0.25, 0.0]))
    assert PULL == 0.25  # 2 q - 1 is 0.5 and -0.5, as the scores: nothing moves
    assert teacher.chip.lesson == [0, 1, 32, -32, NO_TARGET]
    teacher.follow(np.zeros(3, np.int32), score, np.array([0.25, 0.75, 0.0]))  # 0.5 - 1/4, -0.5 + 1/4
    assert teacher.chip.lesson == [0, 1, 16, -16, NO_TARGET]
    before = teacher.believed.tolist()
    teacher.follow(np.zeros(3, np.int32), score, np.array([0.25, 0.75, 0.0]), insist=True)  # 64 x 0.05 is 3.2
    assert teacher.chip.lesson == [0, 1, 29, -29, NO_TARGET] and teacher.believed.tolist() == before


def test_a_label_believed_in_too_often_weighs_less(teacher):
    p = np.array([0.6, 0.4, 0.0])
    assert teacher.weigh(p).tolist() == p.tolist(), "nothing was believed yet"
    score = np.array([0.0, 0.0, -np.inf])
    teacher.follow(np.zeros(3, np.int32), score, np.array([0.0, 1.0, 0.0]))
    believed = np.array([0.75 * (1 - 1 / MEMORY), 0.25 + 0.75 / MEMORY])
    assert teacher.believed == pytest.approx([*believed, 0])
    weighed = p[:2] * np.array([0.75, 0.25]) / believed
    assert teacher.weigh(p) == pytest.approx([*(weighed / weighed.sum()), 0])
    assert teacher.weigh(p)[1] < 0.4
    for _ in range(10 * MEMORY):  # as expected again
        teacher.follow(np.zeros(3, np.int32), score, np.array([0.75, 0.25, 0.0]))
    assert teacher.weigh(p) == pytest.approx(p, abs=1e-4)


def test_labels_that_are_given_count():
    with nl.deploy(LSM, ENCODER, labels=["a", "b"], backend="reference") as chip:
        chip.learn(PLAIN, list("ababaa"))
        assert chip._teacher.given.tolist() == [4, 2, 0]
        chip.reward(PLAIN[:1], lambda k, label: True)
        chip.reward(PLAIN[:1], lambda k, label: False)
        assert chip._teacher.given.sum() == 7, "only what was right tells a label"


def test_older_memories_are_read_and_impossible_ones_refused(teacher):
    before = teacher.to_dict()
    for wrong in (
        {"given": [1, -1, 0]}, {"given": [1, 1]}, {"believed": [np.nan, 0, 0]}, {"believed": [0.5, 0.5]},
        {"believed": [-0.1, 0, 0]},
    ):  # fmt: skip
        with pytest.raises(ValueError, match="cannot be"):
            teacher.remember(before | wrong)
        assert teacher.to_dict() == before
    teacher.remember({"seen": 9, "heard": [True, False, True]})
    assert teacher.given.tolist() == [1, 0, 1] and not teacher.believed.any()


def test_one_look_moves_the_offsets_and_further_ones_the_weights():
    with nl.deploy(LSM, ENCODER, labels=["a", "b"], backend="reference") as chip:
        chip.learn(PLAIN, list("ababab"))
        names = [p.name for p in chip.program.plastic]
        moved = []
        for limit in (1, 2):
            before = chip.state
            (found,) = chip.adapt(ODD[:1], limit=limit, confidence=1.0, keep=True)
            assert found.presentations == limit
            moved.append({
                n for n, a, b in zip(names, before.plastic, chip.state.plastic, strict=True) if (a.weight != b.weight).any()
            })  # fmt: skip
        assert moved == [{"readout/offset"}, {"readout/offset", "readout/weights", "readout/bias"}]


@pytest.mark.parametrize("readout", [READOUT, nl.PrototypeReadout(neurons=7, windows=2)], ids=["delta", "prototypes"])
def test_the_same_bits_on_both_backends_saved_in_between(readout, tmp_path):
    lives = []
    lsm = nl.LSM(inputs=5, seed=3, readout=readout, liquid=LSM.liquid)
    for backend, other in (("reference", "emulator"), ("emulator", "reference")):
        with nl.deploy(lsm, ENCODER, labels=["a", "b"], backend=backend) as chip:
            chip.learn(PLAIN, list("ababab"))
            first = chip.adapt(ODD[:6], limit=3, confidence=0.99)
            chip.save(tmp_path / "chip.lsm")
        with nl.resume(tmp_path / "chip.lsm", backend=other) as chip:
            second = chip.adapt(ODD[6:], limit=3, confidence=0.99)
            lives.append(([*first, *second], chip._odd))
    assert lives[0][0] == lives[1][0]
    assert lives[0][1].state.equal(lives[1][1].state) and lives[0][1].teacher == lives[1][1].teacher
