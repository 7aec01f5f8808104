"""Pictures of a world from above, and a video of a drive."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from neurolsm.errors import InvalidValue
from neurolsm.files.results import write_result
from neurolsm_models.navigation.world import RADIUS, World, corners

PIXELS = 480  # of the longer side
FLOOR, WALL, BEAM, PATH, BODY, GOAL = "#ffffff", "#333333", "#f5c6c6", "#9aa7d6", "#2f4bb8", "#2e8b57"
SLOWEST = 20  # ms per frame: the shortest that viewers of GIF keep


def draw_world(
    world: World,
    pose: Any,
    discs: NDArray[np.float64],
    path: Sequence[tuple[float, float]],
    ranges: NDArray[np.float64] | None = None,
) -> NDArray[np.uint8]:
    """RGB image, uint8 [480, 480, 3]; north is up."""
    scale = PIXELS / max(world.width, world.height)
    image = Image.new("RGB", (PIXELS, PIXELS), WALL)
    draw = ImageDraw.Draw(image)

    def at(x: float, y: float) -> tuple[float, float]:
        return x * scale, PIXELS - y * scale

    def disc(x: float, y: float, radius: float, colour: str) -> None:
        (cx, cy), r = at(x, y), radius * scale
        draw.ellipse((cx - r, cy - r, cx + r, cy + r), fill=colour)

    draw.rectangle((*at(0, world.height), *at(world.width, 0)), fill=FLOOR)
    x, y, heading = (float(p) for p in pose)
    if ranges is not None:
        for k, distance in enumerate(ranges):
            angle = heading + 2 * math.pi * k / len(ranges)
            draw.line((*at(x, y), *at(x + distance * math.cos(angle), y + distance * math.sin(angle))), fill=BEAM)
    for segment in world.segments:
        draw.line((*at(*segment[:2]), *at(*segment[2:])), fill=WALL, width=3)
    for box in world.boxes:
        draw.polygon([at(*corner) for corner in corners(box)], fill=WALL)
    for d in discs:
        disc(d[0], d[1], d[2], "#b86b2f" if d[3] or d[4] else WALL)
    disc(*world.goal, 0.2, GOAL)
    if world.cue:
        side = world.start[2] + world.cue * math.pi / 2
        disc(world.start[0] + 0.4 * math.cos(side), world.start[1] + 0.4 * math.sin(side), 0.1, "#e0b000")
    if len(path) > 1:
        draw.line([at(*p) for p in path], fill=PATH, width=3)
    disc(x, y, RADIUS, BODY)
    draw.line((*at(x, y), *at(x + RADIUS * math.cos(heading), y + RADIUS * math.sin(heading))), fill=FLOOR, width=3)
    return np.asarray(image)


def save_video(frames: Sequence[NDArray[np.uint8]], path: Path, fps: float = 15.0) -> None:
    """Write an animated GIF, whole or not at all.

    Raises:
        InvalidValue: no frames, an ending other than .gif, or a place that cannot be written.
    """
    check_video(path)
    if not frames:
        raise InvalidValue(f"--video {path}: there is nothing to show. Drive at least one step")
    images = [Image.fromarray(frame).quantize(32) for frame in frames]
    buffer = io.BytesIO()
    duration = max(SLOWEST, round(1000 / fps))
    images[0].save(buffer, "GIF", save_all=True, append_images=images[1:], duration=duration, loop=0)
    write_result(path, buffer.getvalue())


def check_video(path: Path) -> None:
    """Refuse a file that is not to be a GIF."""
    if path.suffix.lower() != ".gif":
        raise InvalidValue(f"--video {path}: only animated GIF can be written. Let the name end in .gif")
