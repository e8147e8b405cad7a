"""What the tests of commands share."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from builders import mixed_study


@pytest.fixture
def no_training(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that wrongly gets as far as starting Ray fails at once."""
    monkeypatch.setitem(sys.modules, "sweep.execution.ray.cluster", None)


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """A results folder with one study of six trials."""
    mixed_study(tmp_path)
    return tmp_path
