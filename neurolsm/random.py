"""Named random streams: each consumer has its own, so adding one never shifts another."""

from __future__ import annotations

import zlib

import numpy as np

from neurolsm.errors import refuse


def stream(seed: int, name: str) -> np.random.Generator:
    """The generator of the stream ``name`` under ``seed`` (PCG64 seeded by SeedSequence of seed and CRC-32 of the name)."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, zlib.crc32(name.encode())])))


def check_seed(owner: str, seed: object) -> None:
    if (
        not isinstance(seed, (int, np.integer))
        or isinstance(seed, (bool, np.timedelta64))
        or not 0 <= int(seed) < 2**63
    ):
        refuse(owner, "seed", seed, "must be an integer from 0 to 2**63 - 1", "Give one whole number")
