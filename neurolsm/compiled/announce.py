"""One line when the first kernel has to be compiled, so that nobody waits without knowing for what."""

from __future__ import annotations

import sys

_said = False


def announce(kernel: str) -> None:
    """Say once per process that kernels are compiled, and that it happens once; nothing where no one watches."""
    global _said
    if _said or not _watched():
        return
    _said = True
    print(
        f"neurolsm: compiling for this processor, {kernel} first; once, then it is kept (5 to 30 s)",
        file=sys.stderr, flush=True,
    )  # fmt: skip


def _watched() -> bool:
    """Whether errors go to a terminal, or to a notebook, whose stream is none."""
    return sys.stderr is not None and (sys.stderr.isatty() or type(sys.stderr).__module__.startswith("ipykernel"))
