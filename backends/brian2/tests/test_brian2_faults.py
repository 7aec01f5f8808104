"""Compilers, built programs and cache entries that do what they should not: one sentence, nothing left, and the next one works."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from brian2_oracle import RICH, assert_equal, needs_compiler, opened, other_inputs
from neurolsm_brian2 import build, standalone
from neurolsm_brian2.build import find, key

from neurolsm.conformance.generate import Case, inputs, program
from neurolsm.errors import BackendFailure, FileRefused, InvalidValue
from neurolsm.native import cache, child, command, entry, worker
from neurolsm.native import workshop as workshop_module
from neurolsm.program import Program
from neurolsm.program.spikes import Spikes
from neurolsm.semantics import ReferenceSimulator

pytestmark = pytest.mark.xdist_group("brian2")
SMALL = program(Case(seed=21, n=5, n_inputs=3, steps=10, samples=2, density=0.5, drive=0.5))
_seconds = count(700_000 + os.getpid() % 10_000 * 20)


@pytest.fixture
def lasting() -> Iterator[str]:
    """A ``sleep`` that no other test has; none may be left."""
    name = f"sleep {next(_seconds)}"
    yield name
    assert gone(name), name


def running(name: str) -> list[int]:
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if path.read_bytes().replace(b"\0", b" ").strip() == name.encode():
                found.append(int(path.parent.name))
    return found


def wait_until(true: Callable[[], Any], seconds: float = 10.0) -> bool:
    end = time.monotonic() + seconds
    while not true() and time.monotonic() < end:
        time.sleep(0.02)
    return bool(true())


def gone(name: str) -> bool:
    return wait_until(lambda: not running(name))


def script(path: Path, text: str) -> Path:
    path.unlink(missing_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of its own, and sources that are there at once."""
    monkeypatch.setenv("NEUROLSM_CACHE", str(tmp_path / "cache"))
    generator = script(tmp_path / "generator", "mkdir static_arrays; echo > simulation.cpp")
    monkeypatch.setattr(build, "sys", SimpleNamespace(executable=str(generator)))
    cache.say_once.cache_clear()
    return tmp_path / "cache" / "brian2"


# ---------------------------------------------------------------- compilers

COMPILERS = {
    "hangs": ("{sleep}", "did not end within the deadline"),
    "hangs and does not listen": ("trap '' TERM INT HUP; {sleep}", "did not end within the deadline"),
    "hangs in a child": ("sh -c '{sleep} & {sleep}' & wait", "did not end within the deadline"),
    "stops itself": ("kill -STOP $$", "did not end within the deadline"),
    "talks for ever": ("yes", "did not end within the deadline"),
    "leaves a child": ("{sleep} & exit 3", "failed with exit code 3"),
    "makes nothing": ("exit 0", "ended well and made nothing"),
    "makes nothing and leaves a child": ("{sleep} &", "ended well and made nothing"),
    "makes an empty file": ("touch main; chmod +x main", "made failed with exit code"),
    "makes a file that may not run": ("echo x > main", "made failed with exit code 127"),
    "makes garbage": ("head -c 9000 /dev/urandom > main; chmod +x main", "made"),
    "makes a folder": ("mkdir main", "ended well and made nothing"),
    "makes a link to nothing": ("ln -s nothing main", "ended well and made nothing"),
    "makes what hangs": ("printf '#!/bin/sh\\n{sleep}' > main; chmod +x main", "made did not end within the deadline"),
    "makes what crashes": ("printf '#!/bin/sh\\nkill -SEGV $$' > main; chmod +x main", "made was ended by SIGSEGV"),
    "leaves a child of another session": ("setsid {sleep} & exit 0", "ended well and made nothing"),
    "leaves one that nobody waits for": (
        "(setsid sh -c '{sleep}' >/dev/null 2>&1 &); exit 1",
        "failed with exit code 1",
    ),
    "hangs beside a child of another session": ("setsid {sleep} & {sleep}", "did not end within the deadline"),
    "crashes": ("kill -SEGV $$", "was ended by SIGSEGV"),
    "prints garbage": ("head -c 300000 /dev/urandom; exit 1", "failed with exit code 1"),
    "says why": ("echo no space left >&2; exit 1", "(?s)failed with exit code 1.*no space left"),
    "removes its folder": ("rm -rf $PWD/../*; exit 1", "failed with exit code 1"),
}


@pytest.mark.parametrize("kind", COMPILERS)
def test_a_compiler_that_fails(
    kind: str, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lasting: str
) -> None:
    text, said = COMPILERS[kind]
    monkeypatch.setenv("CXX", str(script(tmp_path / "compiler", text.replace("{sleep}", lasting))))
    started = time.monotonic()
    hangs = "deadline" in said
    with pytest.raises(BackendFailure, match=said) as raised:
        opened(SMALL, deadline=0.8 if hangs else 20.0)
    assert time.monotonic() - started < 8
    assert 'use target="numpy"' in str(raised.value) and len(str(raised.value)) < 3000
    assert list(folder.iterdir()) == []


def test_a_compiler_that_cannot_be_run(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compiler = tmp_path / "compiler"
    compiler.write_bytes(b"\x7fELF of another machine")
    compiler.chmod(0o755)
    monkeypatch.setenv("CXX", str(compiler))
    with pytest.raises(BackendFailure, match="failed with exit code 127"):
        opened(SMALL)
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("deadline", [0, -1, float("nan"), float("inf"), True, "60", 1j, [1]])
def test_deadlines_that_are_none(deadline: Any) -> None:
    with pytest.raises(InvalidValue, match=r"Brian2Backend\.deadline"):
        opened(SMALL, target="numpy", deadline=deadline)


def test_the_deadline_grows_with_the_work() -> None:
    big = program(Case(seed=1, n=400, n_inputs=30, density=0.5))
    few, many = Spikes.from_events([([], [])], 10, 3), Spikes.from_events([([], [])], 10**6, 3)
    assert build.patience(big) >= 300
    assert 60 < standalone.patience(SMALL, few) < standalone.patience(SMALL, many) < standalone.patience(big, many)


def test_time_in_which_this_process_slept_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(command, "time", SimpleNamespace(monotonic=lambda: now[0]))
    patience = command.Patience(10.0)
    now[0] = 1000.0
    assert not patience.spent()
    for _ in range(30):
        now[0] += 0.5
    assert not patience.spent()  # one step of 15 s is one pause
    assert not any(patience.spent() or now.__setitem__(0, now[0] + 0.5) for _ in range(14))
    assert any(patience.spent() or now.__setitem__(0, now[0] + 0.5) for _ in range(5))


BUILDS = """
import sys
from pathlib import Path
from neurolsm.native.workshop import workshop
from neurolsm.native.command import call
with workshop(Path(sys.argv[1]) / "build") as work:
    print("works", flush=True)
    call(["sh", "-c", f"sh -c '{sys.argv[2]} & {sys.argv[2]}' & wait"], work, 600.0)
"""


@pytest.mark.parametrize("killed", ["owner", "owner and guard"])
def test_a_kill_during_a_build_leaves_no_compiler(killed: str, tmp_path: Path, lasting: str) -> None:
    owner = subprocess.Popen([sys.executable, "-c", BUILDS, str(tmp_path), lasting], stdout=subprocess.PIPE)
    with owner:
        assert owner.stdout is not None and owner.stdout.readline() == b"works\n"
        assert wait_until(lambda: len(running(lasting)) == 2)
        (workshop,) = tmp_path.iterdir()
        if killed == "owner":
            owner.kill()
            assert gone(lasting) and wait_until(lambda: not workshop.exists())
            return
        (guard,) = [int(p.name) for p in Path("/proc").glob("[0-9]*") if _parent(p) == owner.pid]
        os.kill(guard, signal.SIGKILL)  # the owner notices, and ends what is left
        assert owner.wait(20) == 0 and gone(lasting)


def _parent(process: Path) -> int:
    try:
        return int((process / "stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def test_an_interrupt_during_a_build(tmp_path: Path, lasting: str) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    previous = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, 0.5)
    try:
        with pytest.raises(KeyboardInterrupt), workshop_module.workshop(tmp_path / "build") as work:
            command.call(["sh", "-c", f"{lasting} & {lasting}"], work, 600.0)
    finally:
        signal.signal(signal.SIGALRM, previous)
    assert list(tmp_path.iterdir()) == []


def test_a_workshop_whose_owner_is_dead_is_removed(tmp_path: Path) -> None:
    dead = tmp_path / ".building-dead"
    (dead / "work").mkdir(parents=True)
    (dead / workshop_module.LOCK).touch()
    with workshop_module.workshop(tmp_path / "one"):
        (alive,) = tmp_path.iterdir()
        with workshop_module.workshop(tmp_path / "two"):
            assert alive.exists() and not dead.exists()


def test_the_temporary_files_of_a_compiler_lie_in_theworkshop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So a full temporary folder disturbs nobody, and a killed compiler leaves nothing there."""
    monkeypatch.setenv("TMPDIR", "/nowhere")
    with workshop_module.workshop(tmp_path / "build") as work:
        code, said = command.call(["sh", "-c", "touch $TMPDIR/x; echo $TMPDIR; pwd"], work, 20.0)
        assert code == 0 and said.split() == [str(work.parent / "tmp"), str(work)]


@pytest.mark.parametrize("when", ["program", "saving", "seal", "workshop", "temporary"])
def test_a_full_disk(when: str, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device", str(tmp_path))

    monkeypatch.setenv("CXX", str(script(tmp_path / "compiler", "printf '#!/bin/sh\\n' > main; chmod +x main")))
    with monkeypatch.context() as patch:
        if when == "program":
            patch.setattr(Program, "save", full)
        elif when == "saving":
            patch.setattr(os, "fsync", full)
        elif when == "seal":
            patch.setattr(Path, "write_text", full)
        else:
            patch.setattr(workshop_module.tempfile, "TemporaryDirectory", full)
        if when == "temporary":
            patch.setenv("NEUROLSM_CACHE", "/proc/nothing")
            cache._temporary.cache_clear()
        with pytest.raises(BackendFailure, match=r"cannot be written.*No space left.*NEUROLSM_CACHE.*numpy") as raised:
            opened(SMALL)
        assert "\n" not in str(raised.value)
    assert not folder.exists() or list(folder.iterdir()) == []
    opened(SMALL).close()


def test_a_user_without_a_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NEUROLSM_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)  # what it does then
    monkeypatch.chdir(tmp_path)
    cache._temporary.cache_clear()
    cache.say_once.cache_clear()
    with pytest.warns(RuntimeWarning, match="NEUROLSM_CACHE"):
        assert cache.cache_folder("brian2").is_dir()
    assert list(tmp_path.iterdir()) == []


# ---------------------------------------------------------------- entries of the cache


@pytest.fixture(scope="module")
def finished() -> Path:
    made = program(RICH)
    opened(made).close()
    found = find(made)
    assert found is not None
    return found


@pytest.fixture
def copied(finished: Path, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of a finished build in a cache of its own, and a compiler that makes the same again in no time."""
    script(tmp_path / "generator", f"cp -r {finished}/static_arrays {finished}/simulation.cpp .")
    monkeypatch.setenv("CXX", str(script(tmp_path / "compiler", f"cp {finished}/main main")))
    folder.mkdir(parents=True)
    shutil.copytree(finished, folder / finished.name)
    return folder / finished.name


def an_array(folder: Path) -> Path:
    return sorted(p for p in (folder / "static_arrays").iterdir() if p.stat().st_size)[0]


def flip(path: Path, at: int | None = None) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2 if at is None else at] ^= 1
    path.write_bytes(content)


def pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


DAMAGE: dict[str, Callable[[Path], Any]] = {
    "a bit of the program": lambda f: flip(f / "main"),
    "a program cut short": lambda f: os.truncate(f / "main", 1000),
    "an empty program": lambda f: os.truncate(f / "main", 0),
    "no program": lambda f: (f / "main").unlink(),
    "a folder for a program": lambda f: ((f / "main").unlink(), (f / "main").mkdir()),
    "a program that may not be run": lambda f: (f / "main").chmod(0o644),
    "a pipe for a program": lambda f: pipe(f / "main"),
    "a link to nothing for a program": lambda f: ((f / "main").unlink(), (f / "main").symlink_to("nothing")),
    "a bit of an array": lambda f: flip(an_array(f)),
    "an array cut short": lambda f: os.truncate(an_array(f), 1),
    "an array less": lambda f: an_array(f).unlink(),
    "an array more": lambda f: (f / "static_arrays" / "another").touch(),
    "no arrays": lambda f: shutil.rmtree(f / "static_arrays"),
    "no marker": lambda f: (f / entry.MARKER).unlink(),
    "an empty marker": lambda f: os.truncate(f / entry.MARKER, 0),
    "a marker cut short": lambda f: os.truncate(f / entry.MARKER, 50),
    "a deep marker": lambda f: (f / entry.MARKER).write_text("[" * 100_000),
    "a marker of nothing": lambda f: (f / entry.MARKER).write_text('{"files": {}}'),
    "a marker of bytes": lambda f: (f / entry.MARKER).write_bytes(bytes(range(256))),
    "a pipe for a marker": lambda f: pipe(f / entry.MARKER),
    "nothing inside": lambda f: (shutil.rmtree(f), f.mkdir()),
    "no entry": lambda f: shutil.rmtree(f),
}


@needs_compiler
@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_entry_is_built_again(damage: str, copied: Path) -> None:
    DAMAGE[damage](copied)
    made, batch = program(RICH), inputs(RICH)
    assert find(made) is None
    with opened(made) as simulator:
        assert simulator.info["reused"] is False
        assert_equal(ReferenceSimulator(made).run(batch), simulator.run(batch))
    assert find(made) == copied and list(copied.parent.iterdir()) == [copied]


@needs_compiler
@pytest.mark.parametrize("kind", ["a link to nothing", "a link to itself", "a file", "a pipe", "notes"])
def test_what_is_no_build_stays_and_is_said(kind: str, copied: Path) -> None:
    if kind == "notes":
        flip(copied / "main")
        (copied / "notes.txt").touch()
    else:
        shutil.rmtree(copied)
        if kind == "a file":
            copied.write_text("mine")
        elif kind == "a pipe":
            os.mkfifo(copied)
        else:
            copied.symlink_to("nothing" if kind == "a link to nothing" else copied)
    with pytest.raises(FileRefused, match="Remove this folder, or set NEUROLSM_CACHE") as raised:
        opened(program(RICH))
    assert "\n" not in str(raised.value) and os.path.lexists(copied)
    assert list(copied.parent.iterdir()) == [copied]


@needs_compiler
def test_a_cache_that_can_only_be_read_is_read(copied: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "_writable", lambda _: False)
    monkeypatch.delenv("CXX")
    monkeypatch.setenv("PATH", "")
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        with opened(program(RICH)) as simulator:
            assert simulator.info["reused"] and simulator.info["folder"] == str(copied)
            simulator.run(inputs(RICH))


@needs_compiler
def test_an_entry_that_lies_elsewhere(copied: Path, tmp_path: Path) -> None:
    shutil.move(copied, tmp_path / "elsewhere")
    copied.symlink_to(tmp_path / "elsewhere")
    with opened(program(RICH)) as simulator:
        assert simulator.info["reused"]


@needs_compiler
@pytest.mark.parametrize("before", ["no entry", "a bit of the program"])
def test_several_build_the_same_at_once(before: str, copied: Path) -> None:
    DAMAGE[before](copied)
    made, found = program(RICH), []
    threads = [threading.Thread(target=lambda: found.append(build.build(made, os.environ["CXX"]))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [copied] * 4 and find(made) == copied and list(copied.parent.iterdir()) == [copied]


@needs_compiler
@pytest.mark.parametrize("seed", [*range(3), *(pytest.param(k, marks=pytest.mark.nightly) for k in range(3, 60))])
def test_any_damage_is_noticed(seed: int, copied: Path) -> None:
    """One bit, a cut or a lost file anywhere in what a simulation reads."""
    rng = random.Random(seed)
    whole = copied.parent / "whole"
    shutil.copytree(copied, whole)
    files = [copied / "main", *(copied / "static_arrays").iterdir()]
    for _ in range(10):
        path = rng.choice([p for p in files if p.stat().st_size])
        size = path.stat().st_size
        kind = rng.choice([flip, os.truncate, lambda p, _: p.unlink()])
        kind(path, rng.randrange(size))
        assert entry.flaw(copied) is not None and entry.ours(copied)
        shutil.copy2(whole / path.relative_to(copied), path)
        assert entry.flaw(copied) is None


# ---------------------------------------------------------------- built programs

MAINS = {
    "ends at once": ("exit 0", "ended with exit code 0|exit code 0"),
    "ends when it was asked": ("head -c 48 > /dev/null", "exit code 0"),
    "fails and says why": ("echo the moon >&2; exit 7", "exit code 7.*Its output: the moon"),
    "is killed": ("kill -KILL $$", "SIGKILL"),
    "never reads": ("exec {sleep}", "no answer within the deadline"),
    "never answers": ("{reads}; {sleep}", "no answer within the deadline"),
    "answers half": ("head -c 200 /dev/zero; exit 0", "exit code 0"),
    "answers half and hangs": ("head -c 200 /dev/zero; exec {sleep}", "no answer within the deadline"),
    "answers nonsense": ("{reads}; exec cat /dev/urandom", "numbers that this program cannot give"),
    "only complains": ("yes >&2", "no answer within the deadline"),
    "closes its output": ("{reads}; exec >&-; exec {sleep}", "stopped answering"),
    "stops itself": ("kill -STOP $$", "stopped from outside"),
}


@needs_compiler
@pytest.mark.parametrize("kind", MAINS)
def test_a_built_program_that_fails(kind: str, copied: Path, monkeypatch: pytest.MonkeyPatch, lasting: str) -> None:
    text, said = MAINS[kind]
    made, batch = program(RICH), other_inputs(RICH, 5, 40, 400)  # more than a pipe holds
    monkeypatch.setattr(child, "GRACE", 0.5)
    monkeypatch.setattr(worker, "flaw", lambda _: None)  # or it would not even start
    with opened(made, deadline=1.0 if "deadline" in said else 20.0) as simulator:
        (copied / "main").rename(copied / "real")
        reads = "exec 3<&0; cat <&3 > /dev/null & true"
        script(copied / "main", text.replace("{sleep}", lasting).replace("{reads}", reads))
        started = time.monotonic()
        with pytest.raises(BackendFailure, match=said) as raised:
            simulator.run(batch)
        assert time.monotonic() - started < 8 and len(str(raised.value)) < 2000
        assert gone(lasting)
        (copied / "real").replace(copied / "main")
        assert_equal(ReferenceSimulator(made).run(batch[:3]), simulator.run(batch[:3]))


def child_of(simulator: Any) -> int:
    return simulator._engine._worker.child._process.pid


@needs_compiler
def test_a_program_that_was_stopped(finished: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made, batch = program(RICH), inputs(RICH)
    expected = ReferenceSimulator(made).run(batch)
    with opened(made) as simulator:
        simulator.run(batch)
        os.kill(child_of(simulator), signal.SIGSTOP)
        threading.Timer(1.0, os.kill, (child_of(simulator), signal.SIGCONT)).start()
        assert_equal(expected, simulator.run(batch))  # it went on in time
        monkeypatch.setattr(child, "GRACE", 0.5)
        stopped = child_of(simulator)
        os.kill(stopped, signal.SIGSTOP)
        with pytest.raises(BackendFailure, match="stopped from outside and not continued"):
            simulator.run(batch)
        assert wait_until(lambda: not Path(f"/proc/{stopped}").exists())
        assert_equal(expected, simulator.run(batch))


@needs_compiler
def test_a_build_that_is_damaged_while_the_simulator_is_open(copied: Path) -> None:
    made, batch = program(RICH), inputs(RICH)
    with opened(made) as simulator:
        before = simulator.run(batch)
        flip(an_array(copied))
        assert_equal(before, simulator.run(batch))  # it was read long ago
        os.kill(child_of(simulator), signal.SIGKILL)
        with pytest.raises(BackendFailure, match="SIGKILL"):
            simulator.run(batch)
        with pytest.raises(BackendFailure, match=r"another simulation.*Open the simulator again"):
            simulator.run(batch)
    with opened(made) as simulator:
        assert_equal(before, simulator.run(batch))


@needs_compiler
def test_no_temporary_folder_is_needed_to_run(finished: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import tempfile

    monkeypatch.setattr(tempfile, "tempdir", "/nowhere")
    with opened(program(RICH)) as simulator:
        simulator.run(inputs(RICH))


LONG = """
import os, sys, threading, time
from neurolsm.program import Program
from neurolsm.program.spikes import Spikes
from neurolsm_brian2 import Brian2Backend
simulator = Brian2Backend.open(Program.load(sys.argv[1]))
endless = Spikes.from_events([([], [])], 1 << 24, simulator.program.n_inputs)
threading.Thread(target=simulator.run, args=(endless,), daemon=True).start()
while simulator._engine._worker.child is None:
    time.sleep(0.01)
time.sleep(0.5)
print(simulator._engine._worker.child._process.pid, flush=True)
os.kill(os.getpid(), 9)
"""


@needs_compiler
def test_a_child_at_work_ends_with_its_owner(finished: Path, tmp_path: Path) -> None:
    program(RICH).save(tmp_path / "program")
    owner = subprocess.run(
        [sys.executable, "-c", LONG, str(tmp_path / "program")], capture_output=True, text=True, check=False
    )
    assert owner.returncode == -signal.SIGKILL, owner.stderr
    path = Path(f"/proc/{owner.stdout.strip()}/stat")
    assert wait_until(lambda: not path.exists() or path.read_text().rpartition(")")[2].split()[0] == "Z", 3.0)


@needs_compiler
@pytest.mark.parametrize("seed", [0, *(pytest.param(k, marks=pytest.mark.nightly) for k in range(1, 40))])
def test_signals_at_any_moment(seed: int, finished: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each run gives what the reference gives, or fails with a sentence and the next one is right."""
    rng = random.Random(seed)
    monkeypatch.setattr(child, "GRACE", 0.3)
    made = program(RICH)
    batch = other_inputs(RICH, seed, 3, 2000)
    expected = ReferenceSimulator(made).run(batch)
    failed = 0
    with opened(made) as simulator:
        simulator.run(batch[:1])
        for _ in range(6):
            number = rng.choice([signal.SIGKILL, signal.SIGSTOP, signal.SIGTERM, signal.SIGSEGV, signal.SIGINT])
            timer = threading.Timer(rng.random() * 0.02, os.kill, (child_of(simulator), number))
            timer.start()
            with contextlib.suppress(BackendFailure):
                failed += 1
                assert_equal(expected, simulator.run(batch))
                failed -= 1
            timer.join()
            with contextlib.suppress(BackendFailure):  # the signal may have come after the answer
                simulator.run(batch[:1])
            assert_equal(expected, simulator.run(batch))
    assert key(made) == finished.name and entry.flaw(finished) is None
