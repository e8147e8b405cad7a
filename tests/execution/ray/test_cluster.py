"""Ray's cluster as it is asked before it is joined."""

from __future__ import annotations

import contextlib
import sys
import threading
from pathlib import Path

import pytest

from sweep.errors import InputError, MachineError, SweepError
from sweep.execution.ray import cluster


@pytest.mark.parametrize(
    ("answer", "guarded"),
    [("exit 0", False), ("exit 1", True), ("exec sleep 60", None)],
    ids=["lets in", "turns away", "says nothing"],
)
def test_only_a_cluster_that_turns_away_a_client_without_a_token_is_guarded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: str, guarded: bool | None
) -> None:
    client = tmp_path / "client"
    client.write_text(f'#!/bin/sh\n[ "$RAY_AUTH_MODE" = disabled ] || exit 9\necho\n{answer}\n')
    client.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(client))
    monkeypatch.delenv("RAY_AUTH_MODE", raising=False)
    monkeypatch.setattr(cluster, "ANSWER_TIMEOUT_SECONDS", 0.5 if "sleep" in answer else 60)
    assert cluster.guarded("127.0.0.1:1") is guarded
    monkeypatch.setenv("RAY_AUTH_MODE", "token")
    if guarded is False:
        with pytest.raises(InputError, match="lets in who has no token"):
            cluster.guarded("127.0.0.1:1")
    else:
        assert cluster.guarded("127.0.0.1:1") is guarded


@pytest.mark.parametrize(
    "error",
    [Exception("The current node timed out during startup."), RuntimeError("no port"), MemoryError(), OSError(11, "x")],
)
def test_whatever_ray_raises_when_it_starts_is_one_error_with_what_may_be_too_little(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, error: Exception
) -> None:
    def init(**options: object) -> None:
        raise error

    monkeypatch.setattr(cluster.ray, "init", init)
    with pytest.raises(SweepError) as caught, cluster.connect("local"):
        pass
    message = str(caught.value)
    assert type(caught.value) is SweepError
    assert message.startswith(
        f"Ray must be able to start its processes on this machine, but it gave up: {type(error).__name__}"
    )
    assert "of free memory" in message
    assert "--address" in message


def test_ray_is_not_started_where_a_limit_is_too_low(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(folder: Path) -> None:
        raise InputError("too low")

    def init(**options: object) -> None:
        pytest.fail("it was started")

    monkeypatch.setattr(cluster, "refuse_low_limits", refuse)
    monkeypatch.setattr(cluster.ray, "init", init)
    with pytest.raises(InputError, match="too low"), cluster.connect("local"):
        pass


def test_a_second_connection_is_refused_while_another_thread_makes_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    refused: list[str] = []

    def start() -> None:
        def other() -> None:
            with pytest.raises(InputError) as caught, cluster.connect("local"):
                pass
            refused.append(str(caught.value))

        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
        raise MachineError("as far as it goes")

    monkeypatch.setattr(cluster, "_started", contextlib.contextmanager(lambda: iter([start()])))
    for _ in range(2):  # the first leaves nothing behind that would keep the second out
        with pytest.raises(MachineError, match="as far as it goes"), cluster.connect("local"):
            pass
    assert len(refused) == 2
    assert "a process runs one sweep at a time" in refused[0]
