"""What a live view says of a search, as lines made from records: the best so far, what runs, what was pruned, lost."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from sweep.analysis.lead import lead_of
from sweep.analysis.pruned_place import pruned_place
from sweep.report.format import changed, written_as
from sweep.report.narrow import GAP, folded
from sweep.report.sparkline import sparkline
from sweep.sanitize import one_line
from sweep.space.metrics import VAL
from sweep.study.records import ENDED, StudyRecord, TrialRecord

MAX_PRUNED = 5
"""How many of the pruned trials are shown, the latest first."""
MAX_LOST = 3
"""How many of the trials that lost workers are named, the latest ones."""
FEWEST_PRUNED = 2
"""With fewer of them, lines are cut rather than left out."""


@dataclass(frozen=True)
class Line:
    """One line of a live view, its pieces two spaces apart.

    Args:
        text: the text, without control characters.
        style: style of the text. Default: none.
    """

    text: str
    style: str = ""


class SearchView:
    """The lines of a live view of a search.

    Args:
        study: the study's record when the search began: its definition, and the noise of its scores.
        maximizes: whether larger values of the objective are better.
        plain: whether the terminal can show ASCII alone. Default: no.
    """

    def __init__(self, study: StudyRecord, *, maximizes: bool, plain: bool = False) -> None:
        self._study = study
        self._maximizes = maximizes
        self._plain = plain
        self._score = written_as(study.metric)
        self._name = VAL + study.metric

    def fitted(self, trials: Sequence[TrialRecord], running: Sequence[int], width: int, room: int) -> list[Line]:
        """As many lines as there is room for.

        They are whole if they fit, but for the older of what was pruned. Else each running or pruned trial has one
        line, which the terminal cuts, and of these what was pruned goes first.

        Args:
            trials: the trials so far, those that ended in the order of their ends.
            running: numbers of the trials that run.
            width: width of the terminal in characters.
            room: number of its lines that may be filled.
        """
        by_number = {trial.number: trial for trial in trials}
        runs = self._running([by_number[number] for number in running])
        head = [*self._best(trials), *_tally(trials, set(running))]
        pruned = self._pruned(trials)
        for shown in range(len(pruned), min(FEWEST_PRUNED, len(pruned)) - 1, -1):
            whole = _whole([*head, *runs, *pruned[:shown]], width)
            if len(whole) <= room:
                return whole
        head = _whole(head, width)
        left = max(1, room - len(head))
        if len(runs) > left:
            runs = [*runs[: left - 1], Line(f"  and {len(runs) - left + 1} more running trials", "dim")]
        return [*head, *runs, *pruned[: left - len(runs)]][:room]

    def _best(self, trials: Sequence[TrialRecord]) -> list[Line]:
        lead = lead_of(self._study, trials, maximizes=self._maximizes)
        if lead is None:
            return []
        score, best = self._score, lead.best
        text = f"best so far: trial {best.number}, val {score.whole(best.last[self._name])}"
        if best.is_baseline:
            text += " (the baseline)"
        elif lead.difference is not None:
            text += f" ({score.difference(lead.difference)}{score.unit} against the baseline)"
        if lead.reach is not None:
            text += f"{GAP}95 % interval ±{score.difference(lead.reach)[1:]}{': may be chance' * lead.may_be_chance}"
        return [Line(one_line(text.replace("±", "+-") if self._plain else text), "bold")]

    def _running(self, trials: Sequence[TrialRecord]) -> list[Line]:
        values = [value for trial in trials for value in self._curve(trial) if math.isfinite(value)]
        low, high = min(values, default=0.0), max(values, default=0.0)
        return [self._running_line(trial, low, high) for trial in trials]

    def _running_line(self, trial: TrialRecord, low: float, high: float) -> Line:
        definition = self._study.definition
        params = "the baseline" if trial.is_baseline else changed(trial.params, definition.baseline)
        at, curve = "starts", ""
        if trial.curve:
            at = f"{trial.last['step']:>3.0f} %  val {self._score.whole(trial.last.get(self._name))}"
            better = self._study.higher_is_better
            cells = len(definition.steps)
            line = sparkline(self._curve(trial), cells, low, high, larger_is_better=better, plain=self._plain)
            curve = GAP + line
        return Line(one_line(f"  trial {trial.number:>3}  {at}{curve}  {params}"))

    def _curve(self, trial: TrialRecord) -> list[float]:
        return [point[self._name] for point in trial.curve if self._name in point]

    def _pruned(self, trials: Sequence[TrialRecord]) -> list[Line]:
        """A line for each of the latest pruned trials: the rung and the place there, or the constraint."""
        latest = [trial for trial in reversed(trials) if trial.state == "PRUNED"][:MAX_PRUNED]
        return [Line(one_line(self._pruned_text(trial, trials)), "dim") for trial in latest]

    def _pruned_text(self, trial: TrialRecord, trials: Sequence[TrialRecord]) -> str:
        head = f"  pruned: trial {trial.number:>3}"
        place = pruned_place(self._study.definition, trial, trials)
        if place is None or trial.error:
            return f"{head}  {trial.error or 'before its first rung'}"
        value = self._score.whole(trial.last.get(self._name))
        return f"{head} at {place.step:.0f} %, place {place.place} of {place.of}, val {value}"


def _tally(trials: Sequence[TrialRecord], running: set[int]) -> list[Line]:
    """How the trials that ended did, once not all completed; and which lost their workers."""
    states = [trial.state for trial in trials]
    lines = []
    if "PRUNED" in states or "FAIL" in states:
        counts = ", ".join(f"{states.count(state)} {state}" for state in ENDED if state in states)
        lines.append(Line(f"so far: {counts}"))
    lost = [trial for trial in trials if trial.workers_lost]
    if lost:
        total = sum(trial.workers_lost for trial in lost)
        latest = [_loss(trial, running) for trial in lost[-MAX_LOST:]]
        more = [f"and of {len(lost) - MAX_LOST} trials before"] if len(lost) > MAX_LOST else []
        lines.append(Line(GAP.join([f"lost workers: {total}", *latest, *more]), "yellow"))
    return lines


def _loss(trial: TrialRecord, running: set[int]) -> str:
    times = f", {trial.workers_lost} times" if trial.workers_lost > 1 else ""
    now = "goes on" if trial.number in running else trial.state
    return f"trial {trial.number}{times} ({now})"


def _whole(lines: Sequence[Line], width: int) -> list[Line]:
    """Lines that go on in the next one where the terminal is too narrow for them."""
    return [Line(part, line.style) for line in lines for part in folded(line.text, width)]
