"""A missing extra is one message; a module of our own that is missing is not taken for one."""

from __future__ import annotations

import sys

import pytest

from sweep.errors import InputError
from sweep.report.extras import module_of_extra


def test_a_module_whose_packages_are_installed_is_imported() -> None:
    assert module_of_extra("sweep.report.format", "none", "--none").__name__ == "sweep.report.format"


def test_what_is_not_installed_is_named_with_what_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "sweep.report.dashboard", raising=False)
    monkeypatch.setitem(sys.modules, "optuna_dashboard", None)
    with pytest.raises(InputError, match=r"there is no optuna_dashboard; do `pip install 'keras-sweep\[dashboard\]'`"):
        module_of_extra("sweep.report.dashboard", "dashboard", "dashboard")


def test_a_module_of_our_own_that_is_missing_is_a_fault() -> None:
    with pytest.raises(ModuleNotFoundError):
        module_of_extra("sweep.report.nothing", "none", "--none")
