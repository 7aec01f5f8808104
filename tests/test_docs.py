"""The documentation: code on the pages runs, generated parts say what the program says, and nothing is left out. Builds nothing."""

import importlib.util
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import neurolsm as nl
from neurolsm.conformance.suite.subject import FEATURES
from neurolsm.execute import backend
from neurolsm.hardware.limits import CHIPS

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
ELSEWHERE = {"own_parts", "own_models", "live", "follow"}  # these pages have tests of their own
CODE = re.compile(r"^( *)```python\n(.*?)^ *```", re.M | re.S)
WITH_CODE = [
    page for page in sorted(DOCS.rglob("*.md")) if "```python" in page.read_text() and page.stem not in ELSEWHERE
]

spec = importlib.util.spec_from_file_location("generate", DOCS / "generate.py")
generate = importlib.util.module_from_spec(spec)
spec.loader.exec_module(generate)


def blocks(page):
    return [
        re.sub(rf"^{indent}", "", code, flags=re.M) for indent, code in CODE.findall(page.read_text(encoding="utf-8"))
    ]


@pytest.mark.parametrize("page", WITH_CODE, ids=lambda page: page.stem)
@pytest.mark.filterwarnings("error::neurolsm.errors.UnusualValue")  # what is shown is usual
def test_the_code_of_a_page_runs(page, tmp_path, monkeypatch, capsys):
    for package in ("h5py", "neurolsm_models"):
        if f"import {package}" in page.read_text():
            pytest.importorskip(package)
    monkeypatch.chdir(tmp_path)
    names = {"__name__": "page"}
    for block in blocks(page):
        exec(compile(block, str(page), "exec"), names)
    assert capsys.readouterr().out


@pytest.mark.parametrize("script", sorted((DOCS / "pictures").glob("*.py")), ids=lambda path: path.stem)
def test_a_picture_is_in_the_gallery_with_its_code(script):
    gallery = (DOCS / "gallery" / "index.md").read_text()
    assert script.with_suffix(".png").exists()
    assert f"../pictures/{script.stem}.png" in gallery and f"<!-- code: {script.name} -->" in gallery


@pytest.mark.nightly
@pytest.mark.parametrize("script", sorted((DOCS / "pictures").glob("*.py")), ids=lambda path: path.stem)
def test_a_script_draws_its_picture(script, tmp_path):
    if "playwright" in script.read_text() and not (shutil.which("chromium") and importlib.util.find_spec("playwright")):
        pytest.skip("it needs Chromium and playwright")
    copied = tmp_path / script.name
    copied.write_text(script.read_text())
    run = subprocess.run([sys.executable, copied], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert (tmp_path / f"{script.stem}.png").stat().st_size > 5000


def test_every_public_name_is_in_the_reference():
    pages = "\n".join(page.read_text() for page in (DOCS / "reference" / "api").glob("*.md"))
    listed = [name for _, names in re.findall(r"<!-- (names): (.*?) -->", pages) for name in names.split()]
    assert sorted(name for name in listed if "." not in name) == sorted(set(nl.__all__) - {"__version__"})
    assert len(listed) == len(set(listed))


def test_the_table_of_features_says_what_backends_declare():
    head, _, *rows = generate.features().partition("\n\n")[0].splitlines()
    shown = [cell.strip(" `") for cell in head.strip("|").split("|")][1:]
    cells = {re.search(r"\(`(.*?)`\)", row)[1]: [c.strip() for c in row.strip("|").split("|")][1:] for row in rows}
    assert list(cells) == list(FEATURES)
    assert {"emulator", "reference"} <= set(shown)
    for name in {one.partition(":")[0] for one in shown}:
        for key, reason in (getattr(backend.get(name), "unsupported", None) or {}).items():
            variant, _, feature = key.rpartition(":")
            mine = [k for k, one in enumerate(shown) if one.startswith(name) and variant in one]
            assert mine and all(cells[feature][k].startswith("no") for k in mine), (name, key)
            assert reason[1:] in generate.features()


def test_a_backend_with_a_gap_would_show(monkeypatch):
    class Gap:
        unsupported = {"carry": "it forgets"}  # noqa: RUF012

    monkeypatch.setattr(backend, "names", lambda: ["gap"])
    monkeypatch.setattr(backend, "get", lambda name: Gap)
    assert generate.columns() == {"gap": {"carry": "it forgets"}}
    assert "no (1)" in generate.features() and "1. It forgets." in generate.features()


def test_every_command_and_option_is_in_the_reference():
    text = generate.commands()
    for name in "run compare learn inspect report tune export models backends".split():
        assert f"## neurolsm {name}\n" in text
    assert "### neurolsm nir import" in text and "`--split-seed N`" in text and "`emulator`" in text


def test_every_limit_has_its_source():
    for chip in CHIPS.values():
        for limit in chip.limits().values():
            assert f"{limit.value:,} | {limit.confidence} | {limit.source}" in generate.limits()


def test_a_mark_that_nobody_knows_is_an_error():
    with pytest.raises(KeyError):
        generate.filled("<!-- comands -->")
    assert generate.filled("a <!-- remark --> within a line") == "a <!-- remark --> within a line"


def test_the_lock_of_the_documentation_fits_the_other():
    """Both are installed into one environment, so what they share has one version."""
    locks = [ROOT / "requirements.lock", DOCS / "requirements.lock"]
    everything, docs = (set(re.findall(r"^([\w.-]+==[^ ;]+)", lock.read_text(), re.M)) for lock in locks)
    names = {one.partition("==")[0] for one in everything}
    assert [one for one in sorted(docs) if one.partition("==")[0] in names and one not in everything] == []
    asked = re.findall(r"^([\w-]+)>=", (DOCS / "requirements.in").read_text(), re.M)
    assert len(asked) == 5 and {one.partition("==")[0] for one in docs} >= set(asked)
