"""The README's ten lines run as they stand and do what they say."""

import re
from pathlib import Path

import pytest

README = Path(__file__).parents[1] / "README.md"


@pytest.mark.xdist_group("brian2")
def test_the_ten_lines_run(capsys):
    pytest.importorskip("neurolsm_brian2")
    pytest.importorskip("neurolsm_lava")
    (code,) = re.findall(r"```python\n(.*?)```", README.read_text(), re.S)
    assert len(code.strip().splitlines()) <= 12
    exec(compile(code, str(README), "exec"), {})
    score, divergence = capsys.readouterr().out.strip().splitlines()[-2:]
    assert float(score) > 0.85 and divergence == "None"
