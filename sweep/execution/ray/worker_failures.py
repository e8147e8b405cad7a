"""What Ray says of a worker that a trial lost, as the trial's failure."""

from __future__ import annotations

from sweep.execution.ray.private import KILLED, LOST_NODE, LOW_MEMORY
from sweep.training.failures import params_text
from sweep.training.messages import Failure, TrialSpec

OUT_OF_MEMORY = (
    "out of memory: Ray ended the workers as they started, before the machine ran out. Free some, or use a smaller "
    "--jobs, then type the same command again (without --new); what was finished is kept"
)


def lost(spec: TrialSpec, said: str, ran_seconds: float | None = None, *, out_of_memory: bool = False) -> Failure:
    """The failure of a trial that lost its worker more often than it is tried again.

    Args:
        spec: the trial.
        said: what Ray says of the last loss.
        ran_seconds: how long the trial had run, if its worker was ended for that.
        out_of_memory: whether the system ended a process on the driver's machine for want of memory meanwhile.
    """
    return Failure(
        f"{_why(said, ran_seconds, out_of_memory)}; with {params_text(spec.params)}", lost=ran_seconds is None
    )


def of_memory(error: RuntimeError) -> bool:
    """Whether Tune raises for workers that Ray ended for want of memory, as it does if they had just started."""
    return LOW_MEMORY in str(error)


def _why(said: str, ran_seconds: float | None, out_of_memory: bool) -> str:
    if ran_seconds is not None:
        return f"ran for {ran_seconds:.0f} s, longer than max_trial_seconds allows"
    if LOW_MEMORY in said:
        return "out of memory: Ray ended the worker before the machine ran out"
    if LOST_NODE.search(said):
        return "the worker's node was lost"
    if KILLED in said and out_of_memory:
        return (
            "out of memory, most likely: the worker was killed as this machine's system ended a process for want of it"
        )
    if KILLED in said:
        return "the worker process was killed or crashed, perhaps by the system for want of memory"
    return next((line.strip() for line in reversed(said.splitlines()) if line.strip()), "the worker was lost")
