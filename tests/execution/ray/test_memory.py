"""What the system says of processes that it ended for want of memory."""

from __future__ import annotations

from pathlib import Path

import pytest

from sweep.execution.ray.worker_failures import oom_kills


@pytest.mark.parametrize(
    ("text", "kills"), [("pgfault 7\noom_kill 3\nswap_ra 0\n", 3), ("oom_kill_other 5\n", 0), ("", 0)]
)
def test_the_kernels_count_is_read(tmp_path: Path, text: str, kills: int) -> None:
    (tmp_path / "vmstat").write_text(text)
    assert oom_kills(tmp_path / "vmstat") == kills


def test_a_system_that_does_not_tell_has_none(tmp_path: Path) -> None:
    assert oom_kills(tmp_path / "nowhere") == 0
