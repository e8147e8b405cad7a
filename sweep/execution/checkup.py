"""What this machine and its Ray offer a sweep, and what is missing: a finding for each, made one after the other."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from sweep.data.sources import mnist_place
from sweep.errors import SweepError
from sweep.training.cpu import ONEDNN, cpu_class, cpu_flags, switch_onednn_on
from sweep.training.environment import processor, version
from sweep.training.precision import resolve, supports_bfloat16

GB = 10**9
TRIAL_BYTES = 1.2 * GB
"""Memory of a worker that trains the default network on MNIST, TensorFlow included."""
FULL_BYTES = 0.1 * GB
"""With less free disk a sweep of the default network can't keep its models."""
SMALL_BYTES = GB
FEWEST_COLUMNS, FEWEST_LINES = 60, 20
NEEDED = ("tensorflow", "keras", "ray", "optuna", "pandas")
CUDA = ("nvidia-cudnn-cu12", "nvidia-cudnn-cu13")
"""The packages of which `tensorflow[and-cuda]` brings one."""


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Args:
        name: what it is, in a word or two.
        text: what was found.
        remedy: what to do; empty if all is well.
        stops: whether a sweep can't run until that is done. Default: no.
    """

    name: str
    text: str
    remedy: str = ""
    stops: bool = False


def findings(results: Path, address: str | None) -> Iterator[Finding]:
    """Look at all that a sweep needs, the quick things first.

    Args:
        results: the results folder, which need not exist.
        address: address of the Ray cluster, as of `run`; None for the one that `run` would take.
    """
    yield packages()
    yield cores()
    yield cpu(cpu_flags(), os.environ)
    yield memory()
    yield gpu()
    yield disk(results)
    yield mnist(os.environ)
    yield encoding(getattr(sys.stdout, "encoding", None) or "ascii")
    yield terminal(sys.stdout.isatty(), shutil.get_terminal_size())
    yield ray(address)


def packages() -> Finding:
    """Whether all that a sweep imports is installed."""
    versions = {name: version(name) for name in NEEDED}
    lacking = [name for name, number in versions.items() if number is None]
    text = ", ".join(f"{name} {number or 'is not installed'}" for name, number in versions.items())
    remedy = "install what is missing: `pip install keras-sweep`" if lacking else ""
    return Finding("packages", text, remedy, stops=bool(lacking))


def cores() -> Finding:
    """How many cores this process may use."""
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    every = os.cpu_count() or count
    of = f" of the {every} that the machine has" if every != count else ""
    return Finding("cores", f"{count}{of}: as many trials of one core each run side by side")


def cpu(flags: set[str], environ: Mapping[str, str]) -> Finding:
    """The processor's class, and what is chosen for it."""
    precision = resolve("auto", own_model=False, supported=supports_bfloat16(gpu=False))
    switched = switch_onednn_on(dict(environ), flags)
    onednn = "sweep switches oneDNN on" if switched else "oneDNN is left to TensorFlow"
    if ONEDNN in environ:
        onednn = f"{ONEDNN}={environ[ONEDNN]} is set"
    name = cpu_class(flags)
    text = (
        f"{processor() or 'of unknown name'}, {name or 'class not known'}; the built-in network trains in {precision}"
    )
    remedy = ""
    if environ.get(ONEDNN) == "0" and "avx2" in flags:
        remedy = f"unset {ONEDNN}: without oneDNN training takes about half as long again"
    elif flags and name is None:
        remedy = "use a machine with AVX2: TensorFlow is slow on this one, if it runs at all"
    return Finding("CPU", f"{text}; {onednn}", remedy)


def memory(available_bytes: Callable[[], int] | None = None) -> Finding:
    """The memory that trials can have, as Ray sees it, containers' limits included.

    Args:
        available_bytes: tells how much there is. Default: what Ray sees.
    """
    if available_bytes is None:
        if version("ray") is None:
            return Finding("memory", "not known without Ray", "install Ray first")
        # Postponed: Ray takes most of a second to import.
        from sweep.execution.ray.private import available_memory_bytes

        available_bytes = available_memory_bytes
    available, side_by_side = available_bytes(), os.cpu_count() or 1
    fit = int(available // TRIAL_BYTES)
    text = f"{available / GB:.1f} GB free; a trial of the default sweep takes about {TRIAL_BYTES / GB:.1f}"
    if fit >= side_by_side:
        return Finding("memory", text)
    remedy = f"end what else uses memory here, or type `run --jobs {max(1, fit)}`"
    return Finding("memory", text, remedy, stops=fit < 1)


def gpu() -> Finding:
    """The GPUs of NVIDIA that this machine has, and whether TensorFlow can use them."""
    command = ["nvidia-smi", "--query-gpu=name,memory.total", "--format=csv,noheader"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=True)
    except (OSError, subprocess.SubprocessError):
        return Finding("GPU", "none of NVIDIA's; trials train on the CPU")
    names = "; ".join(line.strip() for line in done.stdout.splitlines() if line.strip())
    if not names:
        return Finding("GPU", "none of NVIDIA's; trials train on the CPU")
    text = f"{names}; a trial gets one with --gpus-per-trial 1"
    if not any(map(version, CUDA)):
        remedy = "let TensorFlow use it: `pip install 'tensorflow[and-cuda]'`, unless CUDA is installed otherwise"
        return Finding("GPU", text, remedy)
    return Finding("GPU", text)


def disk(results: Path) -> Finding:
    """The room for results, and whether they may be written."""
    folder = next(path for path in (results, *results.absolute().parents) if path.exists())
    free = shutil.disk_usage(folder).free
    text = f"{free / GB:.1f} GB free for {results}/"
    if not (folder.is_dir() and os.access(folder, os.W_OK)):
        return Finding("disk", f"{folder} can't be written", "give another folder with --results", stops=True)
    if free < SMALL_BYTES:
        return Finding("disk", text, "make room, or give another folder with --results", stops=free < FULL_BYTES)
    return Finding("disk", text)


def mnist(environ: Mapping[str, str]) -> Finding:
    """Whether MNIST is on this machine. Without it a sweep runs on another data set, and says so."""
    path = mnist_place(environ)
    if path.is_file():
        return Finding("MNIST", f"at hand in {path}")
    if environ.get("SWEEP_DATA"):
        return Finding("MNIST", f"SWEEP_DATA names {path}, which is no file", "correct or unset it", stops=True)
    remedy = f"`run` downloads it, or copy mnist.npz to {path}, or set SWEEP_DATA to where it is"
    return Finding("MNIST", "not on this machine", remedy)


def encoding(name: str) -> Finding:
    """Whether what is printed may be any character."""
    if name.lower().replace("-", "").startswith("utf"):
        return Finding("locale", f"prints {name}")
    remedy = "set PYTHONUTF8=1, or LANG=C.UTF-8; else curves are digits, and letters that it lacks are question marks"
    return Finding("locale", f"prints {name}", remedy)


def terminal(is_terminal: bool, size: os.terminal_size) -> Finding:
    """Whether the live view has room."""
    if not is_terminal:
        return Finding("terminal", "none: a line is printed for each trial that ended")
    text = f"{size.columns}x{size.lines}"
    if size.columns < FEWEST_COLUMNS or size.lines < FEWEST_LINES:
        return Finding("terminal", text, f"make it {FEWEST_COLUMNS}x{FEWEST_LINES} or larger for the live view")
    return Finding("terminal", text)


def ray(address: str | None) -> Finding:
    """Whether Ray starts here, or lets a sweep into its cluster, and who else gets in."""
    if version("ray") is None:
        return Finding("Ray", "is not installed", "install it: `pip install keras-sweep`", stops=True)
    # Postponed: Ray takes most of a second to import.
    from sweep.execution.ray.cluster import connect, guarded

    try:
        with connect(address) as cluster:
            text = f"{version('ray')} on {cluster}"
            if not cluster.address:
                return Finding("Ray", f"{text}; started for the sweep alone, with a token of its own")
            return _authentication(text, guarded(cluster.address))
    except SweepError as error:
        return Finding("Ray", f"{version('ray')}, but a sweep would not get it", str(error), stops=True)


def _authentication(text: str, is_guarded: bool | None) -> Finding:
    if is_guarded is None:
        return Finding("Ray", f"{text}; it did not say in time whether it asks for a token")
    if is_guarded:
        return Finding("Ray", f"{text}; it asks for a token")
    remedy = "it lets in whoever reaches its ports: set RAY_AUTH_MODE=token and RAY_AUTH_TOKEN before each `ray start`"
    return Finding("Ray", text, remedy)
