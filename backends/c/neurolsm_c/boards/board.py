"""What a board needs: compiler, C library, flags, emulator, memory."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import final

HERE = Path(__file__).parent
CODE = 256 << 10  # bytes


@final
@dataclass(frozen=True)
class Library:
    """A C library that a cross-compiler may bring. Debian 13 and older have newlib for Arm, later ones picolibc.

    Attributes:
        specs: the file by which the compiler knows it.
        flags: with which everything is compiled.
        link: further flags and sources for ``main``.
        sources: own files, which lie in this folder.
        package: of Debian.
    """

    specs: str
    flags: tuple[str, ...]
    link: tuple[str, ...]
    sources: tuple[str, ...]
    package: str


@final
@dataclass(frozen=True)
class Board:
    """A microcontroller under QEMU.

    Attributes:
        name: the variant of the backend.
        compiler, options: what makes ``main`` of the sources; ``flags`` alone decide what the code looks like.
        libraries: the first one that the compiler has is taken.
        emulator: the command, without the kernel.
        flash, ram: bytes of memory for the tables and the state of a program there; the code and the C library have the rest.
        packages: of Debian, that bring compiler and emulator.
    """

    name: str
    compiler: str
    options: tuple[str, ...]
    libraries: tuple[Library, ...]
    emulator: tuple[str, ...]
    flash: int
    ram: int
    packages: str

    def missing(self) -> str | None:
        """Why it cannot run here, with the remedy; None if it can."""
        for need in (self.compiler, self.emulator[0]):
            if shutil.which(need) is None:
                packages = f"{self.packages} {self.libraries[0].package}"
                return f"c:{self.name}: {need} is not installed. On Debian: apt install {packages}"
        if not any(_has(self.compiler, library.specs) for library in self.libraries):
            named = " or ".join(library.package for library in self.libraries)
            return f"c:{self.name}: {self.compiler} has no C library. On Debian: apt install {named}"
        return None

    @property
    def library(self) -> Library:
        return next((one for one in self.libraries if _has(self.compiler, one.specs)), self.libraries[0])

    @property
    def flags(self) -> tuple[str, ...]:
        return self.options + self.library.flags

    @property
    def link(self) -> tuple[str, ...]:
        return self.library.link

    def texts(self) -> dict[str, str]:
        return {name: (HERE / name).read_text() for name in self.library.sources}


def _has(compiler: str, specs: str) -> bool:
    """Whether the compiler finds the file."""
    found = shutil.which(compiler)
    return found is not None and _finds(found, specs)


@cache
def _finds(compiler: str, specs: str) -> bool:
    """It answers with the bare name of what it does not find."""
    asked = [compiler, f"-print-file-name={specs}"]
    try:
        told = subprocess.run(asked, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL).stdout
    except (OSError, subprocess.SubprocessError):
        return False
    return Path(told.strip()).is_absolute()


def _picolibc(source: str, flash: tuple[str, str], ram: tuple[str, str], package: str) -> Library:
    """Picolibc brings the beginning and the layout of memory; where flash and RAM lie, it is told."""
    places = zip(("flash", "flash_size", "ram", "ram_size"), (*flash, *ram), strict=True)
    layout = tuple(f"-Wl,--defsym=__{name}={value}" for name, value in places)
    link = ("--crt0=semihost", "--oslib=semihost", source, *layout)
    return Library("picolibc.specs", ("--specs=picolibc.specs",), link, (source,), package)


SEMIHOSTING = ("-nographic", "-semihosting-config", "enable=on,target=native", "-icount", "shift=0", "-kernel", "main")
NEWLIB = Library(
    "rdimon.specs", (), ("-nostartfiles", "--specs=rdimon.specs", "-T", "cortex_m3.ld", "cortex_m3.c"),
    ("cortex_m3.c", "cortex_m3.ld"), "libnewlib-arm-none-eabi",
)  # fmt: skip
BOARDS = {
    "cortex-m3": Board(
        "cortex-m3", "arm-none-eabi-gcc", ("-mcpu=cortex-m3", "-mthumb", "-std=c99", "-O2", "-funroll-loops", "-w"),
        (NEWLIB, _picolibc("cortex_m3_count.c", ("0", "0x400000"), ("0x21000000", "0x01000000"), "picolibc-arm-none-eabi")),
        ("qemu-system-arm", "-M", "mps2-an385", *SEMIHOSTING), (4 << 20) - CODE, 12 << 20,
        "gcc-arm-none-eabi qemu-system-arm",
    ),
    "riscv32": Board(
        "riscv32", "riscv64-unknown-elf-gcc", ("-march=rv32imc", "-mabi=ilp32", "-std=gnu99", "-O2", "-funroll-loops", "-w"),
        (_picolibc("riscv32.c", ("0x80000000", "0x01000000"), ("0x81000000", "0x04000000"), "picolibc-riscv64-unknown-elf"),),
        ("qemu-system-riscv32", "-M", "virt", "-bios", "none", *SEMIHOSTING), (16 << 20) - CODE, 48 << 20,
        "gcc-riscv64-unknown-elf qemu-system-misc",
    ),
}  # fmt: skip
