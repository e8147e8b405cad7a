"""Same work: the same configurations, each trained in full, by `sweep` and by what people use today.

Every tool runs as a process of its own, timed from start to exit; the tools take turns, and each repetition begins
with another one. Full: 8 configurations x 5 epochs x 3 repetitions (hours). Short: 4 x 1 x 1.

    python tests/benchmarks/same_work.py --short
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from common import DEFAULT_SPACE, data_file, median, or_form, parser, say, show, text, write
from tools import OURS, PEERS, Params, Setup, Trials, add_sweep_flags, configurations, run_listed, run_peer


def main() -> None:
    """Run the benchmark."""
    options = parser(__doc__)
    options.add_argument("--configs", type=int, help="how many configurations (default: 8, short 4)")
    options.add_argument("--epochs", type=int, help="of each (default: 5, short 1)")
    options.add_argument("--reps", type=int, help="how often (default: 3, short 1)")
    options.add_argument("--tools", nargs="+", choices=(OURS, *PEERS), default=(OURS, *PEERS), help="default: all")
    add_sweep_flags(options)
    arguments = options.parse_args()
    count = or_form(arguments.configs, short=arguments.short, full=8, brief=4)
    epochs = or_form(arguments.epochs, short=arguments.short, full=5, brief=1)
    reps = or_form(arguments.reps, short=arguments.short, full=3, brief=1)
    configs = configurations(DEFAULT_SPACE, count)
    with tempfile.TemporaryDirectory(prefix="sweep-benchmark-") as folder:
        setup = Setup(data_file(arguments, Path(folder)), Path(folder), epochs, arguments.sweep_flags)
        runs = [
            one_run(tool, rep, setup, configs) for rep in range(reps) for tool in turned(list(arguments.tools), rep)
        ]
    summary = {tool: summarize(tool, runs) for tool in arguments.tools}
    figures = {"n": reps, "configs": configs, "epochs": epochs, "best_peer_over_ours": best_ratio(summary)}
    print_table(summary, f"same work: {count} configurations x {epochs} epochs, n = {reps}")
    write(arguments, "same_work", {**figures, "summary": summary, "runs": runs})


def turned(tools: list[str], rep: int) -> list[str]:
    """The tools, beginning with another one at each repetition."""
    first = rep % len(tools)
    return tools[first:] + tools[:first]


def one_run(tool: str, rep: int, setup: Setup, configs: list[Params]) -> dict[str, Any]:
    """Let one tool do the work; a run that failed or left work undone has no seconds, but an error."""
    result = run_listed(setup, configs) if tool == OURS else run_peer(tool, setup, configs=configs)
    error = result.finished.error or undone(result, configs)
    seconds = None if error else round(result.finished.seconds, 2)
    say(f"{tool}: {f'failed: {error}' if error else text(seconds, 1, ' s')}")
    return {"tool": tool, "rep": rep, "seconds": seconds, "error": error, "trials": result.trials}


def undone(result: Trials, configs: list[Params]) -> str:
    """What is wrong with the trials of a run; "" if each configuration was trained."""
    trained = [trial["params"] for trial in result.trials if trial["val_accuracy"] is not None]
    missing = [params for params in configs if params not in trained]
    if missing or len(trained) != len(configs):
        tail = result.finished.tail
        return f"{len(trained)} trials for {len(configs)} configurations; not trained: {missing}\n{tail}"
    return ""


def summarize(tool: str, runs: list[dict[str, Any]]) -> dict[str, Any]:
    """A tool's times, and how many times ours they are, repetition by repetition."""
    ours = {run["rep"]: run["seconds"] for run in runs if run["tool"] == OURS}
    mine = [run for run in runs if run["tool"] == tool and run["seconds"] is not None]
    ratios = [run["seconds"] / ours[run["rep"]] for run in mine if ours.get(run["rep"])]
    seconds = [run["seconds"] for run in mine]
    best = median(max(trial["val_accuracy"] for trial in run["trials"]) for run in mine)
    return {
        "seconds": seconds,
        "median_seconds": median(seconds),
        "over_ours": [round(ratio, 3) for ratio in ratios],
        "median_over_ours": median(ratios),
        "median_best_val_accuracy": best,
    }


def best_ratio(summary: dict[str, dict[str, Any]]) -> float | None:
    """How many times ours the fastest peer's time is."""
    ratios = [row["median_over_ours"] for tool, row in summary.items() if tool != OURS]
    return min((ratio for ratio in ratios if ratio is not None), default=None)


def print_table(summary: dict[str, dict[str, Any]], title: str) -> None:
    """One row a tool."""
    rows = [
        (
            tool,
            text(row["median_seconds"]),
            ", ".join(text(seconds) for seconds in row["seconds"]) or "failed",
            text(row["median_over_ours"], 2),
            text(row["median_best_val_accuracy"], 4),
        )
        for tool, row in summary.items()
    ]
    show(title, ("tool", "median s", "all s", "x ours", "best val_accuracy"), rows)


if __name__ == "__main__":
    main()
