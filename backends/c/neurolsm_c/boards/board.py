"""What a board needs: compiler, flags, emulator, memory."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
CODE = 256 << 10  # bytes
PICOLIBC = "/usr/lib/picolibc/riscv64-unknown-elf/lib/picolibc.ld"


@dataclass(frozen=True)
class Board:
    """A microcontroller under QEMU.

    Attributes:
        name: the variant of the backend.
        compiler, flags: what makes ``main`` of the sources; ``flags`` alone decide what the code looks like.
        link: further flags and sources for ``main``.
        sources: own files, which lie in this folder.
        emulator: the command, without the kernel.
        flash, ram: bytes of memory for the tables and the state of a program there; the code and the C library have the rest.
        packages: of Debian, that bring all of it.
    """

    name: str
    compiler: str
    flags: tuple[str, ...]
    link: tuple[str, ...]
    sources: tuple[str, ...]
    emulator: tuple[str, ...]
    flash: int
    ram: int
    packages: str

    def missing(self) -> str | None:
        """Why it cannot run here, with the remedy; None if it can."""
        for need in (self.compiler, self.emulator[0]):
            if shutil.which(need) is None:
                return f"c:{self.name}: {need} is not installed. On Debian: apt install {self.packages}"
        return None

    def texts(self) -> dict[str, str]:
        return {name: (HERE / name).read_text() for name in self.sources}


SEMIHOSTING = ("-nographic", "-semihosting-config", "enable=on,target=native", "-icount", "shift=0", "-kernel", "main")
BOARDS = {
    "cortex-m3": Board(
        "cortex-m3", "arm-none-eabi-gcc", ("-mcpu=cortex-m3", "-mthumb", "-std=c99", "-O2", "-funroll-loops", "-w"),
        ("-nostartfiles", "--specs=rdimon.specs", "-T", "cortex_m3.ld", "cortex_m3.c"), ("cortex_m3.c", "cortex_m3.ld"),
        ("qemu-system-arm", "-M", "mps2-an385", *SEMIHOSTING), (4 << 20) - CODE, 12 << 20,
        "gcc-arm-none-eabi libnewlib-arm-none-eabi qemu-system-arm",
    ),
    "riscv32": Board(
        "riscv32", "riscv64-unknown-elf-gcc",
        ("-march=rv32imc", "-mabi=ilp32", "-std=gnu99", "-O2", "-funroll-loops", "-w", "--specs=picolibc.specs"),
        ("--crt0=semihost", "--oslib=semihost", "-T", PICOLIBC, "riscv32.c", *(
            f"-Wl,--defsym=__{name}={value}"
            for name, value in (
                ("flash", "0x80000000"), ("flash_size", "0x01000000"), ("ram", "0x81000000"), ("ram_size", "0x04000000")
            )
        )),
        ("riscv32.c",), ("qemu-system-riscv32", "-M", "virt", "-bios", "none", *SEMIHOSTING), (16 << 20) - CODE, 48 << 20,
        "gcc-riscv64-unknown-elf picolibc-riscv64-unknown-elf qemu-system-misc",
    ),
}  # fmt: skip
