"""Published data sets: which files they are, how to know them, and how to get them."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pooch

from neurolsm.errors import FileRefused, NotAvailable
from neurolsm_models.data.place import VARIABLE, root

TIMEOUT = 10  # seconds until a host that does not answer counts as absent


@dataclass(frozen=True)
class Official:
    """One data set in its published layout.

    Attributes:
        name: of its folder.
        title: what it is, for messages.
        files: SHA-256 of each file, by name; the layout is flat.
        megabytes: to download.
        url: folder that holds the files, ending in a slash, or the one zip archive that does.
    """

    name: str
    title: str
    files: Mapping[str, str]
    megabytes: float
    url: str

    def folder(self) -> Path:
        """The folder with all files in it, each checked; what is missing is downloaded.

        Raises:
            NotAvailable: files are missing and cannot be downloaded.
            FileRefused: a file is not the published one.
        """
        place = root() / self.name
        missing = [file for file in self.files if not (place / file).exists()]
        if missing:
            self._download(place, missing)
        for file, known in self.files.items():
            check(place / file, hashlib.sha256((place / file).read_bytes()).hexdigest(), known)
        return place

    def _download(self, place: Path, missing: list[str]) -> None:
        loader = pooch.HTTPDownloader(timeout=TIMEOUT)
        try:
            if self.url.endswith(".zip"):
                pooch.retrieve(
                    self.url, None, path=place, downloader=loader, processor=pooch.Unzip(missing, extract_dir=".")
                )
            else:
                for file in missing:
                    pooch.retrieve(self.url + file, f"sha256:{self.files[file]}", file, place, downloader=loader)
        except Exception as error:  # whatever sockets, certificates, proxies and disks raise
            logging.getLogger(__name__).debug("download failed", exc_info=True)
            raise NotAvailable(
                f"data set {self.name!r} ({self.title}): {place} lacks {', '.join(missing)}, and the download from {self.url} "
                f"failed ({type(error).__name__}). Get {self.megabytes:g} MB from there and put the files into {place}, or set "
                f"the environment variable {VARIABLE} to the folder that holds {self.name}/"
            ) from None


def check(path: Path, found: str, known: str) -> None:
    """Refuse a file whose checksum is not the published one."""
    if found != known:
        raise FileRefused(
            f"{path}: not the published file: its SHA-256 is {found[:16]}..., not {known[:16]}.... Remove it and get it again."
        )
