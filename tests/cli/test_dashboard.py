"""`dashboard`: its messages; what it shows is tested with `report/dashboard.py`."""

from __future__ import annotations

from pathlib import Path

import pytest
from commands import refusal, sweep

from sweep.report import extras


def test_a_missing_folder_is_one_message(tmp_path: Path) -> None:
    pytest.importorskip("optuna_dashboard", reason="the extra dashboard is not installed")
    assert "does not exist; give its path" in refusal(sweep("dashboard", "--results", tmp_path / "none"))


def test_a_missing_extra_is_one_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise ModuleNotFoundError("No module named 'optuna_dashboard'", name="optuna_dashboard")

    monkeypatch.setattr(extras, "import_module", missing)
    assert "pip install 'keras-sweep[dashboard]'" in refusal(sweep("dashboard", "--results", tmp_path))
