"""Serves the report of a study that is being run to browsers of this machine, made anew as the study goes on."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from sweep.analysis.study_analysis import Analysis
from sweep.data.dataset import Dataset
from sweep.errors import InputError, describe
from sweep.report.html.page import report_page
from sweep.study.records import StudyRecord
from sweep.study.storage.folder import StudyFolder

LOOPBACK = "127.0.0.1"
REFRESH_SECONDS = 10
"""After so many seconds a browser asks for the page again while the study is being run."""


class LiveReport:
    """The report of a study as it is now. It is made when it is asked for, and only if the study has changed.

    Args:
        study: tells the study's record, another object once it has changed.
        folder: the study's folder.
        data: finds the data of a study; it may raise `InputError`, and the report then says so.
    """

    def __init__(
        self, study: Callable[[], StudyRecord], folder: StudyFolder, data: Callable[[StudyRecord], Dataset]
    ) -> None:
        self._study = study
        self._folder = folder
        self._find_data = data
        self._dataset: Dataset | None = None
        self._made_of: StudyRecord | None = None
        self._page = b""
        self._alone = threading.Lock()
        self.is_live = True

    def page(self) -> bytes:
        """The report as HTML in UTF-8."""
        with self._alone:  # browsers ask in threads of their own
            study = self._study()
            if study is not self._made_of:
                self._page = report_page(
                    Analysis(study, self._folder), self._folder, lambda: self._data(study)
                ).encode()
                self._made_of = study
            return self._page

    def _data(self, study: StudyRecord) -> Dataset:
        if self._dataset is None:
            self._dataset = self._find_data(study)
        return self._dataset


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Nothing: a browser went away, and the terminal is the live view's."""


@contextmanager
def served(report: LiveReport, port: int | None = None) -> Iterator[str]:
    """Serve a report on the loopback interface, which other machines can't reach, while this context lasts.

    Args:
        report: the report.
        port: the port. Default: one that is free.

    Returns:
        The address of the page.

    Raises:
        InputError: if the port is in use or not allowed.
    """
    try:
        server = _Server((LOOPBACK, port or 0), _handler(report))
    except OSError as error:
        raise InputError(
            f"--port must be free on this machine, but {port} is not: {describe(error)}; "
            "give another one, or leave --port out for one that is free"
        ) from error
    with server:
        serving = threading.Thread(target=server.serve_forever, daemon=True)
        serving.start()
        try:
            yield f"http://{LOOPBACK}:{server.server_port}/"
        finally:
            server.shutdown()
            serving.join()


def _handler(report: LiveReport) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if not _is_local(self.headers.get("Host", "")):
                self._answer(HTTPStatus.FORBIDDEN, b"this page is for browsers of this machine", "text/plain")
            elif self.path.partition("?")[0] not in ("/", "/report.html"):
                self._answer(HTTPStatus.NOT_FOUND, b"there is one page here, /", "text/plain")
            else:
                self._page()

        do_HEAD = do_GET  # noqa: N815

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing: the terminal is the live view's."""

        def _page(self) -> None:
            live = report.is_live  # asked before the page is made, which may then be the last one
            try:
                page = report.page()
            except Exception as error:  # noqa: BLE001 - whatever is wrong with it, the next one may be well
                text = f"the report could not be made: {describe(error)}".encode()
                self._answer(HTTPStatus.INTERNAL_SERVER_ERROR, text, "text/plain", live=live)
                return
            self._answer(HTTPStatus.OK, page, "text/html", live=live)

        def _answer(self, status: HTTPStatus, content: bytes, kind: str, *, live: bool = False) -> None:
            self.send_response(status)
            self.send_header("Content-Type", f"{kind}; charset=utf-8")
            self.send_header("Content-Length", str(len(content)))
            self.send_header("Cache-Control", "no-store")
            self.send_header("X-Content-Type-Options", "nosniff")
            if live:
                self.send_header("Refresh", str(REFRESH_SECONDS))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content)

    return Handler


def _is_local(host: str) -> bool:
    """Whether a request names this machine, and not a name that a web page of somebody else leads here."""
    return host.rpartition(":")[0] in (LOOPBACK, "localhost") or host in (LOOPBACK, "localhost")
