"""The robot's world against geometry worked out by hand, and what it refuses."""

import math
import time
from dataclasses import replace

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from neurolsm_models.navigation import physics
from neurolsm_models.navigation.changes import blind, sector
from neurolsm_models.navigation.ends import beams_from_rear, seen_from_rear, wheels_from_rear
from neurolsm_models.navigation.environment import BEAMS, SEEN, NavigationEnv
from neurolsm_models.navigation.mazes import home, maze, memory_maze
from neurolsm_models.navigation.paths import Grid, check_reachable
from neurolsm_models.navigation.registration import make
from neurolsm_models.navigation.rooms import room
from simple_worlds import empty, still

import neurolsm as nl

IDS = ("Rooms-v0", "Maze-v0", "MemoryMaze-v0", "Home-v0")


def test_lidar_sees_walls_and_discs_where_they_are():
    world = replace(empty(), discs=np.array([[6.0, 4.0, 0.5, 0, 0]]))
    ranges = np.empty(BEAMS)
    physics.lidar(4.0, 4.0, 0.0, world.segments, world.discs, 10.0, ranges)
    assert ranges[0] == pytest.approx(1.5)  # the disc ahead, to its near side
    assert ranges[6] == pytest.approx(4.0) and ranges[12] == pytest.approx(4.0)  # left and behind: walls
    assert ranges[3] == pytest.approx(4 * math.sqrt(2))  # 45 degrees to the left: the corner
    physics.lidar(4.0, 4.0, math.pi / 2, world.segments, world.discs, 3.0, ranges)
    assert ranges[18] == pytest.approx(1.5)  # turned: the disc is on the right
    assert ranges[0] == 3.0  # and the wall out of reach


def test_driving_follows_the_arc():
    pose = np.array([0.0, 0.0, 0.0])
    physics.drive(pose, 0.5, 0.5, 0.3, 2.0)
    assert pose == pytest.approx([1.0, 0.0, 0.0])
    pose[:] = 0
    left, right, axle = 0.2, 0.4, 0.3
    radius, turn = 0.3 / (0.2 / 0.3), 0.2 / 0.3 * 1.5  # v / w, w dt
    physics.drive(pose, left, right, axle, 1.5)
    assert pose == pytest.approx([radius * math.sin(turn), radius * (1 - math.cos(turn)), turn])


def test_clearance_is_negative_inside():
    world = replace(empty(), boxes=np.array([[4.0, 4.0, 1.0, 0.5, math.pi / 2]]))
    assert world.clearance(4.0, 4.0) == pytest.approx(-0.5)
    assert world.clearance(4.0, 5.5) == pytest.approx(0.5) and world.clearance(3.0, 4.0) == pytest.approx(0.5)
    assert world.clearance(-1.0, 4.0) < 0


def test_shortest_paths():
    assert Grid(empty()).shortest(empty()) == pytest.approx(4.0)
    slanted = empty(goal=(6.5, 5.3))
    direct = math.hypot(4.5, 1.3)
    assert direct - 0.1 <= Grid(slanted).shortest(slanted) <= 1.03 * direct + 0.1
    wall = replace(empty(), walls=np.array([[4.0, 0.0, 4.0, 6.0]]))
    around = 2 * math.hypot(2.0, 2.2)  # past the end of the wall at 0.2 m
    assert Grid(wall).shortest(wall) == pytest.approx(around, rel=0.05)


def test_moving_discs_stay_on_the_floor_and_move():
    env = make("rooms", moving=4)
    env.reset(seed=3)
    before = env._discs[-4:, :2].copy()
    for _ in range(300):
        _, _, ended, late, _ = env.step(np.zeros(2))
        assert (env._discs[:, :2] >= 0).all() and (env._discs[:, :2] <= 8).all()
        if ended or late:
            break
    assert (np.abs(env._discs[-4:, :2] - before).max(axis=1) > 0).all()


@pytest.mark.parametrize("name", IDS)
def test_gymnasium_accepts_the_worlds(name):
    env = gym.make(f"neurolsm_models.navigation:neurolsm/{name}", render_mode="rgb_array")
    check_env(env.unwrapped)
    env.reset(seed=1)
    image = env.render()
    assert image.shape == (480, 480, 3) and image.dtype == np.uint8 and image.std() > 10


@pytest.mark.parametrize("draw", [room, maze, memory_maze, home])
def test_worlds_come_from_their_seed_and_can_be_solved(draw):
    for seed in range(4):
        a, b = (draw(np.random.default_rng(seed)) for _ in range(2))
        assert a.start == b.start and a.goal == b.goal and np.array_equal(a.segments, b.segments)
        assert check_reachable(a) > 0.5


def test_the_same_seed_gives_the_same_drive():
    paths = []
    for _ in range(2):
        env = make("rooms")
        seen, _ = env.reset(seed=5)
        got = [seen]
        for _ in range(20):
            got.append(env.step(np.array([0.3, 0.2]))[0])
        paths.append(np.array(got))
    assert np.array_equal(*paths) and len(paths[0]) == 21


def test_reward_is_progress_of_the_nose_and_ends_are_told():
    env = still(empty())
    seen, _ = env.reset(seed=0)
    assert seen[BEAMS] == pytest.approx(4.0) and seen[BEAMS + 1 : BEAMS + 3] == pytest.approx([0, 1])
    _, reward, *_ = env.step(np.array([1.0, 1.0]))
    assert reward == pytest.approx(1.0, abs=0.05)  # 0.12 m nearer
    _, reward, *_ = env.step(np.array([-1.0, -1.0]))
    assert reward == pytest.approx(-1.0, abs=0.05)
    found = [env.step(np.array([1.0, 1.0])) for _ in range(31)][-1]
    assert found[2] and found[4]["success"] and found[1] == 1.0
    env = still(empty(start=(7.5, 4.0, 0.0), goal=(2.0, 4.0)))
    env.reset(seed=0)
    *_, (_, reward, ended, _, info) = [env.step(np.array([1.0, 1.0])) for _ in range(3)]
    assert ended and info["collision"] and reward == -1.0


def test_reward_is_that_of_the_end_that_leads():
    env = still(empty(start=(4.0, 4.0, math.pi)))
    for _ in range(2):
        env.reset(seed=0)
        rewards = [env.step(np.array([-1.0, -1.0]))[1] for _ in range(3)]
        assert rewards == pytest.approx([1.0] * 3, abs=0.05)  # its rear comes 0.12 m nearer with each
        _, reward, *_ = env.step(np.array([0.5, 0.5]))
        assert reward == pytest.approx(-0.5, abs=0.05)  # the front leads, away from the goal


def test_a_robot_is_the_same_from_both_ends():
    cue = replace(empty(start=(3.0, 2.5, 0.7)), discs=np.array([[4.0, 3.5, 0.5, 0, 0]]), cue=1, cue_until=9.0)
    front, rear = still(cue), still(replace(cue, start=(3.0, 2.5, 0.7 - math.pi), cue=-1))
    a, b = front.reset(seed=0)[0], rear.reset(seed=0)[0]
    for wheels in ((0.4, 0.9), (0.7, -0.1), (1.0, 1.0)):
        assert seen_from_rear(b) == pytest.approx(a, abs=1e-4) and not np.allclose(a, b)
        assert np.array_equal(seen_from_rear(seen_from_rear(b)), b)
        wheels = np.array(wheels, np.float32)
        (a, paid, *_), (b, same, *_) = front.step(wheels), rear.step(wheels_from_rear(wheels))
        assert front._pose[:2] == pytest.approx(rear._pose[:2]) and paid == pytest.approx(same)


def test_sectors_are_eight_of_three_beams():
    assert sector(0) == (22, 23, 0) and sector(1) == (1, 2, 3)
    assert sorted(beam for k in range(8) for beam in sector(k)) == list(range(BEAMS))
    assert beams_from_rear(sector(0)) == (10, 11, 12) and beams_from_rear(beams_from_rear(sector(3))) == sector(3)
    assert set(blind(0, 1).after().unwrapped.dead) == {22, 23, 0, 1, 2, 3}


def test_the_cue_is_seen_at_the_start_only():
    env = NavigationEnv(memory_maze)
    for seed in range(5):
        seen, _ = env.reset(seed=seed)
        world = env.world
        assert seen[SEEN - 2 :].tolist() == ([1, 0] if world.cue > 0 else [0, 1]) and not seen[BEAMS : BEAMS + 3].any()
        env._pose[1] = world.walls[0, 3]  # at the junction
        assert not env._observe()[BEAMS:].any()
        assert (world.goal[0] < world.start[0]) == (world.cue > 0)  # the goal lies on the side of the cue


@pytest.mark.nightly
def test_twenty_thousand_steps_a_second():
    env = make("rooms")
    env.reset(seed=1)
    for _ in range(4):
        start, action = time.process_time(), np.array([0.3, 0.5])
        for _ in range(5000):
            env.step(action)
        rate = 5000 / (time.process_time() - start)
        if rate > 20_000:
            return
    pytest.fail(f"{rate:,.0f} steps per second")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"start": (4.0, 7.95, 0.0)}, "World.start"),
        ({"start": (9.0, 4.0, 0.0)}, "inside a wall"),
        ({"start": (math.nan, 4.0, 0.0)}, "must be finite"),
        ({"goal": (-1.0, 4.0)}, "World.goal"),
        ({"begin": 3}, "are unknown"),
    ],
)
def test_places_nobody_can_stand_on_are_refused(options, said):
    with pytest.raises(nl.InvalidValue, match=said):
        still(empty()).reset(seed=0, options=options)


def test_a_goal_behind_a_wall_without_a_door_is_refused():
    shut = replace(empty(), walls=np.array([[4.0, 0.0, 4.0, 8.0]]))
    with pytest.raises(nl.InvalidValue, match=r"goal = \(6.0, 4.0\): cannot be reached"):
        check_reachable(shut)
    with pytest.raises(nl.InvalidValue, match="cannot be reached"):
        still(shut).reset(seed=0, options={"goal": (6.0, 3.0)})


def test_actions_that_are_no_numbers_and_worlds_never_made_are_refused():
    env = still(empty())
    with pytest.raises(nl.InvalidValue, match="reset"):
        env.step(np.zeros(2))
    env.reset(seed=0)
    with pytest.raises(nl.InvalidValue, match=r"NavigationEnv\.action"):
        env.step(np.array([np.nan, 0.0]))
    with pytest.raises(nl.InvalidValue, match="moving"):
        make("maze", moving=3)
    with pytest.raises(nl.InvalidValue, match=r"navigation\.kind = 'castle'"):
        make("castle")
    with pytest.raises(nl.InvalidValue, match="render_mode"):
        make("maze", render_mode="human")
