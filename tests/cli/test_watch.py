"""`watch`: what it shows while a study is open elsewhere, and once it is not."""

from __future__ import annotations

import socket
import urllib.request
from pathlib import Path

import pytest
from builders import NAME, complete, opened, taken, tiny_dataset, tiny_sweep
from commands import printed, refusal, sweep

from sweep.study.events import SearchStarted
from sweep.study.ledger import Ledger
from sweep.study.provenance import write_run_json


def driven(ledger: Ledger, monkeypatch: pytest.MonkeyPatch, *steps: object) -> None:
    """Let a driver do one thing each time that the command sleeps."""
    todo = list(steps)

    def step(seconds: float) -> None:
        action = todo.pop(0)
        if isinstance(action, BaseException):
            raise action
        action()  # type: ignore[operator]

    monkeypatch.setattr("sweep.cli.watch.time.sleep", step)
    monkeypatch.setattr("sweep.study.following.READ_SECONDS", 0.0)
    monkeypatch.setattr("sweep.study.following.READ_SHARE", float("inf"))


def test_it_follows_to_the_end_and_ends_with_the_summary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = opened(tmp_path, tiny_sweep(trials=2))
    search = SearchStarted(ledger.record(), 2, 5, 0, True, (24, 6), True, "2 CPUs", "float32")
    write_run_json(ledger.folder, tiny_dataset(), "here", ledger.record(), search)
    driven(
        ledger,
        monkeypatch,
        lambda: complete(ledger, taken(ledger), 0.5),
        lambda: complete(ledger, taken(ledger), 0.75),
        lambda: ledger.__exit__(),
    )
    lines = printed(tmp_path, "watch", NAME).splitlines()
    assert lines[0].startswith(
        "tiny: 2 trials of at most 5 epochs on tiny images (24 + 6 images, pixels scaled to 0-1)"
    )
    assert lines[1].startswith("trial   0  COMPLETE  val 50.00 %  after 5 epochs  test 49.00 %")
    assert lines[2].startswith("trial   1  COMPLETE  val 75.00 %")
    assert lines[-1].startswith("next:  python -m sweep show tiny 1")
    assert sum(line.startswith("   1      1  COMPLETE  75.00") for line in lines) == 1


def test_a_study_that_is_not_being_run_shows_its_summary_at_once(results: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in results.rglob("*")}
    lines = printed(results, "watch").splitlines()
    assert lines[0] == "study tiny is not being run now; this is where it stands"
    assert lines[-1].startswith("next:  python -m sweep show tiny 1")
    assert {path: path.stat().st_mtime_ns for path in results.rglob("*")} == before


def test_ctrl_c_ends_it_with_status_130_and_leaves_the_sweep_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(tmp_path) as ledger:
        driven(ledger, monkeypatch, lambda: taken(ledger), KeyboardInterrupt())
        result = sweep("watch", NAME, "--results", tmp_path)
        assert ledger.trial(0).state == "RUNNING"
    assert (result.exit_code, result.stderr) == (130, "no longer watched; the sweep goes on by itself\n")


def test_an_unknown_study_or_none_at_all_is_one_message(results: Path, tmp_path: Path) -> None:
    assert "there is no study 'none'" in refusal(sweep("watch", "none", "--results", results))
    assert "there is no study in" in refusal(sweep("watch", "--results", tmp_path / "empty"))


def test_a_page_of_it_is_served_while_it_runs_and_after(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pages: list[bytes] = []
    ledger = opened(tmp_path)

    def ask(port: int) -> None:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=60) as answer:
            pages.append(answer.read())

    monkeypatch.setattr("sweep.report.html.serving.report_page", lambda *parts: "the report")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    driven(ledger, monkeypatch, lambda: ask(port), lambda: ledger.__exit__(), lambda: ask(port), KeyboardInterrupt())
    lines = printed(tmp_path, "watch", NAME, "--html", "--port", port).splitlines()
    assert lines[0] == f"live page, on this machine alone: http://127.0.0.1:{port}/"
    assert lines[-1] == "the page stays until Ctrl-C"
    assert pages == [b"the report"] * 2


def test_a_port_in_use_or_without_a_page_is_one_message(results: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken_port:
        port = taken_port.getsockname()[1]
        message = refusal(sweep("watch", NAME, "--html", "--port", port, "--results", results))
        assert f"--port must be free on this machine, but {port} is not" in message
    assert "--port must come with --html" in refusal(sweep("watch", NAME, "--port", port, "--results", results))
