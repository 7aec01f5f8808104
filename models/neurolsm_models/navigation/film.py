"""A drive as frames: the world from above, and the spikes of the brain next to it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from neurolsm.program import Program
from neurolsm.program.spikes import Spikes
from neurolsm_models.navigation.agent import Agent
from neurolsm_models.navigation.network import STEPS
from neurolsm_models.navigation.registration import make

DECISIONS, STEP = 20, 2  # decisions that are seen at a time, and pixels of a step
TITLE, GAP, ROW = 16, 8, 9  # pixels
INK, PAPER, CHOSEN = "#333333", "#ffffff", (0x00, 0x9E, 0x73)
SHOWN = {"liquid0": ("fast neurons", (0x00, 0x72, 0xB2)), "liquid1": ("slow neurons", (0xD5, 0x5E, 0x00))}
ACTIONS = "chosen: left, bear left, on, bear right, right"
SHRUNK = 0.7  # pixels of a neuron: 500 of them next to a world of 480 pixels


def film(agent: Agent, kind: str, drives_shown: int = 2) -> list[NDArray[np.uint8]]:
    """Frames of a few drives in new worlds."""
    env = make(kind, render_mode="rgb_array").unwrapped
    return [frame for seed in range(drives_shown) for frame in film_in(agent, env, seed)]


def film_in(agent: Agent, env: Any, seed: int) -> list[NDArray[np.uint8]]:
    """Frames of one drive without learning: before each decision the world, next to it the spikes of the last ``DECISIONS``."""
    env.render_mode = "rgb_array"
    seen, _ = env.reset(seed=seed)
    agent.begin()
    agent.fired = []
    try:
        frames, over = [beside(env.render(), agent.program, agent.fired)], False
        while not over:
            seen, _, ended, late, _ = env.step(agent.drive(seen))
            frames.append(beside(env.render(), agent.program, agent.fired))
            over = ended or late
    finally:
        agent.fired = None
    return frames


def beside(frame: NDArray[np.uint8], program: Program, fired: list[tuple[Spikes, int]]) -> NDArray[np.uint8]:
    """The frame, and to its right the spikes of the last decisions and what was chosen, the newest step at the right edge.

    Args:
        frame: the world, uint8 [height, width, 3].
        program: the brain.
        fired: spikes and number of the action of each decision.
    """
    height, width = frame.shape[:2]
    left = width + GAP
    image = Image.new("RGB", (left + DECISIONS * STEPS * STEP, height), PAPER)
    image.paste(Image.fromarray(frame), (0, 0))
    draw, recent = ImageDraw.Draw(image), fired[-DECISIONS:]
    here = {population.name: population.slice for population in program.populations}
    tops, top = {}, 0
    for name, (title, _) in SHOWN.items():
        draw.text((left, top), title, fill=INK)
        tops[name] = top + TITLE
        top += TITLE + GAP + round(SHRUNK * (here[name].stop - here[name].start))
    draw.text((left, top), ACTIONS, fill=INK)
    draw.text((left, height - TITLE), f"the last {DECISIONS} decisions, {STEPS} steps each", fill=INK)
    pixels = np.array(image)
    for place, (spikes, action) in enumerate(recent, DECISIONS - len(recent)):
        start = left + place * STEPS * STEP
        step, unit = (np.asarray(one, np.int64) for one in spikes.events(0))
        for name, (_, colour) in SHOWN.items():
            inside = (unit >= here[name].start) & (unit < here[name].stop)
            y = tops[name] + (SHRUNK * (unit[inside] - here[name].start)).astype(np.int64)
            for column in range(STEP):
                pixels[y, start + STEP * step[inside] + column] = colour
        row = top + TITLE + ROW * action
        pixels[row : row + ROW - 2, start : start + STEPS * STEP - 1] = CHOSEN
    return pixels
