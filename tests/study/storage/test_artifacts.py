"""The artifact store puts whole files in their places and nothing anywhere else."""

from __future__ import annotations

from pathlib import Path

import pytest

from sweep.study.storage.artifacts import ArtifactStore, SupersededError, checkpoint_name, model_name, predictions_name
from sweep.training.messages import trial_stem


def test_a_file_appears_with_its_last_piece(tmp_path: Path) -> None:
    artifacts = ArtifactStore(str(tmp_path))
    name = checkpoint_name(trial_stem(7))
    artifacts.write(name, b"one", offset=0, last=False)
    assert not (tmp_path / name).exists()
    artifacts.write(name, b"two", offset=3, last=True)
    assert (tmp_path / "checkpoints" / "trial-0007.npz").read_bytes() == b"onetwo"
    assert artifacts.read(name, 2, 3) == b"etw"
    assert artifacts.read(name, 6, 10) == b""


def test_a_file_that_was_begun_again_has_no_old_pieces(tmp_path: Path) -> None:
    artifacts = ArtifactStore(str(tmp_path))
    name = model_name(trial_stem(12345))
    artifacts.write(name, b"lost", offset=0, last=False)
    artifacts.write(name, b"new", offset=0, last=True)
    assert (tmp_path / "models" / "trial-12345.keras").read_bytes() == b"new"
    assert [path.name for path in (tmp_path / "models").iterdir()] == ["trial-12345.keras"]


def test_each_kind_of_file_has_its_folder(tmp_path: Path) -> None:
    artifacts = ArtifactStore(str(tmp_path))
    for name in (named(trial_stem(3)) for named in (checkpoint_name, model_name, predictions_name)):
        artifacts.write(name, b"x", offset=0, last=True)
    files = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.*"))
    assert files == ["checkpoints/trial-0003.npz", "models/trial-0003.keras", "predictions/trial-0003.npz"]


def test_what_is_not_there_is_none(tmp_path: Path) -> None:
    assert ArtifactStore(str(tmp_path)).read(checkpoint_name(trial_stem(1)), 0, 10) is None


@pytest.mark.parametrize(
    "name", ["journal.log", "../x", "checkpoints/../../x", "/etc/passwd", "models/trial-0001.py", ""]
)
def test_other_names_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="must be named like"):
        ArtifactStore(str(tmp_path)).write(name, b"x", offset=0, last=True)


def test_a_piece_that_comes_again_changes_nothing(tmp_path: Path) -> None:
    artifacts = ArtifactStore(str(tmp_path))
    name = checkpoint_name(trial_stem(7))
    pieces = [(b"one", 0, False), (b"two", 3, False), (b"three", 6, True)]
    for piece, offset, last in pieces:
        for _ in range(2):
            artifacts.write(name, piece, offset=offset, last=last)
    assert (tmp_path / name).read_bytes() == b"onetwothree"
    with pytest.raises(OSError, match="No such file"):
        artifacts.write(name, b"other", offset=100, last=True)  # of a file whose beginning never came


def test_a_disk_that_refuses_a_piece_is_given_back_what_it_took(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(file: int) -> None:
        raise OSError(28, "No space left on device")

    artifacts = ArtifactStore(str(tmp_path))
    artifacts.write(checkpoint_name(trial_stem(7)), b"old", offset=0, last=True)
    monkeypatch.setattr("sweep.study.storage.artifacts.os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        artifacts.write(checkpoint_name(trial_stem(7)), b"new", offset=0, last=True)
    assert [path.name for path in (tmp_path / "checkpoints").iterdir()] == ["trial-0007.npz"]
    assert artifacts.read(checkpoint_name(trial_stem(7)), 0, 10) == b"old"


def test_workers_are_told_to_stop_once_it_is_said(tmp_path: Path) -> None:
    artifacts = ArtifactStore(str(tmp_path))
    assert not artifacts.stopping()
    artifacts.stop()
    assert artifacts.stopping()


def test_only_who_claimed_a_trial_last_writes_for_it(tmp_path: Path) -> None:
    artifacts = ArtifactStore(str(tmp_path))
    name = checkpoint_name(trial_stem(7))
    artifacts.claim(trial_stem(7), "old")
    artifacts.write(name, b"old1", offset=0, last=False, writer="old")
    artifacts.claim(trial_stem(7), "new")
    artifacts.write(name, b"new1", offset=0, last=False, writer="new")
    with pytest.raises(SupersededError, match="trial-0007"):
        artifacts.write(name, b"old2", offset=4, last=True, writer="old")
    artifacts.write(name, b"new2", offset=4, last=True, writer="new")
    assert (tmp_path / name).read_bytes() == b"new1new2"
    with pytest.raises(SupersededError):
        artifacts.write(name, b"late", offset=0, last=True, writer="old")
    artifacts.write(model_name(trial_stem(8)), b"x", offset=0, last=True, writer="old")


def test_what_a_lost_worker_left_half_sent_goes_when_another_takes_its_trial_over(tmp_path: Path) -> None:
    artifacts = ArtifactStore(str(tmp_path))
    names = [checkpoint_name(trial_stem(7)), model_name(trial_stem(7)), checkpoint_name(trial_stem(8))]
    for name in names:
        artifacts.write(name, b"half", offset=0, last=False, writer="lost")
    artifacts.claim(trial_stem(7), "new")
    assert [path.name for path in tmp_path.rglob("*.part")] == [".trial-0008.npz.lost.part"]
