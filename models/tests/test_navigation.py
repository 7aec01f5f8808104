"""The protocol of navigation, its pictures, and its commands."""

import json
import math

import numpy as np
import pytest
from matplotlib.figure import Figure
from neurolsm_models.navigation.controls import Braitenberg, RandomWalk
from neurolsm_models.navigation.environment import DT, SPEED
from neurolsm_models.navigation.film import beside
from neurolsm_models.navigation.lives import change, first_seed, grow_up, recovered
from neurolsm_models.navigation.motors import Motors
from neurolsm_models.navigation.network import STEPS, brain
from neurolsm_models.navigation.picture import save_video
from neurolsm_models.navigation.protocol import drives, measure, score
from neurolsm_models.navigation.registration import make
from neurolsm_models.navigation.task import compare, run
from PIL import Image
from simple_worlds import empty, still

import neurolsm as nl
from neurolsm.program.spikes import Spikes


class Straight:
    def begin(self):
        pass

    def drive(self, seen):
        return np.array([1.0, 1.0], np.float32)


def test_scores():
    found = drives(Straight(), still(empty()), range(3))
    figures = score(found)
    assert (figures.success, figures.collision, figures.pairs) == (1.0, 0.0, 3)
    assert figures.path_ratio == pytest.approx(1.0, abs=0.04) and figures.metres == pytest.approx(3.6, abs=0.13)
    assert figures.seconds == pytest.approx(figures.metres / SPEED) and figures.decisions == round(
        3 * figures.seconds / DT
    )
    away = score(drives(Straight(), still(empty(start=(2.0, 4.0, math.pi))), range(2)))
    assert away.collision == 1.0 and away.path_ratio is None


def test_controls_drive():
    assert measure(Braitenberg(), still(empty(start=(2.0, 2.0, 2.0))), 1).success == 1.0
    walk = measure(RandomWalk(1), make("rooms"), 10)
    assert walk.success < 0.5 and walk.success + walk.collision + walk.overtime == pytest.approx(1.0)


def test_lives_do_not_meet_the_worlds_of_the_test():
    assert first_seed(0) >= 10_000 and first_seed(1) + 100_000 <= first_seed(2)


def test_a_video_is_whole_and_only_gif(tmp_path):
    env = make("rooms", render_mode="rgb_array")
    env.reset(seed=1)
    frames = [env.render()]
    for _ in range(3):
        env.step(np.array([0.5, 0.2]))
        frames.append(env.render())
    save_video(frames, tmp_path / "v.gif")
    with Image.open(tmp_path / "v.gif") as video:
        assert video.n_frames == 4 and video.size == (480, 480)
    with pytest.raises(nl.InvalidValue, match=r"only animated GIF"):
        save_video(frames, tmp_path / "v.mp4")
    assert [p.name for p in tmp_path.iterdir()] == ["v.gif"]


def test_a_film_has_the_spikes_beside_the_world():
    """Two pixels for a spike, the newest step at the right edge; what was chosen below; nothing of more than twenty decisions ago."""
    program = brain(1)
    frame = np.full((480, 480, 3), 9, np.uint8)
    empty_panel = beside(frame, program, [])
    one = Spikes.from_events([([7], [303])], STEPS, program.n)  # the fourth of the slow neurons, in the last step
    spoken = beside(frame, program, [(one, 4)])
    assert spoken.shape == (480, 480 + 8 + 320, 3) and (spoken[:, :480] == 9).all()
    rows, columns = np.nonzero((spoken == (0xD5, 0x5E, 0x00)).all(axis=2))
    assert list(columns) == [806, 807] and set(rows) == {2 * 16 + 8 + 210 + 2}
    rows, columns = np.nonzero((spoken == (0x00, 0x9E, 0x73)).all(axis=2))
    assert (columns.min(), columns.max()) == (792, 806) and rows.max() < 480 - 16
    silent = Spikes.from_events([([], [])], STEPS, program.n)
    later = beside(frame, program, [(one, 4), *[(silent, 0)] * 20])
    assert (later == beside(frame, program, [(silent, 0)] * 20)).all() and (later != empty_panel).any()


def test_the_report_holds_what_it_says(tmp_path):
    report = run(samples=2, episodes=2, seed=2, video=tmp_path / "v.gif")  # the lives whose drives are soon over
    values = json.loads(json.dumps(report.to_dict(), allow_nan=False))
    assert values["value"] == values["scores"]["rooms"]["navigation"]["success"] and values["pairs"] == 2
    cost = values["cost_a_decision"]["rooms"]
    assert (
        cost["spikes"] > 0
        and cost["synops"] > cost["spikes"]
        and 0 < cost["dynamic_joule"][0] <= cost["dynamic_joule"][1]
    )
    assert (tmp_path / "v.gif").stat().st_size > 1000
    assert len({len(row) for row in report.rows}) == 1
    rooms, maze = report.scores
    assert rooms.values == {"navigation": [100 * values["value"]]} and maze.values == {
        "navigation": [100 * values["memory_maze"]]
    }
    figure = Figure()
    report.pictures[0].draw(figure)
    assert [ax.get_title("left") for ax in figure.axes if ax.get_title("left")] == ["rooms", "memory maze"]
    assert sum(ax.axison for ax in figure.axes) == 4


def test_compare_gives_a_program_that_has_learned():
    program, inputs = compare(samples=2)
    assert len(inputs) == 2 and inputs.steps.tolist() == [5 * STEPS] * 2 and inputs.units == program.n_inputs
    assert any((p.weight != q.weight).any() for p, q in zip(program.plastic, brain(1).plastic, strict=True))
    assert nl.compare(program, inputs[:1], ("emulator", "reference")).equal


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("run", "navigation", "--samples", "0"), "navigation.samples = 0"),
        (("run", "navigation", "--video", "v.mp4"), "only animated GIF"),
        (("run", "navigation", "--splits", "3"), "--splits 3: means nothing to navigation"),
        (("run", "navigation", "--backend", "nothing"), "'nothing' is unknown"),
        (("learn", "navigation", "--scenario", "classes"), "Choose one of door, sectors, drift"),
        (("learn", "navigation", "--scenario", "door", "--seeds", "0"), "navigation.seeds = 0"),
        (("compare", "navigation", "--samples", "0"), "navigation.samples = 0"),
    ],
)
def test_the_commands_refuse_before_anything_runs(call, arguments, said):
    code, _, error = call(*arguments)
    assert code == 2 and said in error and "Traceback" not in error


@pytest.mark.nightly
def test_a_life_in_rooms_and_in_the_maze():
    with grow_up("rooms", 1) as agent:
        assert measure(agent, make("rooms"), 100).success >= 0.9
    with grow_up("memory_maze", 1) as agent:
        assert measure(agent, make("memory_maze"), 100).success >= 0.95
    with grow_up("memory_maze", 1, motors=Motors(actions=5, liquid=False)) as agent:
        assert measure(agent, make("memory_maze"), 100).success <= 0.7  # without the liquid it cannot know


@pytest.mark.nightly
@pytest.mark.parametrize(("scenario", "share"), [("door", 0.8), ("sectors", 0.8), ("drift", 0.8)])
def test_recovery(scenario, share):
    found = [change(scenario, 1, pairs=60)]
    assert found[0].frozen.success < found[0].before.success - 0.05 and recovered(found) > share
