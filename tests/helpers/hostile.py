"""Texts that harm who reads them carelessly, and a study that has such a text wherever one can come from outside."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from builders import NAME, measurement, taken, tiny_arrays, tiny_sweep
from optuna.distributions import CategoricalDistribution, IntDistribution

from sweep.data.dataset import Dataset, checked
from sweep.space.suggest import Explored, Suggestion
from sweep.study.confirming_run import ConfirmingRun
from sweep.study.definition import Definition
from sweep.study.opening import open_ledger
from sweep.study.origin import Origin
from sweep.training.messages import Failure

RECORD = "2026-01-01 00:00:00,000 WARNING sweep: forged"
"""What a record of the log looks like."""

TEXTS = {
    "plain": "nothing but words",
    "colours": "\x1b[2J\x1b[31mred\x1b[0m",
    "title and bell": "\x1b]0;title\x07",
    "link of a terminal": "\x1b]8;;https://example.org\x1b\\here\x1b]8;;\x1b\\",
    "C1 controls": "\x9b31m\x9d0;title\x9c",
    "carriage return": "this\rthat",
    "backspace": "a\b\b\x7fb",
    "every line break": "a\nb\r\nc\x0bd\x0ce\x1cf\x85g\u2028h\u2029i",
    "forged record": f"a\n{RECORD}\r{RECORD}\u2028{RECORD}",
    "forged row": "a\n1,0,True,COMPLETE\n| 1 | 0 |",
    "reading direction": "\u202egpj.exe\u2066\u200f",
    "zero width": "a\u200bb\ufeff\u2060\u00ad",
    "lone surrogate": "a\ud800b\udfff",
    "tags": "\U000e0041\U000e007f",
    "NUL": "a\0b",
    "markup of rich": "[bold]a[/bold] [link=https://example.org]b[/link] :smile: [/]",
    "link and image": "[a](https://example.org) ![b](https://example.org/c.png) [d][e] [f]",
    "bare links": "<https://example.org> https://example.org HTTP://EXAMPLE.ORG www.example.org <a@example.org>",
    "emphasis and code": r"**a** __b__ *c* _d_ ~~e~~ `f` ``g` \*h\* i_j a*b*c",
    "more cells": r"a | b \| c || d `|` \\| e",
    "tags of HTML": "<script>alert(1)</script><img src=x onerror=y><!-- a --> &lt;b&gt; &#91;c](d) &amp;",
    "list and heading": "# a",
    "formula": "=1+1",
    "command": "@SUM(A1)|cmd",
    "plus": "+1",
    "minus": "-1",
    "formula behind a tab": "\t=1+1",
    "formula behind a line": "\r\n=1+1",
    "full-width formula": "\uff1d1+1",
    "quotes and commas": 'a, "b", \'c\'; ""d',
    "spaces": "  a  b  ",
    "nothing to see": " \t\n ",
    "missing for pandas": "None",
    "number": "0x10",
    "long": "x" * 10_000,
}
"""Each hostile text by what it tries."""

ANYWHERE = ("choice", "constant", "dataset", "node", "error")
"""Columns of the board that have the hostile text as their value in a row."""


def hostile_study(results: Path, text: str) -> Path:
    """A study with one text as param name, choice, constant, data set, node, errors, and in what trained it.

    Its trials: 0 and 1 COMPLETE and confirmed, one run of each failed; 2 FAIL.
    """

    def space(trial: Any) -> dict[str, Any]:
        return {
            text: trial.suggest_int(text, 1, 9),
            "choice": trial.suggest_categorical("choice", [text]),
            "constant": text,
        }

    sweep = tiny_sweep(space=space, baseline={text: 1, "choice": text}, trials=3)
    dataset = hostile_dataset(text)
    ranges: Any = {text: [IntDistribution(1, 9)], "choice": [CategoricalDistribution([text])]}
    explored = Explored([Suggestion({text: 1, "choice": text, "constant": text})], ranges)
    with open_ledger(results, NAME, sweep, Definition.of(sweep, dataset, explored)) as ledger:
        ledger.note_origin(Origin(text, False, text, 1, 0))
        for number in range(2):
            spec = taken(ledger)
            environment = json.dumps({"node": text, "python": f"{text}{number}"})
            ledger.report(spec.number, measurement(100, 0.5, node=text, environment=environment))
            ledger.complete(spec.number, measurement(100, 0.5, node=text))
        ledger.fail(taken(ledger).number, Failure(text))
        runs = [ConfirmingRun(trial, index, 1, {"accuracy": 0.5}, 1.0, text) for trial in (0, 1) for index in (0, 1)]
        runs[3] = ConfirmingRun(1, 1, 1, error=text)
        confirmations = ledger.confirmations()
        confirmations.schedule(runs, 2)
        for run in runs:
            confirmations.add(run, json.dumps({"node": text, "python": f"{text}{run.trial}"}))
    return results


def hostile_dataset(text: str) -> Dataset:
    """A small data set of that name."""
    return checked(text, tiny_arrays(), text)
