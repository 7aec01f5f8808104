"""sentences: every part against what can be worked out by hand, and bad input met with one message."""

import os
from pathlib import Path

import numpy as np
import pytest
from neurolsm_models.data.labelled import Labelled, join, load_uci, read_labelled
from neurolsm_models.language.contexts import CONTEXT
from neurolsm_models.language.encode import STEPS
from neurolsm_models.language.liquid import Size
from neurolsm_models.language.text import Vocabulary
from neurolsm_models.sentences import controls, model, run, states, task
from neurolsm_models.sentences.readout import RatioClassifier, log_ratio

from neurolsm.errors import FileRefused, InvalidValue, NotAvailable
from neurolsm.execute.backend import open_simulator
from neurolsm.semantics import ReferenceSimulator

SMALL = Size(random=20, contexts=200, longest=4, least=2)
GOOD = ["a good film", "good food, good wine", "Good sound", "it is good", "so good", "really good"]
BAD = ["a bad film", "bad food, bad wine", "Bad sound", "it is bad", "so bad", "really bad"]


@pytest.fixture
def call(monkeypatch, call):
    monkeypatch.setattr(run, "SIZE", SMALL)
    monkeypatch.setattr(model.grown, "__defaults__", ("loihi2", SMALL))
    return call


@pytest.fixture
def labelled(tmp_path):
    file = tmp_path / "labelled.txt"
    file.write_text("".join(f"{t}\t1\n" for t in GOOD) + "\n" + "".join(f"{t}  \t0\n" for t in BAD))
    return file


# ---------------------------------------------------------------- files


def test_a_file_is_read_line_by_line(labelled):
    assert read_labelled(labelled) == [(t, 1) for t in GOOD] + [(t, 0) for t in BAD]


def test_only_a_line_feed_ends_a_line(tmp_path):
    file = tmp_path / "odd.txt"
    file.write_bytes("\ufeffone\x85two\u2028three\t1\r\ntab\tin it\t0".encode())
    assert read_labelled(file) == [("one\x85two\u2028three", 1), ("tab\tin it", 0)]


@pytest.mark.parametrize(
    "content, message",
    [
        (b"fine\t1\nno label\n", "line 2: 'no label' has no label"),
        (b"fine\t1\nlabelled\t2\n", "line 2.* has no label"),
        (b"fine\t1\n\n  \t0\n", "line 3: a label without a sentence"),
        (b"", "holds no sentence"),
        (b"\n \n", "holds no sentence"),
        (b"caf\xe9\t1\n", "byte 3 is not UTF-8"),
        (b"\x00\x01PK\x03\x04" * 9, "line 1.* has no label"),
        (b"x" * 10_001 + b"\t1\n", "10,001 characters"),
    ],
)
def test_what_is_no_labelled_sentence_is_refused_by_line(tmp_path, content, message):
    file = tmp_path / "bad.txt"
    file.write_bytes(content)
    with pytest.raises(FileRefused, match=message):
        read_labelled(file)


def test_missing_data_say_where_they_come_from(monkeypatch, tmp_path):
    monkeypatch.setenv("NEUROLSM_DATA", str(tmp_path))
    with pytest.raises(NotAvailable, match=r"lacks amazon_cells_labelled.txt, .*archive.ics.uci.edu"):
        load_uci()


def test_a_file_that_is_not_the_published_one_is_refused(monkeypatch, tmp_path):
    monkeypatch.setenv("NEUROLSM_DATA", str(tmp_path))
    (tmp_path / "text_uci_sentiment").mkdir()
    for name in ("amazon_cells", "imdb", "yelp"):
        (tmp_path / "text_uci_sentiment" / f"{name}_labelled.txt").write_text("fine\t1\n")
    with pytest.raises(FileRefused, match=r"amazon_cells_labelled.txt: not the published file"):
        load_uci()


# ---------------------------------------------------------------- spikes and states


def test_a_sentence_is_shown_in_lower_case_between_spaces():
    known = Vocabulary.of(" abn")
    found = states.encode(["Ban\tA", "\u00e9"], known, known.unknown)
    assert found.steps.tolist() == [STEPS * 8, STEPS * 4]  # " ban a " and " ? ", one silent character behind each
    assert [known.characters[k] for k in found.events(0)[1]] == list(" ban a ")
    assert found.events(0)[0].tolist() == [1, 3, 5, 7, 9, 11, 13] and found.events(1)[0].tolist() == [1, 5]


def test_who_fired_is_one_however_often():
    raster = np.zeros((2, 3, 4), bool)
    raster[0, :, 1] = raster[1, 2, 3] = raster[1, 0, 0] = True
    from neurolsm.program.spikes import Spikes

    assert states.fired(Spikes.from_dense(raster)).toarray().tolist() == [[0, 1, 0, 0], [1, 0, 0, 1]]


def test_contexts_fire_for_the_strings_that_a_sentence_holds_and_do_not_cross_sentences():
    program, vocabulary = model.grown(GOOD + BAD, 1, size=SMALL)
    text = [states.spelled(t) for t in GOOD + BAD]
    strings = {text[k][i : i + n] for k in range(len(text)) for n in range(1, 5) for i in range(len(text[k]) - n + 1)}
    often = {s for s in strings if sum(t.count(s) for t in text) >= 1}
    with open_simulator(program) as simulator:
        found = states.read(simulator, states.encode(GOOD + BAD, vocabulary, program.n_inputs))
    edge = program.population(CONTEXT).start
    x = found.x[:, edge:].toarray().astype(bool)
    # each column is a string: it fired in exactly the sentences that hold some one string of up to four characters
    columns = {tuple(s in t for t in text) for s in often}
    assert all(tuple(column) in columns for column in x.T)
    assert x.any(axis=0).all() and found.spikes[edge:].min() >= 1 and found.operations > 0


def test_states_are_those_of_the_reference_and_do_not_depend_on_the_company():
    program, vocabulary = model.grown(GOOD + BAD, 1, size=SMALL)
    inputs = states.encode(GOOD, vocabulary, program.n_inputs)
    with open_simulator(program) as simulator:
        found = states.read(simulator, inputs)
        alone = states.read(simulator, inputs[2:3])
    want = states.read(ReferenceSimulator(program), inputs)
    assert (found.x != want.x).nnz == 0 and np.array_equal(found.spikes, want.spikes)
    assert (found.x[2] != alone.x).nnz == 0


# ---------------------------------------------------------------- readout


def test_ratios_by_hand():
    x, y = np.array([[1, 0], [1, 1], [0, 1], [0, 1]]), np.array([1, 1, 0, 0])
    # class 1: 1 + 2, 1 + 1 of 5; class 0: 1 + 0, 1 + 2 of 4
    assert log_ratio(x, y) == pytest.approx(np.log([(3 / 5) / (1 / 4), (2 / 5) / (3 / 4)]))


def test_the_readout_learns_what_separates_and_not_what_it_is_tested_on():
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 400)
    x = (rng.random((400, 50)) < 0.2).astype(np.float32)
    noise = RatioClassifier().fit(x[:300], y[:300])
    x[:, 7] = y
    found = RatioClassifier().fit(x[:300], y[:300])
    assert (found.predict(x[300:]) == y[300:]).mean() == 1 and 0.35 < (noise.predict(x[300:]) == y[300:]).mean() < 0.65
    assert found.penalty_ in found.penalties and found.classes_.tolist() == [0, 1]


# ---------------------------------------------------------------- folds and controls


def test_each_sentence_is_tested_once_and_sources_and_labels_are_spread():
    data = join({"a": [("x", k % 2) for k in range(20)], "b": [("y", k % 2) for k in range(40)]})
    folds = run.split(data, 5, 3)
    assert sorted(np.concatenate([test for _, test in folds])) == list(range(60))
    assert all((data.source[test] == 0).sum() == 4 and data.label[test].sum() == 6 for _, test in folds)


def test_accuracy_by_hand():
    data = Labelled(["p", "q", "r", "s"], np.array([0, 1, 0, 1]), np.array([0, 0, 1, 1]), ("a", "b"))
    tally = run.Tally(data, [(np.array([2, 3]), np.array([0, 1])), (np.array([0, 1]), np.array([2, 3]))])
    tally.add("m", np.array([0, 1]), np.array([0, 0]))
    tally.add("m", np.array([2, 3]), np.array([0, 1]))
    assert tally.per_fold("m").tolist() == [0.5, 1.0] and tally.per_source("m").tolist() == [0.5, 1.0]


def test_words_and_input_spikes_by_hand():
    assert controls.words("Don't STOP!") == ["don't", "stop", "!"]
    vocabulary = Vocabulary.of(" ab")
    assert controls.heard(["aa", "B?"], vocabulary).toarray().tolist() == [[1, 1, 0], [1, 0, 1]]


def test_a_random_layer_has_the_units_it_was_asked_for():
    vocabulary = Vocabulary.of(" abdefgiklmnorstuwy,")
    x = controls.in_random_layer(GOOD, vocabulary, 4, 64, 3, 1)
    assert x.shape == (len(GOOD), 64) and x.max() == 1
    assert all(3 <= row.nnz <= 3 * (len(t) + 3) for row, t in zip(x, GOOD, strict=True))


# ---------------------------------------------------------------- the command line


def test_run_reports_every_control_on_a_file(call, labelled, tmp_path):
    import json

    out = tmp_path / "r.json"
    code, shown, _ = call("run", "sentences", "--text", labelled, "--folds", 3, "--controls", "--json", out,
                          "--html", tmp_path / "r.html")  # fmt: skip
    found = json.loads(out.read_text())
    assert code == 0 and "labelled" in shown and "naive Bayes on words" in shown
    assert set(found["results"]) == {
        "liquid", "context neurons alone", "random parts alone", "input spikes, same readout", "naive Bayes on words",
        "logistic regression on words", "naive Bayes on words and pairs", "the liquid's readout on words",
        "the liquid's readout on words and pairs", next(n for n in found["results"] if n.startswith("random layer")),
    }  # fmt: skip
    page = (tmp_path / "r.html").read_text()
    assert (
        "Accuracy 100 ± 0 % over 3 folds" in page
        and page.count("naive Bayes on words and pairs") > 2
        and "fitted to the other folds" in page
    )
    assert found["results"]["liquid"]["accuracy"] == 1 and len(found["results"]["liquid"]["folds"]) == 3


@pytest.mark.parametrize(
    "options, message",
    [
        (("--folds", 7), "folds"),
        (("--folds", 1), "folds"),
        (("--samples", 0), "samples"),
        (("--samples", 13), "samples"),
        (("--splits", 2), "means nothing to sentences"),
        (("--backend", "nowhere"), "nowhere"),
    ],
)
def test_bad_options_end_with_one_message_and_code_2(call, labelled, options, message):
    code, out, err = call("run", "sentences", "--text", labelled, *options)
    assert code == 2 and message in err and "Traceback" not in err and not out


def test_bad_files_end_with_one_message_and_code_2(call, tmp_path):
    file = tmp_path / "one.txt"
    file.write_text("good\t1\nfine\t1\n")
    for path, message in ((file, "must be 0 and 1"), (tmp_path / "none.txt", "cannot be read")):
        code, out, err = call("run", "sentences", "--text", path)
        assert code == 2 and message in err and "Traceback" not in err and not out


def test_it_does_not_learn_on_the_chip_and_says_why(call):
    code, _, err = call("learn", "sentences", "--scenario", "drift")
    assert code == 2 and "fitted on the host" in err
    with pytest.raises(InvalidValue):
        task.learn(scenario="drift")


# ---------------------------------------------------------------- the published sentences

UCI = Path(os.environ.get("NEUROLSM_DATA", "")) / "text_uci_sentiment"
needs_uci = pytest.mark.skipif(
    not os.environ.get("NEUROLSM_DATA") or not (UCI / "imdb_labelled.txt").exists(),
    reason="text_uci_sentiment is not under $NEUROLSM_DATA",
)


@needs_uci
def test_the_published_sentences():
    data = load_uci()
    assert len(data) == 3000 and np.bincount(data.source).tolist() == [1000] * 3 and data.sources[1] == "imdb"
    assert [data.label[data.source == k].sum() for k in range(3)] == [500] * 3 and all(data.text)


@needs_uci
def test_backends_are_compared_on_sentences():
    program, found = task.compare(samples=3)
    assert len(found) == 3 and program.n == 700 and found.units == program.n_inputs


@needs_uci
@pytest.mark.nightly
def test_the_liquid_is_better_than_words():
    found = run.run(controls=True).values["results"]
    words = max(found["naive Bayes on words"]["accuracy"], found["logistic regression on words"]["accuracy"])
    assert found["liquid"]["accuracy"] > words + 0.01
