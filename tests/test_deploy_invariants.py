"""What each act of a deployment leaves as it was, to the bit, in any order, with a liquid that learns and with one that does not."""

import warnings
from dataclasses import replace
from unittest import mock

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import neurolsm as nl
from neurolsm.learn.chip.counters import OFFSET

CHANNELS = 5
RNG = np.random.default_rng(0)
PLAIN, ODD = RNG.random((6, CHANNELS)), RNG.random((2, CHANNELS))
ENCODER = nl.RateEncoder(steps=9, rate=0.8)
STILL = nl.Liquid(topology=nl.RandomGraph(n=10, density=0.3), input=nl.RandomMap(density=0.7, weight=nl.Gamma(1.2)))
PLASTIC = nl.Liquid(
    topology=nl.RandomGraph(n=10, density=0.3), input=nl.RandomMap(density=0.7, weight=1.2),
    plasticity=nl.SynapticScaling(on=nl.STDP(a_plus=8.0, a_minus=6.0), tau=0.5, rate=2.0**-8, decimate=3),
    input_plasticity=nl.Rule(
        dw="2^-3*x1*y0 - 2^-2*y1*x0", dt="2^-2*x0*y1", x1_tau=20e-3, x1_impulse=16, y1_tau=20e-3, y1_impulse=16, t_epoch=7,
        reset=(),
    ),
    intrinsic=nl.IntrinsicPlasticity(target_rate=60.0, period=33e-3, bias_step=3, threshold_step=0.02),
)  # fmt: skip
HOLDING = replace(STILL, intrinsic=nl.Homeostasis(calibration=2, period=13e-3, threshold_step=0.3, bias_step=9))
READOUTS = {
    "delta": nl.DeltaReadout(classes=4, windows=2, scale=8, rate=2.0**-6),
    "prototypes": nl.PrototypeReadout(neurons=7, windows=2),
}
EVERY = pytest.mark.parametrize(
    "liquid, readout", [(liquid, readout) for liquid in (STILL, PLASTIC, HOLDING) for readout in READOUTS.values()],
    ids=[f"{liquid}-{readout}" for liquid in ("still", "plastic", "holding") for readout in READOUTS],
)  # fmt: skip


def machine(liquid, readout, backend="reference"):
    lsm = nl.LSM(inputs=CHANNELS, liquid=liquid, readout=readout, seed=3)
    return nl.deploy(lsm, ENCODER, labels=["a", "b"], backend=backend)


def remembered(chip):
    """Everything that a deployment has learned and counted, but for the voltages that the next sample resets."""
    arrays = {
        k: v.copy() for k, v in chip.state.arrays().items() if k not in ("u", "v", "refractory", "theta", "pending")
    }
    said = chip._teacher.to_dict(), chip._confidence.sharpness, chip._confidence.labels, chip.updates, chip.frozen
    return arrays, chip.state.clock, said, chip.labels.dtype.str, chip.labels.tolist()


def same(a, b):
    assert a[0].keys() == b[0].keys()
    for name, array in a[0].items():
        np.testing.assert_array_equal(array, b[0][name], name)
    assert a[1:] == b[1:]


def offsets(chip):
    return [k for k, p in enumerate(chip.program.plastic) if p.name == OFFSET]


@pytest.fixture(autouse=True)
def full_memories_are_fine():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@EVERY
def test_adapting_leaves_plain_samples_as_they_were(liquid, readout, tmp_path):
    with machine(liquid, readout) as chip:
        chip.learn(PLAIN, list("ababab"))
        before, said = remembered(chip), chip.predict(PLAIN)
        moved = []
        for k in range(3):  # carried from one to the next
            found = chip.adapt(ODD, confidence=1.0, limit=4)
            moved.append(tuple(a.history for a in found))
            same(remembered(chip), before)
            again = chip.predict(PLAIN)
            for name in ("score", "probability", "confidence", "label"):
                np.testing.assert_array_equal(getattr(again, name), getattr(said, name))
            if k == 1:
                chip.save(tmp_path / "chip.lsm")
        assert len(set(moved)) > 1, "adaptation went on where it stopped"
        with nl.resume(tmp_path / "chip.lsm", backend="reference") as other:
            same(remembered(other), before)
            assert tuple(a.history for a in other.adapt(ODD, confidence=1.0, limit=4)) == moved[2]
            same(remembered(other), before)


@EVERY
def test_an_adaptation_that_is_interrupted_leaves_no_trace(liquid, readout):
    with machine(liquid, readout) as chip, machine(liquid, readout) as calm:
        for one in (chip, calm):
            one.learn(PLAIN, list("ababab"))
            one.adapt(ODD[:1], limit=3, confidence=1.0)
        before = remembered(chip)
        for after in (0, 3):
            calls, present = [], chip._chip.present

            def broken(*args, calls=calls, after=after, present=present, **options):
                calls.append(1)
                if len(calls) > after:
                    raise KeyboardInterrupt
                return present(*args, **options)

            with mock.patch.object(chip._chip, "present", broken), pytest.raises(KeyboardInterrupt):
                chip.adapt(ODD, confidence=1.0, limit=4)
            same(remembered(chip), before)
        assert [a.history for a in chip.adapt(ODD)] == [a.history for a in calm.adapt(ODD)]


@EVERY
def test_what_is_kept_is_what_was_adapted_and_what_is_learned_since_stays(liquid, readout):
    with machine(liquid, readout) as chip, machine(liquid, readout) as aside:
        for one in (chip, aside):
            one.learn(PLAIN, list("ababab"))
        kept = chip.adapt(ODD, confidence=1.0, limit=4, keep=True)
        found = aside.adapt(ODD, confidence=1.0, limit=4)
        assert [a.history for a in kept] == [a.history for a in found]
        assert chip.state.equal(aside._odd.state) and chip._teacher.to_dict() == aside._odd.teacher
        chip.learn(PLAIN, list("bababa"))
        learned = chip.state.clock
        chip.adapt(ODD[:1], limit=2, confidence=1.0, keep=True)
        assert chip.state.clock > learned, "it started from what was learned since"


@pytest.mark.parametrize("readout", READOUTS.values(), ids=READOUTS)
def test_following_moves_offsets_and_thresholds_and_no_weight_of_the_readout(readout):
    """The same bits on both backends."""
    found = []
    for backend in ("reference", "emulator"):
        with machine(HOLDING, readout, backend) as chip:
            chip.learn(PLAIN, list("ababab"))
            assert (chip.state.calibrated[:10] == 2).all()
            before = remembered(chip)
            brighter = np.clip(2 * np.tile(PLAIN, (3, 1)), 0, 1)
            assert len(chip.follow(brighter)) == len(brighter)
            after = remembered(chip)
            moved = {name for name, array in after[0].items() if (array != before[0][name]).any()}
            assert {"vth", "bias_mant", f"plastic/{offsets(chip)[0]}/weight"} <= moved
            weights = {f"plastic/{k}/weight" for k, p in enumerate(chip.program.plastic) if k not in offsets(chip)}
            assert not moved & (weights | {"own", "calibrated"})
            assert len(chip.follow(ODD[:0])) == 0
            found.append(remembered(chip))
    same(*found)


@pytest.mark.parametrize("readout", READOUTS.values(), ids=READOUTS)
@pytest.mark.parametrize("act", ["learn", "follow", "reward"])
def test_a_calibration_in_which_no_neuron_fires_is_refused_and_undone(readout, act):
    with machine(HOLDING, readout) as chip:
        dark, labels = np.zeros((9, CHANNELS)), list("ababababa")
        before = remembered(chip)
        with pytest.raises(nl.InvalidValue, match=r"Homeostasis\.own rate = 0.*calibration.*make the liquid fire"):
            getattr(chip, act)(*((dark,) if act == "follow" else (dark, labels)))
        same(remembered(chip), before)
        chip.learn(PLAIN, list("ababab"))
        assert chip.state.own[:10].any()
        chip.follow(dark)  # what was calibrated in the light may meet the dark


def test_following_tells_of_a_calibration_that_goes_on_and_of_thresholds_that_can_go_no_further():
    with machine(HOLDING, READOUTS["delta"]) as chip, pytest.warns(nl.UnusualValue, match="calibration = 2.*not over"):
        chip.learn(PLAIN[:1], ["a"])
        first = chip.state.vth.copy()
        chip.follow(PLAIN[1:2])
        assert np.array_equal(chip.state.vth, first)
    with machine(HOLDING, READOUTS["delta"]) as chip:
        with warnings.catch_warnings():
            warnings.filterwarnings("error", "Homeostasis", nl.UnusualValue)
            chip.learn(PLAIN, list("ababab"))
            chip.follow(PLAIN[:1])
        with pytest.warns(nl.UnusualValue, match=r"Homeostasis\.range.*more than a third.*Widen it"):
            chip.follow(np.zeros((9, CHANNELS)))


@EVERY
@pytest.mark.parametrize("backend", ["reference", "emulator"])
def test_settling_moves_the_offsets_and_nothing_else(liquid, readout, backend):
    with machine(liquid, readout, backend) as chip:
        chip.learn(PLAIN, list("ababab"))
        before, (place,) = remembered(chip), offsets(chip)
        chip.settle(np.clip(2 * PLAIN, 0, 1))
        after = remembered(chip)
        moved = {name for name, array in after[0].items() if (array != before[0][name]).any()}
        assert moved == {f"plastic/{place}/weight"}
        assert after[2:] == before[2:] and after[1] > before[1]
        for p in chip.program.plastic:
            assert (after[1] - before[1]) % (p.plasticity.t_epoch << p.plasticity.decimate) == 0
        assert all((after[1] - before[1]) % i.period == 0 for i in chip.program.intrinsic)
        if liquid is PLASTIC:  # else nothing would be shown
            chip.learn(PLAIN, list("ababab"))
            assert any(
                (m.weight != before[0][f"plastic/{k}/weight"]).any()
                for k, m in enumerate(chip.state.plastic)
                if k != place
            )


def test_a_still_liquid_settles_as_if_it_were_told_to_learn_nothing():
    """The offsets of a liquid without rules are those that the plain program gives, to the bit."""
    with machine(STILL, READOUTS["delta"]) as chip, machine(STILL, READOUTS["delta"]) as other:
        for one in (chip, other):
            one.learn(PLAIN, list("ababab"))
        chip.settle(PLAIN)
        with mock.patch.object(
            other._chip, "settle", lambda i, lessons: other._chip.present(i, learn=True, lessons=lessons)
        ):
            other.settle(PLAIN)
        assert chip.state.clock == other.state.clock
        (place,) = offsets(chip)
        assert (chip.state.plastic[place].weight == other.state.plastic[place].weight).all()
        chip.learn(PLAIN, list("bbaabb"))
        other.learn(PLAIN, list("bbaabb"))
        same(remembered(chip), remembered(other))


ACTS = st.lists(
    st.tuples(
        st.sampled_from(["predict", "learn", "adapt", "keep", "settle", "reward", "freeze", "thaw", "declare", "save"]),
        st.integers(0, 2**16),
    ),
    min_size=3, max_size=7,
)  # fmt: skip


def live(chip, acts, folder):
    """Do ``acts``, and after each check what it must have left as it was."""
    chip.learn(PLAIN[:3], ["a", "b", "a"])
    for act, seed in acts:
        rng = np.random.default_rng(seed)
        x, before = rng.random((2, CHANNELS)), remembered(chip)
        y = chip.labels[rng.integers(0, chip.labels.size, 2)]
        if chip.frozen and act in ("learn", "adapt", "keep", "settle", "reward"):
            name = "adapt" if act == "keep" else act
            with pytest.raises(nl.InvalidValue, match="frozen"):
                getattr(chip, name)(*((x, y) if name in ("learn", "reward") else (x,)))
            same(remembered(chip), before)
        elif act == "predict":
            first, again = chip.predict(x), chip.predict(x)
            np.testing.assert_array_equal(first.score, again.score)
            assert first.label.dtype == chip.labels.dtype
            same(remembered(chip), before)
        elif act in ("learn", "reward"):
            said = chip.predict(x[:1])
            found = getattr(chip, act)(x, y)
            assert len(found) == 2 and chip.updates == before[2][3] + 2
            liquid = chip.lsm.liquid
            moves = liquid.plasticity or liquid.input_plasticity or liquid.intrinsic  # while it hears the sample
            if act == "learn" and isinstance(chip.lsm.readout, nl.DeltaReadout) and not moves:
                np.testing.assert_array_equal(found.score[0], said.score[0])  # what it would have said just before
        elif act == "adapt":
            plain = chip.predict(PLAIN).score
            chip.adapt(x, limit=3, confidence=1.0)
            same(remembered(chip), before)
            np.testing.assert_array_equal(chip.predict(PLAIN).score, plain)
        elif act == "keep":
            chip.adapt(x, limit=2, confidence=1.0, keep=True)
            assert remembered(chip)[3:] == before[3:] and chip._odd is None
        elif act == "settle":
            chip.settle(x)
            after = remembered(chip)
            moved = {name for name, array in after[0].items() if (array != before[0][name]).any()}
            assert moved <= {f"plastic/{k}/weight" for k in offsets(chip)} and after[2:] == before[2:]
        elif act in ("freeze", "thaw"):
            getattr(chip, act)()
            assert chip.frozen == (act == "freeze")
        elif act == "declare":
            new = f"new {chip.labels.size}"
            if chip.labels.size == 4:
                with pytest.raises(nl.InvalidValue, match=r"room|different"):
                    chip.declare(chip.labels[0], *["x", "y", "z"])
                same(remembered(chip), before)
            else:
                chip.declare(new)
                assert chip.labels.tolist() == [*before[4], new]
        else:
            chip.save(folder / "chip.lsm")
            with nl.resume(folder / "chip.lsm", backend=chip.backend) as other:
                same(remembered(other), before)
                assert other.state.equal(chip.state)
                assert (other._odd is None) == (chip._odd is None)
                np.testing.assert_array_equal(other.predict(x).probability, chip.predict(x).probability)
            chip.load(folder / "chip.lsm")


@EVERY
@given(acts=ACTS)
@settings(max_examples=4)
def test_any_order_of_acts(tmp_path_factory, liquid, readout, acts):
    with machine(liquid, readout) as chip:
        live(chip, acts, tmp_path_factory.getbasetemp())


@pytest.mark.nightly
@EVERY
@pytest.mark.parametrize("backend", ["reference", "emulator"])
@given(acts=ACTS)
@settings(max_examples=100)
def test_any_order_of_acts_at_length(tmp_path_factory, liquid, readout, backend, acts):
    with machine(liquid, readout, backend) as chip:
        live(chip, acts, tmp_path_factory.getbasetemp())


# ---------------------------------------------------------------------- streams


def test_a_stream_never_guesses_what_a_pair_is():
    """(times, channels) is a sample of an EventEncoder, and looks like (sample, label)."""
    lsm = nl.LSM(inputs=CHANNELS, liquid=STILL, readout=READOUTS["delta"], seed=3)
    events = [(np.array([0, 3, 5]), np.array([0, 4, 2])), (np.array([1]), np.array([1]))]
    encoder = nl.EventEncoder(n_channels=CHANNELS, steps=9)
    with nl.deploy(lsm, encoder, labels=[0, 1], backend="reference") as chip:
        with pytest.raises(nl.InvalidValue, match=r"labelled=True.*labelled=False"):
            next(chip.stream(events))
        assert chip.updates == 0
        said = [p.score for p in chip.stream(events, labelled=False)]
        np.testing.assert_array_equal(np.concatenate(said), chip.predict(events).score)
        assert chip.updates == 0
        list(chip.stream([(events[0], 1), (events[1], None)], labelled=True))
        list(chip.stream([(events[0], 1)]))  # a pair and a number: no sample of this encoder
        assert chip.updates == 2
        with pytest.raises(nl.InvalidValue, match="must be pairs"):
            list(chip.stream([PLAIN[0]], labelled=True))


@pytest.mark.parametrize(
    "pair", [(0.5, 1), (np.array(0.5), 0), ([0.1, 0.2], [0.3, 0.4]), (PLAIN[0], PLAIN[1]), (0, None), ("a", "b")]
)
def test_pairs_that_may_be_samples_are_refused(pair):
    with machine(STILL, READOUTS["delta"]) as chip:
        with pytest.raises(nl.InvalidValue, match=r"Deployment.stream.samples .* may be a sample of two parts"):
            next(chip.stream([pair]))
        assert chip.updates == 0


def test_a_transform_may_take_pairs_so_its_stream_must_be_told():
    lsm = nl.LSM(inputs=CHANNELS, liquid=STILL, readout=READOUTS["delta"], seed=3)
    scaled = nl.Transformed(transform=lambda sample: sample[0] * sample[1], encoder=ENCODER)
    with nl.deploy(lsm, scaled, labels=[0, 1], backend="reference") as chip:
        with pytest.raises(nl.InvalidValue, match="labelled=False"):
            next(chip.stream([(PLAIN[0], 1)]))
        (said,) = chip.stream([(PLAIN[0], 0.5)], labelled=False)
        assert len(said) == 1 and chip.updates == 0
        list(chip.stream([((PLAIN[0], 0.5), 1)], labelled=True))
        assert chip.updates == 1


def test_arrays_lists_and_spikes_are_samples():
    with machine(STILL, READOUTS["delta"]) as chip:
        spikes = ENCODER.encode(PLAIN[:1])
        for sample in (PLAIN[0], PLAIN[0].tolist(), spikes):
            (said,) = chip.stream([sample])
            np.testing.assert_array_equal(said.score, chip.predict(PLAIN[:1]).score)
        list(
            chip.stream(
                [(PLAIN[0], "a"), (spikes, "b"), (PLAIN[1].tolist(), "b"), (PLAIN[2], None), (PLAIN[2], np.str_("a"))]
            )
        )
        assert chip.updates == 4
        chip.freeze()
        list(chip.stream([(PLAIN[0], "a")]))
        assert chip.updates == 4


@pytest.mark.parametrize(
    "options",
    [
        {"limit": 2.5},
        {"limit": True},
        {"limit": np.nan},
        {"confidence": "0.9"},
        {"confidence": True},
        {"confidence": np.nan},
    ],
)
def test_adapting_refuses_numbers_that_would_never_end(options):
    with machine(STILL, READOUTS["delta"]) as chip:
        chip.learn(PLAIN, list("ababab"))
        with pytest.raises(nl.InvalidValue, match=r"Deployment.adapt"):
            chip.adapt(ODD, **options)
