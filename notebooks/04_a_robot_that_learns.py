# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # A robot that learns
#
# A robot with two wheels, a lidar of 24 noisy beams and a sensor for where its goal lies has learned nothing yet. It drives, receives after each
# decision a reward, and learns by on-chip rules while it drives: no gradient, no replay, no refit on a host. Then a
# door closes, and a part of its lidar dies. At last it is put into a maze where what it sees is not enough: it has to remember.
#
# The lives here are short, so that the notebook takes about two minutes; the card of the model, `navigation.md`, has whole ones.

# %%
import gymnasium as gym
import matplotlib.pyplot as plt
import numpy as np
from neurolsm_models.navigation import plots
from neurolsm_models.navigation.agent import Agent
from neurolsm_models.navigation.changes import SCENARIOS
from neurolsm_models.navigation.controls import Braitenberg
from neurolsm_models.navigation.ends import beams_from_rear
from neurolsm_models.navigation.lives import AGAIN, first_seed, grow_up
from neurolsm_models.navigation.motors import Motors
from neurolsm_models.navigation.network import brain
from neurolsm_models.navigation.protocol import drives, score
from neurolsm_models.navigation.registration import make
from neurolsm_models.navigation.sensing import Senses
from neurolsm_models.navigation.training import live

SEED, PAIRS = 1, 25

# %% [markdown]
# ## The worlds
#
# Each reset draws a world from the seed. Blue: the robot; pink: its beams; green: the goal; yellow: a signal on the left or on the
# right that says in which arm of the T the goal is.

# %%
fig, axes = plt.subplots(1, 4, figsize=(12, 3.2), layout="constrained")
for ax, name in zip(axes, ("Rooms", "Maze", "Home", "MemoryMaze"), strict=True):
    env = gym.make(f"neurolsm_models.navigation:neurolsm/{name}-v0", render_mode="rgb_array")
    seen, _ = env.reset(seed=3)
    ax.imshow(env.render())
    ax.set_axis_off()
    ax.set_title(name)
plt.show()

# %% [markdown]
# ## The brain
#
# Each beam drives three channels, that fire the more the nearer an obstacle is; others encode the bearing of the goal, its distance,
# the signal, and the last action. A decision lasts 0.2 s, eight steps of the network. Behind the channels lie two liquids: a fast
# one, and one whose synaptic currents last for seconds. Five motor neurons receive all of them, and the one with the highest voltage
# drives. Their synapses are the only ones that learn:
#
# $$\Delta w_{ij} = 2^{-16}\,\mathrm{pace}\cdot\mathrm{error}_j\cdot x_i,\qquad
# \mathrm{error}_j = 64\,(\mathrm{reward} - v_j)\ \text{in the neuron that acted, else 0}.$$

# %%
program = brain(SEED)
print(f"{program.n} neurons, {program.synapses:,} synapses, {sum(p.size for p in program.plastic):,} of them plastic")
rooms = make("rooms").unwrapped
seen, _ = rooms.reset(seed=3)
senses = Senses(steps=40)
spikes = senses.encode(seen, -1)
fig, ax = plt.subplots(figsize=(9, 3), layout="constrained")
ax.plot(np.repeat(np.arange(40), np.diff(spikes.indptr)), spikes.unit, "|", markersize=3)
ax.set(xlabel="step", ylabel="channel", title="What the robot senses where it starts, as spikes")
plt.show()

# %% [markdown]
# ## A life
#
# 200 rooms, one after the other, none twice. At first half of the actions are random; that share falls as it grows up.

# %%
agent = Agent(program, seed=SEED)
before = drives(agent, rooms, range(PAIRS))
told = live(agent, rooms, 200, first_seed(SEED))
after = drives(agent, rooms, range(PAIRS))
print(
    f"in {PAIRS} rooms it was never in: {score(before).success:.0%} before, {score(after).success:.0%} after its life"
)
vehicle = score(drives(Braitenberg(), rooms, range(PAIRS))).success
print(f"{agent.counted.lessons:,} rewards; Braitenberg's vehicle, built by hand, comes to {vehicle:.0%}")

# %%
fig, ax = plt.subplots(figsize=(7, 3), layout="constrained")
ax.plot(np.arange(20, 201), 100 * np.convolve(told, np.full(20, 1 / 20), "valid"))
ax.set(xlabel="episodes", ylabel="success in the last 20, %", ylim=(0, 103), title="While it learns, still exploring")
plt.show()

# %% [markdown]
# The same five rooms before (above) and after: red ends in a collision, orange in overtime, blue at the goal.

# %%
fig, axes = plt.subplots(2, 5, figsize=(12, 5), layout="constrained")
for line, found in zip(axes, (before, after), strict=True):
    for ax, drive in zip(line, found, strict=False):
        plots.paths([drive], ax)
plt.show()

# %% [markdown]
# ## A door closes
#
# A robot lives in a home of two rooms with two doors and drives to its dock. Then the door near the dock is shut. Frozen, it runs
# into the closed door; learning, it finds the other one, and goes on taking it when the first is opened again.

# %%
home, closed = make("home").unwrapped, make("home", closed=True).unwrapped
with grow_up("home", SEED, episodes=120) as resident:
    open_door = drives(resident, home, range(PAIRS))
    frozen = drives(resident, closed, range(PAIRS))
    live(resident, closed, 120, first_seed(SEED) + 50_000, explore=AGAIN)
    adapted = drives(resident, closed, range(PAIRS))
    again = drives(resident, home, range(PAIRS))
shown = {"door open": open_door, "door shut, frozen": frozen, "door shut, learning": adapted, "open again": again}
fig, axes = plt.subplots(1, 4, figsize=(12, 3.4), layout="constrained")
for ax, (name, found) in zip(axes, shown.items(), strict=True):
    plots.paths(found[:12], ax)
    ax.set_title(f"{name}: {score(found).success:.0%}")
plt.show()

# %% [markdown]
# ## Two lidar sectors die
#
# The robot of the rooms goes blind ahead and to the left of it: frozen, it runs into what it does not see. It is the same from both
# ends, and two more neurons select which end leads in an episode. They learn by the same rule what the episode came to; soon the robot
# drives with the other end, that still sees, in front. No plan and no map of the damage is involved: only the reward.

# %%
blinded = SCENARIOS["sectors"].after().unwrapped
ends = ("front", "rear")
if agent.rear:  # the damage is to the end that it drives with
    blinded.dead = beams_from_rear(blinded.dead)
first = ends[agent.rear]
blind_frozen = drives(agent, blinded, range(PAIRS))
live(agent, blinded, 100, first_seed(SEED) + 50_000, explore=AGAIN)
blind_adapted = drives(agent, blinded, range(PAIRS))
print(
    f"all beams {score(after).success:.0%}, {first} first; two sectors dead: frozen {score(blind_frozen).success:.0%}, "
    f"after 100 episodes {score(blind_adapted).success:.0%}, {ends[agent.rear]} first"
)
fig, axes = plt.subplots(2, 5, figsize=(12, 5), layout="constrained")
for line, found in zip(axes, (blind_frozen, blind_adapted), strict=True):
    for ax, drive in zip(line, found, strict=False):
        plots.paths([drive], ax)
plt.show()

# %% [markdown]
# ## A maze that needs memory
#
# The goal cannot be sensed here. The signal is seen near the start only; where the stem of the T ends, it has been out of sight for
# two and a half seconds or more. One robot has its liquids. The other has the same sensors, motor neurons, rule and life, and no
# liquid: it can only guess. Violet: the way ended in the other arm.

# %%
maze = make("memory_maze").unwrapped
with grow_up("memory_maze", SEED, episodes=200) as remembers:
    with_liquid = drives(remembers, maze, range(2 * PAIRS))
with grow_up("memory_maze", SEED, motors=Motors(actions=5, liquid=False), episodes=200) as forgets:
    without = drives(forgets, maze, range(2 * PAIRS))
for name, found in (("with the liquid", with_liquid), ("without it", without)):
    print(f"{name}: {score(found).success:.0%} at the goal, {score(found).wrong:.0%} in the other arm")

# %%
fig, axes = plt.subplots(2, 5, figsize=(12, 4.6), layout="constrained")
for line, name, found in zip(axes, ("with the liquid", "without"), (with_liquid, without), strict=True):
    for ax, drive in zip(line, found, strict=False):
        plots.paths([drive], ax)
    line[0].set_title(name, loc="left")
plt.show()

# %% [markdown]
# ## What was claimed

# %%
assert score(before).success < 0.1 and score(after).success >= 0.8
assert score(blind_frozen).success < 0.6 and score(blind_adapted).success >= 0.8
assert score(frozen).success < 0.5 < 0.8 <= score(adapted).success
assert score(with_liquid).success >= 0.85 and score(without).success <= 0.7
agent.close()
