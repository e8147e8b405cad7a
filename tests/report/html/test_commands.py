"""Commands as a person types them."""

from __future__ import annotations

import pytest

from sweep.report.html.commands import typed


@pytest.mark.parametrize(
    ("command", "text"),
    [
        (["/opt/x/sweep/__main__.py", "run", "space.py"], "python -m sweep run space.py"),
        (["/opt/venv/bin/sweep", "run", "my space.py"], "sweep run 'my space.py'"),
        (["mine.py", "--fast"], "python mine.py --fast"),
        (["other/__main__.py"], "python other/__main__.py"),
        ([""], "python"),
        ([], ""),
    ],
)
def test_the_path_of_the_program_becomes_what_calls_it(command: list[str], text: str) -> None:
    assert typed(command) == text
