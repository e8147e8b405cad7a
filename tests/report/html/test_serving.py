"""The report of a running study, served on the loopback interface."""

from __future__ import annotations

import http.client
import socket
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from builders import NAME, completed, hand_made_study

from sweep.data.dataset import Dataset
from sweep.errors import InputError
from sweep.report.html import serving
from sweep.report.html.serving import REFRESH_SECONDS, LiveReport, served
from sweep.study.records import StudyRecord
from sweep.study.storage.folder import StudyFolder


def no_data(study: StudyRecord) -> Dataset:
    raise InputError("the data are elsewhere")


@pytest.fixture
def studies() -> list[StudyRecord]:
    """The records that a study goes through; the last one is that of now."""
    return [hand_made_study(completed(0, 0.8))]


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many trials each page that was made tells of; pages are short, as making a whole one takes a second."""
    sizes: list[int] = []

    def page(analysis: serving.Analysis, folder: StudyFolder, data: object) -> str:
        sizes.append(len(analysis.study.trials))
        return f"<h1>{len(analysis.study.trials)} trials ±</h1>"

    monkeypatch.setattr(serving, "report_page", page)
    return sizes


@pytest.fixture
def report(studies: list[StudyRecord], made: list[int], tmp_path: Path) -> LiveReport:
    return LiveReport(lambda: studies[-1], StudyFolder(tmp_path, NAME), no_data)


@pytest.fixture
def address(report: LiveReport) -> Iterator[str]:
    with served(report) as address:
        yield address


def asked(address: str, path: str = "/", method: str = "GET", **headers: str) -> http.client.HTTPResponse:
    port = int(address.rstrip("/").rpartition(":")[2])
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request(method, path, headers=headers)
    return connection.getresponse()


def test_the_page_is_the_report_and_comes_again_while_the_study_runs(
    address: str, report: LiveReport, studies: list[StudyRecord], made: list[int]
) -> None:
    assert address.startswith("http://127.0.0.1:")
    with urllib.request.urlopen(address, timeout=10) as answer:
        assert answer.read().decode() == "<h1>1 trials ±</h1>"
        assert answer.headers["Refresh"] == str(REFRESH_SECONDS)
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    asked(address)
    assert made == [1]  # nothing has changed
    studies.append(replace(studies[0], trials=[*studies[0].trials, completed(1, 0.9)]))
    report.is_live = False
    last = asked(address)
    assert (last.read().decode(), last.headers["Refresh"]) == ("<h1>2 trials ±</h1>", None)


def test_only_the_page_is_there_and_only_for_this_machine(address: str) -> None:
    assert asked(address, "/journal.log").status == 404
    assert asked(address, "/../secret").status == 404
    assert asked(address, method="POST").status == 501
    assert asked(address, Host="evil.example").status == 403  # a web page whose name leads to this machine
    assert asked(address, Host="localhost:80").status == 200
    head = asked(address, method="HEAD")
    assert (head.status, head.read()) == (200, b"")


def test_a_report_that_can_not_be_made_is_one_line_and_the_next_one_may_be_well(
    address: str, made: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: object) -> str:
        raise ValueError("no luck")

    with monkeypatch.context() as failing:
        failing.setattr(serving, "report_page", fail)
        answer = asked(address)
        assert (answer.status, answer.read()) == (500, b"the report could not be made: ValueError: no luck")
    assert asked(address).status == 200


def test_a_port_in_use_is_one_message(report: LiveReport) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with (
            pytest.raises(InputError, match=f"--port must be free on this machine, but {port} is not"),
            served(report, port),
        ):
            pass


def test_at_its_end_the_port_is_free_again(report: LiveReport) -> None:
    with served(report) as address:
        port = int(address.rstrip("/").rpartition(":")[2])
    with served(report, port) as again:
        assert again == address


def test_the_data_are_looked_for_once_they_are_needed_and_read_once(
    studies: list[StudyRecord], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset, looked = object(), []

    def find(study: StudyRecord) -> Dataset:
        looked.append(study)
        return dataset  # type: ignore[return-value]

    monkeypatch.setattr(serving, "report_page", lambda analysis, folder, data: str(data() is dataset))
    report = LiveReport(lambda: studies[-1], StudyFolder(tmp_path, NAME), find)
    studies.append(replace(studies[0]))
    assert report.page() == b"True"
    studies.append(replace(studies[0]))
    assert report.page() == b"True"
    assert len(looked) == 1
