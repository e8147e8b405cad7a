"""How good `check` is at telling how long a sweep takes: what it says against the time from command to prompt.

Each sweep is checked and then run, one after the other. Confirming runs are counted if the sweep had any: there are
none if only the baseline completed. Full: five sweeps, of which the first is the default one. Short: the two smallest.

    python tests/benchmarks/check_time.py --data PATH/mnist.npz
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from common import ROOT, data_file, parser, say, show, text, timed, write

SWEEPS: dict[str, Sequence[str]] = {
    "default": (),
    "digits": (),
    "hypermodel": (),
    "timeseries": (),
    "regression": (),
}
SHORT = ("timeseries", "regression")
AIM_PERCENT = 25.0
DURATION = r"about (?:(?:(\d+):)?(\d+):(\d\d)|(\d+) s)"
IN_ALL = re.compile(rf"^{DURATION} in all$", re.MULTILINE)
CONFIRM = re.compile(rf"^then {DURATION} to confirm", re.MULTILINE)


def main() -> None:
    """Run the benchmark."""
    options = parser(__doc__)
    options.add_argument("--sweeps", nargs="+", choices=SWEEPS, help="which (default: all; short: the smallest)")
    arguments = options.parse_args()
    names = arguments.sweeps or (SHORT if arguments.short else SWEEPS)
    with tempfile.TemporaryDirectory(prefix="sweep-benchmark-") as folder:
        environ = {"SWEEP_DATA": str(data_file(arguments, Path(folder)))}
        runs = [one_sweep(name, Path(folder), environ) for name in names]
    columns = ("sweep", "check s", "said s", "took s", "said / took", "pruned", "within 25 %")
    show("what check says of a sweep's time", columns, [row(run) for run in runs])
    write(arguments, "check_time", {"n": 1, "aim_percent": AIM_PERCENT, "runs": runs})


def row(run: dict[str, Any]) -> tuple[str, ...]:
    """A row of the table."""
    if run["error"]:
        return (run["sweep"], "failed", *[""] * 5)
    ratio = run["said_seconds"] / run["took_seconds"]
    seconds = (run["check_seconds"], run["said_seconds"], run["took_seconds"])
    within = abs(ratio - 1) <= AIM_PERCENT / 100
    return (run["sweep"], *map(text, seconds), text(ratio, 2), run["pruned"], "yes" if within else "no")


def one_sweep(name: str, folder: Path, environ: dict[str, str]) -> dict[str, Any]:
    """Check and run one sweep."""
    space = str(ROOT / "search_spaces" / f"{name}.py")
    sweep = [sys.executable, "-m", "sweep"]
    checked = timed([*sweep, "check", space, *SWEEPS[name]], environ)
    said = None if checked.error else seconds_said(IN_ALL, checked.tail)
    if said is None:
        say(f"{name}: check failed: {checked.tail}")
        return {"sweep": name, "error": checked.tail}
    finished = timed([*sweep, "run", space, "--results", str(folder / name), *SWEEPS[name]], environ)
    if finished.error:
        say(f"{name}: run failed: {finished.error}")
        return {"sweep": name, "error": finished.error}
    board = (folder / name / "leaderboard.csv").read_text()
    if "confirmed_mean" not in board:
        said -= seconds_said(CONFIRM, checked.tail) or 0
    say(f"{name}: said {said} s, took {finished.seconds:.0f} s")
    return {
        "sweep": name,
        "error": "",
        "check_seconds": checked.seconds,
        "said_seconds": said,
        "took_seconds": finished.seconds,
        "pruned": str(board.count(",PRUNED,")),
        "check_says": checked.tail.splitlines()[-3:],
    }


def seconds_said(pattern: re.Pattern[str], text: str) -> float | None:
    """A duration that `check` prints, in seconds; None if it is not there."""
    match = pattern.search(text)
    if match is None:
        return None
    hours, minutes, rest, few = (int(part or 0) for part in match.groups())
    return float(3600 * hours + 60 * minutes + rest + few)


if __name__ == "__main__":
    main()
