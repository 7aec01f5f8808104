"""The page's other side without a page: messages are read with care, drawings become images, and the world is never lost."""

import base64
import json
from pathlib import Path

import numpy as np
import pytest
from live_world import CORNER, LYING, PAPER, STANDING, Told, ask, deployment, images, pixels, source, strokes

import neurolsm as nl
from neurolsm.errors import BackendFailure
from neurolsm.live import drawing, messages
from neurolsm.live.anatomy import positions
from neurolsm.live.changes import changes
from neurolsm.live.keeper import Keeper
from neurolsm.live.messages import Refused
from neurolsm.live.source import opened
from neurolsm.live.world import World


@pytest.fixture(scope="module")
def taught(tmp_path_factory):
    """The file of a deployment that has learned; each test goes on from it."""
    path = tmp_path_factory.mktemp("live") / "taught.lsm"
    with deployment() as chip:
        chip.save(path)
    return path


@pytest.fixture
def world(taught, tmp_path):
    made = World(source(chip=nl.resume(taught)), Keeper.of(tmp_path, "bars"), Told())
    yield made
    made.close()


def draw(world, what):
    return ask(world, "draw", strokes=strokes(what), fit=True)


# ---------------------------------------------------------------------- messages


def test_a_message_is_read():
    read = messages.read('{"do": "draw", "number": 3, "strokes": [[0, 0.5, 1, 1]], "fit": true}')
    assert (read.do, read.number, read.given["fit"]) == ("draw", 3, True)
    assert read.given["strokes"][0].tolist() == [[0, 0.5], [1, 1]]
    assert messages.read('{"do": "teach", "label": "  a   cat "}').given == {"label": "a cat"}


@pytest.mark.parametrize(
    "text, why",
    [
        ("", "no JSON"),
        ("[" * 50_000, "no JSON"),
        ("[1]", "must be an object"),
        ('{"do": 3}', "must be an object"),
        ('{"do": "explode"}', "nothing is called 'explode'"),
        ('{"do": "__init__"}', "nothing is called"),
        ('{"do": "sample", "number": true}', "number"),
        ('{"do": "sample", "number": 1e400}', "number"),
        ('{"do": "sample", "more": 1}', "has the fields"),
        ('{"do": "draw", "strokes": []}', "has the fields strokes, fit"),
        ('{"do": "draw", "strokes": [[1]], "fit": true}', r"draw\.strokes"),
        ('{"do": "draw", "strokes": [[]], "fit": true}', r"draw\.strokes"),
        ('{"do": "draw", "strokes": [[0, NaN]], "fit": true}', "between 0 and 1"),
        ('{"do": "draw", "strokes": [[0, true]], "fit": true}', "between 0 and 1"),
        ('{"do": "draw", "strokes": [[0, 2]], "fit": true}', "between 0 and 1"),
        ('{"do": "draw", "strokes": [[0, 1]], "fit": 1}', "true or false"),
        (json.dumps({"do": "draw", "strokes": [[0, 1] * 4001], "fit": True}), "4,000 points"),
        ('{"do": "teach", "label": "  "}', "name of 1 to 40"),
        (json.dumps({"do": "teach", "label": "x" * 41}), "name of 1 to 40"),
        (json.dumps({"do": "teach", "label": "a\0b"}), "name of 1 to 40"),
        ('{"do": "adapt", "confidence": 0, "keep": false}', "confidence"),
        ('{"do": "adapt", "confidence": NaN, "keep": false}', "confidence"),
        ('{"do": "save", "file": "../a.lsm"}', "plain name"),
        ('{"do": "save", "file": ".token"}', "plain name"),
        ('{"do": "save", "file": "a.lsm\\n"}', "plain name"),
        (json.dumps({"do": "hand", "backend": "b" * 61}), "backend"),
        ('{"do": "value", "feed": "camera", "value": NaN}', "finite number"),
        ('{"do": "value", "feed": "camera", "value": 1e400}', "finite number"),
        ('{"do": "value", "feed": "camera", "value": 1' + "0" * 400 + "}", "finite number"),
        ('{"do": "value", "feed": "camera", "value": true}', "finite number"),
        ('{"do": "value", "feed": "camera", "value": [0.5]}', "finite number"),
        ('{"do": "value", "feed": 3, "value": 0.5}', "a feed must be a name"),
        ('{"do": "value", "value": 0.5}', "has the fields feed, value"),
        (json.dumps({"do": "stream", "on": True, "learn": True, "feed": "x" * 41}), "a feed must be a name"),
        ('{"do": "hush"}', "nothing is called 'hush'"),
        ('{"do": "sample"}' + " " * 70_000, "70,016 bytes, the limit is 65,536"),
    ],
)
def test_any_other_message_is_refused_in_a_sentence(text, why):
    with pytest.raises(Refused, match=why) as refusal:
        messages.read(text)
    assert len(str(refusal.value)) < 300 and "\n" not in str(refusal.value)


def test_everything_a_page_may_say_is_done_by_the_world():
    assert all(hasattr(World, f"_{do}") for do in messages.FIELDS if do not in messages.WATCHING)


# ---------------------------------------------------------------------- drawings


def test_a_drawing_becomes_pixels():
    standing, lying = (pixels(one).reshape(8, 8) for one in (STANDING, LYING))
    assert (standing == lying.T).all() and (standing == standing[::-1]).all()
    assert standing.max() > 8 and not standing[:, :2].any() and standing[:, 3:5].all(axis=0).any()
    assert not PAPER.pixels([]).any() and PAPER.pixels([]).shape == (64,)


def test_a_drawing_is_moved_and_enlarged():
    small = [[0.1, 0.1, 0.1, 0.4, 0.4, 0.4]]
    assert np.allclose(pixels(small), pixels(CORNER), atol=1.0)
    assert not np.allclose(PAPER.pixels(strokes(small), fit=False), pixels(CORNER), atol=1.0)
    assert pixels([[0.9, 0.9]]).sum() > 0  # one point is a dot, in the middle
    assert pixels([[0.9, 0.9]]).reshape(8, 8)[2:6, 2:6].sum() == pixels([[0.9, 0.9]]).sum()


def test_positions_lie_on_the_grid_of_the_column():
    column = nl.LSM(inputs=1, liquid=nl.Liquid(topology=nl.Column(shape=(3, 2, 5))), seed=1)
    place = positions(column)
    assert place.shape == (30, 3) and place[:, 2].min() == -1 and place[:, 2].max() == 1
    assert np.unique(place, axis=0).shape == (30, 3) and set(place[:, 0]) == {-0.5, 0, 0.5}
    graph = positions(nl.LSM(inputs=1, liquid=nl.Liquid(topology=nl.RandomGraph(n=29)), seed=1))
    assert np.unique(graph, axis=0).shape == (29, 3) and abs(graph).max() == 1


# ---------------------------------------------------------------------- the world


def test_a_drawing_is_answered_with_its_spikes(world):
    assert draw(world, STANDING)["done"]
    look = world.tell.of("look")[-1]
    said, recording = world.chip.observe(pixels(STANDING)[None])
    assert look["labels"][int(np.argmax(look["probability"]))] == said.label[0] == "standing"
    fired = np.unpackbits(np.frombuffer(base64.b64decode(look["raster"]), np.uint8))[: look["steps"] * 48].reshape(
        -1, 48
    )
    assert (fired == recording.spikes.to_list()[0][:, :48]).all() and fired.sum() == look["spikes"] > 20
    draw(world, LYING)
    assert world.chip.predict(pixels(LYING)[None]).label[0] == "lying"


def test_a_drawing_of_nothing_is_answered_and_nothing_is_learned(world):
    before = world.chip.state
    assert draw(world, [])["done"] and world.tell.of("look")[-1]["blank"]
    for do, given in (("teach", {"label": "nothing"}), ("adapt", {"confidence": 0.9, "keep": True})):
        answer = ask(world, do, **given)
        assert not answer["done"] and "Nothing is drawn" in answer["text"]
    assert world.chip.state.equal(before) and world.chip.labels.tolist() == ["standing", "lying"]


def test_a_new_class_is_taught_known_after_a_few_lessons_and_forgotten(world):
    draw(world, CORNER)
    assert "which is new" in ask(world, "teach", label="corner")["text"]
    for _ in range(8):
        ask(world, "teach", label="corner")
    assert world.chip.predict(pixels(CORNER)[None]).label[0] == "corner"
    moved = world.tell.of("changes")[-1]
    assert moved["moved"] > 0 and moved["of"] == sum(m.weight.size for m in world.chip.state.plastic[1:])
    assert ask(world, "forget", label="corner")["done"]
    assert world.tell.of("status")[-1]["labels"] == ["standing", "lying"]
    assert world.tell.of("look")[-1]["labels"] == ["standing", "lying"]
    assert "Nothing is called 'corner'" in ask(world, "forget", label="corner")["text"]
    ask(world, "forget", label="lying")
    assert "is the only one" in ask(world, "forget", label="standing")["text"]


def test_no_room_for_another_class(world):
    draw(world, CORNER)
    answers = [ask(world, "teach", label=f"c{k}") for k in range(5)]
    assert [one["done"] for one in answers] == [True] * 4 + [False]
    assert "room for 6" in answers[-1]["text"] and world.chip.labels.size == 6


def test_adapting_is_told_look_by_look(world):
    draw(world, CORNER)
    before = world.chip.predict(images(10, 3)[0]).score
    answer = ask(world, "adapt", confidence=1.0, keep=False)
    looks = world.tell.of("adapting")
    assert answer["done"] and [one["look"] for one in looks] == list(range(1, len(looks) + 1)) and len(looks) > 2
    assert looks[0]["changes"]["moved_biases"] > 0 == looks[0]["changes"]["moved"]  # first the biases, then the weights
    assert looks[1]["changes"]["moved"] > 0 == looks[1]["changes"]["moved_biases"]
    assert (world.chip.predict(images(10, 3)[0]).score == before).all()
    ask(world, "adapt", confidence=1.0, keep=True)
    assert (world.chip.predict(images(10, 3)[0]).score != before).any()


def test_frozen(world):
    draw(world, STANDING)
    assert ask(world, "freeze", on=True)["done"] and world.status()["frozen"]
    before = world.chip.state
    for do, given in (
        ("teach", {"label": "standing"}), ("adapt", {"confidence": 0.9, "keep": False}), ("forget", {"label": "lying"}),
    ):  # fmt: skip
        assert not ask(world, do, **given)["done"]
    assert world.chip.state.equal(before)
    assert ask(world, "freeze", on=False)["done"] and ask(world, "teach", label="standing")["done"]


def test_every_change_is_kept_at_once(world, tmp_path):
    draw(world, CORNER)
    ask(world, "teach", label="corner")
    with nl.resume(world.keeper.file) as kept:  # while the other still runs: as after a power cut
        assert kept.state.equal(world.chip.state) or kept.updates == world.chip.updates
        x = images(10, 4)[0]
        assert (kept.predict(x).score == world.chip.predict(x).score).all() and "corner" in kept.labels
    answer = ask(world, "save", file="mine.lsm")
    assert answer["done"] and (tmp_path / "mine.lsm").exists()


def test_a_full_disk_is_told_and_nothing_is_lost(world, monkeypatch):
    draw(world, CORNER)
    before = world.keeper.file.read_bytes()
    monkeypatch.setattr("neurolsm.files.writing.pour", _full)
    assert ask(world, "teach", label="corner")["done"]
    assert world.status()["lost"] and "not kept" in world.status()["kept"]
    assert not ask(world, "save", file="mine.lsm")["done"]
    assert world.keeper.file.read_bytes() == before
    monkeypatch.undo()
    ask(world, "teach", label="corner")
    assert not world.status()["lost"]


def _full(*_, **__):
    raise OSError(28, "No space left on device")


def test_it_goes_on_on_another_backend_with_the_same_next_spike(world):
    draw(world, CORNER)
    ask(world, "teach", label="corner")
    look = world.tell.of("look")[-1]
    answer = ask(world, "hand", backend="reference")
    assert answer["done"] and "are equal" in answer["text"] and world.chip.backend == "reference"
    assert world.tell.of("look")[-1] == look
    assert ask(world, "teach", label="corner")["done"]
    assert not ask(world, "hand", backend="warp")["done"] and world.chip.backend == "reference"


def test_another_backend_that_differs_is_not_trusted(world, monkeypatch):
    draw(world, CORNER)
    seen = nl.Deployment.observe

    def other(self, x):
        said, recording = seen(self, x)
        if self.backend == "reference":
            recording.v[0, 5] += 1
        return said, recording

    monkeypatch.setattr(nl.Deployment, "observe", other)
    answer = ask(world, "hand", backend="reference")
    assert not answer["done"] and "differ" in answer["text"] and world.chip.backend == "emulator"


def test_a_backend_that_fails_is_replaced_by_what_was_kept(world, monkeypatch):
    draw(world, CORNER)
    ask(world, "teach", label="corner")
    score = world.chip.predict(images(5)[0]).score

    def fail(*_, **__):
        raise BackendFailure("the simulator has gone.")

    monkeypatch.setattr(world.chip._chip.simulator, "run", fail)
    answer = ask(world, "teach", label="corner")
    assert not answer["done"] and "goes on with what was kept" in answer["text"]
    assert (world.chip.predict(images(5)[0]).score == score).all() and ask(world, "teach", label="corner")["done"]


def test_what_nobody_expected_is_answered_too(world, monkeypatch, capsys):
    monkeypatch.setattr(world.paper.__class__, "pixels", lambda *_, **__: 1 / 0)
    answer = draw(world, CORNER)
    assert not answer["done"] and "ZeroDivisionError" in answer["text"] and "Traceback" in capsys.readouterr().err


def test_changes_are_means_of_differences():
    with deployment() as chip:
        before = chip.state
        after = before.copy()
        after.plastic[1].weight[0] += 8
        found = changes(chip.program, before, after)
        assert found["moved"] == 1 and found["mean"] == 8 and found["moved_biases"] == 0
        table = np.array(found["weights"])
        assert table.shape[0] == 6 and table[0, 0] > 0 and np.count_nonzero(table) == 1


# ---------------------------------------------------------------------- where it comes from


def test_a_file_goes_on_and_what_is_kept_of_it_comes_first(taught, tmp_path):
    keeper = Keeper.of(tmp_path, str(taught))
    said = []
    first = opened(str(taught), "emulator", keeper, say=said.append)
    first.chip.declare("more")
    assert keeper.follow(first.chip) is None
    first.chip.close()
    again = opened(str(taught), "reference", keeper, say=said.append)
    assert again.chip.labels.tolist() == ["standing", "lying", "more"] and again.paper == PAPER
    assert again.samples is None and said == []
    again.chip.close()
    fresh = opened(str(taught), "emulator", keeper, fresh=True, say=said.append)
    assert fresh.chip.labels.size == 2 and "is now" in said[0] and len(list(tmp_path.glob("*.lsm"))) == 1
    fresh.chip.close()


def test_what_was_kept_and_cannot_be_read_is_set_aside(taught, tmp_path):
    keeper = Keeper.of(tmp_path, str(taught))
    keeper.file.write_bytes(b"half of a")
    said = []
    opened(str(taught), "emulator", keeper, say=said.append).chip.close()
    assert "is now" in said[0] and not keeper.file.exists()
    assert [one.read_bytes() for one in tmp_path.glob("*.lsm")] == [b"half of a"]


def test_no_deployment_no_images_no_model(tmp_path):
    keeper = Keeper.of(tmp_path, "x")
    (tmp_path / "text.lsm").write_text("no deployment")
    with pytest.raises(nl.FileRefused, match=r"text\.lsm"):
        opened(str(tmp_path / "text.lsm"), "emulator", keeper)
    with pytest.raises(nl.FileRefused, match=r"missing\.lsm"):
        opened(str(tmp_path / "missing.lsm"), "emulator", keeper)
    lsm = nl.LSM(inputs=2, liquid=nl.Liquid(topology=nl.RandomGraph(n=20)), readout=nl.DeltaReadout(classes=2), seed=1)
    with nl.deploy(lsm, nl.RateEncoder(steps=20), labels=[0, 1]) as chip:
        chip.save(tmp_path / "rates.lsm")
    with pytest.raises(nl.InvalidValue, match="nothing can be drawn for it"):
        opened(str(tmp_path / "rates.lsm"), "emulator", keeper)
    with pytest.raises(nl.NotAvailable, match="unknown"):
        opened("no_such_model", "emulator", keeper)


def test_a_model_is_taught_and_gets_room_for_more(tmp_path):
    pytest.importorskip("neurolsm_models")
    keeper, said = Keeper.of(tmp_path, "digits"), []
    made = opened("digits", "emulator", keeper, taught=30, say=said.append)
    with made.chip as chip:
        assert chip.updates == 30 and chip.labels.tolist() == [str(k) for k in range(10)] and "30 samples" in said[0]
        assert made.paper == PAPER and made.samples.shape == (1767, 64) and chip.lsm.readout.classes == 20
    with pytest.raises(nl.InvalidValue, match="has no images that could be drawn"):
        opened("gas", "emulator", keeper)
    with pytest.raises(nl.InvalidValue, match="has no images that could be drawn"):
        opened("navigation", "emulator", keeper)


def test_the_pen_of_the_page_is_as_wide_as_the_one_of_the_liquid():
    page = Path(drawing.__file__).parent / "page"
    assert f"RADIUS = {drawing.PEN}," in (page / "pad.js").read_text()
    loaded = [line for file in page.iterdir() for line in file.read_text().splitlines() if "http" in line]
    assert loaded == []  # nothing comes from anywhere else


def test_a_token_stays_and_is_for_its_user_alone(tmp_path):
    keeper = Keeper.of(tmp_path / "new", "x")
    token = keeper.token()
    assert len(token) >= 32 and keeper.token() == token
    place = tmp_path / "new" / ".token"
    assert place.stat().st_mode & 0o077 == 0 == (tmp_path / "new").stat().st_mode & 0o077
    place.chmod(0o644)  # others may have read it
    assert keeper.token() != token
    place.write_text("short")
    assert len(keeper.token()) >= 32
    (tmp_path / "file").touch()
    with pytest.raises(nl.InvalidValue, match="--folder"):
        Keeper.of(tmp_path / "file" / "in", "x")
