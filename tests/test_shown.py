"""What objects show of themselves is short, true and, in notebooks, escaped."""

from dataclasses import dataclass, replace
from html.parser import HTMLParser

import numpy as np
import pytest
from networks import network, projection
from sklearn.datasets import load_digits
from test_report_pages import LEARNED

import neurolsm as nl
from neurolsm.hardware.resources import resources
from neurolsm.measure.evaluation.experiment import Result
from neurolsm.measure.instruments import rates
from neurolsm.measure.instruments.inspection import Inspection
from neurolsm.measure.search.tune import Search
from neurolsm.program import Population
from neurolsm.shown import ROWS, described, figures, shown, text, written

SMALL = nl.Liquid(
    topology=nl.Column(shape=(2, 3, 2), wavelength=2.5), input=nl.RandomMap(density=0.3, weight=nl.Gamma(0.5)),
    weights=nl.Pairs(ee=nl.Gamma(0.1), ei=0.2, ie=0.2, ii=0.2), inhibitory_neuron=nl.AdaptiveLIF(adapt_step=0.1),
)  # fmt: skip
LSMS = [
    nl.LSM(inputs=4, liquid=SMALL, seed=1),
    nl.LSM(inputs=4, liquid=nl.Liquid(topology=nl.RandomGraph(n=12)), dt=1e-4),
    nl.LSM(inputs=4, liquid=nl.Series((SMALL, nl.Parallel((SMALL, SMALL)))), readout=nl.DeltaReadout(classes=2)),
    nl.LSM(inputs=4, liquid=replace(SMALL, plasticity=nl.STDP(), intrinsic=nl.IntrinsicPlasticity(target_rate=20.0))),
]


class Table(HTMLParser):
    """Cells of a table, with whatever tags are in it."""

    def __init__(self, source):
        super().__init__()
        self.tags, self.cells, self.open = set(), [], []
        self.feed(source)
        assert not self.open, "a tag that does not end"

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.open.append(tag)
        if tag in ("th", "td"):
            self.cells.append("")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open[-1] in ("th", "td"):
            self.cells[-1] += data

    @property
    def rows(self):
        return dict(zip(self.cells[::2], self.cells[1::2], strict=True))


@pytest.mark.parametrize("lsm", LSMS)
def test_a_description_is_what_one_would_write(lsm):
    assert eval(repr(lsm), vars(nl) | {name: getattr(nl, name) for name in nl.__all__}) == lsm
    assert eval(repr(lsm.liquid), {name: getattr(nl, name) for name in nl.__all__}) == lsm.liquid
    assert "tau_mem" not in repr(lsm) and "\n" not in repr(lsm), "defaults are left out"


def test_only_what_equals_its_default_is_left_out():
    @described
    @dataclass
    class Part:
        a: int
        b: object = 1
        c: tuple = ()

    assert [repr(Part(1, b)) for b in (1, 1.0, True)] == ["Part(a=1)", "Part(a=1, b=1.0)", "Part(a=1, b=True)"]
    assert repr(Part(1, c=(Part(2),))) == "Part(a=1, c=(Part(a=2),))"
    assert repr(Part(1, np.zeros(2))) == "Part(a=1, b=array([0., 0.]))"


def test_the_table_of_a_description_goes_into_the_liquid():
    rows = Table(LSMS[0]._repr_html_()).rows
    assert rows["inputs"] == "4" and rows["liquid.topology"] == "Column(shape=(2, 3, 2), wavelength=2.5)"
    assert rows["liquid.input"] == "RandomMap(density=0.3, weight=Gamma(mean=0.5))" and rows["seed"] == "1"
    rows = Table(LSMS[2]._repr_html_()).rows
    assert rows["readout"] == "DeltaReadout(classes=2)" and rows["liquid.liquids[1]"].startswith(
        "Parallel(liquids=(Liq"
    )


def test_a_program_shows_its_populations_projections_and_hash():
    program = nl.lower(LSMS[0]).program
    lines = repr(program).splitlines()
    assert lines[0] == "Program(" and len(lines) <= 10
    assert "    target: loihi2, loihi arithmetic, 1 ms per step, seed 1" in lines and "    neurons: 12 liquid" in lines
    for p in program.projections:
        assert f"    {p.name}: {p.size:,} synapses" in lines
    assert f"    sha256: {program.sha256[:16]}" in lines
    assert "float arithmetic, 1 ms per step" in repr(nl.lower(LSMS[0], arithmetic="float").program)
    many = nl.lower(LSMS[2]).program
    lines = repr(many).splitlines()
    (more,) = [line for line in lines if "more projections" in line]
    learning = sum(p.size for p in many.plastic)
    assert f"{sum(p.size for p in many.projections[3:]):,} synapses, {learning:,} of them learn" in more
    assert f"{len(many.projections) - 3} more" in more and len(lines) == 10
    assert "12 liquid0, 12 liquid1.0, 12 liquid1.1, 36 gate" in repr(many) or "more populations" in repr(many)
    assert ", learn" in repr(nl.lower(LSMS[3]).program)


@pytest.fixture(scope="module")
def results():
    lsm = replace(LSMS[0], readout=nl.DeltaReadout(classes=3, windows=1))
    spikes = nl.Spikes.from_dense(np.random.default_rng(0).random((3, 20, 4)) < 0.5)
    seen = nl.record(LSMS[0], spikes, nl.Probe(what=("v", "rate"), neurons=[1, 2], every=5), backend="reference")
    lowered = nl.lower(LSMS[3])
    state = nl.State.rest(lowered.program)
    x, y = load_digits(return_X_y=True)
    wide = nl.LSM(inputs=64, liquid=SMALL)
    model = nl.LSMClassifier(wide, encoder=nl.RateEncoder(steps=5, high=16.0), backend="reference")
    evaluation = nl.evaluate(model, x[:40], y[:40] % 2, splits=2, progress=False)
    with nl.deploy(lsm, labels=["a", "b", "c"], backend="reference") as chip:
        prediction = chip.predict(spikes)
        shown_chip = (repr(chip), chip._repr_html_())
    comparison = nl.compare(LSMS[0], spikes, ("reference", "emulator"))
    found = [
        *LSMS, lowered, lowered.program, lowered.program.neurons, lowered.program.plastic[0], state, state.plastic[0], seen,
        seen.recording, seen.synapses, seen.probe, evaluation, prediction, comparison, rates(seen.recording, window=5e-3),
        nl.Graded.none(2, 5), lowered.report, resources(LSMS[0], "loihi2")[0], *measured(),
    ]  # fmt: skip
    return [(repr(one), one._repr_html_()) for one in found] + [shown_chip]


def test_everything_is_short_and_its_table_is_whole(results):
    for as_text, as_table in results:
        assert len(as_text.splitlines()) <= 10 and max(map(len, as_text.splitlines())) < 800
        assert "array([" not in as_text, "arrays are shown by type and shape"
        table = Table(as_table)
        assert table.tags <= {"div", "b", "table", "tr", "th", "td"} and 1 <= len(table.rows) <= ROWS
        assert "color:" not in as_table.replace("color:inherit", ""), "a colour that a dark page would not have"


def measured():
    """Results of commands, filled in by hand."""
    common = {"model": "tiny", "backend": "reference", "seconds": 1.0, "versions": {}, "samples": 40}
    ran = {"target": "loihi2", "arithmetic": "loihi", "neurons": 12, "synapses": 40, "steps": 9, "train": 30, "test": 10, "metric": "accuracy",
           "value": 0.75, "value_sd": 0.05, "splits": 2, "ms_per_sample": 1.0, "spikes_per_sample": 1.0, "synops_per_sample": 1.0, "numbers": 12,
           "program_sha256": "0" * 64, "seed": 3, "values": (0.7, 0.8), "classes": (), "confusion": None}  # fmt: skip
    search = {"model": "tiny", "seed": 1, "split": 0, "metric": "accuracy", "train": 30, "validation": 10, "best": {"drive": 2.5},
              "value": 0.9, "trials": ({"number": 0},), "seconds": 1.0}  # fmt: skip
    seen = {"model": "tiny", "seed": 1, "samples": 40, "steps": 9, "neurons": 12, "synapses": 40, "program_sha256": "0" * 64, "seconds": 1.0,
            "branching": 0.9, **{key: {"a": 1.5} for key in ("firing", "balance", "separation", "rank", "memory", "capacity", "perturbation")}}  # fmt: skip
    return [Inspection(**seen), Result(**common, **ran), Search(**search), replace(LEARNED, model="tiny")]


def test_results_say_what_matters(results):
    def of(name):
        return next(as_text for as_text, _ in results if as_text.startswith(f"{name}("))

    assert "Spikes(3 samples, 60 steps, 12 units" in of("Recording") and "v: int32 [3, 12]" in of("Recording")
    assert "equal: True" in of("Comparison") and "backends: reference, emulator" in of("Comparison")
    assert "labels: a, b, c" in of("Deployment") and "frozen: False" in of("Deployment")
    assert "metric: accuracy" in of("Evaluation") and "test samples: 8" in of("Evaluation")
    assert "probability: float64 [3, 3]" in of("Prediction") and "clock: 0" in of("State")
    assert (
        "roundings" in of("Lowered")
        and "plasticity: Plasticity(dw=" in of("Projection")
        and "neurons: 1, 2" in of("Probed")
    )
    assert "value: 75.00 ± 7.07 %" in of("Result") or "value: 75.00 ± 5.00 %" in of("Result")
    assert (
        "best: drive: 2.5" in of("Search")
        and "no <liquid>: 0.712" in of("LearningResult")
        and "adapted: 0.85" in of("LearningResult")
    )
    assert "neurons: 12" in of("Resources") and "branching:" in of("Inspection") and "notes" in of("Report")
    assert of("Graded") == "Graded(steps: 5, channels: 2, steps with values: 0)"


HOSTILE = '<script>alert("&")</script>'


def test_what_users_name_is_escaped_and_kept_in_its_cell():
    bad = projection(HOSTILE, "input", 1, [0], [0])
    program = replace(network(1, 1, bad), populations=(Population(f"{HOSTILE}\n", 0, 1),))
    rows = Table(program._repr_html_()).rows  # the parser would see a script that was not escaped
    assert rows[HOSTILE] == "1 synapses" and rows["neurons"] == f"1 {HOSTILE}"
    assert HOSTILE not in program._repr_html_() and len(repr(program).splitlines()) <= 10

    class Own(type(nl.STDP())):  # a rule of somebody else's
        def __repr__(self):
            return HOSTILE + "\n" * 20

    lsm = nl.LSM(inputs=1, liquid=replace(SMALL, plasticity=Own()))
    assert Table(lsm._repr_html_()).rows["liquid.plasticity"] == HOSTILE and "\n" not in repr(lsm)


def test_values_in_one_line():
    wanted = {
        "1,234,567": 1234567, "0.3333": 1 / 3, "none": None, "True": True, "1, 2": [1, 2], "a: 1, b: 0.5": {"a": 1, "b": 0.5},
        "a": {"a": [1]}, "1, 2, 3, 4, 5, 6, … (9 in all)": tuple(range(1, 10)), "int8 [2, 1,000]": np.zeros((2, 1000), np.int8),
        "1.5": np.array(1.5), "0, 1": np.arange(2), "7": np.int64(7), "two words": "two\n words",
    }  # fmt: skip
    assert {text(value) for value in wanted.values()} == set(wanted)
    assert len(text("x" * 500)) == 120 and len(written(tuple(range(1000)))) == 120
    assert text({}) == text([]) == "none"


@pytest.mark.parametrize(
    ("value", "count", "shown"),
    [(1462.3, 3, "1,460"), (0.06981, 3, "0.0698"), (99.96, 3, "100"), (12.345, 3, "12.3"), (51.02, 2, "51"), (0.0, 3, "0"),
     (-2345678.0, 3, "-2,350,000"), (float("nan"), 3, "nan"), (float("inf"), 3, "inf")],
)  # fmt: skip
def test_a_number_with_some_figures(value, count, shown):
    assert figures(value, count) == shown


def test_many_rows_are_counted():
    @shown(lambda one: [(f"row number {k}", k) for k in range(20)])
    class Long:
        pass

    lines = repr(Long()).splitlines()
    assert len(lines) == 10 and lines[-2] == "    …: 13 more" and lines[-3] == "    row number 6: 6"


def test_an_object_that_is_not_whole_still_shows():
    for cls in (nl.Program, nl.Recording, nl.Deployment):
        one = object.__new__(cls)
        assert cls.__name__ in repr(one) and Table(one._repr_html_()).rows == {}


def test_estimators_keep_the_html_of_scikit_learn():
    assert "sk-" in nl.LSMClassifier(LSMS[0])._repr_html_()
