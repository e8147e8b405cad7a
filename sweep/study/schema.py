"""Names of the attributes of the Optuna study and of its trials, in which a study's journal keeps what is ours.

Later versions read them too, so a name that was once written keeps its meaning.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from functools import lru_cache
from types import UnionType
from typing import Any, TypeVar, cast, get_args, get_origin, get_type_hints

import optuna

import sweep
from sweep.errors import InputError
from sweep.space import numbers
from sweep.training.environment import Environment

VERSION = "sweep:version"
"""The version of this package that wrote to the study last."""
DEFINITION = "sweep:definition"
ORIGIN = "sweep:origin"
PRECISION = "sweep:precision"
CODE = "sweep:code"
"""The hash of each function of the user's that trains, by what the function is for."""
ENVIRONMENTS = "sweep:environments"
CONFIRMING = "sweep:confirm:"
"""How the attribute of each finished confirming run begins, `sweep:confirm:TRIAL:INDEX`."""
CONFIRM_SEEDS = "sweep:confirm_seeds"
UNTIL_SURE = "sweep:until_sure"
"""An `UntilSure`, of studies whose confirming runs are made until their verdict is decided."""
ADDED = "sweep:added"
"""The params that came into the space while the study went on, and what the trials before were trained with."""
ENQUEUED = "sweep:enqueued"
"""The configurations of the file that were enqueued, as Optuna has them, so that none is enqueued twice."""
EXHAUSTED = "sweep:exhausted"
"""The class name of the sampler that has nothing left to try."""

INGREDIENTS = "ingredients"
"""The names of a trial's params that its model is not given; trials without any have no such attribute."""
RETRY_OF = "retry_of"
"""The number of the failed trial that a trial tries again."""
HISTORY = "history:"
"""How the attributes begin that hold what a trial measured over each epoch, `history:STEP` of those up to a rung."""
PRUNED_AT = "pruned_at"
WORKERS_LOST = "workers_lost"
"""How many workers a trial has lost while it ran; trials that lost none have no such attribute."""
CURVE_POINT = ("step", "epochs", "seconds")
"""What each point of a trial's attribute `curve` has, beside a value for each metric."""


def moment(time: datetime | None) -> str:
    """A moment as ISO 8601 with milliseconds; empty for None."""
    return time.isoformat(timespec="milliseconds") if time else ""


def environment_index(environment: str, study: optuna.Study) -> int:
    """The index of an environment in the study's list of different ones, to which it is added if it is new.

    Args:
        environment: an `Environment` as JSON.
        study: the Optuna study, open for writing.
    """
    item: Environment = json.loads(environment)
    known: list[Environment] = study.user_attrs.get(ENVIRONMENTS, [])
    if item not in known:
        known = [*known, item]
        study.set_user_attr(ENVIRONMENTS, known)
    return known.index(item)


Kind = TypeVar("Kind")


def restored(kind: type[Kind], values: object) -> Kind:
    """A dataclass from what was written of it. What another version wrote besides is passed over.

    Args:
        kind: the dataclass.
        values: its fields by their names, as they came from JSON.

    Raises:
        InputError: if a field is missing, or a value is of a wrong kind.
    """
    types = _types(cast(Any, kind))
    if not isinstance(values, Mapping):
        raise InputError(f"a study's {kind.__name__} must be a JSON object, but it is {values!r}")
    known = {item.name: values[item.name] for item in fields(kind) if item.name in values}  # type: ignore[arg-type]
    wrong = [name for name, value in known.items() if not _is_a(value, types[name])]
    if wrong:
        raise InputError(
            f"a study's {kind.__name__} must be as it was written, but {wrong[0]} is {known[wrong[0]]!r}; "
            "was the journal edited by hand?"
        )
    try:
        return kind(**known)
    except TypeError as error:
        raise InputError(f"a study's {kind.__name__} must be whole, but {error}") from error


@lru_cache
def _types(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)


def _is_a(value: object, hint: Any) -> bool:
    """Whether a value from JSON is of a type, and what a list or dict holds of its type."""
    kind, parts = get_origin(hint) or hint, get_args(hint)
    if kind is Any:
        return True
    if kind is UnionType:
        return any(_is_a(value, part) for part in parts)
    if kind in (float, int):  # of JSON, whole numbers may be of any size
        whole = isinstance(value, int) and not isinstance(value, bool) and abs(value) <= numbers.MAX_INT
        return whole or (kind is float and isinstance(value, float))
    if not isinstance(value, kind):
        return False
    items = value.values() if isinstance(value, Mapping) else value if isinstance(value, Sequence) and parts else ()
    return all(_is_a(item, parts[-1]) for item in items)


def refuse_newer(version: object) -> None:
    """Refuse a study that a newer major version wrote, whose words this one may not understand.

    Args:
        version: what the study says; studies that say nothing were written by 0.1.0.

    Raises:
        InputError: if it is newer, or no version.
    """
    if not isinstance(version, str) or not re.fullmatch(r"(\d{1,9}(\.[\w+-]+)*)?", version):
        raise InputError(
            f"a study's version must be as it was written, but it is {version!r}; was the journal edited by hand?"
        )
    if int(version.partition(".")[0] or 0) > int(sweep.__version__.partition(".")[0]):
        raise InputError(
            f"a study is read by the version that wrote it or a later one, but sweep {version} wrote it, "
            f"and this is {sweep.__version__}; update with `pip install -U keras-sweep`"
        )
