"""Memory: how much is free, one refusal for what would not fit, and long arrays in blocks that stay in the cache."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from neurolsm.errors import refuse

BLOCK = (
    1 << 18
)  # elements; several arrays of doubles of that length lie in the second-level cache and a share of the third
ALWAYS = 1 << 24  # bytes that are taken without asking: to ask takes as long as a short run
MEMINFO = Path("/proc/meminfo")
CGROUP = Path("/sys/fs/cgroup")


def blocks(size: int, length: int = BLOCK) -> Iterator[slice]:
    """Slices that cover ``range(size)`` in order."""
    for start in range(0, size, length):
        yield slice(start, min(start + length, size))


def available() -> int | None:
    """Bytes that a process may still take: what the kernel calls available, or what a control group leaves; None if unknown."""
    try:
        lines = dict(line.split(":", 1) for line in MEMINFO.read_text().splitlines() if ":" in line)
        free = int(lines["MemAvailable"].split()[0]) * 1024
    except (OSError, KeyError, ValueError):
        return None
    try:
        limit, used = ((CGROUP / name).read_text().strip() for name in ("memory.max", "memory.current"))
        return min(free, max(int(limit) - int(used), 0))
    except (OSError, ValueError):  # no such group, or "max"
        return free


def require(owner: str, field: str, value: object, needed: float, remedy: str) -> None:
    """Refuse with the estimate where ``needed`` bytes are not free; ``ALWAYS`` bytes are.

    Raises:
        InvalidValue: what would not fit, how much it needs and how much there is.
    """
    free = available() if needed > ALWAYS else None
    if free is not None and needed > free:
        limit = f"needs about {needed / 1e9:.3g} GB of memory, {free / 1e9:.3g} GB are free"
        refuse(owner, field, value, limit, remedy)
