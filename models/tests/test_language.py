"""language: every part against what can be worked out by hand, and bad input met with one message."""

import numpy as np
import pytest
from matplotlib.figure import Figure
from neurolsm_models.language import chip, drift, generate, model, task
from neurolsm_models.language.chip import ChipReadout, ChipStream
from neurolsm_models.language.contexts import CONTEXT, add_contexts, grow
from neurolsm_models.language.controls import last_characters, random_layer, strongest
from neurolsm_models.language.encode import ENTER, STEPS, spikes
from neurolsm_models.language.liquid import Size, build
from neurolsm_models.language.ngram import witten_bell
from neurolsm_models.language.readout import SoftmaxReadout
from neurolsm_models.language.states import States, ahead, enter, states
from neurolsm_models.language.text import UNKNOWN, Text, Vocabulary, read, topics

from neurolsm.errors import FileRefused, InvalidValue
from neurolsm.execute.backend import open_simulator
from neurolsm.semantics import ReferenceSimulator

SMALL = Size(random=40, contexts=60, longest=4)
RHYME = "the cat sat on the mat and the rat sat on the cat. " * 20


def symbols(text):
    return Vocabulary.of(text).encode(text)


@pytest.fixture(scope="module")
def trained():
    return model.train(RHYME, SMALL, passes=2)


@pytest.fixture
def call(monkeypatch, call):
    monkeypatch.setattr(model, "DEFAULT", SMALL)
    monkeypatch.setattr(model.train, "__defaults__", (SMALL,))
    return call


# ---------------------------------------------------------------- texts


def test_the_split_is_nine_tenths_and_a_tenth():
    text = Text("t", "ab" * 100)
    assert (len(text.train), len(text.test)) == (180, 20) and text.train + text.test == text.characters


@pytest.mark.parametrize("content", ["", "a", "ab" * 49])
def test_texts_that_are_too_short_are_refused(tmp_path, content):
    file = tmp_path / "short.txt"
    file.write_text(content)
    with pytest.raises(InvalidValue, match=f"{len(content)} characters.* must have at least 100"):
        read(file)


def test_bytes_that_are_no_utf8_are_refused_by_place(tmp_path):
    file = tmp_path / "latin.txt"
    file.write_bytes(b"x" * 120 + "é".encode("latin-1") + b"x" * 50)
    with pytest.raises(FileRefused, match="byte 120 is not UTF-8"):
        read(file)
    with pytest.raises(FileRefused, match="cannot be read"):
        read(tmp_path / "missing.txt")


def test_a_text_is_read_as_it_stands(tmp_path):
    file = tmp_path / "lines.txt"
    file.write_bytes(("a\r\n\u00e9\U0001f600" * 30).encode())
    assert read(file).characters == "a\r\n\u00e9\U0001f600" * 30


def test_characters_never_seen_become_the_unknown_symbol():
    known = Vocabulary.of("banana")
    assert known.characters == "abn" and known.size == 4
    assert known.encode("nab\U0001f600\x00z").tolist() == [2, 0, 1, 3, 3, 3]
    assert known.decode(known.encode("nab!")) == "nab" + UNKNOWN


def test_the_rarest_of_more_than_255_characters_have_no_channel():
    text = "".join(chr(0x4E00 + k) * (1 + (k < 255)) for k in range(300))
    known = Vocabulary.of(text)
    assert known.size == 256 and known.encode(chr(0x4E00 + 299)).tolist() == [known.unknown]


def test_the_built_in_text_needs_no_file():
    text = topics()
    assert len(text.characters) > 300_000 and "lambda" in text.characters


# ---------------------------------------------------------------- the liquid


def test_one_spike_a_character_in_its_second_step():
    found = spikes(np.array([2, 5, 0], np.int32), 3)
    assert found.indptr.tolist() == [0, 0, 1, 1, 1, 1, 2] and found.unit.tolist() == [2, 0]


def test_contexts_grow_by_hand():
    tree = grow(symbols("abab" * 10), 2, 100, 3, least=5)
    # a, b; ab (20 times) and ba (19); aba and bab
    assert tree.parent.tolist() == [-1, -1, 0, 1, 2, 3] and tree.last.tolist() == [0, 1, 1, 0, 0, 1]
    assert tree.length.tolist() == [1, 1, 2, 2, 3, 3]


def test_the_most_frequent_contexts_stay_and_keep_their_parents():
    text = symbols(RHYME)
    all_of_them, some = grow(text, 13, 10_000, 5), grow(text, 13, 40, 5)
    assert some.size == 40 < all_of_them.size
    deep = some.parent >= 0
    assert (some.parent[deep] < np.flatnonzero(deep)).all()
    assert (some.length[deep] == some.length[some.parent[deep]] + 1).all()


def test_a_context_neuron_fires_exactly_after_its_characters():
    text = symbols(RHYME)
    channels = int(text.max()) + 1
    tree = grow(text, channels, 60, 4)
    program = build(SMALL, text, channels, 3)
    words = [[int(tree.last[k])] for k in range(tree.size)]
    for k in range(tree.size):
        if tree.parent[k] >= 0:
            words[k] = words[tree.parent[k]] + words[k]
    with open_simulator(program) as simulator:
        found, _ = states(simulator, text[:300])
    edge = program.population(CONTEXT).start
    for t in range(300):
        fired = found.unit[found.indptr[t] : found.indptr[t + 1]]
        past = text[:t].tolist()
        expected = {
            edge + k for k, word in enumerate(words) if past[len(past) - len(word) :] == word and len(word) <= t
        }
        assert {int(i) for i in fired if i >= edge} == expected


def test_states_do_not_depend_on_how_the_text_is_cut():
    text = symbols(RHYME)
    program = build(SMALL, text, int(text.max()) + 1, 1)
    with open_simulator(program) as simulator:
        whole, _ = states(simulator, text[:50])
    with open_simulator(program) as simulator:
        one_by_one = []
        for symbol in text[:50]:
            one_by_one.append(ahead(simulator))
            enter(simulator, int(symbol))
    joined = States.join(one_by_one)
    assert np.array_equal(joined.unit, whole.unit) and np.array_equal(joined.indptr, whole.indptr)
    assert whole.select(0, 40).unit.size > 0, "the random part is silent"


def test_the_liquid_is_the_same_on_the_reference():
    text = symbols(RHYME)
    program = build(SMALL, text, int(text.max()) + 1, 1)
    with open_simulator(program) as simulator:
        found, _ = states(simulator, text[:60])
    want, _ = states(ReferenceSimulator(program), text[:60])
    assert np.array_equal(found.unit, want.unit) and np.array_equal(found.indptr, want.indptr)


# ---------------------------------------------------------------- readouts and controls


def test_witten_bell_by_hand():
    # train a a b: n(a)=2, n(b)=1, T=2; test "a" after "b": order 0 (2 + 2/2) / (3 + 2) = 3/5; b was never followed
    found = witten_bell(np.array([0, 0, 1]), np.array([0]), 2, 1)
    assert found == pytest.approx([-np.log2(3 / 5)] * 2)
    # test "b" after "a" (train a b a b a): order 0 (2 + 1) / 7, order 1 (2 + 1 * 3/7) / (2 + 1)
    found = witten_bell(np.array([0, 1, 0, 1, 0]), np.array([1]), 2, 1)
    assert found == pytest.approx([-np.log2(3 / 7), -np.log2((2 + 3 / 7) / 3)])


def test_n_grams_are_distributions():
    train = np.random.default_rng(0).integers(0, 5, 400)
    for longest in range(4):
        p = [2 ** -witten_bell(train, np.array([c]), 5, longest)[longest] for c in range(5)]
        assert sum(p) == pytest.approx(1)


def two_states():
    return States(np.array([0, 2, 3]), np.array([0, 2, 1], np.int32), 3)


def test_the_softmax_readout_steps_against_the_gradient():
    readout = SoftmaxReadout(3, 4, rate=0.1, start=1e-12)
    readout.weight[:] = np.random.default_rng(1).normal(size=(4, 4))
    before, target = readout.weight.copy(), np.array([2, 0], np.int32)
    state = two_states().part(0, 1)

    def loss(weight):
        s = weight[[0, 2, 3]].sum(axis=0).astype(float)
        return np.log(np.exp(s).sum()) - s[2]

    def slope(i, c, h=1e-3):
        shift = np.zeros((4, 4))
        shift[i, c] = h
        return (loss(before + shift) - loss(before - shift)) / (2 * h)

    gradient = np.array([[slope(i, c) for c in range(4)] for i in range(4)])
    bits = readout.learn(state, target[:1])
    assert bits[0] == pytest.approx(loss(before) / np.log(2), rel=1e-5)
    assert readout.square == pytest.approx(gradient**2, rel=1e-3, abs=1e-6)
    assert readout.weight - before == pytest.approx(-0.1 * np.sign(gradient.round(6)), abs=1e-4)


def test_told_before_it_was_learned():
    readout = SoftmaxReadout(3, 4)
    target = np.array([2, 0], np.int32)
    assert readout.bits(two_states(), target) == pytest.approx([2, 2])
    assert (readout.weight == 0).all()
    first = readout.learn(two_states(), target)
    assert first[0] == pytest.approx(2) and readout.bits(two_states(), target).sum() < first.sum()


def test_the_last_characters_by_hand():
    found = last_characters(np.array([3, 1, 2], np.int32), 2, 4)
    assert [found.part(t, t + 1).unit.tolist() for t in range(3)] == [[], [3], [1, 4 + 3]]


def test_a_random_layer_sees_only_what_came_before():
    text = np.random.default_rng(2).integers(0, 6, 50).astype(np.int32)
    other = text.copy()
    other[30:] = 0
    a, b = (random_layer(t, 3, 6, 64, 5, 1) for t in (text, other))
    assert np.array_equal(a.unit[: 31 * 5], b.unit[: 31 * 5]) and not np.array_equal(a.unit, b.unit)
    assert (np.diff(a.indptr) == 5).all()


def test_the_strongest_units_are_those_of_a_sort():
    rng = np.random.default_rng(3)
    weight, text = rng.normal(size=(3, 6, 50)).astype(np.float32), rng.integers(0, 6, 40).astype(np.int32)
    found = strongest(weight, text, 4)
    for t in range(3, 40):
        sums = sum(weight[k, text[t - k - 1]] for k in range(3))
        assert found[t].tolist() == sorted(np.argsort(sums)[-4:])


# ---------------------------------------------------------------- learning on the chip


@pytest.mark.filterwarnings("ignore::neurolsm.learn.language.RuleRounded")
@pytest.mark.xdist_group("plastic kernel")
def test_the_chip_learns_a_rhyme_and_frozen_it_does_not_change():
    text = symbols(RHYME)
    program = ChipReadout(symbols=int(text.max()) + 2).attach(build(SMALL, text, int(text.max()) + 1, 1))
    with open_simulator(program) as simulator:
        stream = ChipStream(simulator, 1)
        first = stream.bits(text, learn=True)
        learned = simulator.state
        frozen = stream.bits(text[:200], learn=False)
        assert all(
            np.array_equal(a.weight, b.weight) for a, b in zip(learned.plastic, simulator.state.plastic, strict=True)
        )
    assert first[:100].mean() > 2.5 and frozen.mean() < 1.5 < first[:100].mean()


@pytest.mark.filterwarnings("ignore::neurolsm.learn.language.RuleRounded")
def test_the_rule_of_the_chip_by_hand_on_the_reference():
    """One character: synapses of who fired move by rate (teacher - fired), in the mean of the rounding; no others move."""
    text = symbols(RHYME)
    size = int(text.max()) + 2
    readout = ChipReadout(symbols=size, slowness=5)
    program = readout.attach(build(SMALL, text, size - 1, 1))
    simulator = ReferenceSimulator(program)
    stream = ChipStream(simulator, 1)
    stream.bits(text[:6], learn=True)
    before = simulator.state
    ChipStream(simulator, 2).bits(text[6:7], learn=True)
    moved = (simulator.state.plastic[0].weight.astype(int) - before.plastic[0].weight).reshape(-1, size)
    bias, came = moved[-1], int(text[6])  # the clock neuron stands behind the contexts
    assert bias[came] >= 0 and (np.delete(bias, came) <= 0).all() and bias.any()
    assert set(np.abs(bias)) <= {0, 7, 8} and chip.MOVE / 2**5 == pytest.approx(7.94, abs=0.01)
    assert 1 <= moved[:-1].any(axis=1).sum() <= 2 * SMALL.longest


@pytest.mark.filterwarnings("ignore::neurolsm.learn.language.RuleRounded")
@pytest.mark.xdist_group("plastic kernel")
def test_learning_goes_on_under_slower_rules_from_the_same_state():
    text = symbols(RHYME)
    program, size = build(SMALL, text, int(text.max()) + 1, 1), int(text.max()) + 2
    found = chip.learn(program, text, size, passes=2)
    assert found.online.size == 2 * text.size and found.spikes > 0 and found.operations > 0
    first = round(chip.SCHEDULE[0][1] * 2 * text.size)
    with open_simulator(ChipReadout(symbols=size, slowness=chip.SCHEDULE[0][0]).attach(program)) as simulator:
        stream = ChipStream(simulator, program.seed)
        begun = stream.bits(np.tile(text, 2)[:first], learn=True)
        early = stream.bits(text[:200], learn=False)
    assert np.array_equal(found.online[:first], begun)
    with open_simulator(found.program) as simulator:
        simulator.state = found.state
        late = ChipStream(simulator, 1).bits(text[:200], learn=False)
    assert late.mean() < early.mean() < 1.5  # slow at the end, the weights come to rest


def test_the_readout_on_the_chip_hears_the_contexts_and_the_clock_alone():
    text = symbols(RHYME)
    program = build(SMALL, text, int(text.max()) + 1, 1)
    whole = ChipReadout(symbols=5).attach(program)
    heard = np.flatnonzero(np.diff(whole.plastic[0].indptr))
    contexts, clock = program.population(CONTEXT), whole.population(chip.CLOCK)
    assert len(whole.plastic) == 1 and heard.tolist() == [*range(contexts.start, contexts.stop), clock.start]


def test_the_noise_is_as_large_as_said():
    assert (
        pytest.approx(
            float(np.std([chip.NOISE @ b for b in np.random.default_rng(0).random((20_000, 32)) < 0.5])), rel=0.03
        )
        == chip.SIGMA
    )


# ---------------------------------------------------------------- writing


def written(trained, seed, prompt="the ", temperature=0.5):
    found, _, _ = trained
    with open_simulator(found.program) as simulator:
        return "".join(generate.write(simulator, found.readout, found.vocabulary, prompt=prompt, chars=60, temperature=temperature, seed=seed))  # fmt: skip


def test_writing_is_reproducible_and_follows_the_text(trained):
    first = written(trained, 1)
    assert first == written(trained, 1) != written(trained, 2) and len(first) == 60
    assert set(first) <= set(RHYME) and "sat on the" in written(trained, 1, temperature=0.05)


def test_a_prompt_may_be_empty_or_hold_what_was_never_seen(trained):
    assert len(written(trained, 1, prompt="")) == 60
    assert UNKNOWN not in written(trained, 1, prompt="Zürich \U0001f600 ")


def test_a_model_comes_back_from_its_file(trained, tmp_path):
    found, _, _ = trained
    found.save(tmp_path / "m.nlsm")
    again = model.LanguageModel.load(tmp_path / "m.nlsm")
    assert written((again, None, None), 4) == written(trained, 4)
    whole = (tmp_path / "m.nlsm").read_bytes()
    (tmp_path / "cut.nlsm").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(FileRefused):
        model.LanguageModel.load(tmp_path / "cut.nlsm")


def test_learning_pays(trained):
    found, _, passes = trained
    assert passes[1] < passes[0] and model.test_bits(found, RHYME, RHYME[:200]).mean() < 1


def test_what_is_told_of_a_drift_is_what_was_measured(monkeypatch):
    parts = np.arange(5.0)
    one = {"frozen": parts + 3, "learning": parts, "ngram": parts + 2, "before": 1.5, "after": 1.75, "back": 1.25}
    monkeypatch.setattr(drift, "_one", lambda new, backend, seed: {key: value + seed for key, value in one.items()})
    report = drift.learn(scenario="drift", seeds=2)
    stream, kept = report.scores
    assert stream.values["learning on the chip"] == [3.0, 4.0] and stream.values["frozen"] == [6.0, 7.0]
    assert list(kept.values.values()) == [[2.75, 3.75], [2.5, 3.5]] and kept.place == "worse than"
    figure = Figure()
    report.pictures[0].draw(figure)
    assert [line.get_ydata()[0] for line in figure.axes[0].get_lines()] == [1.5, 4.5, 3.5]
    band = figure.axes[0].collections[0].get_paths()[0].vertices[:, 1]
    assert band.min() == pytest.approx(1.5 - 0.5**0.5) and band.max() == pytest.approx(5.5 + 0.5**0.5)


# ---------------------------------------------------------------- the command line


def test_generate_writes_the_prompt_and_goes_on(call, tmp_path):
    text, keep = tmp_path / "t.txt", tmp_path / "kept.nlsm"
    text.write_text(RHYME)
    options = ("--text", text, "--prompt", "the ", "--chars", 20, "--temperature", 0.5, "--keep", keep)
    code, out, _ = call("generate", "language", *options)
    assert code == 0 and out.startswith("the ") and len(out) == 25 and keep.exists()
    assert call("generate", "language", *options)[1] == out


@pytest.mark.parametrize(
    "options, message",
    [
        (("--chars", 0), "chars"),
        (("--temperature", 0), "temperature"),
        (("--temperature", "nan"), "temperature"),
        (("--samples", 3), "samples"),
        (("--keep", "/nowhere/at/all.nlsm"), "--keep"),
        (("--text", "/nowhere.txt"), "cannot be read"),
    ],
)
def test_bad_options_end_with_one_message_and_code_2(call, options, message):
    code, out, err = call("generate", "language", *options)
    assert code == 2 and message in err and "Traceback" not in err and not out


@pytest.mark.parametrize("content", [b"", b"a", b"\xff\xfe" * 100])
@pytest.mark.parametrize("command", [("run",), ("generate",), ("learn", "--scenario", "drift")])
def test_bad_texts_end_with_one_message_and_code_2(call, tmp_path, content, command):
    file = tmp_path / "bad.txt"
    file.write_bytes(content)
    code, out, err = call(command[0], "language", *command[1:], "--text", file)
    assert code == 2 and "Traceback" not in err and not out
    assert "at least 100" in err or "not UTF-8" in err


def test_a_model_that_does_not_write_says_so(call):
    code, _, err = call("generate", "digits")
    assert code == 2 and "does not write" in err


def test_backends_are_compared_on_pieces_of_text():
    program, found = task.compare(samples=3)
    assert len(found) == 3 and (found.steps == STEPS * task.PIECE).all() and found.unit.size == 3 * task.PIECE
    assert (np.diff(found.indptr)[ENTER::STEPS] == 1).all() and program.n == 700
    with pytest.raises(InvalidValue, match="samples"):
        task.compare(samples=0)


def test_add_contexts_costs_two_synapses_a_neuron():
    text = symbols(RHYME)
    program = build(SMALL, text, int(text.max()) + 1, 1)
    tree = grow(text, int(text.max()) + 1, 60, 4)
    more = add_contexts(program, tree)
    assert more.n - program.n == tree.size and more.synapses - program.synapses == tree.size + (tree.parent >= 0).sum()
