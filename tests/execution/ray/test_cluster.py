"""Ray's cluster as it is asked before it is joined."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from sweep.errors import InputError
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
