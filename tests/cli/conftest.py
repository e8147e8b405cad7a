"""What the tests of commands share."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from builders import mixed_study
from hostile import TEXTS, hostile_study


@pytest.fixture
def no_training(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that wrongly gets as far as starting Ray fails at once."""
    monkeypatch.setitem(sys.modules, "sweep.execution.ray.cluster", None)


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """A results folder with one study of six trials."""
    mixed_study(tmp_path)
    return tmp_path


@pytest.fixture(scope="session")
def studies(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The results folder of the study with one of the texts; each is made once."""
    made: dict[str, Path] = {}

    def results(kind: str) -> Path:
        if kind not in made:
            made[kind] = hostile_study(tmp_path_factory.mktemp("results"), TEXTS[kind])
        return made[kind]

    return results


@pytest.fixture(params=TEXTS)
def kind(request: pytest.FixtureRequest) -> str:
    """The name of a hostile text."""
    return str(request.param)


@pytest.fixture
def text(kind: str) -> str:
    """A hostile text."""
    return TEXTS[kind]


@pytest.fixture
def hostile_results(kind: str, studies: Callable[[str], Path]) -> Path:
    """The results folder of the study with that text."""
    return studies(kind)
