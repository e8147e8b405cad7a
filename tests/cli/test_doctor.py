"""`doctor`: a line for each finding, and its exit status."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from commands import sweep

from sweep.cli.doctor import line_of
from sweep.execution.checkup import Finding


@pytest.mark.parametrize(
    ("made", "status", "lines"),
    [
        ([Finding("cores", "2")], 0, ["ok    cores     2", "", "a sweep can run here"]),
        (
            [Finding("MNIST", "not here", "download it"), Finding("Ray", "2.60")],
            0,
            ["note  MNIST     not here  -> download it", "ok    Ray       2.60", "", "a sweep can run here"],
        ),
        (
            [Finding("disk", "full", "make room", stops=True), Finding("Ray", "2.60")],
            1,
            [
                "STOP  disk      full  -> make room",
                "ok    Ray       2.60",
                "",
                "a sweep could not run here; first do what the lines with STOP say",
            ],
        ),
    ],
)
def test_each_line_says_ok_or_what_to_do_and_what_stops_a_sweep_is_status_1(
    made: list[Finding], status: int, lines: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []

    def findings(results: Path, address: str | None) -> Iterator[Finding]:
        asked.extend((results, address))
        yield from made

    monkeypatch.setattr("sweep.cli.doctor.findings", findings)
    result = sweep("doctor", "--address", "h:1", "--results", "elsewhere")
    assert (result.exit_code, result.stdout.splitlines(), result.stderr) == (status, lines, "")
    assert asked == [Path("elsewhere"), "h:1"]


def test_a_line_has_its_remedy_behind_what_was_found() -> None:
    assert line_of(Finding("x", "y")) == "ok    x         y"
