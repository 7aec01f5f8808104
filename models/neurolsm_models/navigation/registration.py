"""The environments under their gymnasium names."""

from __future__ import annotations

from typing import Any

import gymnasium as gym

NAMES = {"Rooms-v0": "rooms", "Maze-v0": "maze", "MemoryMaze-v0": "memory_maze", "Home-v0": "home"}


def register() -> None:
    """Add the environments to the registry."""
    for name, kind in NAMES.items():
        if f"neurolsm/{name}" not in gym.registry:
            gym.register(
                f"neurolsm/{name}", entry_point="neurolsm_models.navigation.registration:make", kwargs={"kind": kind}
            )


def make(kind: str, moving: int = 0, closed: bool = False, **options: Any) -> gym.Env[Any, Any]:
    """An environment.

    Args:
        kind: ``rooms``, ``maze``, ``memory_maze`` or ``home``.
        moving: discs that drift about, 0..20 (rooms).
        closed: whether the lower door is shut (home).
        options: noise and render_mode of ``NavigationEnv``.
    """
    from functools import partial

    from neurolsm.errors import refuse
    from neurolsm_models.navigation.environment import NavigationEnv
    from neurolsm_models.navigation.mazes import home, maze, memory_maze
    from neurolsm_models.navigation.rooms import room

    if kind not in NAMES.values():
        refuse("navigation", "kind", kind, "is unknown", f"Choose one of {', '.join(NAMES.values())}")
    if not isinstance(moving, int) or not 0 <= moving <= 20 or (moving and kind != "rooms"):
        refuse("navigation", "moving", moving, "must be 0 to 20, and 0 but in rooms", "Use neurolsm/Rooms-v0")
    draws = {
        "rooms": partial(room, moving=moving), "maze": maze, "memory_maze": memory_maze,
        "home": partial(home, closed=closed),
    }  # fmt: skip
    return NavigationEnv(draws[kind], **options)
