"""What all benchmarks share: their options, timed processes, facts of the machine, tables and JSON. No TensorFlow."""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parents[2]
DEFAULT_SPACE = ROOT / "search_spaces" / "default.py"
PACKAGES = ("keras-sweep", "tensorflow", "keras", "ray", "optuna", "keras-tuner", "numpy", "pandas", "psutil")
INSTRUCTIONS = ("avx2", "avx512f", "avx512_bf16", "amx_bf16", "amx_tile")
TAIL_LINES = 15
WATCH_SECONDS = 0.25  # one look at all processes costs about 6 ms
KEYS = ("x_train", "y_train", "x_test", "y_test")


@dataclass(frozen=True)
class Finished:
    """A process that ended.

    Args:
        began: when it was started, seconds since 1970.
        seconds: wall time from its start to its exit.
        status: its exit status.
        tail: the last lines it printed.
    """

    began: float
    seconds: float
    status: int
    tail: str

    @property
    def error(self) -> str:
        """Why it failed; "" if it did not."""
        return f"exit status {self.status}: {self.tail}" if self.status else ""


def parser(description: str | None) -> argparse.ArgumentParser:
    """The options that every benchmark takes."""
    options = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--short", action="store_true", help="the short form: under ten minutes on two cores")
    options.add_argument("--out", type=Path, help="the JSON to write (default: results/benchmarks/NAME.json)")
    options.add_argument("--data", type=Path, help="MNIST as .npz (default: $SWEEP_DATA)")
    options.add_argument("--images", type=int, help=argparse.SUPPRESS)
    options.set_defaults(load_average=os.getloadavg())
    return options


def or_form(value: int | None, *, short: bool, full: int, brief: int) -> int:
    """A number from the command line, else the form's own."""
    if value is not None:
        return value
    return brief if short else full


def data_file(options: argparse.Namespace, folder: Path) -> Path:
    """The absolute path of the data, cut to `--images` if that was given."""
    data_path = options.data or os.environ.get("SWEEP_DATA")
    if not data_path or not Path(data_path).is_file():
        sys.exit("the benchmarks need the real MNIST: give its .npz with --data PATH or SWEEP_DATA=PATH")
    path = Path(data_path).resolve()
    if options.images is None:
        return path
    with np.load(path, allow_pickle=False) as file:
        counts = {"train": options.images, "test": max(100, options.images // 6)}
        arrays = {key: file[key][: counts[key.partition("_")[2]]] for key in KEYS}
    cut = folder / "subset.npz"
    np.savez(cut, **arrays)
    return cut


def timed(
    command: Sequence[str], environ: Mapping[str, str] | None = None, watch: Callable[[int], None] | None = None
) -> Finished:
    """Run a command in the repository's root, from start to exit.

    Args:
        command: program and arguments.
        environ: variables set on top of this process's. Default none.
        watch: is called about four times a second with the process's id while it runs. Default none.
    """
    with tempfile.TemporaryFile("w+", errors="replace") as printed:
        inherited = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", **(environ or {})}
        began, start = time.time(), time.perf_counter()
        process = subprocess.Popen(command, cwd=ROOT, env=inherited, stdout=printed, stderr=subprocess.STDOUT)
        error = threading.Event()
        watcher = threading.Thread(target=_watch, args=(process.pid, watch, error), daemon=True)
        watcher.start()
        try:
            process.wait()
        finally:
            seconds = time.perf_counter() - start
            error.set()
            watcher.join()
        printed.seek(0)
        tail = "\n".join(printed.read().splitlines()[-TAIL_LINES:])
    return Finished(began, seconds, process.returncode, tail)


def _watch(pid: int, watch: Callable[[int], None] | None, error: threading.Event) -> None:
    while watch is not None and not error.wait(WATCH_SECONDS):
        watch(pid)


def median(values: Iterable[float | None]) -> float | None:
    """The median of what was measured; None if nothing was."""
    known = [value for value in values if value is not None]
    return statistics.median(known) if known else None


def text(value: float | None, digits: int = 1, unit: str = "") -> str:
    """A number for a table; a dash if there is none."""
    return "-" if value is None else f"{value:,.{digits}f}{unit}"


def show(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table; its first column is text, the others are numbers."""
    table = Table(title=title, title_justify="left")
    for index, column in enumerate(columns):
        table.add_column(column, justify="right" if index else "left")
    for row in rows:
        table.add_row(*row)
    Console(width=None if sys.stdout.isatty() else 120).print(table)


def write(options: argparse.Namespace, name: str, figures: Mapping[str, Any]) -> Path:
    """Write the figures, with what they were measured on and how, as JSON."""
    path = options.out or Path("results") / "benchmarks" / f"{name}{'-short' if options.short else ''}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    record = {
        "benchmark": name,
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": [Path(sys.argv[0]).name, *sys.argv[1:]],
        "git_commit": _git("rev-parse", "HEAD"),
        "git_clean": _git("status", "--porcelain", "--untracked-files=no") == "",
        "versions": {"python": platform.python_version(), **_versions()},
        "machine": {**_machine(), "load_average_at_start": options.load_average},
        **figures,
    }
    beside = path.with_name(f".{path.name}.part")
    beside.write_text(json.dumps(record, indent=2, default=str) + "\n")
    beside.replace(path)
    print(f"written to {path}", flush=True)
    return path


def say(line: str) -> None:
    """Print one line of progress."""
    print(f"{datetime.now():%H:%M:%S}  {line}", flush=True)


def _versions() -> dict[str, str]:
    figures = {}
    for package in PACKAGES:
        try:
            figures[package] = version(package)
        except PackageNotFoundError:
            continue
    return figures


def _git(*arguments: str) -> str | None:
    command = ["git", "-C", str(ROOT), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else None


def _machine() -> dict[str, Any]:
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.is_file() else []
    facts = {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in lines)}
    return {
        "processor": facts.get("model name", platform.processor()),
        "cpus": len(psutil.Process().cpu_affinity()) if hasattr(psutil.Process, "cpu_affinity") else os.cpu_count(),
        "instructions": [name for name in INSTRUCTIONS if name in facts.get("flags", "").split()],
        "memory_gb": round(psutil.virtual_memory().total / 1e9, 1),
        "system": platform.platform(),
    }
