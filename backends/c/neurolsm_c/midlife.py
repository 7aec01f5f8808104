"""A saved deployment and the struct in a microcontroller's memory: each is made of the other."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from neurolsm.deployment.checkpoint import Checkpoint
from neurolsm_c.memory import pack, unpack


def struct_of(path: str | Path) -> bytes:
    """The bytes of ``lsm_state_t`` that hold what a deployment remembers; for the C code of ``export(deployment, ...)``.

    Raises:
        FileRefused: no file of ``Deployment.save``.
        InvalidValue: its program is not one that C code is written for.
    """
    saved = Checkpoint.load(path)
    return pack(saved.program, saved.state)


def read_back(path: str | Path, data: bytes, to: str | Path) -> None:
    """Write the deployment of ``path`` again, with what the struct of its C code has learned since.

    Args:
        path: what ``Deployment.save`` wrote.
        data: the bytes of ``*lsm_state()``.
        to: the file to write, which ``neurolsm.resume`` opens on any backend.

    Raises:
        FileRefused: no file of ``Deployment.save``.
        InvalidValue: bytes of another program or a place that cannot be written.
    """
    saved = Checkpoint.load(path)
    replace(saved, state=unpack(saved.program, data)).save(to)
