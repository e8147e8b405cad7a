"""The flags of `run` and `confirm`, each written once: its name, type, default and help.

The command line makes its flags from these fields; whoever runs a sweep from Python gives them as keywords.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from sweep.errors import InputError
from sweep.space.sweep import MAX_CONFIRM_SEEDS
from sweep.training.precision import PRECISIONS

MARGIN_ALONE = "--margin must come with --until-sure, which alone shows that two are equivalent"

Options = TypeVar("Options", bound="WorkerOptions")
Function = TypeVar("Function", bound=Callable[..., Any])


def flag(default: Any, help_text: str, *, name: str = "", metavar: str = "", of_sweep: bool = False) -> Any:
    """A dataclass field that is a flag of a command.

    Args:
        default: value if the flag is not typed; None stands for what the search-space file or the study says.
        help_text: text on the flag in `--help`.
        name: the flag with its dashes; "--a/--b" for a switch with two names. Default: made from the field's name.
        metavar: placeholder for the value in `--help`. Default: the value's type.
        of_sweep: whether the value replaces the argument of `Sweep` of the same name. Default: no.
    """
    return field(default=default, metadata={"help": help_text, "name": name, "metavar": metavar, "of_sweep": of_sweep})


@dataclass(frozen=True)
class WorkerOptions:
    """The flags that `run` and `confirm` share.

    Raises:
        InputError: if a value is outside its range.
    """

    results: Path = flag(Path("results"), "The results folder.", metavar="DIR")
    jobs: int | None = flag(None, "Maximum number of trials side by side.")
    address: str | None = flag(
        None,
        "Ray cluster. Default: RAY_ADDRESS, a cluster on this machine, or local.",
        metavar="local|auto|HOST:PORT",
    )
    timeout: float | None = flag(None, "Stop after this time, saving what runs.", metavar="SECONDS")
    until_sure: bool = flag(
        False,
        "Make confirming runs until it is decided who is better, in place of a fixed number.",
        name="--until-sure",
    )
    margin: float | None = flag(
        None,
        "With --until-sure: what counts as equivalent, in points for accuracies, else in the metric's own unit.",
        metavar="DIFFERENCE",
        of_sweep=True,
    )
    max_failures: int = flag(2, "How often a trial is tried again whose worker was lost; then it fails.")
    verbose: bool = flag(False, "Show on the screen, too, what is written to the study's sweep.log.", name="--verbose")
    quiet: bool = flag(False, "Print nothing but errors and warnings.", name="--quiet")

    def __post_init__(self) -> None:
        self._check_types()
        if self.jobs is not None and self.jobs < 1:
            raise InputError(f"--jobs must be a whole number >= 1, but got {self.jobs}")
        if self.max_failures < 0:
            raise InputError(f"--max-failures must be a whole number >= 0, but got {self.max_failures}")
        if self.timeout is not None and not self.timeout > 0:
            raise InputError(f"--timeout must be above 0 seconds, but got {self.timeout:g}")
        if self.margin is not None and not 0 <= self.margin < math.inf:
            raise InputError(f"--margin must be a number >= 0, but got {self.margin:g}")

    def _check_types(self) -> None:
        """Refuse values of another type; a path may be given as a str."""
        for name, kind in get_type_hints(type(self)).items():
            value = getattr(self, name)
            kinds = tuple(get_origin(item) or item for item in get_args(kind) or (kind,))
            if Path in kinds and isinstance(value, str):
                object.__setattr__(self, name, Path(value))
                continue
            taken = (*kinds, int) if float in kinds else kinds
            if not isinstance(value, taken) or (isinstance(value, bool) and bool not in kinds):
                names = " or ".join("None" if item is type(None) else item.__name__ for item in kinds)
                raise InputError(f"{name} must be {names}, but got {value!r}")


@dataclass(frozen=True)
class RunOptions(WorkerOptions):
    """The flags of `run`.

    Raises:
        InputError: if a value is outside its range.
    """

    trials: int | None = flag(None, "Bring the study up to this many trials.", of_sweep=True)
    epochs: int | None = flag(None, "Epochs of a whole trial.", of_sweep=True)
    name: str | None = flag(None, "Name of the study. Default: the file's.")
    new: bool = flag(False, "Start afresh; keep the old study under another name.", name="--new")
    data: str = flag("auto", "What to train on, such as mnist or digits.", metavar="auto|NAME|PATH")
    cpus_per_trial: int | None = flag(None, "CPUs, and so TensorFlow threads, of a trial.", of_sweep=True)
    gpus_per_trial: float | None = flag(
        None, "GPUs of a trial; with 0.5 two share one. Default: none is used.", of_sweep=True
    )
    seed: int | None = flag(None, "Seed of the study.", of_sweep=True)
    target: float | None = flag(None, "Stop when a trial's objective reaches this.", metavar="VALUE")
    precision: str = flag("auto", "auto: bfloat16 where all hardware is made for it.", metavar="|".join(PRECISIONS))
    from_study: str | None = flag(
        None, "Try another study's best configurations after the baseline.", name="--from", metavar="STUDY"
    )
    retry_failed: bool = flag(
        False, "Try each failed trial again, as a new trial with the same params.", name="--retry-failed"
    )
    set: list[str] | None = flag(
        None,
        "Fix a parameter of the space in what the sampler draws. May be given several times.",
        name="--set",
        metavar="NAME=VALUE",
    )
    accept_changes: bool = flag(
        False,
        "Go on though the model function was changed; rows of the old one are marked.",
        name="--accept-changes",
    )
    confirm: bool = flag(
        True, "Train the best and the baseline again on fresh seeds at the end.", name="--confirm/--no-confirm"
    )
    report: bool = flag(True, "Write results/STUDY/report.html at the end.", name="--report/--no-report")
    tensorboard: bool = flag(
        False, "Write curves and params for TensorBoard to results/STUDY/tensorboard.", name="--tensorboard"
    )
    mlflow: str | None = flag(None, "Log the run and each trial to this MLflow tracking server.", metavar="URI")

    def __post_init__(self) -> None:
        fixed: object = self.set
        if isinstance(fixed, Mapping):  # as it is given from Python
            object.__setattr__(self, "set", [f"{name}={value}" for name, value in fixed.items()])
        super().__post_init__()
        for setting in self.set or ():
            if "=" not in setting:
                raise InputError(f"--set must be NAME=VALUE, but got {setting!r}")
        if self.target is not None and not math.isfinite(self.target):
            raise InputError(f"--target must be a number, but got {self.target}")
        if self.until_sure and not self.confirm:
            raise InputError("--until-sure must come with --confirm, but got --no-confirm")
        if self.precision not in PRECISIONS:
            raise InputError(f"--precision must be one of {', '.join(PRECISIONS)}, but got {self.precision!r}")

    @property
    def of_sweep(self) -> dict[str, Any]:
        """The values that replace what the search-space file says, by the names of `Sweep`'s arguments."""
        return {item.name: getattr(self, item.name) for item in fields(self) if item.metadata["of_sweep"]}


@dataclass(frozen=True)
class ConfirmOptions(WorkerOptions):
    """The flags of `confirm`.

    Raises:
        InputError: if a value is outside its range.
    """

    top: int = flag(1, "How many of the best trials; with --until-sure they race.")
    seeds: int | None = flag(
        None,
        "How many runs each of them and the baseline is to have in all; with --until-sure the most. Default: as asked "
        "for before, or 7, or 30 with --until-sure.",
    )
    data: str | None = flag(None, "Where its data is. Default: as recorded.", metavar="NAME|PATH")
    space: Path | None = flag(None, "Its search-space file. Default: as recorded.", metavar="FILE")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.top < 1:
            raise InputError(f"--top must be a whole number >= 1, but got {self.top}")
        if self.seeds is not None and not 2 <= self.seeds <= MAX_CONFIRM_SEEDS:
            raise InputError(f"--seeds must be 2 to {MAX_CONFIRM_SEEDS}: one run has no spread, but got {self.seeds}")


def takes(kind: type[WorkerOptions], *, without: str = "") -> Callable[[Function], Function]:
    """A decorator that shows the fields of some options as a function's keywords, in `help` and in a notebook.

    Args:
        kind: the options.
        without: name of a field that is no keyword. Default: none.
    """

    def decorate(function: Function) -> Function:
        signature = inspect.signature(function)
        named = [item for item in signature.parameters.values() if item.kind is not inspect.Parameter.VAR_KEYWORD]
        keyword = inspect.Parameter.KEYWORD_ONLY
        more = [
            inspect.Parameter(item.name, keyword, default=item.default, annotation=item.type)
            for item in fields(kind)
            if item.name != without
        ]
        function.__signature__ = signature.replace(parameters=[*named, *more])  # type: ignore[attr-defined]
        return function

    return decorate


def options_of(kind: type[Options], keywords: dict[str, Any]) -> Options:
    """Options made from a function's keywords.

    Raises:
        InputError: if there is no such option, or its value is of another type or outside its range.
    """
    names = [item.name for item in fields(kind)]
    unknown = [name for name in keywords if name not in names]
    if unknown:
        raise InputError(f"keywords must be among {', '.join(names)}, but got {', '.join(unknown)}")
    return kind(**keywords)
