"""What `run` says when it ends."""

from __future__ import annotations

import shlex
import statistics
import sys
from pathlib import Path

from rich.console import Console

from sweep.confirmed import Confirmed, confirmed
from sweep.display import board_table, cheapest_line, confirmed_table, console, percent, points, seconds
from sweep.leaderboard import ranked
from sweep.records import StudyRecord
from sweep.sweep import Sweep
from sweep.winner import corrected_best, noise_sd

TOP = 5
LUCKY = ("val_accuracy", "maximize")
"""The search whose winner's luck can be told: what is measured is a share of right answers."""


def tell_interrupted(study: StudyRecord, sweep: Sweep) -> None:
    """Say on standard error what is kept, and how to go on."""
    ended = sum(trial.state in ("COMPLETE", "PRUNED", "FAIL") for trial in study.trials)
    tell_stopped(f"{ended} of {sweep.trials} trials are finished and kept")


def tell_stopped(kept: str) -> None:
    """The same in general."""
    tell = console(stderr=True)
    tell.print(f"stopped: {kept}. To go on, type:")
    tell.print(f"    {_command()}")


def _command() -> str:
    program = "python -m sweep" if sys.argv[0].endswith("__main__.py") else "sweep"
    again = [word for word in sys.argv[1:] if word != "--new"]  # it would start afresh once more
    return f"{program} {shlex.join(again)}"


def summarize(out: Console, study: StudyRecord, results: Path, validation_images: int) -> None:
    """Print the top of the board with the baseline's row, where the files are, and what to type next.

    With several objectives the top is the Pareto front.
    """
    ranks = ranked(study)
    last = TOP if len(study.definition.directions) == 1 else 1
    top = [trial for trial in ranks if ranks[trial] <= last or study.trials[trial].is_baseline]
    if top:
        out.print()
        out.print(board_table(study, [study.trials[number] for number in top], ranks))
    for line in (_luck(study, list(ranks), validation_images), cheapest_line(study, validation_images)):
        if line:
            out.print(line)
    tell_verdicts(out, study)
    states = [trial.state for trial in study.trials]
    counts = ", ".join(f"{states.count(state)} {state}" for state in ("COMPLETE", "PRUNED", "FAIL"))
    spent = sum(trial.last.get("seconds", 0.0) for trial in study.trials)
    out.print()
    out.print(f"{len(states)} trials: {counts}; {seconds(spent)} of training in all")
    out.print(f"board: {results / 'leaderboard.csv'}   study: {results / study.name}/")
    number = top[0] if top else 0
    where = "" if results == Path("results") else f" --results {results}"
    out.print(f"next:  python -m sweep show {study.name} {number}{where}")


def tell_verdicts(out: Console, study: StudyRecord) -> None:
    """Print what the confirming runs say, and in one sentence each who is better; nothing if there are none."""
    found = confirmed(study)
    if not found:
        return
    out.print()
    out.print(confirmed_table(found))
    for one in found.values():
        if one.verdict is not None:
            out.print(_sentence(one))


def _sentence(one: Confirmed) -> str:
    verdict, trial = one.verdict, f"Trial {one.trial}"
    if verdict is None or verdict.outcome is None:
        return f"{trial}: one run on a side has no spread, so nothing can be said yet."
    if verdict.outcome != "tied":
        return f"{trial} is {verdict.outcome} than the baseline, by {points(verdict.comparison.difference)} points."
    settle = f"about {one.seeds_to_settle}" if one.seeds_to_settle else "more than 1,000"
    return (
        f"{trial} is tied with the baseline: these runs can't tell them apart. "
        f"If the difference seen were the true one, {settle} runs a side would."
    )


def _luck(study: StudyRecord, ranked_numbers: list[int], images: int) -> str:
    """What the winner's score is worth without its luck; empty if there is nothing to correct."""
    if len(ranked_numbers) < 2 or (study.definition.objective, study.definition.direction) != LUCKY:
        return ""
    scores = [study.trials[number].value or 0.0 for number in ranked_numbers]
    best = corrected_best(scores, noise_sd(statistics.median(scores), images))
    return (
        f"The best of {best.n} noisy scores is partly luck: "
        f"{percent(best.raw)} % by validation is worth about {percent(best.value)} %."
    )
