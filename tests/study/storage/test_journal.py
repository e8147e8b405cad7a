"""The journal under a ledger: locked by one process at a time, repaired wherever it was cut."""

from __future__ import annotations

import errno
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import optuna
import pytest
from builders import NAME, complete, drain, fail, measurement, mixed_study, opened, tiny_sweep
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from program import environment

from sweep.errors import InputError, SweepError
from sweep.study.opening import open_confirmations
from sweep.study.private import SETS_STATE
from sweep.study.records import read_study
from sweep.study.seeds import trial_seed
from sweep.study.storage import journal
from sweep.study.storage.folder import JOURNAL
from sweep.study.storage.journal import LAST_WRITE_BYTES
from sweep.training.messages import Failure

ROOT = Path(__file__).parents[3]
HOLD = (
    "import sys, time; from pathlib import Path; from sweep.study.storage import journal;"
    "held = journal.lock(Path(sys.argv[1]));"
)


def holder(path: Path) -> subprocess.Popen[str]:
    """Another process that holds the lock."""
    code = f"{HOLD} print('held', flush=True); time.sleep(60)"
    process = subprocess.Popen([sys.executable, "-c", code, str(path)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def killed(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGKILL)
    process.communicate()


def full_journal(folder: Path) -> bytes:
    """The bytes of a real journal: a complete trial, a pruned one, a failed one and one left running."""
    with opened(folder / "source", tiny_sweep(trials=4)) as ledger:
        first, second, third, fourth = (spec for _ in range(4) if (spec := ledger.next_trial()))
        for step in (50, 100):
            ledger.report(first.number, measurement(step))
        ledger.complete(first.number, measurement(100))
        ledger.report(second.number, measurement(50, 0.1))
        ledger.prune(second.number)
        ledger.fail(third.number, Failure("ValueError: no luck"))
        ledger.report(fourth.number, measurement(50, 0.6))
    return (folder / "source" / NAME / JOURNAL).read_bytes()


def test_a_lock_held_by_another_process_is_refused_at_once_and_freed_by_kill_9(tmp_path: Path) -> None:
    path = tmp_path / ".lock"
    process = holder(path)
    try:
        began = time.monotonic()
        with pytest.raises(InputError, match="one driver at a time"):
            journal.lock(path)
        assert time.monotonic() - began < 2
    finally:
        killed(process)
    journal.lock(path).release()


def test_a_second_driver_is_refused_in_a_subprocess_and_let_in_after_the_first(tmp_path: Path) -> None:
    ledger = opened(tmp_path)
    lock = str(ledger.folder.lock)
    refused = subprocess.run([sys.executable, "-c", HOLD, lock], cwd=ROOT, capture_output=True, text=True, check=False)
    assert refused.returncode != 0
    assert "one driver at a time" in refused.stderr
    assert "--name" in refused.stderr
    with ledger:
        pass
    freed = subprocess.run([sys.executable, "-c", HOLD, lock], cwd=ROOT, capture_output=True, text=True, check=False)
    assert freed.returncode == 0, freed.stderr


def test_a_study_whose_driver_was_killed_opens_again_and_goes_on(tmp_path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; sys.path.insert(0, 'tests/helpers'); from builders import *;"
        "ledger = opened(Path(sys.argv[1])); complete(ledger, ledger.next_trial()); ledger.next_trial();"
        "print('running', flush=True); time.sleep(60)"
    )
    process = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "running\n"
    with pytest.raises(InputError, match="one driver at a time"):
        opened(tmp_path)
    killed(process)
    with opened(tmp_path) as ledger:
        assert (ledger.asked, ledger.unfinished) == (2, 1)
        assert [spec.number for spec in drain(ledger)] == [1, 2, 3]


def test_the_same_process_cannot_open_a_study_twice_either(tmp_path: Path) -> None:
    with opened(tmp_path), pytest.raises(InputError, match="one driver at a time"):
        opened(tmp_path)
    with opened(tmp_path):
        pass


def test_studies_beside_each_other_do_not_block_each_other(tmp_path: Path) -> None:
    with opened(tmp_path, name="one"), opened(tmp_path, name="two") as second:
        assert second.next_trial() is not None


def test_reading_needs_no_lock(tmp_path: Path) -> None:
    with opened(tmp_path) as ledger:
        ledger.next_trial()
        assert [trial.state for trial in read_study(tmp_path, NAME).trials] == ["RUNNING"]


def test_a_whole_journal_is_left_alone(tmp_path: Path) -> None:
    mixed_study(tmp_path)
    path = tmp_path / NAME / JOURNAL
    before = path.read_bytes()
    assert journal.repair(path) is None
    assert path.read_bytes() == before
    assert not list(path.parent.glob("*.torn*"))


def test_an_empty_journal_is_whole(tmp_path: Path) -> None:
    path = tmp_path / JOURNAL
    path.touch()
    assert journal.repair(path) is None
    assert journal.load_study(path) is None


@pytest.mark.parametrize("tail", [b'{"op_code"', b"{", b"\0\0\0\0", b"garbage\n", b'{"op_code": 4, \n', b"\xff\xfe\n"])
def test_an_incomplete_tail_is_cut_off_and_kept_beside(tmp_path: Path, tail: bytes) -> None:
    mixed_study(tmp_path)
    path = tmp_path / NAME / JOURNAL
    whole = path.read_bytes()
    path.write_bytes(whole + tail)
    incomplete_write = journal.repair(path)
    assert incomplete_write is not None
    assert incomplete_write.read_bytes() == tail
    assert path.read_bytes() == whole
    assert journal.repair(path) is None


def test_a_page_of_the_last_write_that_a_power_cut_left_as_zeros_goes_with_what_follows_it(tmp_path: Path) -> None:
    with opened(tmp_path, tiny_sweep(trials=3)) as ledger:
        first, second = ledger.next_trial(), ledger.next_trial()
        assert first is not None
        assert second is not None
        complete(ledger, first)
        before = (tmp_path / NAME / JOURNAL).read_bytes()
        fail(ledger, second, details="Traceback:\n" * 1_000)
    path = tmp_path / NAME / JOURNAL
    whole = path.read_bytes()
    for page in range(len(before) // 4096 + 1, len(whole) // 4096):
        damaged = whole[: page * 4096] + bytes(4096) + whole[(page + 1) * 4096 :]
        path.write_bytes(damaged)
        assert [trial.state for trial in read_study(tmp_path, NAME).trials] == ["COMPLETE", "RUNNING"]
        assert path.read_bytes() == damaged  # who only looks mends nothing
        with open_confirmations(tmp_path, NAME) as confirmations:
            assert confirmations.incomplete_write is not None
        with opened(tmp_path, tiny_sweep(trials=3)) as ledger:
            assert ledger.record().trials[0].state == "COMPLETE"
            assert [trial.number for trial in drain(ledger)] == [1, 2]


@pytest.mark.parametrize("behind", [2, LAST_WRITE_BYTES // 100], ids=["two ends", "much"])
def test_zeros_before_more_than_one_write_are_not_cut_off_but_told(tmp_path: Path, behind: int) -> None:
    mixed_study(tmp_path)
    path = tmp_path / NAME / JOURNAL
    line = (
        (SETS_STATE if behind == 2 else b'"op_code":2,')
        .join([b"{", b'"worker_id":"w"}\n'])
        .replace(b",", b"," + b" " * 80)
    )
    damaged = path.read_bytes() + b"\0" * 10 + b"\n" + line * behind
    path.write_bytes(damaged)
    for attempt in (lambda: opened(tmp_path), lambda: read_study(tmp_path, NAME)):
        with pytest.raises(InputError, match="must be an Optuna journal"):
            attempt()
    assert path.read_bytes() == damaged


def test_a_journal_cut_at_any_byte_is_repaired_to_its_last_whole_line_and_read(tmp_path: Path) -> None:
    whole = full_journal(tmp_path)
    path = tmp_path / "cut" / JOURNAL
    path.parent.mkdir()
    last_trials = 0
    for size in range(0, len(whole) + 1, 61):
        path.write_bytes(whole[:size])
        incomplete_write = journal.repair(path)
        kept = path.read_bytes()
        assert whole.startswith(kept)
        assert kept == whole[: whole[:size].rfind(b"\n") + 1]
        assert (incomplete_write.read_bytes() if incomplete_write else b"") == whole[len(kept) : size]
        study = journal.load_study(path)
        trials = len(study.trials) if study else 0
        assert trials >= last_trials
        last_trials = trials


def test_a_study_cut_at_any_byte_goes_on_to_its_whole_budget(tmp_path: Path) -> None:
    whole = full_journal(tmp_path)
    for size in range(0, len(whole) + 1, max(1, len(whole) // 24)):
        results = tmp_path / f"cut-{size}"
        (results / NAME).mkdir(parents=True)
        (results / NAME / JOURNAL).write_bytes(whole[:size])
        with opened(results) as ledger:
            before = {trial.number: trial.state for trial in ledger.record().trials}
            handed_out = [spec.number for spec in drain(ledger)]
            after = ledger.record().trials
        assert [trial.number for trial in after] == [0, 1, 2, 3], size
        assert {trial.state for trial in after} <= {"COMPLETE", "PRUNED", "FAIL"}, size
        assert after[0].params["kernel_size"] == 3, size
        assert after[0].params["filters_1"] == 16, size
        ended = [number for number, state in before.items() if state in ("COMPLETE", "PRUNED", "FAIL")]
        assert sorted([*ended, *handed_out]) == [0, 1, 2, 3], size


def test_an_incomplete_journal_can_be_read_while_nobody_has_repaired_it(tmp_path: Path) -> None:
    whole = full_journal(tmp_path)
    path = tmp_path / "cut" / JOURNAL
    path.parent.mkdir()
    lines = whole.splitlines(keepends=True)
    start = len(whole) - len(lines[-1])
    for size in range(start, len(whole) + 1, 7):
        path.write_bytes(whole[:size])
        assert len(read_study(tmp_path, "cut").trials) == 4, size
        assert path.read_bytes() == whole[:size]


@pytest.mark.parametrize(
    "content",
    [
        b"hello\nworld\nagain\n",
        b"[1, 2]\n[3]\n",
        b"{}\n{}\n",
        b'"x"\n"y"\n',
        b'{"op_code": 99}\n{"op_code": 0}\n',
        b"\0" * 64,
    ],
)
def test_a_file_that_is_no_journal_is_refused_and_not_written_to(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "other" / JOURNAL
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"journal\.log|no study 'other'"):
        read_study(tmp_path, "other")
    assert path.read_bytes() == content


def test_an_operation_that_optuna_does_not_know_is_told_in_words(tmp_path: Path) -> None:
    mixed_study(tmp_path)
    path = tmp_path / NAME / JOURNAL
    path.write_bytes(path.read_bytes() + b'{"op_code": 99, "worker_id": "a"}\n')
    with pytest.raises(InputError, match="a line has an operation that Optuna does not know"):
        read_study(tmp_path, NAME)


def test_a_journal_damaged_in_its_middle_is_refused_by_its_path(tmp_path: Path) -> None:
    mixed_study(tmp_path)
    path = tmp_path / NAME / JOURNAL
    lines = path.read_bytes().splitlines(keepends=True)
    lines[len(lines) // 2] = b'{"op_code": \n'
    path.write_bytes(b"".join(lines))
    for attempt in (lambda: read_study(tmp_path, NAME), lambda: opened(tmp_path)):
        with pytest.raises(InputError, match="must be an Optuna journal") as caught:
            attempt()
        assert str(path) in str(caught.value)
    journal.lock(path.parent / ".lock").release()


def test_nothing_of_a_lock_outlives_its_process(tmp_path: Path) -> None:
    with opened(tmp_path) as ledger:
        ledger.next_trial()
        names = {path.name for path in ledger.folder.path.iterdir()}
    assert names <= {JOURNAL, ".lock"}
    assert JOURNAL in names


@contextmanager
def at_most(size: int) -> Iterator[None]:
    """No file may grow beyond a size: the write that would is cut in the middle, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_what_a_full_disk_let_it_write_of_an_event_is_taken_back(tmp_path: Path) -> None:
    path = tmp_path / NAME / JOURNAL
    with opened(tmp_path) as ledger:
        spec = ledger.next_trial()
        assert spec is not None
        whole = path.read_bytes()
    for room in (0, 1, 100, 300, 400):
        with opened(tmp_path) as ledger:
            ledger.next_trial()
            with at_most(len(whole) + room), pytest.raises(OSError, match="too large"):
                ledger.report(spec.number, measurement(50))
        assert path.read_bytes() == whole
        assert list(path.parent.glob("*torn*")) == []
    with opened(tmp_path) as ledger:
        drain(ledger)
    assert [trial.state for trial in read_study(tmp_path, NAME).trials] == ["COMPLETE"] * 4


def test_an_event_is_one_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    syncs: list[int] = []
    with opened(tmp_path) as ledger:
        spec = ledger.next_trial()
        assert spec is not None
        monkeypatch.setattr("sweep.study.storage.journal.os.fsync", syncs.append)
        ledger.report(spec.number, measurement(50))
        ledger.report(spec.number, measurement(100))
        ledger.complete(spec.number, measurement(100))
        assert len(syncs) == 3
        ledger.next_trial()
        assert len(syncs) == 4


def test_the_ledger_in_memory_and_on_disk_are_the_same(tmp_path: Path) -> None:
    with opened(tmp_path) as ledger:
        drain(ledger)
        assert read_study(tmp_path, NAME) == ledger.record()


def plain_study(path: Path) -> optuna.Study:
    """The study as another program opens it, with Optuna's own backend."""
    storage = JournalStorage(JournalFileBackend(str(path)))
    return optuna.load_study(study_name=NAME, storage=storage)


def test_a_trial_that_another_program_enqueues_during_a_run_is_trained_next(tmp_path: Path) -> None:
    enqueued = {"filters_1": 32, "kernel_size": 4, "learning_rate": 0.01}
    with opened(tmp_path, tiny_sweep(trials=4)) as ledger:
        first = ledger.next_trial()
        assert first is not None
        plain_study(ledger.folder.journal).enqueue_trial(enqueued)
        complete(ledger, first)
        specs = [spec for _ in range(4) if (spec := ledger.next_trial())]
        assert [spec.number for spec in specs] == [1, 2, 3]
        assert {**specs[0].params, "batch_size": 32} == {**enqueued, "batch_size": 32}
        for spec in specs:
            complete(ledger, spec)
    trials = plain_study(tmp_path / NAME / JOURNAL).trials
    assert [trial.state.name for trial in trials] == ["COMPLETE"] * 4
    assert [trial.user_attrs["seed"] for trial in trials] == [trial_seed(0, number) for number in range(4)]


def test_two_that_write_to_a_journal_at_once_lose_nothing(tmp_path: Path) -> None:
    with opened(tmp_path, tiny_sweep(trials=6)) as ledger:
        other = plain_study(ledger.folder.journal)
        for turn in range(6):
            other.set_user_attr(f"note {turn}", turn)
            spec = ledger.next_trial()
            assert spec is not None
            other.set_user_attr("latest", turn)
            complete(ledger, spec)
    study = plain_study(tmp_path / NAME / JOURNAL)
    assert [trial.state.name for trial in study.trials] == ["COMPLETE"] * 6
    assert {f"note {turn}": turn for turn in range(6)}.items() <= study.user_attrs.items()
    assert study.user_attrs["latest"] == 5


def test_a_journal_that_is_cut_or_replaced_during_a_run_ends_it_with_what_to_do(tmp_path: Path) -> None:
    with opened(tmp_path) as ledger:
        ledger.next_trial()
        path = ledger.folder.journal
        path.write_bytes(path.read_bytes()[:-40])
        with pytest.raises(SweepError, match="another program has cut or replaced"):
            ledger.next_trial()


@pytest.mark.filterwarnings("ignore:The value of `grace_period`")  # Optuna finds a second too short
@pytest.mark.parametrize("long_ago", [True, False])
def test_a_driver_killed_while_it_writes_keeps_nobody_out_for_long_also_in_a_relative_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], long_ago: bool
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(journal, "LOCK_SECONDS", 60 if long_ago else 1)
    code = (
        "import os, signal, sys; from pathlib import Path; sys.path.insert(0, sys.argv[1]); from builders import *;"
        "ledger = opened(Path('results')); complete(ledger, ledger.next_trial());"
        "os.fsync = lambda number: os.kill(os.getpid(), signal.SIGKILL); ledger.next_trial()"
    )
    subprocess.run([sys.executable, "-c", code, str(ROOT / "tests" / "helpers")], env=environment(), check=False)
    lock = Path("results") / NAME / f"{JOURNAL}.lock"
    assert lock.is_symlink()
    assert lock.resolve() == (tmp_path / "results" / NAME / JOURNAL)
    if long_ago:
        os.utime(lock, (1, 1), follow_symlinks=False)
    with opened(Path("results")) as ledger:
        assert not lock.is_symlink()
        assert ledger.next_trial() is not None
    assert "lock" not in capfd.readouterr().err  # Optuna warns when it has to wait


def test_a_lock_that_another_program_takes_again_and_again_is_not_taken_for_a_killed_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "LOCK_SECONDS", 0.3)
    path, locks = tmp_path / "journal.lock", iter(range(20))

    def take_again(seconds: float) -> None:
        path.unlink()  # it would fail if the lock had been removed
        if next(locks, None) is not None:
            sleep(seconds)
            path.symlink_to("journal")

    sleep = time.sleep
    monkeypatch.setattr(journal.time, "sleep", take_again)
    path.symlink_to("journal")
    journal.clear_stale_lock(path)
    assert next(locks, None) is None


def test_where_there_are_no_links_a_study_goes_on_without_a_lock_on_other_programs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*words: object, **named: object) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "symlink", refuse)
    with opened(tmp_path) as ledger:
        assert len(drain(ledger)) == 4


def test_what_another_program_writes_that_is_no_journal_ends_the_run_with_a_message(tmp_path: Path) -> None:
    with opened(tmp_path) as ledger:
        with ledger.folder.journal.open("ab") as file:
            file.write(b"hello\n")
        with pytest.raises(SweepError, match="no line of an Optuna journal"):
            ledger.next_trial()
