"""Which trials are drawn, in what look, and what is said of one that is pointed at."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sweep.analysis.selection import contender
from sweep.analysis.study_analysis import Analysis
from sweep.report.figures.score_axis import score_axis
from sweep.report.figures.style import BASELINE, COMPLETED, CONTENDER, FAILED, PRUNED, Look, plain
from sweep.report.format import changed, seconds
from sweep.space.metrics import VAL
from sweep.study.records import TrialRecord

MOST = 1000
"""Maximum number of trials in a figure."""


class Drawn:
    """The trials that a figure shows: all, or the best half of `MOST` and an even choice of the others.

    Args:
        analysis: the analysis of the study.
        most: maximum number of trials. Default: `MOST`.
    """

    def __init__(self, analysis: Analysis, most: int = MOST) -> None:
        self.analysis = analysis
        self.contender = contender(analysis)
        self.all = [trial for trial in analysis.study.trials if trial.ended]
        self.trials = self._thinned(most)

    @property
    def note(self) -> str:
        """A sentence on what is left out, with a space before it; empty if nothing is."""
        if len(self.trials) == len(self.all):
            return ""
        return (
            f" Of {len(self.all):,} trials {len(self.trials):,} are drawn: the best, and an even choice of the others."
        )

    def look(self, trial: TrialRecord) -> Look:
        """How a trial is drawn."""
        if trial.is_baseline and trial.state == "COMPLETE":
            return BASELINE
        if trial.number == self.contender:
            return CONTENDER._replace(name=f"trial {trial.number}")
        return {"COMPLETE": COMPLETED, "PRUNED": PRUNED}.get(trial.state, FAILED)

    def by_look(self, trials: Iterable[TrialRecord] | None = None) -> list[tuple[Look, list[TrialRecord]]]:
        """Trials by their looks, those that are to lie above the others last."""
        groups: dict[Look, list[TrialRecord]] = {}
        for trial in self.trials if trials is None else trials:
            groups.setdefault(self.look(trial), []).append(trial)
        order = [PRUNED.name, FAILED.name, COMPLETED.name, BASELINE.name]
        return sorted(groups.items(), key=lambda item: order.index(item[0].name) if item[0].name in order else 9)

    def hover(self, trials: Sequence[TrialRecord]) -> list[str]:
        """What is shown of each trial that is pointed at."""
        return [self._hover(trial) for trial in trials]

    def _hover(self, trial: TrialRecord) -> str:
        study = self.analysis.study
        score = score_axis(study).score
        scores = [("val", trial.last.get(VAL + score.metric)), ("test", trial.test.get(score.metric))]
        measured = " · ".join(f"{part} {plain(score.whole(value))}" for part, value in scores if value is not None)
        params = "" if trial.is_baseline else changed(trial.params, study.definition.baseline)
        cost = seconds(trial.last.get("seconds"))
        size = f"{trial.parameters:,} parameters" if trial.parameters else ""
        lines = [
            f"<b>trial {trial.number}</b>{' · the baseline' if trial.is_baseline else ''} · {trial.state}",
            measured,
            plain(params, 90),
            " · ".join(text for text in (cost, size) if text),
            plain(trial.error, 90),
        ]
        return "<br>".join(line for line in lines if line)

    def _thinned(self, most: int) -> list[TrialRecord]:
        if len(self.all) <= most:
            return self.all
        ranks = self.analysis.ranks
        kept = {0, self.contender, *list(ranks)[: most // 2]}
        others = [trial.number for trial in self.all if trial.number not in kept]
        room = most - len(kept)
        kept |= {others[index * len(others) // room] for index in range(room)} if room > 0 and others else set()
        return [trial for trial in self.all if trial.number in kept]
