"""What the robot senses, the rule it learns by against its formula, and the closed loop."""

import math

import numpy as np
import pytest
from neurolsm_models.navigation.agent import WHEELS, Agent
from neurolsm_models.navigation.ends import BORN, ENDS
from neurolsm_models.navigation.environment import BEAMS, LONGEST, SEEN
from neurolsm_models.navigation.motors import ONE, PACE_MAX, RATE, Motors
from neurolsm_models.navigation.network import STEPS, brain
from neurolsm_models.navigation.sensing import CHANNELS, Senses
from neurolsm_models.navigation.sensing import RATE as MOST
from simple_worlds import empty, still

import neurolsm as nl
from neurolsm.execute.backend import get


def test_channels_fire_at_their_rates():
    seen = np.zeros(SEEN, np.float32)
    seen[:BEAMS] = LONGEST
    seen[0] = 1.0  # middle channel: (1.6 - 1.0) / (1.6 - 0.4) = 1/2; far: (3.5 - 1.0) / 3
    senses = Senses(STEPS)
    counts = sum(np.bincount(senses.encode(seen, 2).unit, minlength=CHANNELS + 1) for _ in range(100))
    expected = np.zeros(CHANNELS + 1)
    expected[1], expected[2] = MOST / 2, MOST * 2.5 / 3
    expected[CHANNELS - 5 + 2] = MOST  # the last action
    expected[CHANNELS] = 1.0  # always on
    assert np.abs(counts - 800 * expected).max() <= 1


def small(**fields):
    lsm = nl.LSM(inputs=2, liquid=nl.Liquid(topology=nl.RandomGraph(n=4, density=0.0)), seed=1)
    motors = Motors(actions=3, liquid=False, **fields)
    return motors, motors.attach(nl.lower(lsm).program)


def test_the_rule_is_its_formula():
    """Channel 0 fires each step: v and the trace are the same geometric sum; only the motor neuron that acted learns."""
    motors, program = small()
    raster = np.zeros((1, 9, 3), bool)
    raster[0, :, 0] = True
    with nl.open_simulator(program, "reference") as simulator:
        before = simulator.state.plastic[0].weight.reshape(3, 3).astype(float)
        reward = 0.5
        lesson = motors.lesson(1, reward, 100)
        found = simulator.run(nl.Spikes.from_dense(raster), graded=nl.Graded.build([8], lesson[None], 9))
        after = simulator.state.plastic[0].weight.reshape(3, 3).astype(float)
    decay = math.exp(-1 / motors.tau)
    heard = sum(decay**k for k in range(8))  # a spike of step t reaches v at step t + 1
    value = before[0] * heard / 2**motors.scale
    assert motors.values(found.v[0, -3:]) == pytest.approx(value, rel=0.03)
    error = ONE * (reward - value[1])
    trace = motors.impulse * sum(decay**k for k in range(9))
    change = after - before
    assert change[0, 1] == pytest.approx(RATE * 100 * error * trace, abs=1.5) and change[0, 1] > 1
    change[0, 1] = 0
    assert not change.any()


def test_it_learns_which_action_is_paid():
    with Agent(brain(1), seed=1) as agent:
        agent.begin()
        agent.pace, agent.explore = 127, 0.3
        seen = np.zeros(SEEN, np.float32)
        seen[:BEAMS] = 2.0
        for _ in range(80):
            agent.feel(1.0 if agent.act(seen, explore=True) == 3 else -1.0)
        agent.finish()
        agent.begin()
        assert [agent.act(seen) for _ in range(10)] == [3] * 10
        frozen = [p.weight.copy() for p in agent.simulator.state.plastic]
        for _ in range(3):
            agent.act(seen)
        assert all(np.array_equal(a, p.weight) for a, p in zip(frozen, agent.simulator.state.plastic, strict=True))


def test_the_end_that_led_learns_what_the_episode_came_to():
    """The neuron of the end that led moves towards the outcome; the other does not, and takes over once it promises more."""
    steady = 1 / (1 - math.exp(-1 / ENDS.tau))
    seen = np.zeros(SEEN, np.float32)
    seen[:BEAMS] = 2.0

    def weights():
        return agent.simulator.state.plastic[-1].weight.astype(float)

    def fail():
        agent.begin()
        for _ in range(2):
            agent.act(seen)
        agent.feel(-1.0)
        agent.finish()

    with Agent(brain(1), seed=1) as agent:
        agent.pace = PACE_MAX
        assert weights().tolist() == BORN.tolist() and np.allclose(BORN * steady / 2**ENDS.scale, [1, -1], atol=0.01)
        led = []
        for _ in range(60):
            before = weights()
            fail()
            led.append(agent.rear)
            change, end = weights() - before, int(agent.rear)
            heard = 0.95 * steady * math.exp(-1 / ENDS.tau)  # after three time constants and one silent step
            error = max(ONE * (-1 - before[end] * heard / 2**ENDS.scale), -128)
            expected = RATE * PACE_MAX * error * ENDS.impulse * heard
            assert change[end] == pytest.approx(expected, abs=2.5) and change[1 - end] == 0
        assert not led[0] and True in led  # it begins forwards; where that is of no use it tries its rear
    with Agent(brain(1), seed=1, both_ends=False) as agent:
        agent.pace = PACE_MAX
        for _ in range(20):
            fail()
            assert not agent.rear


def closed_loop(backend, decisions):
    env, actions = still(empty(start=(1.0, 1.0, 0.5))), []
    with Agent(brain(2), backend=backend, seed=2) as agent:
        seen, _ = env.reset(seed=0)
        agent.begin()
        for _ in range(decisions):
            actions.append(agent.act(seen, explore=True))
            seen, reward, *_ = env.step(WHEELS[actions[-1]])
            agent.feel(reward)
        agent.finish()
        assert agent.counted.lessons == decisions
        return actions, agent.simulator.state


@pytest.mark.parametrize(
    ("backend", "decisions"),
    [
        ("reference", 12),
        pytest.param("brian2", 6, marks=pytest.mark.nightly),
        pytest.param("lava", 6, marks=pytest.mark.nightly),
    ],
)
def test_the_closed_loop_learns_the_same_bits_everywhere(backend, decisions):
    reason = get(backend).missing()
    if reason:
        pytest.skip(reason)
    (actions, state), (here, there) = closed_loop("emulator", decisions), closed_loop(backend, decisions)
    assert actions == here and state.equal(there)


def test_a_beam_without_a_number_is_silent_and_a_blind_robot_is_refused():
    env = still(empty())
    env.dead = (0, 7)
    seen, _ = env.reset(seed=0)
    assert np.isnan(seen[[0, 7]]).all() and not np.isnan(np.delete(seen, [0, 7])).any()
    seen[:BEAMS] = 0.3
    everything = np.bincount(Senses(STEPS).encode(seen, -1).unit, minlength=CHANNELS)
    seen[[0, 7]] = np.nan
    found = np.bincount(Senses(STEPS).encode(seen, -1).unit, minlength=CHANNELS)
    silent = [3 * beam + k for beam in (0, 7) for k in range(3)]
    assert (everything[silent] > 0).all() and (found[silent] == 0).all()
    assert np.array_equal(np.delete(found, silent), np.delete(everything, silent))
    seen[BEAMS:] = np.nan
    senses = Senses(STEPS)
    found = np.bincount(senses.encode(seen, -1).unit, minlength=CHANNELS)
    assert not found[3 * BEAMS : -1].any() and np.isfinite(senses.acc).all()  # goal and cue: silence, not for ever
    seen[:BEAMS] = np.nan
    with pytest.raises(nl.InvalidValue, match="blind"):
        Senses(STEPS).encode(seen, -1)
    with pytest.raises(nl.InvalidValue, match="shape"):
        Senses(STEPS).encode(seen[:5], -1)
