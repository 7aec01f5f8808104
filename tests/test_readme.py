"""The README's code runs as it stands and does what it says."""

import re
from pathlib import Path

import pytest

README = Path(__file__).parents[1] / "README.md"


@pytest.mark.xdist_group("brian2")
@pytest.mark.filterwarnings("error::neurolsm.errors.UnusualValue")  # what it shows is usual
def test_the_code_runs(capsys, monkeypatch, tmp_path):
    pytest.importorskip("neurolsm_brian2")
    pytest.importorskip("neurolsm_lava")
    monkeypatch.chdir(tmp_path)
    ten_lines, learning = re.findall(r"```python\n(.*?)```", README.read_text(), re.S)
    assert len(ten_lines.strip().splitlines()) <= 12
    names = {}
    exec(compile(ten_lines, str(README), "exec"), names)
    score, divergence = capsys.readouterr().out.strip().splitlines()[-2:]
    assert float(score) > 0.85 and divergence == "None"
    exec(compile(learning, str(README), "exec"), names)
    assert (tmp_path / "mid-life.lsm").exists()
    assert names["chip"].backend == "brian2" and names["chip"].updates >= 605
