"""A tracker in a thread of its own: what it does, or does not, is no matter of the run's."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator

import pytest
from scripted import Clock

from sweep.errors import InputError
from sweep.report.trackers import background
from sweep.report.trackers.background import Background
from sweep.study.events import ClusterIsOpen, Event


class Kept:
    """A tracker that keeps what it takes, once it may."""

    name = "Kept"

    def __init__(self) -> None:
        self.taken: list[Event] = []
        self.closed = False
        self.may = threading.Event()
        self.begun = threading.Event()

    def take(self, event: Event) -> None:
        self.begun.set()
        self.may.wait()
        self.taken.append(event)

    def close(self) -> None:
        self.closed = True


EVENTS = [ClusterIsOpen(f"host:{port}") for port in range(3)]


@pytest.fixture
def tracker() -> Iterator[Kept]:
    kept = Kept()
    yield kept
    kept.may.set()
    for thread in threading.enumerate():
        if thread.name == "sweep-Kept":
            thread.join(10)
            assert not thread.is_alive()


def test_it_takes_all_in_order_and_is_closed(tracker: Kept) -> None:
    tracker.may.set()
    thread = Background(tracker)
    for event in EVENTS:
        thread.hand(event)
    thread.close()
    assert tracker.taken == EVENTS
    assert tracker.closed
    assert thread.failure == ""


def test_the_run_does_not_wait_for_it(tracker: Kept) -> None:
    clock = Clock()
    thread = Background(tracker, clock, hang_seconds=5)
    for event in EVENTS:
        thread.hand(event)
    assert tracker.begun.wait(10)
    assert thread.failure == ""
    clock.now += 6
    assert thread.failure == "it has not answered for 5 s"
    thread.close(seconds=3600)  # one that hangs is not waited for
    assert not tracker.closed


def test_it_that_comes_back_takes_what_it_missed(tracker: Kept) -> None:
    clock = Clock()
    thread = Background(tracker, clock, hang_seconds=5)
    thread.hand(EVENTS[0])
    assert tracker.begun.wait(10)
    clock.now += 6
    assert thread.failure
    tracker.may.set()
    thread.hand(EVENTS[1])
    while len(tracker.taken) < 2 or thread.failure:
        time.sleep(0.001)
    thread.close()
    assert tracker.taken == EVENTS[:2]
    assert tracker.closed


def test_one_that_is_slow_at_the_end_is_left_behind(tracker: Kept) -> None:
    thread = Background(tracker)
    thread.hand(EVENTS[0])
    thread.close(seconds=0)
    assert thread.failure == "it has not taken all within 0 s of the run's end"


def test_the_queue_is_bounded(tracker: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "MAX_WAITING", 2)
    thread = Background(tracker)
    for event in EVENTS * 2:
        thread.hand(event)
    assert thread.failure == "it is 2 events behind"
    thread.close(seconds=0)


@pytest.mark.parametrize(
    ("error", "reason"),
    [(RuntimeError("no\nluck"), "RuntimeError: no"), (InputError("it must be so"), "it must be so")],
)
def test_an_error_ends_it_alone(tracker: Kept, error: Exception, reason: str) -> None:
    def fail(event: Event) -> None:
        raise error

    tracker.take = fail  # type: ignore[method-assign]
    thread = Background(tracker)
    for event in EVENTS:
        thread.hand(event)
    thread.close()
    thread.hand(EVENTS[0])
    assert thread.failure == reason
    assert not tracker.closed


def test_what_libraries_log_in_its_thread_stays_off_the_screen(
    tracker: Kept, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(logging.root, "handlers", [])
    log = logging.getLogger("of.a.package")
    tracker.take = lambda event: log.warning("trying again")  # type: ignore[method-assign]
    thread = Background(tracker)
    thread.hand(EVENTS[0])
    log.warning("from elsewhere")
    thread.close()
    assert capsys.readouterr().err == "from elsewhere\n"
    assert logging.lastResort is not None
    assert not logging.lastResort.filters
