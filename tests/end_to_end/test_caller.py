"""A sweep run inside a Python process leaves that process as it was, whatever becomes of the sweep."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import program
import pytest

pytestmark = pytest.mark.sweep

MODEL = """
def model(params):
    raise FileNotFoundError("no such layer")
"""
HELPER = "CHOICES = [4, 8]\n"


def test_a_run_leaves_its_caller_as_it_was_and_another_run_works_in_the_same_process(tmp_path: Path) -> None:
    (tmp_path / "helper_of_the_space.py").write_text(HELPER)
    text = "import helper_of_the_space\n" + program.SPACE.replace("[4, 8]", "helper_of_the_space.CHOICES")
    failing = program.SPACE.replace("def space", MODEL + "\ndef space").replace(
        "SWEEP = Sweep(", "SWEEP = Sweep(model=model,"
    )
    files = [program.space_file(tmp_path, text), program.space_file(tmp_path, failing, "failing.py")]
    done = subprocess.run(
        [sys.executable, str(program.ROOT / "tests" / "helpers" / "caller.py"), *map(str, files)],
        cwd=tmp_path,
        env=program.environment(),
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert [line for line in done.stderr.splitlines() if "Error" in line or "WARNING" in line] == []
    changes = json.loads(done.stdout.splitlines()[-1])
    assert changes["statuses"] == ["completed", "completed"]
    assert {run: changed for run, changed in changes["changes"].items() if changed} == {}
    assert len(changes["changes"]) == 7
    assert program.trials(tmp_path, "five")[0].state.name == "RUNNING"
    for name in ("one", "two", "four"):
        assert [trial.state.name for trial in program.trials(tmp_path, name)] == ["COMPLETE", "COMPLETE"]
    assert program.trials(tmp_path, "six")[0].state.name == "FAIL"
