"""What the system says of processes that it ended for want of memory."""

from __future__ import annotations

from pathlib import Path

VMSTAT = Path("/proc/vmstat")


def oom_kills(vmstat: Path = VMSTAT) -> int:
    """How many processes Linux has ended on this machine for want of memory, its own or a container's, so far.

    The count is the kernel's `oom_kill` (since Linux 4.13).

    Returns:
        0 on a system that does not tell.
    """
    try:
        lines = vmstat.read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("oom_kill ")), 0)
