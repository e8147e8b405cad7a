"""Same quality: how long `sweep` takes to reach what each peer reaches with its whole search.

Each peer searches the default space (the plain script: the baseline and random configurations), every trial trained
in full; its best validation accuracy is the mark. Then `sweep run` has its own default budget, and its journal tells
when its best completed trial so far reached each mark, counted from the start of the process. `sweep` is run with
several seeds, spread over the peers' runs. Full: 16 trials x 5 epochs, 3 seeds. Short: 4 x 1, 1 seed.

    python tests/benchmarks/same_quality.py --short
"""

from __future__ import annotations

import math
import tempfile
from pathlib import Path
from typing import Any

from common import DEFAULT_SPACE, data_file, median, or_form, parser, say, show, text, write
from tools import PEERS, Setup, Trials, add_sweep_flags, configurations, run_peer, run_sweep

WITHOUT_SEARCH = "plain script"


def main() -> None:
    """Run the benchmark."""
    options = parser(__doc__)
    options.add_argument("--trials", type=int, help="of each peer (default: 16, short 4)")
    options.add_argument("--epochs", type=int, help="of each trial, ours too (default: 5, short 1)")
    options.add_argument("--seeds", type=int, help="how often ours runs (default: 3, short 1)")
    options.add_argument("--sweep-trials", type=int, help="our budget (default: the search space's, short 8)")
    options.add_argument("--peers", nargs="+", choices=tuple(PEERS), default=tuple(PEERS), help="default: all")
    add_sweep_flags(options)
    arguments = options.parse_args()
    trials = or_form(arguments.trials, short=arguments.short, full=16, brief=4)
    epochs = or_form(arguments.epochs, short=arguments.short, full=5, brief=1)
    seeds = or_form(arguments.seeds, short=arguments.short, full=3, brief=1)
    budget = arguments.sweep_trials or (8 if arguments.short else None)
    with tempfile.TemporaryDirectory(prefix="sweep-benchmark-") as folder:
        setup = Setup(data_file(arguments, Path(folder)), Path(folder), epochs, arguments.sweep_flags)
        peers, ours = run_all(list(arguments.peers), setup, trials, budget, seeds)
    rows = {name: compare(result, ours) for name, result in peers.items()}
    title = f"same quality: peers {trials} trials x {epochs} epochs, ours seeds 0-{seeds - 1}"
    print_tables(rows, ours, title)
    figures = {"n": seeds, "trials": trials, "epochs": epochs, "best_peer": best_peer(rows), "peers": rows}
    write(arguments, "same_quality", {**figures, "ours": [as_dict(result) for result in ours]})


def run_all(
    names: list[str], setup: Setup, trials: int, budget: int | None, seeds: int
) -> tuple[dict[str, Trials], list[Trials]]:
    """Run every peer once, and ours once a seed, spread among them."""
    peers, ours = {}, []
    for turn in schedule(names, seeds):
        if isinstance(turn, int):
            ours.append(run_sweep(setup.space, setup, trials=budget, seed=turn))
            told(f"sweep, seed {turn}", ours[-1])
        else:
            peers[turn] = run_one(turn, setup, trials)
            told(turn, peers[turn])
    return peers, ours


def schedule(peers: list[str], seeds: int) -> list[str | int]:
    """The order of the runs: the peers, with our seeds spread from the first to the last."""
    order: list[str | int] = list(peers)
    for seed in reversed(range(seeds)):
        order.insert(round(len(peers) * seed / max(1, seeds - 1)), seed)
    return order


def run_one(name: str, setup: Setup, trials: int) -> Trials:
    """Let a peer search; the plain script is given configurations, since it can't."""
    if name == WITHOUT_SEARCH:
        return run_peer(name, setup, configs=configurations(DEFAULT_SPACE, trials))
    return run_peer(name, setup, trials=trials)


def told(name: str, result: Trials) -> None:
    """Print one line about a run."""
    error = result.finished.error
    spent = f"{len(result.trials)} trials in {result.finished.seconds:.1f} s"
    say(f"{name}: {f'failed: {error}' if error else f'{spent}, best val_accuracy {text(result.best, 4)}'}")


def as_dict(result: Trials) -> dict[str, Any]:
    """A run for the JSON."""
    finished = result.finished
    trials = [{**trial, "after_seconds": round(trial["ended"] - finished.began, 2)} for trial in result.trials]
    return {"seconds": round(finished.seconds, 2), "best": result.best, "error": finished.error, "trials": trials}


def compare(peer: Trials, ours: list[Trials]) -> dict[str, Any]:
    """A peer's mark and time, and ours to reach the mark, run by run; None where it was not reached.

    In the median a run that did not reach it counts as longer than all others.
    """
    failed = peer.finished.error
    reached = [None if failed else seconds_to(run, peer.best) for run in ours]
    half = median([math.inf if seconds is None else seconds for seconds in reached])
    half = None if half == math.inf else half
    return {
        "best": None if failed else peer.best,
        "seconds": None if failed else round(peer.finished.seconds, 2),
        "error": failed,
        "ours_seconds": reached,
        "median_ours_seconds": half,
        "median_over_ours": peer.finished.seconds / half if half else None,
        "trials": peer.trials,
    }


def seconds_to(run: Trials, mark: float | None) -> float | None:
    """Seconds from the start of the process to the end of the first completed trial at the mark."""
    if mark is None or run.finished.error:
        return None
    reaching = (trial for trial in run.trials if trial["val_accuracy"] is not None and trial["val_accuracy"] >= mark)
    first = next(reaching, None)
    return None if first is None else round(first["ended"] - run.finished.began, 2)


def best_peer(rows: dict[str, dict[str, Any]]) -> str | None:
    """The peer with the best validation accuracy; the faster of two equal ones."""
    done = [name for name, row in rows.items() if row["best"] is not None]
    return min(done, key=lambda name: (-rows[name]["best"], rows[name]["seconds"]), default=None)


def print_tables(rows: dict[str, dict[str, Any]], ours: list[Trials], title: str) -> None:
    """One row a peer, then one a run of ours."""
    best = best_peer(rows)
    columns = ("peer", "best val_accuracy", "its s", "ours to reach it, s", "median its / ours")
    body = [
        (
            f"{name} (best)" if name == best else name,
            text(row["best"], 4),
            text(row["seconds"]) if not row["error"] else "failed",
            ", ".join("not reached" if value is None else text(value) for value in row["ours_seconds"]),
            text(row["median_over_ours"], 2),
        )
        for name, row in rows.items()
    ]
    show(title, columns, body)
    states = [[trial["state"] for trial in run.trials] for run in ours]
    runs = [
        (str(seed), text(run.best, 4), text(run.finished.seconds), str(state.count("COMPLETE")), str(len(state)))
        for seed, (run, state) in enumerate(zip(ours, states, strict=True))
    ]
    show("ours", ("seed", "best val_accuracy", "whole run, s", "completed", "trials"), runs)


if __name__ == "__main__":
    main()
