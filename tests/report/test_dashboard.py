"""Optuna's dashboard on a results folder: what it shows is live, and no journal is changed by it."""

from __future__ import annotations

import io
import json
import socket
from pathlib import Path
from typing import Any
from wsgiref.util import setup_testing_defaults

import pytest
from builders import NAME, mixed_study, opened, tiny_sweep
from scripted import Clock

pytest.importorskip("optuna_dashboard", reason="the extra dashboard is not installed")

from sweep.errors import InputError
from sweep.report.dashboard import REFRESH_SECONDS, Dashboard, serve

pytestmark = pytest.mark.filterwarnings("ignore:.*is experimental")


class Browser:
    """Asks a dashboard, and lets the time between two looks at the journals pass before."""

    def __init__(self, results: Path) -> None:
        self.clock = Clock()
        self.dashboard = Dashboard(results, self.clock)

    def ask(self, path: str, method: str = "GET", host: str = "127.0.0.1:8080") -> tuple[str, bytes]:
        """The status and the body of an answer."""
        self.clock.now += REFRESH_SECONDS
        environ: dict[str, Any] = {"PATH_INFO": path, "REQUEST_METHOD": method, "wsgi.input": io.BytesIO(b"{}")}
        setup_testing_defaults(environ)
        statuses: list[str] = []
        environ["HTTP_HOST"] = host
        body = b"".join(self.dashboard(environ, lambda status, headers, error=None: statuses.append(status)))
        return statuses[0], body

    def json(self, path: str) -> Any:
        """What an answer holds."""
        status, body = self.ask(path)
        assert status.startswith("200"), (status, body)
        return json.loads(body)

    def study(self, name: str = NAME) -> Any:
        """What the dashboard's page of a study is made from."""
        [number] = [
            item["study_id"] for item in self.json("/api/studies")["study_summaries"] if item["study_name"] == name
        ]
        return {"study_id": number, **self.json(f"/api/studies/{number}")}


def states(study: Any) -> list[str]:
    return [trial["state"] for trial in study["trials"]]


def test_all_studies_are_shown_each_with_its_answer(tmp_path: Path) -> None:
    mixed_study(tmp_path)
    opened(tmp_path, name="other").__exit__(None, None, None)
    browser = Browser(tmp_path)
    names = {item["study_name"] for item in browser.json("/api/studies")["study_summaries"]}
    assert names == {NAME, "other"}
    study = browser.study()
    assert states(study) == ["Complete", "Complete", "Complete", "Fail", "Pruned", "Pruned"]
    assert study["objective_names"] == ["val_accuracy"]
    assert "**Not known yet.** Trial 1 is the best of the search" in study["note"]["body"]


def test_a_study_that_was_begun_anew_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    mixed_study(tmp_path)
    browser = Browser(tmp_path)
    assert len(browser.study()["trials"]) == 6
    opened(tmp_path, tiny_sweep(), new=True).__exit__(None, None, None)
    assert states(browser.study()) == ["Waiting"]
    assert len(browser.json("/api/studies")["study_summaries"]) == 2


def test_no_journal_is_changed_and_nothing_can_be(tmp_path: Path) -> None:
    mixed_study(tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    browser = Browser(tmp_path)
    number = browser.study()["study_id"]
    for method, path in (("DELETE", f"/api/studies/{number}"), ("PUT", f"/api/studies/{number}/note")):
        assert browser.ask(path, method)[0].startswith("405")
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_the_report_is_an_artifact_as_soon_as_there_is_one(tmp_path: Path) -> None:
    mixed_study(tmp_path)
    browser = Browser(tmp_path)
    assert browser.study()["artifacts"] == []
    report = tmp_path / NAME / "report.html"
    report.write_text("a report")
    study = browser.study()
    [artifact] = study["artifacts"]
    assert (artifact["filename"], artifact["mimetype"]) == ("report.html", "text/html")
    path = f"/artifacts/{study['study_id']}/{artifact['artifact_id']}"
    assert browser.ask(path)[1] == b"a report"
    report.write_text("a later one")
    assert browser.ask(path)[1] == b"a later one"
    assert len(browser.study()["artifacts"]) == 1


def test_a_page_from_elsewhere_that_leads_here_is_refused(tmp_path: Path) -> None:
    browser = Browser(tmp_path)
    assert browser.ask("/api/studies", host="evil.example:8080")[0].startswith("403")
    assert browser.ask("/api/studies", host="localhost:8080")[0].startswith("200")


def test_what_is_no_study_is_passed_over_and_a_broken_one_says_so(tmp_path: Path) -> None:
    mixed_study(tmp_path)
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "journal.log").write_text("no journal\\n")
    browser = Browser(tmp_path)
    assert [item["study_name"] for item in browser.json("/api/studies")["study_summaries"]] == [NAME]
    journal = tmp_path / NAME / "journal.log"
    journal.write_text(journal.read_text().replace('"seed":', '"seeds":', 1).replace('"step":50', '"step":-50'))
    assert "can't be read" in Browser(tmp_path).study()["note"]["body"]


def test_a_port_in_use_and_a_folder_that_is_missing_are_one_message_each(tmp_path: Path) -> None:
    with socket.socket() as taken_port:
        taken_port.bind(("127.0.0.1", 0))
        taken_port.listen()
        port = taken_port.getsockname()[1]
        with pytest.raises(InputError, match=f"--port must be free, but {port} is not .*; give another one"):
            serve(tmp_path, port, print)
    with pytest.raises(InputError, match=r"--results must be a folder with studies, but .*none does not exist"):
        serve(tmp_path / "none", 0, print)


def test_it_serves_on_loopback_until_it_is_interrupted(tmp_path: Path) -> None:
    addresses: list[str] = []

    def interrupt(address: str) -> None:
        addresses.append(address)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        serve(tmp_path, 0, interrupt)
    assert addresses[0].startswith("http://127.0.0.1:")
