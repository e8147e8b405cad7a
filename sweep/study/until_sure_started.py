"""The event that confirming runs are about to be made until their verdict is decided."""

from __future__ import annotations

from dataclasses import dataclass

from sweep.study.events import ConfirmationStarted


@dataclass(frozen=True)
class UntilSureStarted(ConfirmationStarted):
    """Confirming runs are about to be made until it is decided who is better: `runs` are the most that there can be."""
