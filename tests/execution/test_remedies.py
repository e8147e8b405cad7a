"""An error says what to do in the words of the call: flags on the command line, keywords in Python."""

from __future__ import annotations

import pytest

from sweep.errors import InputError, SweepFailed
from sweep.execution.remedies import as_keywords, remedies_as_keywords


@pytest.mark.parametrize(
    ("message", "says"),
    [
        ("use --new to start afresh, or --name for another study", "use new=True to start afresh, or name for another"),
        ("--jobs must be a whole number >= 1, but got 0", "jobs must be a whole number >= 1, but got 0"),
        ("lower --cpus-per-trial or --gpus-per-trial", "lower cpus_per_trial or gpus_per_trial"),
        ("run the sweep on CPUs with --gpus-per-trial 0", "run the sweep on CPUs with gpus_per_trial=0"),
        ("take it with --from STUDY", "take it with from_study='STUDY'"),
        ("give it with --space FILE", "give it with space='FILE'"),
        ("or `run` it with --accept-changes", "or `run` it with accept_changes=True"),
        ("leave out --no-confirm, or give --confirm", "leave out confirm=False, or give confirm=True"),
        ("add --force to replace it, or give another --out", "add force=True to replace it, or give another path"),
        ("begin one there with `ray start --head`", "begin one there with `ray start --head`"),
        ("nvidia-smi --query-gpu=name failed", "nvidia-smi --query-gpu=name failed"),
        ("two -- dashes, and --names", "two -- dashes, and --names"),
    ],
)
def test_flags_are_keywords_and_what_is_no_flag_of_ours_stays(message: str, says: str) -> None:
    assert as_keywords(message).startswith(says)


@pytest.mark.parametrize("kind", [InputError, SweepFailed])
def test_an_error_keeps_its_kind_and_its_cause(kind: type[Exception]) -> None:
    @remedies_as_keywords()
    def failing() -> None:
        raise kind("use --new") from KeyError("why")

    with pytest.raises(kind, match=r"^use new=True$") as caught:
        failing()
    assert isinstance(caught.value.__cause__, KeyError)


def test_what_is_no_error_of_ours_passes() -> None:
    with pytest.raises(KeyError, match="--new"), remedies_as_keywords():
        raise KeyError("--new")
