"""TensorFlow is imported without a word by whoever imports it, and nothing of that stays behind in the process."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import program
import pytest

from sweep.training.quiet import LOG_LEVEL, quiet_imports

pytestmark = pytest.mark.sweep

SCRIPT = """
import os, sys
from sweep.training.quiet import quiet_imports

with quiet_imports():
    import beside
finders = [finder for finder in sys.meta_path if type(finder).__module__.startswith("sweep")]
print(finders, "TF_CPP_MIN_LOG_LEVEL" in os.environ, file=sys.stderr)

import importlib.resources
import tensorflow
print(type(tensorflow.__spec__.loader).__module__, importlib.resources.files(tensorflow).is_dir(), file=sys.stderr)
print(float(tensorflow.reduce_sum(tensorflow.ones(3))), file=sys.stderr)
"""
BESIDE = "import sys\nprint('before', file=sys.stderr)\nimport keras\nprint('after', file=sys.stderr)\n"


def run(*words: str, cwd: Path) -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, *words], cwd=cwd, env=program.environment(), capture_output=True, text=True, timeout=240
    )
    return done.returncode, done.stdout, done.stderr


def test_what_the_users_code_prints_is_seen_and_what_tensorflow_prints_is_not(tmp_path: Path) -> None:
    (tmp_path / "beside.py").write_text(BESIDE)
    (tmp_path / "script.py").write_text(SCRIPT)
    status, _, err = run("script.py", cwd=tmp_path)
    assert status == 0, err
    assert err.split("\n") == ["before", "after", "[] False", "_frozen_importlib_external True", "3.0", ""]


def test_a_file_that_imports_keras_at_its_top_is_checked_without_a_word_of_tensorflow(tmp_path: Path) -> None:
    (tmp_path / "layers_of_mine.py").write_text("import keras\n")
    text = "import layers_of_mine, sys\nprint('loaded', file=sys.stderr)\n"
    file = program.space_file(tmp_path, text + program.SPACE)
    status, out, err = program.sweep("check", file, "--samples", "1", cwd=tmp_path)
    assert (status, err) == (0, "loaded\n"), out


def test_it_ends_though_someone_else_took_the_importer_out() -> None:
    before = list(sys.meta_path)
    with quiet_imports():
        sys.meta_path[:] = before
    assert sys.meta_path == before
    assert LOG_LEVEL not in os.environ or os.environ[LOG_LEVEL]
