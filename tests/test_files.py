"""Result files: whole or not at all, whatever the name stands for; what must not be replaced is refused by name."""

import contextlib
import errno
import os
import resource
import socket
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurolsm.errors import InvalidValue
from neurolsm.files import results as files
from neurolsm.files import writing
from neurolsm.files.results import check_apart, check_target, write_result

OLD, NEW = b"old " * 3000, b"new content " * 2000


@pytest.fixture
def f(tmp_path, monkeypatch):
    monkeypatch.setattr(writing, "PATIENCE", 0.1)
    return tmp_path


def left(folder):
    return sorted(p.name for p in folder.rglob("*"))


def refused(path, words):
    """Before the work and after it, in one sentence that names the path."""
    for act in (lambda: check_target(path, "--json"), lambda: write_result(path, NEW)):
        with pytest.raises(InvalidValue, match=words) as caught:
            act()
        assert str(caught.value).count("\n") == 0 and "cannot be written" in str(caught.value)


# ---------------------------------------------------------------------- files


@pytest.mark.parametrize("umask", [0o022, 0o077])
def test_a_new_file_has_the_mode_of_any_new_file(f, umask):
    before = os.umask(umask)
    try:
        check_target(f / "a")
        write_result(f / "a", NEW)
    finally:
        os.umask(before)
    assert (f / "a").read_bytes() == NEW and stat.S_IMODE((f / "a").stat().st_mode) == 0o666 & ~umask
    assert left(f) == ["a"]


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664, 0o755, 0o777, 0o200, 0o4755])
def test_an_old_file_keeps_its_mode(f, mode):
    (f / "a").write_bytes(OLD)
    (f / "a").chmod(mode)
    check_target(f / "a")
    assert left(f) == ["a"] and stat.S_IMODE((f / "a").stat().st_mode) == mode
    write_result(f / "a", NEW)
    assert stat.S_IMODE((f / "a").stat().st_mode) == mode
    (f / "a").chmod(0o600)
    assert (f / "a").read_bytes() == NEW and left(f) == ["a"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only the superuser gives files away")
def test_an_old_file_keeps_its_owner_and_its_attributes(f):
    (f / "a").write_bytes(OLD)
    os.chown(f / "a", 1234, 2345)
    with contextlib.suppress(OSError):  # a file system without them
        os.setxattr(f / "a", "user.origin", b"laboratory")
    names = os.listxattr(f / "a")
    write_result(f / "a", NEW)
    found = (f / "a").stat()
    assert (found.st_uid, found.st_gid) == (1234, 2345) and os.listxattr(f / "a") == names


def test_links_stay_and_the_file_behind_them_is_written(f):
    (f / "store").mkdir()
    (f / "store" / "latest").write_bytes(OLD)
    (f / "store" / "inner").symlink_to("latest")
    (f / "link").symlink_to("store/inner")
    (f / "dangling").symlink_to(f / "store" / "made")
    (f / "folder").symlink_to("store")
    for name, behind in (
        ("link", "latest"),
        ("dangling", "made"),
        ("folder/direct", "direct"),
        ("folder/inner", "latest"),
    ):
        data = NEW + name.encode()
        check_target(f / name)
        write_result(f / name, data)
        assert (f / "store" / behind).read_bytes() == data
    assert (f / "link").is_symlink() and (f / "dangling").is_symlink() and (f / "store" / "inner").is_symlink()
    assert left(f) == ["dangling", "direct", "folder", "inner", "latest", "link", "made", "store"]


def test_names_as_long_as_they_can_be(f):
    for name in ("x" * 240 + ".json", "y" * 255, "ä" * 127):
        check_target(f / name)
        write_result(f / name, NEW)
        assert (f / name).read_bytes() == NEW
    refused(f / ("z" * 256), "name too long")


def test_odd_names(f):
    for name in ("a b", "-", "'", "line\nbreak", "\udcff", "%s", ".hidden", "~", "a.json.part"):
        check_target(f / name)
        write_result(str(f / name), NEW)
        assert (f / name).read_bytes() == NEW
    write_result(os.fsencode(f / "bytes"), NEW)
    assert (f / "bytes").read_bytes() == NEW
    refused(f / "no\nwhere" / "a", "does not exist")
    for name in ("", b"", "\0", None, 3):
        refused(name, "cannot be written")


def test_what_is_refused(f):
    (f / "file").write_bytes(OLD)
    (f / "folder").mkdir()
    (f / "loop").symlink_to("loop")
    os.link(f / "file", f / "other")
    (f / "locked").write_bytes(OLD)
    (f / "locked").chmod(0o444)
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(f / "socket"))
    server.close()
    before = left(f)
    refused(f / "folder", r"folder: cannot be written \(is a folder\)")
    refused(f / "no" / "a", r"the folder .*no does not exist")
    refused(f / "file" / "a", r"the folder .*file does not exist")
    refused(f / "loop", "symbolic links")
    refused(f / "file", r"has 2 names, hard links.*Name a file that has one")
    refused(f / "locked", "is read-only")
    refused(f / "socket", "is a socket")
    assert (f / "file").read_bytes() == (f / "other").read_bytes() == (f / "locked").read_bytes() == OLD
    assert left(f) == before


@pytest.mark.skipif(os.geteuid() != 0, reason="needs another user")
def test_what_another_user_may_not_replace_is_refused_before_the_work(f):
    """A file for all in a folder such as /tmp, a file of another, a folder that is not his: seen by a process that is not root."""
    for folder, mode in (("sticky", 0o1777), ("his", 0o755)):
        (f / folder).mkdir()
        (f / folder).chmod(mode)
        (f / folder / "a").write_bytes(OLD)
        (f / folder / "a").chmod(0o666)
    f.chmod(0o755)
    child = os.fork()
    if child == 0:
        told = []
        os.chdir(f)  # the folders above may be closed to others
        os.setuid(4321)
        for name in ("sticky/a", "his/a", "his/b"):
            for act in (check_target, lambda path: write_result(path, NEW)):
                try:
                    act(Path(name))
                except InvalidValue:
                    told.append(name)
        os._exit(0 if len(told) == 6 else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert (f / "sticky" / "a").read_bytes() == (f / "his" / "a").read_bytes() == OLD
    assert left(f) == ["a", "a", "his", "sticky"]


# ---------------------------------------------------------------------- pipes, devices, descriptors


def test_a_pipe_that_is_read_gets_the_result(f):
    """The reader has opened it before the check; it must not end before the result is there."""
    for data in (NEW, NEW * 20):  # more than a pipe holds
        os.mkfifo(f / "pipe")
        reader = subprocess.Popen(["cat", str(f / "pipe")], stdout=subprocess.PIPE)
        check_target(f / "pipe")
        check_target(f / "pipe")
        writer = threading.Thread(target=write_result, args=(f / "pipe", data))
        writer.start()
        assert reader.communicate(timeout=20)[0] == data
        writer.join()
        assert stat.S_ISFIFO((f / "pipe").stat().st_mode) and left(f) == ["pipe"]
        (f / "pipe").unlink()


def test_a_pipe_that_nobody_reads_is_refused_and_stays(f):
    os.mkfifo(f / "pipe")
    start = time.monotonic()
    refused(f / "pipe", "nobody reads from this pipe")
    assert time.monotonic() - start < 5 and stat.S_ISFIFO((f / "pipe").stat().st_mode)


def test_a_reader_that_has_ended_is_one_sentence(f):
    os.mkfifo(f / "pipe")
    reader = os.open(f / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    check_target(f / "pipe")
    os.close(reader)
    with pytest.raises(InvalidValue, match=r"pipe: cannot be written \(Broken pipe\)"):
        write_result(f / "pipe", NEW)


def test_devices_are_written_and_stay(f):
    for name in ("/dev/null", f / "null"):
        if name != "/dev/null":
            name.symlink_to("/dev/null")
        check_target(name)
        write_result(name, NEW)
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode) and (f / "null").is_symlink()
    check_target("/dev/full")
    with pytest.raises(InvalidValue, match=r"/dev/full: cannot be written \(No space left.*Make room"):
        write_result("/dev/full", NEW)


def test_descriptors_are_written_where_they_are(f):
    """As ``>(command)`` and ``/dev/stdout > file`` name them: nothing that was there before is replaced."""
    ends = os.pipe()
    file = os.open(f / "log", os.O_RDWR | os.O_CREAT)
    os.write(file, b"before ")
    (f / "link").symlink_to(f"/dev/fd/{file}")
    for name in (f"/dev/fd/{ends[1]}", f"/proc/self/fd/{ends[1]}", f"/proc/{os.getpid()}/fd/{ends[1]}"):
        check_target(name)
        write_result(name, b"result")
        assert os.read(ends[0], 100) == b"result"
    check_target(f / "link")
    write_result(f / "link", b"result ")
    os.write(file, b"after")
    assert (f / "log").read_bytes() == b"before result after" and left(f) == ["link", "log"]
    refused(f"/dev/fd/{ends[0]}", "reading alone")
    for end in (*ends, file):
        os.close(end)
    refused(f"/dev/fd/{file}", "Bad file descriptor")


def test_stdout_as_a_file():
    """What was printed before comes before; a disk that is full is one sentence."""
    script = (
        "import sys; from neurolsm.files.results import *\n"
        "if len(sys.argv) == 1: print('first')\n"
        "check_target('/dev/stdout')\n"
        "try: write_result('/dev/stdout', b'result\\n')\n"
        "except ValueError as e: print(e, file=sys.stderr)\n"
        "else: print('last')\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.stdout == "first\nresult\nlast\n"
    with open("/dev/full", "w") as full:
        done = subprocess.run([sys.executable, "-c", script, "full"], stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.stderr.startswith("/dev/stdout: cannot be written (No space left on device)")


# ---------------------------------------------------------------------- failures


def test_a_full_disk_leaves_the_old_file(f):
    """The limit on the size of files fails in the middle of the data, as a full disk does."""
    (f / "a").write_bytes(OLD)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    for name in ("a", "b"):
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, limits[1]))
        try:
            with pytest.raises(InvalidValue, match=r"cannot be written \(File too large\)\. Make room"):
                write_result(f / name, NEW)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert (f / "a").read_bytes() == OLD and left(f) == ["a"]


def test_a_file_that_is_mounted_at_its_place_is_written_there(f, monkeypatch):
    """As in a container that shares one file with its host: no other file can take its place."""

    def busy(*_):
        raise OSError(errno.EBUSY, "Device or resource busy")

    monkeypatch.setattr(os, "replace", busy)
    for old, new in ((OLD, NEW), (NEW, OLD), (b"", NEW), (OLD, b"")):
        (f / "a").write_bytes(old)
        inode = (f / "a").stat().st_ino
        write_result(f / "a", new)
        assert (f / "a").read_bytes() == new and (f / "a").stat().st_ino == inode and left(f) == ["a"]


class Killed(BaseException):
    """As KeyboardInterrupt, wherever it may fall."""


CALLS = ("open", "write", "fsync", "replace", "fchmod", "chown", "close", "fstat", "unlink")
KINDS = ("nothing", "file", "secret", "link", "dangling", "mounted")


@given(
    kind=st.sampled_from(KINDS),
    call=st.sampled_from(CALLS),
    turn=st.integers(0, 3),
    error=st.sampled_from([OSError(errno.ENOSPC, "full"), OSError(errno.EIO, "broken"), KeyboardInterrupt(), Killed()]),
    piece=st.sampled_from([1, 977, 1 << 20]),
    old=st.binary(max_size=3000),
    new=st.binary(max_size=3000),
)
def test_old_or_new_and_never_a_mixture(tmp_path_factory, kind, call, turn, error, piece, old, new):
    """Any call into the system fails at any turn, and a write takes as little at a time as it likes."""
    folder = tmp_path_factory.mktemp("f")
    target, path = folder / "target", folder / "target"
    there = kind not in ("nothing", "dangling")
    if there:
        target.write_bytes(old)
        target.chmod(0o600 if kind == "secret" else 0o640)
    if kind in ("link", "dangling"):
        path = folder / "link"
        path.symlink_to("target")
    before, turns = left(folder), [turn]
    if piece == 1:
        old, new = old[:40], new[:40]
        if there:
            target.write_bytes(old)

    def failing(name):
        real = getattr(os, name)

        def act(*arguments, **options):
            if name == "write":
                arguments = (arguments[0], arguments[1][:piece])
            if name == "replace" and kind == "mounted":
                raise OSError(errno.EBUSY, "busy")
            if name == call and turns[0] == 0:
                turns[0] -= 1
                if name == "close":
                    real(*arguments)
                raise error
            turns[0] -= name == call
            return real(*arguments, **options)

        return act

    with pytest.MonkeyPatch.context() as patch:
        for name in CALLS:
            patch.setattr(os, name, failing(name))
        done = False
        with contextlib.suppress(InvalidValue, KeyboardInterrupt, Killed):
            write_result(path, new)
            done = True
    found = target.read_bytes() if target.exists() else None
    if done:
        assert found == new
    else:
        assert found in (old if there else None, new)
    if there:
        assert stat.S_IMODE(target.stat().st_mode) == (0o600 if kind == "secret" else 0o640)
    tidy = call != "unlink"  # what cannot be taken away stays
    assert not tidy or left(folder) in (before, sorted({*before, "target"}))


# ---------------------------------------------------------------------- apart


def test_two_results_in_one_file_and_results_over_inputs(f):
    (f / "a").write_bytes(OLD)
    (f / "link").symlink_to("a")
    check_apart({"--json": f / "a", "--plot": f / "b", "--video": None}, {"--text": f / "c"})
    check_apart({"--json": Path("/dev/null"), "--plot": Path("/dev/null")})
    for outputs, inputs in (
        ({"--json": f / "a", "--plot": f / "link"}, {}),
        ({"--json": f / "new", "--plot": f / "." / "new"}, {}),
        ({"--json": f / "link"}, {"--text": f / "a"}),
    ):
        with pytest.raises(InvalidValue, match=r"--\w+ .*: is the file of --\w+ too"):
            check_apart(outputs, inputs)
    assert files._held == {}
