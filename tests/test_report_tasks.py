"""Pages and pictures of tasks with a protocol of their own, made from their reports; and the page of a microcontroller's budget."""

import json
from dataclasses import replace
from types import SimpleNamespace

import pytest
from test_report_pages import HOSTILE, LEARNED, checked
from test_task import TASK, compare

import neurolsm as nl
from neurolsm.report.page import plain
from neurolsm.tasks import model as models
from neurolsm.tasks.scores import Picture, Scores
from neurolsm.tasks.task import NotDrawn, Report

SCORES = (
    Scores(
        title="First <one>", label="error, %", meaning="It is wrong.", better="less", each="lives",
        values={"liquid": [1.25, 1.75], f"{HOSTILE} control": [2.5]},
    ),
    Scores(title="Second", label="right", meaning="It is right.", better="more", values={"liquid": [3.5]}, each="lives"),
)  # fmt: skip
PICTURE = Picture(
    title="Ways",
    said="Where it went.",
    draw=lambda figure: figure.subplots(2)[1].plot([0, 1], label="$a$"),
    size=(3, 4),
)


def run(*, backend="emulator", seed=1, controls=False):
    return Report(
        title="a title", rows=(("what", "a", "b", "c", "d"), ("liquid", "1", "2", "3", "4")), values={"model": "tiny", "v": 7.5},
        notes=("one note",), seeds="Seeds 1 and 2.", scores=SCORES, pictures=(PICTURE,),
    )  # fmt: skip


@pytest.fixture
def tiny(monkeypatch):
    held = SimpleNamespace(task=replace(TASK, run=run))
    monkeypatch.setattr(models, "_points", lambda: {"tiny": SimpleNamespace(name="tiny", load=lambda: held.task)})
    return held


def test_a_page_has_every_part_of_the_report(tiny, call, tmp_path):
    words = ("run", "tiny", "--seed", 3, "--controls", "--html", tmp_path / "r.html", "--json", tmp_path / "r.json")
    code, out, err = call(*words)
    assert code == 0, err
    page = (tmp_path / "r.html").read_text()
    found, result = checked(page), json.loads((tmp_path / "r.json").read_text())
    assert "tiny on emulator" in found.text and "one note" in out
    assert "a title: better than the best of the others in 1 of 1 figures." in found.words
    for one in SCORES:
        assert {one.title, one.verdict.split(":")[0].rstrip(".")} - set(found.text) <= {one.verdict.split(":")[0]}
        assert one.verdict.replace(HOSTILE, plain(HOSTILE)) in found.text
    assert {"1.5 ± 0.35", "1.25, 1.75", "3.5", "It is wrong. Less is better.", "It is right. More is better."} <= set(
        found.text
    )
    assert {"Ways", "Where it went.", "one note", "Seeds 1 and 2.", "liquid", "4"} <= set(found.text)
    assert "alert(" not in "".join(found.held) and "<script>alert" not in page
    assert "neurolsm run tiny --backend emulator --seed 3 --controls" in found.words
    assert any(json.loads(one) == result for one in found.text if one.startswith('{\n  "command"'))
    assert result["options"]["html"] == str(tmp_path / "r.html") and result["v"] == 7.5


def test_the_raster_is_of_the_network_that_is_compared(tiny, call, tmp_path):
    assert call("run", "tiny", "--seed", 3, "--html", tmp_path / "r.html")[0] == 0
    found = checked((tmp_path / "r.html").read_text())
    program, inputs = compare(samples=20, seed=3)
    with nl.open_simulator(program, "reference") as simulator:
        spikes = simulator.run(inputs, learn=False).spikes
    (data,) = (json.loads(one) for one in found.held if one.startswith('{"dt"'))
    for k, sample in enumerate(data["samples"]):
        step, unit = spikes.events(k)
        assert sample["step"] == step.tolist() and sample["unit"] == unit.tolist() and len(unit)
    assert repr(program) in found.words and "neurolsm compare tiny" in found.words


def test_a_report_without_scores_is_a_page_too(tiny, call, tmp_path):
    tiny.task = TASK
    assert call("learn", "tiny", "--scenario", "door", "--html", tmp_path / "r.html")[0] == 0
    found = checked((tmp_path / "r.html").read_text())
    assert "tiny learns: door" in found.text and "Seeds" not in found.text and "How the liquid fires" in found.text


def test_a_picture_is_the_first_of_the_report_or_its_scores(tiny, call, tmp_path):
    drawn = []
    for pictures in (
        (replace(PICTURE, draw=lambda figure: drawn.append(figure.get_size_inches().tolist())), PICTURE),
        (),
    ):
        tiny.task = replace(TASK, run=lambda *, seed=1, shown=pictures: replace(run(), pictures=shown))
        assert call("run", "tiny", "--plot", tmp_path / f"{len(pictures)}.svg")[0] == 0
    assert drawn == [[3.0, 4.0]]
    assert all(one.title.split("<")[0] in (tmp_path / "0.svg").read_text() for one in SCORES)
    tiny.task = TASK
    code, out, err = call("learn", "tiny", "--scenario", "door", "--plot", tmp_path / "n.png")
    assert code == 2 and "nothing to draw" in err and "door" in out and not (tmp_path / "n.png").exists()


def test_a_page_or_a_picture_that_fails_loses_no_result(tiny, call, tmp_path):
    def broken(**_):
        raise nl.NotAvailable("no data here")

    def failing(*, seed=1, video=None):
        raise NotDrawn("no film", run()) from OSError("no film")

    tiny.task = replace(TASK, run=run, compare=broken)
    words = ("--html", tmp_path / "r.html", "--json", tmp_path / "r.json", "--plot", tmp_path / "p.png")
    code, out, err = call("run", "tiny", *words)
    assert code == 2 and "no data here" in err and "a title" in out and (tmp_path / "p.png").stat().st_size > 1000
    assert json.loads((tmp_path / "r.json").read_text())["v"] == 7.5 and not (tmp_path / "r.html").exists()
    tiny.task = replace(TASK, run=failing)
    with pytest.raises(OSError, match="no film"):
        call("run", "tiny", *words)
    assert "a title" in (tmp_path / "r.html").read_text()


BUDGET = {
    "flash_bytes": 90403, "code_bytes": 0, "ram_bytes": 54012, "largest": {"lsm.ring": 44000, "post_2<": 24158},
    "instructions_per_event": None, "instructions_per_update": None, "steps_per_second": None,
    "steps_per_second_at_least": None, "chip": None, "fits": None, "saves": ["delays of at most 5 steps save 20,000 bytes"],
}  # fmt: skip
COUNTED = {
    "instructions_per_event": 11.25,
    "instructions_per_update": 36.5,
    "steps_per_second": 1590.1,
    "steps_per_second_at_least": 987.6,
}


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({}, "Whether that fits a chip"),
        ({"chip": "rp2040", "fits": True, **COUNTED}, ": fits on rp2040"),
        ({"chip": "stm32f4", "fits": False, **COUNTED}, "does not fit on stm32f4"),
    ],
)
def test_the_budget_of_a_microcontroller(tiny, call, tmp_path, monkeypatch, more, said):
    held = SimpleNamespace(budget=lambda *a, **k: SimpleNamespace(to_dict=lambda: {**BUDGET, **more}))
    monkeypatch.setattr("neurolsm.cli.budget.get", lambda name: held)
    words = ("report", "tiny", "--target", "c")
    code, out, err = call(*words, "--html", tmp_path / "r.html", "--json", tmp_path / "r.json")
    assert code == 0, err
    found = checked((tmp_path / "r.html").read_text())
    assert "90,403 bytes of flash and 54,012 bytes of memory" in found.words and said in found.words
    assert {"44,000", "24,158", "post_2<", "Delays of at most 5 steps save 20,000 bytes."} <= set(found.text)
    counted = {"11.25", "36.5", "1,590.1", "987.6"}
    assert counted <= set(found.text) if more else "QEMU" in found.words and not counted & set(found.text)
    assert "neurolsm report tiny --target c" in found.words and "90,403" in out
    code, _, err = call(*words, "--html", tmp_path / "no" / "r.html")
    assert code == 2 and "does not exist" in err


def test_the_seeds_of_controls_are_drawn_where_they_are_known(monkeypatch):
    from neurolsm.report import learn

    drawn = []
    monkeypatch.setattr(learn, "with_controls", lambda rows, *a, **k: drawn.append(rows))
    learn._figure(replace(LEARNED, controls_each={"other": [0.6, 0.62]}))
    (rows,) = drawn
    assert rows["adapted"] == [82.0, 88.0] and rows["other"] == [60.0, 62.0] and rows["no <liquid>"] == [71.2]
