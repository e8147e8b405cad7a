"""An observer together with trackers, and which trackers the flags of a run ask for."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from observers import Heard

from sweep.errors import InputError
from sweep.execution.options import RunOptions
from sweep.report.trackers.tracked import tracked, trackers_of
from sweep.study.events import ClusterIsOpen, Event, TrackerFailed

EVENT = ClusterIsOpen("host:1")


class Failing:
    """A tracker that fails at once."""

    name = "Failing"

    def take(self, event: Event) -> None:
        raise RuntimeError("the server is down")

    def close(self) -> None:
        """Nothing."""


class Noted(Heard):
    """An observer that keeps the events themselves."""

    def notice(self, event: Event) -> None:
        self.events.append((event,))


class Listening(Failing):
    """A tracker that keeps what it takes."""

    name = "Listening"

    def __init__(self) -> None:
        self.taken: list[Event] = []

    def take(self, event: Event) -> None:
        self.taken.append(event)


def test_both_are_told_and_a_failure_once() -> None:
    noted, listening = Noted(), Listening()
    with tracked(noted, [Failing(), listening]) as observer:
        for _ in range(3):
            observer.notice(EVENT)
            observer.tick()
    failures = [item for (item,) in noted.events if isinstance(item, TrackerFailed)]
    assert failures == [TrackerFailed("Failing", "RuntimeError: the server is down")]
    assert [item for (item,) in noted.events if item == EVENT] == [EVENT] * 3
    assert listening.taken == [EVENT] * 3


def test_without_trackers_the_observer_is_used_itself() -> None:
    noted = Noted()
    with tracked(noted, []) as observer:
        assert observer is noted


def test_no_flag_no_tracker(tmp_path: Path) -> None:
    assert trackers_of(RunOptions(results=tmp_path)) == []


@pytest.mark.parametrize(
    ("package", "options"), [("mlflow", {"mlflow": "http://localhost:1"}), ("tensorboard", {"tensorboard": True})]
)
def test_a_missing_extra_is_refused_with_what_to_install(
    monkeypatch: pytest.MonkeyPatch, package: str, options: dict[str, object]
) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == package]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.delitem(sys.modules, f"sweep.report.trackers.{package}", raising=False)
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(InputError, match=rf"pip install 'keras-sweep\[{package}\]'"):
        trackers_of(RunOptions(**options))  # type: ignore[arg-type]
