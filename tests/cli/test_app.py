"""The program: its help, and words that it does not know."""

from __future__ import annotations

import importlib.metadata
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from commands import sweep
from program import environment

import sweep as package

pytestmark = pytest.mark.usefixtures("signals_put_back", "no_training")


@pytest.mark.parametrize(
    "words", [["--help"], ["run", "--help"], ["leaderboard", "-h"], ["show", "-h"], ["check", "-h"], ["compare", "-h"]]
)
def test_help_is_there_and_ends_well(words: list[str]) -> None:
    result = sweep(*words)
    assert result.exit_code == 0
    assert "Usage: " in result.stdout


@pytest.mark.parametrize("words", [["trane"], ["leaderbord"], ["--no-such-flag"]])
def test_an_unknown_command_or_flag_ends_with_status_2(words: list[str]) -> None:
    assert sweep(*words).exit_code == 2


def test_the_version_is_that_of_the_package_and_ends_well() -> None:
    result = sweep("--version")
    assert (result.exit_code, result.stdout) == (0, f"sweep {package.__version__}\n")
    assert re.fullmatch(r"\d+\.\d+\.\d+\S*", package.__version__)
    assert package.__version__ == importlib.metadata.version("keras-sweep")


def test_every_command_is_in_the_help_with_what_it_does_and_without_one_the_help_is_shown() -> None:
    shown = sweep("--help").stdout
    for command in (
        "run",
        "check",
        "leaderboard",
        "show",
        "confirm",
        "reproduce",
        "export",
        "compare",
        "watch",
        "doctor",
    ):
        assert re.search(rf"\b{command} +[A-Z]", shown), command
    assert "--install-completion" in shown
    assert "Usage: " in sweep().output


ASKING_FOR_STREAMS = """
import os, sys
from sweep.cli import app
print("out", file=sys.stdout)
def command(prog_name):
    print(sys.stderr is not None and sys.stderr.write("lost") == 4, os.readlink("/proc/self/fd/2"))
app.app = command
app.main()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="looks at the open files in /proc")
def test_a_standard_stream_that_was_closed_leads_to_nowhere() -> None:
    command = ["sh", "-c", 'exec "$0" -c "$1" 2>&-', sys.executable, ASKING_FOR_STREAMS]
    done = subprocess.run(command, env=environment(), stdout=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, f"out\nTrue {os.devnull}\n")


def test_a_file_of_the_current_folder_is_not_taken_for_a_module_that_a_dependency_imports(tmp_path: Path) -> None:
    for name in ("logging", "attr", "typer", "optuna", "pandas"):
        (tmp_path / f"{name}.py").write_text("raise ImportError('shadows')")
    (tmp_path / "helper.py").write_text("")
    space = tmp_path / "spaces" / "space.py"
    space.parent.mkdir()
    space.write_text("import helper, optuna, pandas\n")
    ended = subprocess.run(
        [sys.executable, "-m", "sweep", "check", str(space)],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert "must define SWEEP" in ended.stderr
    assert ended.returncode == 2
