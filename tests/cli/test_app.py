"""The program: its help, and words that it does not know."""

from __future__ import annotations

import pytest
from commands import sweep

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
