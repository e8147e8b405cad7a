"""What Ray says of a worker that a trial lost, as the trial's failure."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sweep.execution.ray.private import ADDRESS, EXIT_CODE, KILLED, LOST_NODE, LOW_MEMORY, PID, RAYS_OWN, worker_logs
from sweep.training.messages import MAX_OUTPUT_CHARS, Failure, TrialSpec, params_text
from sweep.training.output import BEGIN

VMSTAT = Path("/proc/vmstat")

OUT_OF_MEMORY = (
    "out of memory: Ray ended the workers as they started, before the machine ran out. Free some, or use a smaller "
    "--jobs, then type the same command again (without --new); what was finished is kept"
)


@dataclass(frozen=True)
class WorkerLoss:
    """How a trial lost a worker.

    Args:
        report: what Ray says of it.
        output: the last lines that the worker's process wrote, as far as they are on this machine.
        out_of_memory: whether the system of the worker's machine ended a process for lack of memory meanwhile, as far
            as that is the driver's machine.
    """

    report: str = ""
    output: str = ""
    out_of_memory: bool = False


def worker_failure(spec: TrialSpec, loss: WorkerLoss, ran_seconds: float | None = None) -> Failure:
    """The failure of a trial that lost its worker more often than it is tried again.

    Args:
        spec: the trial.
        loss: the last loss.
        ran_seconds: how long the trial had run, if its worker was ended for that.
    """
    return Failure(
        f"{_reason(loss, ran_seconds)}; with {params_text(spec.params)}", lost=ran_seconds is None, output=loss.output
    )


def was_here(report: str, address: str) -> bool:
    """Whether a lost worker was on this machine: what this machine knows of processes and memory is then about it.

    Args:
        report: what Ray says of the loss.
        address: this machine's, as Ray knows it.

    Returns:
        False if the report names no machine.
    """
    named = ADDRESS.search(report)
    return named is not None and named[1] == address


def last_output(report: str, logs: Path | None) -> str:
    """What the process of a worker that was on this machine wrote last of its trial, from the files that Ray keeps.

    Args:
        report: what Ray says of the loss; it names the process.
        logs: where Ray keeps its logs on this machine; None if it keeps none.

    Returns:
        Empty if the worker wrote nothing, or the report does not name its process.
    """
    pid = PID.search(report)
    if logs is None or pid is None:
        return ""
    texts = [path.read_text(errors="replace") for path in sorted(logs.glob(worker_logs(pid[1])))]
    lines = [line for text in map(_of_last_trial, texts) for line in text.splitlines()]
    lines = [line for line in lines if line.strip() and not line.startswith(RAYS_OWN)]
    return "\n".join(lines)[-MAX_OUTPUT_CHARS:]


def _of_last_trial(text: str) -> str:
    """A worker's output without that of the trials that it trained before."""
    _, begun, rest = f"\n{text}".rpartition(f"\n{BEGIN}")
    return rest.partition("\n")[2] if begun else rest


def of_memory(error: RuntimeError) -> bool:
    """Whether Tune raises for workers that Ray ended for lack of memory, as it does if they had just started."""
    return LOW_MEMORY in str(error)


def _reason(loss: WorkerLoss, ran_seconds: float | None) -> str:
    if ran_seconds is not None:
        return f"ran for {ran_seconds:.0f} s, longer than max_trial_seconds allows"
    if LOW_MEMORY in loss.report:
        return "out of memory: Ray ended the worker before the machine ran out"
    if ended := EXIT_CODE.search(loss.report):
        return f"the worker process ended itself with exit code {ended[1]}"
    if LOST_NODE.search(loss.report):
        return "the worker's node was lost"
    if KILLED in loss.report and loss.out_of_memory:
        return (
            "out of memory, most likely: the worker was killed as this machine's system ended a process for lack of it"
        )
    if KILLED in loss.report:
        return "the worker process was killed or crashed, perhaps by the system for lack of memory, or ended itself"
    lines = (line.strip() for line in reversed(loss.report.splitlines()) if line.strip())
    return next(lines, "the worker was lost")


def oom_kills(vmstat: Path = VMSTAT) -> int:
    """How many processes Linux has ended on this machine for lack of memory, its own or a container's, so far.

    The count is the kernel's `oom_kill` (since Linux 4.13).

    Returns:
        0 on a system that does not tell.
    """
    try:
        lines = vmstat.read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("oom_kill ")), 0)
