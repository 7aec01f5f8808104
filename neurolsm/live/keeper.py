"""Where a deployment is kept, so that it is never lost: one file that follows every change, and those that are saved by name."""

from __future__ import annotations

import hashlib
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

from neurolsm.errors import FileRefused, refuse
from neurolsm.live.messages import Refused

ENOUGH = 16  # characters of a token that is worth the name


@final
@dataclass(frozen=True)
class Keeper:
    """A folder of this user.

    Attributes:
        folder: where everything lies.
        file: what follows every change.
    """

    folder: Path
    file: Path

    @staticmethod
    def of(folder: Path | None, name: str) -> Keeper:
        """The place of the model or file ``name``; the folder is made, for its user alone, where there is none.

        Raises:
            InvalidValue: no folder, or one that cannot be written.
        """
        where = folder or default_folder()
        try:
            where.mkdir(parents=True, exist_ok=True, mode=0o700)
            probe = where / f".{secrets.token_hex(8)}.part"
            probe.touch()
            probe.unlink()
        except OSError as error:
            refuse("live", "--folder", str(where), f"cannot be written ({error.strerror})", "Name another folder")
        plain = name.replace(":", "-")
        if "/" in name or Path(name).suffix:
            plain = f"{Path(plain).stem}-{hashlib.sha256(str(Path(name).resolve()).encode()).hexdigest()[:8]}"
        return Keeper(where, where / f".{plain}.live")

    def follow(self, chip: Any) -> str | None:
        """Write everything down, whole or not at all. Returns why it could not be, in a sentence."""
        try:
            chip.save(self.file)
        except (OSError, ValueError) as error:
            return f"not kept: {error}"
        return None

    def save(self, chip: Any, name: str) -> Path:
        """Save under a name in the folder.

        Raises:
            Refused: what the disk or the description does not allow.
        """
        try:
            chip.save(self.folder / name)
        except (OSError, ValueError) as error:
            raise Refused(str(error)) from error
        return self.folder / name

    def token(self) -> str:
        """The secret in the address of the page; the same after a restart, so that an open page finds back."""
        place = self.folder / ".token"
        try:
            mine = place.stat().st_mode & 0o077 == 0 if os.name == "posix" else True
            known = place.read_text() if mine and not place.is_symlink() else ""
        except (OSError, UnicodeDecodeError):
            known = ""
        if len(known) >= ENOUGH and known.isascii() and known.isprintable():
            return known
        made = secrets.token_urlsafe(24)
        place.unlink(missing_ok=True)
        with open(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(made)
        return made

    def set_aside(self) -> Path:
        """Give a file that cannot be read another name, so that nothing is written over it."""
        aside = self.file.with_name(f"{self.file.name[1:]}-{secrets.token_hex(4)}.lsm")
        try:
            self.file.rename(aside)
        except OSError as error:
            raise FileRefused(f"{self.file}: cannot be moved away ({error.strerror}). Name another --folder") from error
        return aside


def default_folder() -> Path:
    """``$XDG_STATE_HOME/neurolsm``, as the desktops of Linux keep what a program remembers."""
    state = os.environ.get("XDG_STATE_HOME") or os.path.expanduser("~/.local/state")
    return Path(state) / "neurolsm"
