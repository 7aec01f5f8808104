"""Text files in UTF-8."""

from __future__ import annotations

from pathlib import Path

from neurolsm.errors import FileRefused


def read_utf8(path: Path, kind: str, encoding: str = "utf-8") -> str:
    """The text of a file; ``kind`` says in a refusal what was expected, such as ``a text file``.

    Raises:
        FileRefused: it cannot be read, or its bytes are not UTF-8.
    """
    try:
        return path.read_bytes().decode(encoding)
    except OSError as error:
        raise FileRefused(f"{path}: cannot be read ({error.strerror}). Name {kind}.") from None
    except UnicodeDecodeError as error:
        raise FileRefused(
            f"{path}: byte {error.start} is not UTF-8. Convert the file, for instance with iconv."
        ) from None
