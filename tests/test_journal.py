"""The journal of a search: a foreign file is never touched, one that was cut short goes on, another search is named."""

import errno
import os
from dataclasses import replace

import optuna
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from optuna.distributions import FloatDistribution
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from test_tune import TOY, build, plain

from neurolsm.errors import FileRefused, Interrupted, InvalidValue
from neurolsm.measure.search import tune
from neurolsm.measure.search.journal import BEGINNING, open_journal
from neurolsm.tasks.model import Range, Space

WHAT = {"model": "toy", "seed": 0, "split": 0, "samples": None}
SPACE = Space(entries={"weight": Range(0.0, 1.0)}, build=build)
optuna.logging.set_verbosity(optuna.logging.ERROR)


def add(path, values, what=WHAT):
    """Trials with these values; gives all that are there in the end."""
    with open_journal(path) as journal:
        study = tune._study(journal, path, what, SPACE)
        for value in values:
            study.add_trial(optuna.trial.create_trial(
                params={"weight": value}, distributions={"weight": FloatDistribution(0.0, 1.0)}, value=value
            ))  # fmt: skip
        return [t.value for t in study.trials]


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    path = tmp_path_factory.mktemp("j") / "whole"
    add(path, [0.1, 0.2, 0.3])
    return path.read_bytes()


@settings(max_examples=40)
@given(data=st.data())
def test_cut_anywhere_it_goes_on_or_stays_as_it_is(tmp_path_factory, whole, data):
    path = tmp_path_factory.mktemp("j") / "cut"
    cut = data.draw(st.integers(0, len(whole)))
    tail = data.draw(st.sampled_from([b"", b"", bytes(7)]))  # what a loss of power leaves
    path.write_bytes(whole[:cut] + tail)
    try:
        found = add(path, [0.7])
    except FileRefused as why:  # too little to tell that it is a journal
        assert cut < len(BEGINNING) or (tail and whole[:cut].count(b"\n") == 0)
        assert path.read_bytes() == whole[:cut] + tail and "Name another file" in str(why).replace("name", "Name")
        return
    assert found[:-1] == [0.1, 0.2, 0.3][: len(found) - 1] and found[-1] == 0.7
    kept = whole[: cut + (cut < len(whole) and whole[cut : cut + 1] == b"\n" and not tail)]
    assert path.read_bytes().startswith(kept[: kept.rfind(b"\n") + 1])
    assert add(path, []) == found and add(path, [0.8]) == [*found, 0.8]
    study = optuna.load_study(study_name="tune", storage=JournalStorage(JournalFileBackend(str(path))))
    assert [t.value for t in study.trials] == [*found, 0.8]  # Optuna reads it still


@settings(max_examples=40)
@given(
    content=st.one_of(
        st.binary(min_size=1, max_size=60),
        st.text(min_size=1, max_size=60).map(lambda t: t.encode("utf-8", "surrogatepass")),
        st.sampled_from([b"{}", b"[]\n", b"{}\n", b'{"op_code":0}\n', b"\n", b"{", b'{"a": 1}\n', b"\x00\x01 no\n", b"shopping list: milk"]),
    )
)  # fmt: skip
def test_a_foreign_file_is_never_touched(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("j") / "foreign"
    path.write_bytes(content)
    with pytest.raises(FileRefused, match="not a journal of trials"):
        add(path, [0.1])
    assert path.read_bytes() == content and os.listdir(path.parent) == ["foreign"]


def test_damage_in_the_middle_is_named_and_left_alone(tmp_path, whole):
    lines = whole.splitlines(keepends=True)
    for line, words in ((lines[2][:-9] + lines[3], "line 3 of the journal is damaged"),
                        (b'{"op_code":11,"worker_id":"x"}\n', "line 3 is of a newer Optuna"),
                        (b'{"op_code":4,"worker_id":"x","study_id":0}\n', "not a journal of trials")):  # fmt: skip
        content = b"".join([*lines[:2], line, *lines[4:]])
        (tmp_path / "a").write_bytes(content)
        with pytest.raises(FileRefused, match=words):
            add(tmp_path / "a", [0.1])
        assert (tmp_path / "a").read_bytes() == content


def test_journals_of_others_are_named_and_left_alone(tmp_path):
    add(tmp_path / "a", [0.1])
    add(tmp_path / "begun", [])
    storage = JournalStorage(JournalFileBackend(str(tmp_path / "b")))
    optuna.create_study(study_name="mine", storage=storage)
    whole = {name: (tmp_path / name).read_bytes() for name in ("a", "b", "begun")}
    for name, what, words in (("a", {**WHAT, "seed": 1}, "holds another search"), ("a", {**WHAT, "model": "x"}, "another search"),
                              ("begun", {**WHAT, "seed": 1}, "another search"), ("b", WHAT, "'mine'")):  # fmt: skip
        with pytest.raises(InvalidValue, match=words):
            add(tmp_path / name, [0.1], what)
        (tmp_path / name).write_bytes((tmp_path / name).read_bytes()[:-5])  # also where the end is to be cut
        with pytest.raises((InvalidValue, FileRefused)):
            add(tmp_path / name, [0.1], what)
        assert (tmp_path / name).read_bytes() == whole[name][:-5]
        (tmp_path / name).write_bytes(whole[name])
    with pytest.raises(InvalidValue, match="trials in another space"), open_journal(tmp_path / "a") as journal:
        tune._study(journal, tmp_path / "a", WHAT, Space(entries={"weight": Range(0.0, 2.0)}, build=build))


def test_places_that_are_no_files(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for place, words in ((tmp_path, "is a folder"), (tmp_path / "pipe", "a pipe"), ("/dev/null", "a device"),
                         (tmp_path / "no" / "a", "folder that exists")):  # fmt: skip
        with pytest.raises(InvalidValue, match=words):
            add(place, [0.1])
    (tmp_path / "link").symlink_to("made")
    assert add(tmp_path / "link", [0.1]) == add(tmp_path / "made", []) == [0.1]
    with open_journal(tmp_path / "empty"):
        pass
    assert sorted(os.listdir(tmp_path)) == ["link", "made", "pipe"]


def test_what_is_printed_does_not_go_into_a_journal(tmp_path):
    with open(tmp_path / "out", "w+b") as out:
        (tmp_path / "link").symlink_to(f"/dev/fd/{out.fileno()}")
        for place in (f"/dev/fd/{out.fileno()}", tmp_path / "link"):
            with pytest.raises(InvalidValue, match="a pipe or a device"):
                add(place, [0.1])
    assert (tmp_path / "out").read_bytes() == b""


def test_one_search_at_a_time(tmp_path):
    with open_journal(tmp_path / "a"), pytest.raises(InvalidValue, match="another search is writing it"):
        add(tmp_path / "a", [0.1])
    assert add(tmp_path / "a", [0.1]) == [0.1]


def test_a_full_disk_leaves_whole_lines(tmp_path, monkeypatch):
    add(tmp_path / "a", [0.1])
    before, real = (tmp_path / "a").read_bytes(), os.write

    def full(file, data):
        if len(data) > 20:
            return real(file, data[:20])
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", full)
        with pytest.raises(
            InvalidValue, match=r"a: cannot be written \(No space left.*make room, and the same call goes on"
        ):
            add(tmp_path / "a", [0.2])
    assert (tmp_path / "a").read_bytes() == before and add(tmp_path / "a", [0.2]) == [0.1, 0.2]


def test_an_interrupted_search_says_what_is_kept_and_goes_on(tmp_path, monkeypatch):
    real, count = tune.score, [0]

    def third(*arguments):
        count[0] += 1
        if count[0] == 3:
            raise KeyboardInterrupt
        return real(*arguments)

    monkeypatch.setattr(tune, "score", third)
    kept = rf"2 of 4 trials are kept in {tmp_path / 'a'}; the same call goes on from there"
    with pytest.raises(Interrupted, match=kept):
        tune.tune_model(TOY, trials=4, storage=tmp_path / "a")
    pieces = tune.tune_model(TOY, trials=4, storage=tmp_path / "a")
    count[0] = 10
    assert plain(pieces) == plain(tune.tune_model(TOY, trials=4))
    count[0] = 0
    with pytest.raises(KeyboardInterrupt, match="2 of 4 trials were done, and are not kept without a storage"):
        tune.tune_model(TOY, trials=4)
    with pytest.raises(InvalidValue, match="no training data today"):
        tune.tune_model(replace(TOY, load=refusing), storage=tmp_path / "b")
    assert os.listdir(tmp_path) == ["a"]


def refusing():
    raise InvalidValue("no training data today")
