"""Optuna's dashboard on the studies of a results folder, for a browser on this machine alone.

It shows copies in memory, made anew when a browser asks: whatever happens in it, no journal is written.
"""

from __future__ import annotations

import errno
import io
import socketserver
import threading
import time
import warnings
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, BinaryIO
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import optuna
from optuna.artifacts import upload_artifact
from optuna_dashboard import save_note, wsgi

from sweep.analysis.study_analysis import Analysis
from sweep.errors import InputError, SweepError
from sweep.report.html.answer import answer_of
from sweep.study.records import study_record
from sweep.study.storage.folder import StudyFolder
from sweep.study.storage.mirror import Mirror

HOST = "127.0.0.1"
NAMES = (HOST, "localhost")
"""What a browser on this machine calls it; a page from elsewhere that leads here calls it otherwise."""
REFRESH_SECONDS = 1.0
"""Minimum number of seconds between two looks at the journals."""
REFRESH_SHARE = 0.2
"""Maximum share of the time for reading them."""
Environ = dict[str, Any]
StartResponse = Callable[..., Any]


class Dashboard:
    """The dashboard as a WSGI application.

    Args:
        results: the results folder.
        clock: monotonic clock in seconds. Default: `time.monotonic`.
    """

    def __init__(self, results: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._mirror = Mirror(results)
        self._reports = Reports()
        self._app = wsgi(self._mirror.storage, artifact_store=self._reports)
        self._clock = clock
        self._due = 0.0
        self._lock = threading.Lock()
        self._copies: dict[str, tuple[StudyFolder, optuna.Study]] = {}

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a browser that reads; nothing can be changed here."""
        if environ.get("HTTP_HOST", "").rpartition(":")[0] not in NAMES:
            return _refused(start_response, "403 Forbidden", "The dashboard is for a browser on its own machine.")
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            return _refused(start_response, "405 Method Not Allowed", "The dashboard shows studies and changes none.")
        self._refresh()
        answer: Iterable[bytes] = self._app(environ, start_response)
        return answer

    def _refresh(self) -> None:
        with self._lock:
            began = self._clock()
            if began < self._due:
                return
            for folder, study, copy in self._mirror.refresh():
                _describe(copy, folder.name, study)
                self._copies[folder.name] = folder, copy
            self._attach_reports()
            ended = self._clock()
            self._due = ended + max(REFRESH_SECONDS, (ended - began) / REFRESH_SHARE)

    def _attach_reports(self) -> None:
        """Attach the reports that are there by now; a run writes its own when nothing changes any more."""
        for name, (folder, copy) in list(self._copies.items()):
            if folder.report.is_file():
                upload_artifact(artifact_store=self._reports, file_path=str(folder.report), study_or_trial=copy)
                del self._copies[name]


class Reports:
    """An artifact store that holds paths of reports, and opens what lies there when it is asked for."""

    def __init__(self) -> None:
        self._paths: dict[str, Path] = {}

    def write(self, artifact_id: str, content_body: BinaryIO) -> None:
        """Remember where a report lies."""
        self._paths[artifact_id] = Path(content_body.name)

    def open_reader(self, artifact_id: str) -> BinaryIO:
        """A report as it is now. It is read whole, as not everyone who asks for it closes it."""
        return io.BytesIO(self._paths[artifact_id].read_bytes())

    def remove(self, artifact_id: str) -> None:
        """Forget a report; the file stays."""
        self._paths.pop(artifact_id, None)


def serve(results: Path, port: int, ready: Callable[[str], None]) -> None:
    """Serve the dashboard until the user interrupts it.

    Args:
        results: the results folder.
        port: a free port; 0 for any.
        ready: a function that is called with the address once a browser can open it.

    Raises:
        InputError: if the folder does not exist, or the port is taken.
    """
    if not results.is_dir():
        raise InputError(f"--results must be a folder with studies, but {results} does not exist; give its path")
    try:
        server = make_server(HOST, port, Dashboard(results), server_class=_Server, handler_class=_Silent)
    except OSError as error:
        if error.errno not in (errno.EADDRINUSE, errno.EACCES):
            raise
        raise InputError(f"--port must be free, but {port} is not ({error.strerror}); give another one") from error
    with server:
        ready(f"http://{HOST}:{server.server_port}/")
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            return


class _Server(socketserver.ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Silent(WSGIRequestHandler):
    def log_message(self, *words: object) -> None:
        """Keep each request off the screen."""


def _describe(copy: optuna.Study, name: str, study: optuna.Study) -> None:
    """Give the copy of a study the names of its objectives, and its answer as a note."""
    try:
        record = study_record(name, study)
        answer = answer_of(Analysis(record))
    except (SweepError, KeyError) as error:
        save_note(copy, f"This study can't be read: {error}")
        return
    save_note(copy, f"**{answer.word}** {answer.sentence}")
    with warnings.catch_warnings(action="ignore"):  # Optuna calls it experimental
        copy.set_metric_names(list(record.definition.directions))


def _refused(start_response: StartResponse, status: str, reason: str) -> list[bytes]:
    start_response(status, [("Content-Type", "text/plain; charset=utf-8")])
    return [reason.encode()]
