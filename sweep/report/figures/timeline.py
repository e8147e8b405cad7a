"""The timeline: which trial ran when, on which machine, and when nothing ran."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import plotly.graph_objects as go

from sweep.analysis.study_analysis import Analysis
from sweep.errors import InputError
from sweep.report.figures.drawing import Drawing
from sweep.report.figures.drawn import Drawn
from sweep.report.figures.style import EDGE, axis, layout, plain
from sweep.report.format import seconds
from sweep.study.records import TrialRecord

PAUSE_SECONDS = 60.0
PAUSE_SHARE = 0.1
"""A time without any trial is a pause, and left out, if it is longer than this, and than this share of all others."""


@dataclass(frozen=True)
class Interval:
    """When one trial ran, in seconds since the first began, pauses left out.

    Args:
        trial: the trial.
        begin, end: the two moments.
        node: name of the machine.
        slot: which of the machine's places it had, from 0.
    """

    trial: TrialRecord
    begin: float
    end: float
    node: str
    slot: int


def timeline(analysis: Analysis) -> Drawing:
    """Trials as bars by machine and slot. Slots are not recorded: each trial has the first that is free.

    Raises:
        InputError: if no trial's beginning and end are known.
    """
    drawn = Drawn(analysis)
    every, pauses = intervals([trial for trial in drawn.all if trial.started and trial.finished])
    if not every:
        raise InputError("timeline needs a trial whose beginning and end are known, but there is none")
    rows = list(dict.fromkeys(sorted((item.node, item.slot) for item in every)))
    labels = [f"{plain(node or 'unknown', 24)}  {slot + 1}" for node, slot in rows]
    figure = go.Figure(
        layout=layout(
            axis("seconds since the first trial began" + ", pauses left out" * bool(pauses), rangemode="tozero"),
            axis("", tickvals=list(range(len(rows))), ticktext=labels, autorange="reversed"),
            height=max(200, 130 + 34 * len(rows)),
            barmode="overlay",
        )
    )
    kept = {trial.number for trial in drawn.trials}
    shown = {item.trial.number: item for item in every if item.trial.number in kept}
    for look, trials in drawn.by_look(item.trial for item in shown.values()):
        items = [shown[trial.number] for trial in trials]
        figure.add_bar(
            base=[round(item.begin, 2) for item in items],
            x=[round(item.end - item.begin, 2) for item in items],
            y=[rows.index((item.node, item.slot)) for item in items],
            orientation="h", width=0.7, name=look.name, customdata=[item.trial.number for item in items],
            marker={"color": look.colour, "line": {"color": EDGE, "width": 1}},
            hovertext=drawn.hover(trials), hoverinfo="text",
        )  # fmt: skip
    return Drawing(figure, _described(every, pauses, len(rows)) + drawn.note)


def intervals(trials: Sequence[TrialRecord]) -> tuple[list[Interval], list[float]]:
    """When each trial ran, in the first slot of its machine that is free then, and the lengths of the pauses."""
    moments = sorted(
        (
            (datetime.fromisoformat(t.started).timestamp(), datetime.fromisoformat(t.finished).timestamp(), t)
            for t in trials
        ),
        key=lambda item: (item[0], item[1], item[2].number),
    )
    free: dict[str, list[float]] = {}
    result: list[Interval] = []
    pauses: list[float] = []
    cut = moments[0][0] if moments else 0.0
    latest = cut
    shortest = _shortest_pause(moments)
    for begin, end, trial in moments:
        if begin - latest > shortest:
            pauses.append(begin - latest)
            cut += begin - latest
        slots = free.setdefault(trial.node, [])
        slot = next((index for index, moment in enumerate(slots) if moment <= begin), len(slots))
        slots[slot : slot + 1] = [end]
        result.append(Interval(trial, begin - cut, end - cut, trial.node, slot))
        latest = max(latest, end)
    return result, pauses


def _shortest_pause(moments: Sequence[tuple[float, float, TrialRecord]]) -> float:
    """From how many seconds on a time without any trial is a pause."""
    busy, latest = 0.0, 0.0
    for begin, end, _ in moments:
        busy += max(0.0, end - max(begin, latest))
        latest = max(latest, end)
    return max(PAUSE_SECONDS, PAUSE_SHARE * busy)


def _described(every: Sequence[Interval], pauses: Sequence[float], slots: int) -> str:
    span = max(item.end for item in every)
    busy = sum(item.end - item.begin for item in every)
    share = busy / (slots * span) if span else 1.0
    nodes = len({item.node for item in every})
    text = f"{len(every):,} trials on {_counted(nodes, 'machine')} in {_counted(slots, 'slot')}, over {seconds(span)}: "
    text += f"{100 * share:.0f} % of the slots' time was used, {seconds(max(0.0, slots * span - busy))} was idle."
    if pauses:
        text += f" Left out, as nothing ran: {_counted(len(pauses), 'pause')} of {seconds(sum(pauses))} in all."
    return text


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'s' if count != 1 else ''}"
