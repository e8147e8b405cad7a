"""Facts of a study as tables: what it cost, the params of the contender, and what it was made with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sweep.analysis.selection import contender
from sweep.analysis.study_analysis import Analysis
from sweep.report.figures.timeline import intervals
from sweep.report.format import microseconds, seconds, short, written_as
from sweep.report.html.commands import typed
from sweep.report.html.markup import Markup, caption, element
from sweep.space.metrics import VAL
from sweep.study.provenance import read_run_json
from sweep.study.records import BASELINE, StudyRecord, TrialRecord
from sweep.study.storage.folder import StudyFolder

STATES = {
    "COMPLETE": "completed",
    "PRUNED": "pruned",
    "FAIL": "failed",
    "RUNNING": "running",
    "WAITING": "waiting",
}
"""What trials in a state are called."""


def tiles(facts: Mapping[str, str]) -> Markup:
    """Facts that stand out, each with what it is called."""
    return element(
        "dl",
        *(element("div", element("dt", name), element("dd", text)) for name, text in facts.items()),
        class_="tiles",
    )


def facts_table(facts: Mapping[str, str], title: str) -> Markup:
    """Facts as a table of two columns."""
    rows = [
        element("tr", element("th", name, scope="row"), element("td", text)) for name, text in facts.items() if text
    ]
    table = element("table", caption(title), element("tbody", *rows), class_="facts")
    return element("div", table, class_="scroll", role="region", tabindex="0", aria_label=title)


def cost_facts(study: StudyRecord) -> dict[str, str]:
    """What the whole study cost."""
    trained = sum(trial.last.get("seconds", 0.0) for trial in study.trials)
    confirming = sum(run.seconds or 0.0 for run in study.confirming)
    timed, _ = intervals([trial for trial in study.trials if trial.started and trial.finished])
    wall = max((item.end for item in timed), default=0.0)
    states = [trial.state for trial in study.trials]
    counts = {word: f"{states.count(state):,}" for state, word in STATES.items() if state in states}
    known = {"training, all trials": seconds(trained), "by the clock": seconds(wall) if wall else ""}
    if confirming:
        known[f"{len(study.confirming):,} confirming runs"] = seconds(confirming)
    return {name: text for name, text in {**known, **counts}.items() if text}


def cost_sentences(analysis: Analysis) -> list[str]:
    """What pruning saved, and what the contender costs against the baseline."""
    study, number = analysis.study, contender(analysis)
    pruned = [trial for trial in study.trials if trial.state == "PRUNED" and trial.curve]
    sentences = []
    if pruned:
        trained = sum(trial.last["epochs"] for trial in pruned)
        whole = sum(float(trial.params.get("epochs") or study.definition.epochs) for trial in pruned)
        sentences.append(f"Pruning ended {len(pruned):,} trials after {trained:g} of their {whole:g} epochs.")
    if number is not None and study.trials[BASELINE].state == "COMPLETE":
        sentences.append(_against_baseline(study, study.trials[number]))
    return [sentence for sentence in sentences if sentence]


def _against_baseline(study: StudyRecord, trial: TrialRecord) -> str:
    baseline, example = study.trials[BASELINE], written_as(study.metric).example
    parts = []
    if trial.parameters and baseline.parameters:
        ratio = trial.parameters / baseline.parameters
        parts.append(f"{trial.parameters:,} parameters against {baseline.parameters:,} ({ratio:.2f} times)")
    if trial.inference_us and baseline.inference_us:
        parts.append(f"{microseconds(trial.inference_us)} an {example} against {microseconds(baseline.inference_us)}")
    times = trial.last.get("seconds"), baseline.last.get("seconds")
    if None not in times:
        parts.append(f"{seconds(times[0])} of training against {seconds(times[1])}")
    return f"Trial {trial.number} and the baseline: {', '.join(parts)}." if parts else ""


def changed_sentence(analysis: Analysis) -> str:
    """In how many params the contender differs from the baseline, and what that means; empty without a contender."""
    study, number = analysis.study, contender(analysis)
    if number is None:
        return ""
    ours, theirs = study.trials[number].params, study.trials[BASELINE].params
    names = [name for name in dict.fromkeys([*theirs, *ours]) if _text(ours, name) != _text(theirs, name)]
    if len(names) < 2:
        return f"Trial {number} differs from the baseline in {names[0]} alone." if names else ""
    return (
        f"Trial {number} differs from the baseline in {len(names)} params at once ({', '.join(names)}), so that the "
        "difference can't be put down to one of them."
    )


def params_table(analysis: Analysis) -> Markup:
    """The params and numbers of the contender beside the baseline's; what differs is marked."""
    study, number = analysis.study, contender(analysis)
    trials = [*study.trials[BASELINE : BASELINE + 1], *([study.trials[number]] if number is not None else [])]
    names = list(dict.fromkeys(name for trial in trials for name in trial.params))
    rows = [_compared(name, [_text(trial.params, name) for trial in trials]) for name in names]
    rows += [_compared(name, [_number(study, trial, name) for trial in trials], bold=False) for name in NUMBERS]
    heads = ["", "the baseline", *([f"trial {number}"] if number is not None else [])]
    first, *others = heads
    head = element("tr", element("td", first), *(element("th", text, scope="col") for text in others))
    title = caption("Parameters, then what was measured; what differs from the baseline is marked.")
    table = element("table", title, element("thead", head), element("tbody", *rows), class_="facts")
    return element(
        "div", table, class_="scroll", role="region", tabindex="0", aria_label="Parameters against the baseline"
    )


NUMBERS = ("validation score", "test score", "parameters", "epochs", "training time", "seed")


def _number(study: StudyRecord, trial: TrialRecord, name: str) -> str:
    score = written_as(study.metric)
    return {
        "validation score": score.whole(trial.last.get(VAL + study.metric)),
        "test score": score.whole(trial.test.get(study.metric)),
        "parameters": f"{trial.parameters:,}" if trial.parameters else "",
        "epochs": f"{trial.last.get('epochs', 0):g}",
        "training time": seconds(trial.last.get("seconds")),
        "seed": "" if trial.seed is None else str(trial.seed),
    }[name]


def _text(params: Mapping[str, Any], name: str) -> str:
    return short(params[name]) if name in params else "none"


def _compared(name: str, texts: list[str], *, bold: bool = True) -> Markup:
    differs = len(set(texts)) > 1 and bold
    cells = [element("td", element("mark", text) if differs and index else text) for index, text in enumerate(texts)]
    return element("tr", element("th", name, scope="row"), *cells)


def provenance(study: StudyRecord, folder: StudyFolder) -> dict[str, str]:
    """What the study was made with, from its ledger and from the `run.json` of its last run, as far as it is there."""
    run = read_run_json(folder)
    machine, versions = (value if isinstance(value := run.get(name), dict) else {} for name in ("machine", "versions"))
    command = run.get("command")
    evaluations, images = run.get("test_evaluations"), _examples(run.get("search"))
    definition = study.definition
    return {
        "data": f"{definition.dataset} (sha256 {definition.sha256})",
        "objective": ", ".join(f"{name} ({way})" for name, way in definition.directions.items()),
        "training examples": f"{images[0]:,}, those held out for validation included" if images else "",
        "test examples": f"{images[1]:,}" if images else "",
        "validation examples": "" if definition.validation_images is None else f"{definition.validation_images:,}",
        "epochs, rungs": f"{definition.epochs} epochs, measured after {', '.join(map(str, definition.steps))} %",
        "seed": str(definition.seed),
        "precision": study.precision,
        "search-space file": study.origin.file if study.origin else "",
        "command of the last run": typed(command) if isinstance(command, list) else "",
        "began": str(run.get("started", "")),
        "versions": ", ".join(
            f"{name} {text}" for name, text in {"python": run.get("python"), **versions}.items() if text
        ),
        "git commit": str(run.get("git_commit") or ""),
        "code": f"sha256 {run['code_sha256']}" if run.get("code_sha256") else "",
        "machine": ", ".join(
            str(machine[name]) for name in ("node", "processor", "system", "cluster") if machine.get(name)
        ),
        "processors that trained": ", ".join(_trained_on(study)),
        "machines that trained": ", ".join(dict.fromkeys(trial.node for trial in study.trials if trial.node)),
        "looks at the test set": _looks(evaluations),
    }


def _examples(search: Any) -> list[int]:
    """The numbers of training and of test examples that `run.json` has of a search; empty if it has none."""
    images = search.get("images") if isinstance(search, dict) else None
    return images if isinstance(images, list) and [type(count) for count in images] == [int, int] else []


def _trained_on(study: StudyRecord) -> list[str]:
    return list(dict.fromkeys(text for item in study.environments if (text := item.get("processor", ""))))


def _looks(evaluations: Any) -> str:
    if not isinstance(evaluations, dict):
        return ""
    return ", ".join(f"{str(name).replace('_', ' ')}: {count}" for name, count in evaluations.items())
