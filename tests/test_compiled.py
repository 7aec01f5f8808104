"""Compiled functions that are kept: never older than their source, never damaged, never in the way."""

import importlib
import io
import os
import re
import shutil
import subprocess
import sys
import threading
import time
import warnings
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numba.core import config
from numba.core.compiler import DefaultPassBuilder, Flags

import neurolsm
from neurolsm.compiled import cache, folders, source
from neurolsm.compiled.compiler import LEFT_OUT, KernelCompiler, QuickFlags
from neurolsm.emulator import plastic_kernel, short_term_kernel

PACKAGE = Path(neurolsm.__file__).parent
# A kernel whose result depends on a constant, a called function, an overload and an intrinsic, all in other files.
FILES = {
    "__init__.py": "",
    "kernel.py": """
from neurolsm.compiled import compiled
from neurolsm_probe.constants import ONE
from neurolsm_probe.called import called
from neurolsm_probe.overloads import overloaded
from neurolsm_probe.intrinsics import inserted
@compiled(nogil=True)
def kernel(x):
    return x + ONE + called(x) + overloaded(x) + inserted(x)
""",
    "constants.py": "ONE = 1\n",
    "called.py": "import numba\n@numba.njit\ndef called(x):\n    return x * 20\n",
    "overloads.py": """
from numba.extending import overload
def overloaded(x): ...
@overload(overloaded)
def _(x):
    return lambda x: x * 300
""",
    "intrinsics.py": """
from numba.extending import intrinsic
@intrinsic
def inserted(context, x):
    return x(x), lambda context, builder, signature, args: builder.mul(args[0], args[0].type(4000))
""",
    "deep/__init__.py": "",
    "deep/unused.py": "NUMBER = 5",
}
RIGHT = 2 + 1 + 40 + 600 + 8000  # kernel(2)


@pytest.fixture(autouse=True)
def _alone(tmp_path, monkeypatch):
    """A cache folder, a temporary folder and sentences of its own for each test."""
    monkeypatch.setattr(config, "CACHE_DIR", str(tmp_path / "kept"))
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    monkeypatch.setattr(folders, "_said", set())
    (tmp_path / "temporary").mkdir()


@pytest.fixture
def probe(tmp_path, monkeypatch):
    """``probe(**{file: text})``: the kernel of the package, from a fresh copy with other texts, as a new process has it."""
    copies = iter(range(100))

    def make(changed=None):
        folder = tmp_path / f"copy{next(copies)}"
        for name, text in {**FILES, **(changed or {})}.items():
            path = folder / "neurolsm_probe" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
            os.utime(path, (1e9, 1e9))  # a change need not show in the time of a file, nor in its size
        with monkeypatch.context() as patch:
            patch.syspath_prepend(str(folder))
            for name in [n for n in sys.modules if n.startswith("neurolsm_probe")]:
                del sys.modules[name]
            importlib.invalidate_caches()
            return importlib.import_module("neurolsm_probe.kernel").kernel

    yield make
    for name in [n for n in sys.modules if n.startswith("neurolsm_probe")]:
        del sys.modules[name]


def hits(kernel):
    return sum(kernel.stats.cache_hits.values())


def kept(tmp_path):
    return sorted((tmp_path / "kept").rglob("kernel.kernel-*"))


# ---------------------------------------------------------------- older than the source


def test_the_same_source_is_not_compiled_again(probe, tmp_path):
    first, second = probe(), probe()
    assert first(2) == RIGHT and hits(first) == 0
    assert second(2) == RIGHT and hits(second) == 1
    assert len(kept(tmp_path)) == 1


@pytest.mark.parametrize(
    ("file", "old", "new", "more"),
    [
        ("kernel.py", "x + ONE", "x - ONE", -2),
        ("constants.py", "1", "2", 1),
        ("called.py", "20", "21", 2),
        ("overloads.py", "300", "301", 2),
        ("intrinsics.py", "4000", "4001", 2),
    ],
)
def test_a_change_in_any_file_is_seen(probe, file, old, new, more):
    assert probe()(2) == RIGHT
    changed = probe({file: FILES[file].replace(old, new)})
    assert changed(2) == RIGHT + more and hits(changed) == 0
    again = probe()
    assert again(2) == RIGHT and hits(again) == 1


@pytest.mark.parametrize("package", ["emulator", "hardware"])
def test_every_file_of_the_package_has_a_part_in_the_key(package, tmp_path, monkeypatch):
    def digest():
        monkeypatch.setattr(source, "_first", {})  # as a new process
        return source.digest_of(tmp_path)

    files = sorted((PACKAGE / package).glob("*.py"))
    for path in files:
        (tmp_path / path.name).write_bytes(path.read_bytes())
    whole = digest()
    found = [whole]
    for path in files:
        text = path.read_bytes()
        (tmp_path / path.name).write_bytes(text[:-2] + b"#\n")
        found.append(digest())
        (tmp_path / path.name).unlink()
        found.append(digest())
        (tmp_path / path.name).write_bytes(text)
    assert digest() == whole
    (tmp_path / "new.py").touch()
    found.append(digest())
    assert None not in found and len(set(found)) == len(found) == 2 * len(files) + 2


def test_a_constant_of_another_package_has_a_part_in_the_key(monkeypatch):
    for module, constant in ((short_term_kernel, "LONG_AGO"), (plastic_kernel, "NO_TARGET")):
        function = next(
            f.py_func for f in vars(module).values()
            if getattr(f, "py_func", None) and constant in f.py_func.__code__.co_names
        )  # fmt: skip
        before = source.source_of(function)
        monkeypatch.setitem(function.__globals__, constant, 77)
        assert source.source_of(function) not in (None, before)


def test_a_constant_counts_through_a_call(probe):
    """The borrowed number stands in a function that another package's kernel calls."""
    kernel = probe().py_func
    before = source.source_of(kernel)
    kernel.__globals__["called"].py_func.__globals__["np"] = np.arange(3)  # not used: no part
    assert source.source_of(kernel) == before
    kernel.__globals__["ONE"] = (1, (2, np.arange(3)))
    tuples = source.source_of(kernel)
    kernel.__globals__["ONE"] = (1, (2, np.arange(1, 4)))
    assert len({before, tuples, source.source_of(kernel), None}) == 4


def test_versions_settings_and_processor_have_a_part_in_the_key(probe, monkeypatch):
    kernel = probe()
    kernel(2)
    made, (sig,) = kernel._cache, kernel.overloads
    codegen = kernel.targetctx.codegen()
    found = [(made.cache_path, made._entry(sig, codegen))]
    monkeypatch.setattr(cache, "VERSIONS", (*cache.VERSIONS[:-1], "0.0"))
    found.append((made.cache_path, made._entry(sig, codegen)))
    monkeypatch.setattr(config, "LOOP_VECTORIZE", not config.LOOP_VECTORIZE)
    found.append((made.cache_path, made._entry(sig, codegen)))
    monkeypatch.setattr(codegen, "magic_tuple", lambda: ("another", "processor"), raising=False)
    found.append((made.cache_path, made._entry(sig, codegen)))
    assert len(set(found)) == 4


def test_a_module_that_is_loaded_again_after_a_change_is_not_kept(probe, tmp_path):
    """What is in memory is then partly old and partly new, and no key says so."""
    kernel = probe()
    module = sys.modules["neurolsm_probe.kernel"]
    Path(module.__file__).write_text(FILES["kernel.py"].replace("x + ONE", "x - ONE"))
    assert importlib.reload(module).kernel(2) == RIGHT - 2
    assert kept(tmp_path) == []
    assert kernel(2) == RIGHT and len(kept(tmp_path)) == 1


def test_the_key_costs_little():
    started = time.perf_counter()
    for _ in range(20):
        source.source_of(plastic_kernel.run.py_func)
    assert (time.perf_counter() - started) / 20 < 0.02


def test_without_a_compiler_there_is_nothing_to_keep(monkeypatch):
    monkeypatch.setattr(config, "DISABLE_JIT", 1)
    assert cache.compiled(nogil=True)(len_of) is len_of


def len_of(x):
    return x.size


def test_quick_flags_compare_as_numbas():
    one, other = Flags(), Flags()
    other.nrt = one.nrt  # the default, set
    for a in (one, other, quick := QuickFlags(one)):
        for b in (one, other, QuickFlags(one), QuickFlags(other)):
            assert a == b and hash(a) == hash(b)
    changed = quick.copy()
    changed.boundscheck = True
    assert type(changed) is QuickFlags and changed != quick and changed != one and quick == one


def test_kernels_are_compiled_without_the_passes_that_they_do_not_need():
    """By their names in Numba: a version that calls them otherwise would run them again, and nobody would notice."""
    pipeline = DefaultPassBuilder.define_nopython_pipeline(SimpleNamespace(func_ir=None, flags=Flags()))
    names = {one.__name__ for one, _ in pipeline.passes}
    assert names.issuperset(LEFT_OUT)
    (made,) = KernelCompiler.define_pipelines(SimpleNamespace(state=SimpleNamespace(func_ir=None, flags=Flags())))
    assert {one.__name__ for one, _ in made.passes} == names - set(LEFT_OUT)


def test_numbas_own_cache_is_not_used():
    """It would know one file only."""
    root = PACKAGE.parent
    for path in (p for part in ("neurolsm", "models", "backends", "benchmarks") for p in (root / part).rglob("*.py")):
        text = path.read_text()
        assert "numba" not in text or not re.search(r"jit\([^)]*cache=True|\"cache\": True", text), path


# ---------------------------------------------------------------- damaged


DAMAGE = {
    "emptied": lambda path, _: path.write_bytes(b""),
    "cut short": lambda path, _: path.write_bytes(path.read_bytes()[:-1]),
    "cut in the digest": lambda path, _: path.write_bytes(path.read_bytes()[:17]),
    "grown": lambda path, _: path.write_bytes(path.read_bytes() + b"\0"),
    "garbage": lambda path, _: path.write_bytes(os.urandom(5000)),
    "a bit": lambda path, _: path.write_bytes(path.read_bytes()[:3000] + b"\xff\0" + path.read_bytes()[3002:]),
    "a folder": lambda path, _: (path.unlink(), path.mkdir(), (path / "x").touch()),
    "a link to nothing": lambda path, _: (path.unlink(), path.symlink_to("nothing")),
    "a link to itself": lambda path, _: (path.unlink(), path.symlink_to(path)),
    "a pipe": lambda path, _: (path.unlink(), os.mkfifo(path)),
    "closed to all": lambda path, _: path.chmod(0),
    "another function": lambda path, other: path.write_bytes(other.read_bytes()),
    "gone": lambda path, _: path.unlink(),
}


def test_what_is_damaged_is_not_loaded_and_made_again(probe, tmp_path):
    kernel = probe()
    kernel(2)
    (path,) = kept(tmp_path)
    kernel(np.int32(2))
    (other,) = set(kept(tmp_path)) - {path}
    sig, context = next(iter(kernel.overloads)), kernel.targetctx
    for kind, damage in DAMAGE.items():
        assert kernel._cache.load_overload(sig, context) is not None, kind
        damage(path, other)
        if kind != "closed to all" or os.geteuid():  # root may read it
            assert kernel._cache.load_overload(sig, context) is None, kind
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            kernel._cache.save_overload(sig, kernel.overloads[sig])
    DAMAGE["a bit"](path, other)
    again, later = probe(), probe()
    assert again(2) == RIGHT and hits(again) == 0
    assert later(2) == RIGHT and hits(later) == 1


@given(st.data())
def test_any_other_content_is_noticed(data):
    name, payload = "kernel-1", data.draw(st.binary(max_size=200))
    whole = cache._sealed(payload, name)
    assert cache._opened(whole, name) == payload
    k = data.draw(st.integers(0, len(whole) - 1))
    kinds = {
        "bit": whole[:k] + bytes([whole[k] ^ 1 << data.draw(st.integers(0, 7))]) + whole[k + 1 :],
        "cut": whole[:k],
        "longer": whole + data.draw(st.binary(min_size=1, max_size=9)),
        "hole": whole[:k] + whole[k + 1 :],
    }
    assert cache._opened(kinds[data.draw(st.sampled_from(sorted(kinds)))], name) is None
    assert cache._opened(whole, name + "0") is None
    assert cache._opened(data.draw(st.binary(max_size=99)), name) is None


def test_a_folder_of_the_cache_that_is_a_file(probe, tmp_path):
    kernel = probe()
    folder = Path(kernel._cache.cache_path)
    folder.parent.mkdir(parents=True)
    folder.write_text("mine")
    with pytest.warns(RuntimeWarning, match="NUMBA_CACHE_DIR"):
        assert kernel(2) == RIGHT
    assert folder.read_text() == "mine"


def test_whoever_writes_at_once_leaves_one_whole_file(tmp_path):
    path, contents = tmp_path / "folder" / "kernel", [bytes([k]) * 100_000 for k in range(4)]
    found = []

    def work(content):
        for _ in range(20):
            folders.write(path, content)
            found.append(folders.read(path))

    threads = [threading.Thread(target=work, args=(c,)) for c in contents]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(found) <= set(contents) and [p.name for p in path.parent.iterdir()] == ["kernel"]


# ---------------------------------------------------------------- not to be written


def said(record):
    return [str(w.message) for w in record if w.category is RuntimeWarning]


@pytest.mark.parametrize("place", ["a file", "/proc", "a full disk"])
def test_what_cannot_be_written_is_replaced_by_a_temporary_folder(probe, tmp_path, monkeypatch, place):
    (tmp_path / "file").touch()
    monkeypatch.setattr(config, "CACHE_DIR", "/proc/kept" if place == "/proc" else str(tmp_path / "file" / "kept"))
    if place == "a full disk":
        monkeypatch.setattr(config, "CACHE_DIR", str(tmp_path / "kept"))
        replace = os.replace
        monkeypatch.setattr(os, "replace", lambda a, b: full() if "/kept/" in str(b) else replace(a, b))
    first, second = probe(), probe()
    with pytest.warns(RuntimeWarning) as record:
        assert first(2) == RIGHT and first(np.int32(2)) == RIGHT
        assert second(2) == RIGHT and hits(second) == 1
    assert len(said(record)) == 1
    assert str(tmp_path / "temporary") in said(record)[0] and "Set NUMBA_CACHE_DIR" in said(record)[0]
    assert not list((tmp_path / "kept").rglob("*.part"))


def full(*_):
    raise OSError(28, "No space left on device")


def test_where_nothing_can_be_written_everything_runs(probe, tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setattr(config, "CACHE_DIR", str(tmp_path / "file"))
    monkeypatch.setenv("TMPDIR", str(tmp_path / "file"))
    monkeypatch.chdir(tmp_path)
    with pytest.warns(RuntimeWarning, match="again in every process") as record:
        assert probe()(2) == RIGHT and probe()(2) == RIGHT
    assert len(said(record)) == 1 and str(tmp_path / "file") in said(record)[0]
    assert {p.name for p in tmp_path.iterdir()} <= {"file", "temporary", "copy0", "copy1"}


@pytest.mark.parametrize("whose", ["everybody's", "a link", "another's", "a file"])
def test_a_temporary_folder_that_is_not_ours_alone_is_not_used(tmp_path, monkeypatch, whose):
    folder = tmp_path / "temporary" / f"neurolsm-{os.geteuid()}"
    if whose == "a link":
        folder.symlink_to(tmp_path)
    elif whose == "a file":
        folder.touch()
    else:
        folder.mkdir()
        folder.chmod(0o777 if whose == "everybody's" else 0o700)
    if whose == "another's":
        monkeypatch.setattr(os, "geteuid", lambda: int(folder.name.partition("-")[2]))
        chosen = os.stat_result((0o40700, 0, 0, 0, os.geteuid() + 1, 0, 0, 0, 0, 0))
        monkeypatch.setattr(Path, "lstat", lambda _: chosen)
    assert folders.temporary("package.module", make=True) is None


def test_places(monkeypatch, tmp_path):
    file = str(tmp_path / "package" / "module.py")
    named = [tmp_path / "kept" / "package"]
    assert list(folders.places("package.module", file)) == named
    monkeypatch.setattr(config, "CACHE_DIR", "")
    monkeypatch.setattr(sys, "pycache_prefix", None)
    monkeypatch.setenv("XDG_CACHE_HOME", "/somewhere")
    beside = tmp_path / "package" / "__pycache__"
    assert list(folders.places("package.module", file)) == [beside, Path("/somewhere/neurolsm/package")]
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", "/home/me")
    assert list(folders.places("package.module", file)) == [beside, Path("/home/me/.cache/neurolsm/package")]


def test_versions_that_nobody_used_for_long_go(tmp_path):
    for k in range(12):
        folders.write(tmp_path / f"kernels-{k}" / "kernel", b"x")
        os.utime(tmp_path / f"kernels-{k}", (k, k))
    (tmp_path / "mine").mkdir()
    folders.used(tmp_path / "kernels-4")
    folders.write(tmp_path / "kernels-new" / "kernel", b"x")
    left = {p.name for p in tmp_path.iterdir()} - {"temporary", "kept"}
    assert left == {"mine", "kernels-new", *(f"kernels-{k}" for k in (4, 6, 7, 8, 9, 10, 11))}


# ---------------------------------------------------------------- whole

TWO = """
import numpy as np, neurolsm as nl
liquid = nl.Liquid(topology=nl.RandomGraph(n=60), input=nl.RandomMap(weight=nl.Gamma(1.0)))
program = nl.lower(nl.LSM(inputs=8, liquid=liquid, seed=1)).program
with nl.open_simulator(program, "emulator") as s:
    v = s.run(nl.Spikes.from_dense(np.random.default_rng(0).random((4, 60, 8)) < 0.3)).v
print(int(np.abs(v.astype(np.int64)).sum()))
"""


@pytest.mark.nightly
@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("emulator/update.py", "i32(a[i] << 6)", "i32(a[i] << 5)"),
        ("emulator/vector.py", 'compare(">", *vectors)', 'compare(">=", *vectors)'),
    ],
)
def test_an_edit_of_a_helper_gives_what_an_empty_cache_gives(tmp_path, file, old, new):
    shutil.copytree(PACKAGE, tmp_path / "neurolsm", ignore=shutil.ignore_patterns("__pycache__"))
    environment = {**os.environ, "PYTHONPATH": str(tmp_path), "NUMBA_CACHE_DIR": str(tmp_path / "cache")}

    def run():
        return subprocess.run(
            [sys.executable, "-c", TWO], env=environment, cwd=tmp_path, capture_output=True, text=True, check=True
        ).stdout.strip()

    before = run()
    path = tmp_path / "neurolsm" / file
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))
    after = run()
    shutil.rmtree(tmp_path / "cache")
    assert after == run()
    if file != "emulator/vector.py":
        assert after != before


@pytest.mark.nightly
@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("unshare"), reason="needs root and util-linux")
def test_a_home_and_a_package_that_are_read_only(tmp_path):
    """In a mount namespace of its own, in which the file system of the package cannot be written."""
    root = PACKAGE.parent
    mount = f"mount --bind {root} {root} && mount -o remount,ro,bind {root} && cd / && exec "
    environment = {**os.environ, "HOME": "/proc", "TMPDIR": str(tmp_path / "temporary"), "PYTHONDONTWRITEBYTECODE": "1"}
    for name in ("XDG_CACHE_HOME", "NUMBA_CACHE_DIR"):
        environment.pop(name, None)
    for command in (f"-c '{TWO}'", "-m neurolsm.cli backends", f"-c '{TWO}'"):
        ran = subprocess.run(
            ["unshare", "-m", "sh", "-c", mount + f"{sys.executable} {command}"],
            env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if "permission denied" in ran.stderr and "mount" in ran.stderr:
            pytest.skip("may not mount here")
        assert ran.returncode == 0, ran.stderr
        assert ran.stderr.count("compiled functions cannot be kept") <= 1


def test_whoever_waits_on_a_terminal_is_told_for_what_once(monkeypatch, capsys):
    from neurolsm.compiled import announce

    for watched, lines in ((False, 0), (True, 1)):
        monkeypatch.setattr(announce, "_said", False)
        monkeypatch.setattr(sys.stderr, "isatty", lambda watched=watched: watched, raising=False)
        announce.announce("kernel.run")
        announce.announce("kernel.deliver")
        said = capsys.readouterr().err
        assert said.count("\n") == lines
        assert not lines or ("kernel.run" in said and "once" in said)


def test_whoever_waits_in_a_notebook_is_told_too(monkeypatch):
    from neurolsm.compiled import announce

    for module, lines in (("ipykernel.iostream", 1), ("io", 0)):
        stream = type("OutStream", (io.StringIO,), {"__module__": module})()
        monkeypatch.setattr(announce, "_said", False)
        monkeypatch.setattr(sys, "stderr", stream)
        announce.announce("kernel.run")
        assert stream.getvalue().count("\n") == lines
