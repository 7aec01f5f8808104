"""Results as pages: whole in one file, the figures of the JSON, nothing that is loaded, and every name escaped."""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from types import SimpleNamespace

import numpy as np
import pytest
from test_cli import TINY, load
from test_compare import fake

import neurolsm as nl
from neurolsm.describe.scaled import with_gains
from neurolsm.measure.instruments.ranges import Place
from neurolsm.measure.scenarios.result import LearningResult
from neurolsm.report.about import About
from neurolsm.report.firing import Firing
from neurolsm.report.page import Page, Section, code, plain, table
from neurolsm.report.picture import picture
from neurolsm.report.raster import raster
from neurolsm.shown import figures
from neurolsm.tasks import model as models

HOSTILE = '<script>alert("1")</script>&$x$\x00'
VOID = {"meta", "br", "img", "input", "link", "hr"}


class Read(HTMLParser):
    """The tags, attributes and text of a page; tags that are not closed in order are an error."""

    def __init__(self, page):
        super().__init__()
        self.open, self.tags, self.attributes, self.text, self.held = [], [], [], [], []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        (self.held if self.open[-1:] == ["script"] else self.text).append(data)

    @property
    def words(self):
        return "\n".join(self.text)


def checked(page):
    """The page as read, after what must be so of every page."""
    found = Read(page)
    ids = [value for name, value in found.attributes if name == "id"]
    assert len(ids) == len(set(ids))
    for name, value in found.attributes:
        if name in ("src", "href", "xlink:href", "action", "data", "srcset"):
            assert value.startswith(("#", "data:"))
        assert not name.startswith("on")
    assert not {"link", "iframe", "object", "base", "form"} & set(found.tags)
    assert not re.search(r"@import|url\((?!#)", page)
    return found


@pytest.fixture
def tiny(monkeypatch):
    held = SimpleNamespace(model=TINY)
    point = SimpleNamespace(name="tiny", load=lambda: held.model)
    monkeypatch.setattr(models, "_points", lambda: {"tiny": point})
    return held


def test_a_run_and_its_controls(tiny, call, tmp_path):
    words = ("run", "tiny", "--seed", 5, "--splits", 3, "--controls")
    code, _, err = call(*words, "--html", tmp_path / "r.html", "--json", tmp_path / "r.json")
    assert code == 0, err
    result = json.loads((tmp_path / "r.json").read_text())
    found = checked((tmp_path / "r.html").read_text())
    assert f"{100 * result['value']:.2f} ± {100 * result['value_sd']:.2f} %" in found.words
    for row in [result, *result["controls"]]:
        assert ", ".join(f"{100 * value:.4g}" for value in row["values"]) in found.words
        assert f"{100 * row['value']:.2f} ± " in found.words
    assert all(control["name"] in found.words for control in result["controls"])
    assert result["program"] in found.words and result["versions"]["numpy"] in found.words
    assert (
        repr(TINY.lsm(5)) in found.words and "neurolsm run tiny --controls --backend emulator --seed 5" in found.words
    )
    assert any(json.loads(one) == result for one in found.text if one.startswith('{\n  "command"'))
    assert {"Who was taken for whom", "Spikes", "How the liquid fires"} <= set(found.text)


def test_the_raster_holds_the_spikes_of_the_run(tiny, call, tmp_path):
    call("run", "tiny", "--html", tmp_path / "r.html")
    data = json.loads(checked((tmp_path / "r.html").read_text()).held[0])
    program = nl.lower(TINY.lsm(1)).program
    with nl.open_simulator(program, "reference") as simulator:
        spikes = simulator.run(TINY.encoder.encode(load().subset(20).x)).spikes
    assert data["units"] == 30 and len(data["samples"]) == 3 and data["dt"] == program.dt
    for k, sample in enumerate(data["samples"]):
        step, unit = spikes.events(k)
        assert sample["step"] == step.tolist() and sample["unit"] == unit.tolist() and sample["steps"] == 12


def test_the_command_on_the_page_gives_the_result_again(tiny, call, tmp_path):
    import shlex

    call("run", "tiny", "--samples", 30, "--folds", 2, "--html", tmp_path / "r.html", "--json", tmp_path / "a.json")
    found = checked((tmp_path / "r.html").read_text())
    line = next(one for one in found.text if one.startswith("neurolsm run"))
    assert call(*shlex.split(line)[1:], "--json", tmp_path / "b.json")[0] == 0
    first, second = (json.loads((tmp_path / f"{name}.json").read_text()) for name in "ab")
    assert first["values"] == second["values"] and first["program"] == second["program"]


def test_hostile_names_are_text(tiny, call, tmp_path):
    names = np.array([HOSTILE[:-1], "</script>", "b&"])
    tiny.model = replace(TINY, name=HOSTILE, load=lambda: models.Data(load().x, names[load().y]))
    code, _, err = call("run", "tiny", "--splits", 2, "--html", tmp_path / "r.html")
    assert code == 0, err
    page = (tmp_path / "r.html").read_text()
    found = checked(page)
    assert "alert(" not in "".join(found.held) and "<script>alert" not in page and "\x00" not in page
    assert plain(HOSTILE) in found.words and found.tags.count("script") == 2
    assert [found.attributes.count(("value", str(k))) for k in range(3)] == [1, 1, 1]


def test_numbers_have_no_confusion_and_one_split_no_deviation(tiny, call, tmp_path):
    from sklearn.linear_model import Ridge

    tiny.model = replace(TINY, load=lambda: models.Data(load().x, load().x[:, 0]), metric="r2", readout=Ridge)
    assert call("run", "tiny", "--splits", 1, "--html", tmp_path / "r.html")[0] == 0
    found = checked((tmp_path / "r.html").read_text())
    assert (
        "Who was taken for whom" not in found.text and "on one split" in found.words and "add --controls" in found.words
    )


@pytest.mark.parametrize("apart", [False, True])
def test_a_comparison(tiny, call, tmp_path, register, apart):
    fake(register, **({"spoil": lambda found: replace(found, v=found.v + 1)} if apart else {}))
    words = ("compare", "tiny", "--backends", "reference,fake", "--samples", 5, "--seed", 2)
    code, _, err = call(*words, "--html", tmp_path / "r.html", "--json", tmp_path / "r.json")
    assert code == int(apart), err
    result = json.loads((tmp_path / "r.json").read_text())
    found = checked((tmp_path / "r.html").read_text())
    assert f"{result['spikes_compared']:,} spikes in 5 samples" in found.words
    assert ("not a bit differs" in found.words) != apart and ("None." in found.text) != apart
    for name in ("reference", "fake"):
        assert (
            figures(result["ms_per_sample"][name]) in found.text
            and figures(result["setup_seconds"][name], 2) in found.text
        )
    assert "neurolsm compare tiny --backends reference,fake --samples 5 --seed 2" in found.words
    assert repr(TINY.lsm(2)) in found.words
    code, _, err = call(*words, "--html", tmp_path / "no" / "r.html")
    assert code == 2 and "--html" in err


LEARNED = LearningResult(
    model="tiny", scenario="classes", backend="emulator", rule="a <rule>", seeds=2, before=0.911, frozen=0.512, adapted=0.85,
    adapted_sd=0.0424, host_refit=0.933, controls={"no <liquid>": 0.712, "other": 0.61}, recovered=0.8, forgotten=0.021,
    updates=1234, seconds=2.0, calibration=0.055, details={}, numbers={}, each=[0.82, 0.88], curve=[0.3, 0.5, 0.7],
    versions={"numpy": np.__version__}, samples=60, program_sha256="0" * 64,
)  # fmt: skip


@pytest.mark.parametrize("curve", [[0.3, 0.5, 0.7], []])
def test_what_was_learned(tiny, call, tmp_path, monkeypatch, curve):
    monkeypatch.setattr("neurolsm.cli.learn.learn_model", lambda *a, **k: replace(LEARNED, curve=curve))
    monkeypatch.setattr("neurolsm.cli.learn.resolved", lambda call, options: {"seeds": 2, "samples": None})
    monkeypatch.setattr("neurolsm.cli.learn.options_of", lambda *a: {})
    words = ("learn", "tiny", "--scenario", "classes", "--seeds", 2)
    code, _, err = call(*words, "--html", tmp_path / "r.html", "--json", tmp_path / "r.json")
    assert code == 0, err
    found = checked((tmp_path / "r.html").read_text())
    assert "adapted 85.00 ± 4.24 % over 2 seeds; frozen 51.20 %, host refit on the same data 93.30 %" in found.words
    assert "above the best control, which is 'no <liquid>' with 71.20 %" in found.words
    assert {"91.10", "51.20", "93.30", "71.20", "61.00", "82.00", "88.00", "1,234", "a <rule>"} <= set(found.text)
    assert any(json.loads(one)["each"] == [0.82, 0.88] for one in found.text if one.startswith('{\n  "command"'))
    assert "neurolsm learn tiny --scenario classes --seeds 2" in found.text
    assert bool(curve) == ("while learning" in found.words) == ("too few for a curve" not in found.words)
    code, _, err = call(*words, "--html", tmp_path / "no" / "r.html")
    assert code == 2 and "--html" in err and "does not exist" in err


@pytest.mark.parametrize(
    ("place", "why"),
    [
        ("no/r.html", "does not exist"),
        (".", "is a folder"),
        ("r.json", "is the file of"),
        ("-", "is no name of a file"),
    ],
)
def test_what_cannot_be_written_is_refused_before_the_work(tiny, call, tmp_path, monkeypatch, place, why):
    monkeypatch.setattr("neurolsm.cli.run.run_model", lambda *a, **k: pytest.fail("it ran"))
    where = place if place == "-" else tmp_path / place
    code, _, err = call("run", "tiny", "--html", where, "--json", tmp_path / "r.json")
    assert code == 2 and "--html" in err and why in err and list(tmp_path.iterdir()) == []


# ---------------------------------------------------------------------- the parts


def test_text_is_escaped_wherever_it_stands():
    page = Page(HOSTILE, HOSTILE, (Section(HOSTILE, table((HOSTILE, "b"), [(HOSTILE, HOSTILE)]) + code(HOSTILE)),))
    found = checked(page.render())
    assert found.tags.count("script") == 1 and found.words.count(plain(HOSTILE)) == 8


def test_two_pictures_share_no_names():
    one, two = (
        picture(lambda ax: ax.plot([0, 1], [1, 0], "o", clip_on=True, label="$x$_"), (3, 2), name, HOSTILE)
        for name in ("one", "two")
    )
    checked(Page("t", "v", (Section("s", one + two),)).render())
    assert picture(lambda ax: ax.plot([0, 1]), (3, 2), "a", "b") == picture(
        lambda ax: ax.plot([0, 1]), (3, 2), "a", "b"
    )
    for ref in re.findall(r"(?:href=\"#|url\(#)([^\")]+)", one):
        assert f'id="{ref}"' in one


def test_a_raster_that_is_too_large_says_which_neurons_it_shows(monkeypatch):
    monkeypatch.setattr("neurolsm.report.raster.MARKS", 5)
    program = nl.lower(TINY.lsm(1)).program
    spikes = nl.Spikes.from_events([([0, 1, 2], [0, 0, 1]), ([0, 1, 2], [1, 2, 2])], steps=9, units=30)
    made = raster(program, spikes, ["1", "2"])
    data = json.loads(Read(made).held[0])
    assert data["units"] == 2 and "neurons 0 to 1 of 30" in made
    assert [one["unit"] for one in data["samples"]] == [[0, 0, 1], [1]]


@pytest.mark.parametrize(
    ("share", "verdict"),
    [(0.0, "dead"), (0.0005, "dead"), (0.01, "sparse"), (0.1, "usual"), (0.45, "busy"), (0.9, "saturated")],
)
def test_the_verdict_on_firing(share, verdict):
    program = nl.lower(TINY.lsm(1)).program
    rng = np.random.default_rng(0)
    spikes = nl.Spikes.from_dense(rng.random((10, 200, 30)) < share)
    found = Firing.of(program, TINY.encoder.encode(load().x[:10]), SimpleNamespace(spikes=spikes))
    dense = spikes.dense()
    assert found.verdict == verdict and found.share == pytest.approx(dense.mean())
    assert found.hertz == pytest.approx(1000 * dense.mean()) and found.highest == dense.mean(axis=(0, 1)).max()
    assert (
        found.silent_neurons == (~dense.any(axis=(0, 1))).sum()
        and found.silent_samples == (~dense.any(axis=(1, 2))).sum()
    )


def test_the_command_is_quoted_for_a_shell():
    options = {
        "model": "my model.py:M",
        "set": ["a=$x", "b=1"],
        "controls": True,
        "folds": None,
        "split_seed": 3,
        "html": "r",
    }
    about = About("run", options, "{}", {})
    assert about.line == "neurolsm run 'my model.py:M' --set 'a=$x' --set b=1 --controls --split-seed 3"


# ---------------------------------------------------------------------- inspect, report, tune


@pytest.fixture
def quick(monkeypatch):
    from neurolsm.measure.instruments import inspection

    monkeypatch.setattr(inspection, "VALUES", 300)


def test_what_was_inspected_lies_among_random_liquids(tiny, quick, call, tmp_path):
    words = ("inspect", "tiny", "--samples", 12, "--random", 3)
    code, out, err = call(*words, "--html", tmp_path / "r.html", "--json", tmp_path / "r.json")
    assert code == 0, err
    result = json.loads((tmp_path / "r.json").read_text())
    found = checked((tmp_path / "r.html").read_text())
    assert "among 3 random liquids" in out and "neurolsm inspect tiny --samples 12 --seed 1 --random 3" in found.words
    (rate,) = (one for one in result["among"] if one["name"].startswith("rate"))
    assert rate["value"] == pytest.approx(result["firing"]["rate"])
    gains = 10 ** np.random.default_rng([1, 53]).uniform(-0.5, 0.5, (3, 2))
    for k, pair in enumerate(gains):
        described = TINY.lsm(2 + k)
        liquid = with_gains(described.liquid, *pair)
        with nl.open_simulator(nl.lower(replace(described, liquid=liquid)).program, "reference") as simulator:
            spikes = simulator.run(TINY.encoder.encode(load().subset(12).x)).spikes
        assert rate["random"][k] == pytest.approx(spikes.count / 12 / 12 / 30)
    assert f"{rate['value']:.4g}" in found.text and {"good", "fair", "poor"} & set(found.text)


def test_without_random_liquids_nothing_is_called_good(tiny, quick, call, tmp_path):
    assert call("inspect", "tiny", "--samples", 12, "--html", tmp_path / "r.html")[0] == 0
    found = checked((tmp_path / "r.html").read_text())
    assert "add --random 50" in found.words and "Among random liquids" not in found.text
    for number, why in ((1, "is no range"), (-1, "at least 0")):
        code, _, err = call("inspect", "tiny", "--samples", 12, "--random", number)
        assert code == 2 and why in err


@pytest.mark.parametrize(
    ("better", "value", "verdict"),
    [("more", 9.5, "good"), ("more", 5.0, "fair"), ("more", 0.0, "poor"), ("less", 0.0, "good"), ("less", 9.5, "poor"),
     (None, -1.0, "low"), (None, 5.0, "usual"), (None, 10.0, "high")],
)  # fmt: skip
def test_what_is_good_depends_on_which_end_is_better(better, value, verdict):
    place = Place(name="x", better=better, value=value, random=tuple(map(float, range(10))))
    assert place.verdict == verdict
    assert Place(name="x", better=better, value=1.0, random=(1.0, 1.0)).verdict in ("fair", "usual")
    assert place.range == pytest.approx((0.9, 4.5, 8.1))


def test_a_placement(tiny, call, tmp_path):
    code, _, err = call("report", "tiny", "--samples", 5, "--html", tmp_path / "r.html", "--json", tmp_path / "r.json")
    assert code == 0, err
    result = json.loads((tmp_path / "r.json").read_text())
    found = checked((tmp_path / "r.html").read_text())
    assert "30 neurons" in found.words and f"{result['events']['synops'] / 5:,.1f}" in found.text
    assert {"published", "NeuroBench", "Events per sample"} <= set(found.text) and repr(TINY.lsm(1)) in found.words
    nl.lower(TINY.lsm(1)).program.save(tmp_path / "p.lsm")
    assert call("report", tmp_path / "p.lsm", "--html", tmp_path / "p.html")[0] == 0
    assert "Description" not in checked((tmp_path / "p.html").read_text()).text
    code, _, err = call("report", "tiny", "--html", tmp_path / "no" / "r.html")
    assert code == 2 and "does not exist" in err


def test_a_search(tiny, call, tmp_path):
    entries = {"drive": models.Range(0.1, 10.0, log=True), "on": models.OneOf((True, False))}
    space = models.Space(entries=entries, build=lambda drive, on: TINY)
    tiny.model = replace(TINY, space=space)
    code, _, err = call("tune", "tiny", "--trials", 3, "--html", tmp_path / "r.html", "--json", tmp_path / "r.json")
    assert code == 0, err
    result = json.loads((tmp_path / "r.json").read_text())
    found = checked((tmp_path / "r.html").read_text())
    assert result["best_command"] in found.text
    assert all(f"{one['value']:.4g}" in found.text for one in result["trials"])
    assert "neurolsm tune tiny --trials 3" in found.words and "the test part was not touched" in found.words
