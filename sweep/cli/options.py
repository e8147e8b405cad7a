"""Arguments and flags as they are typed: those made from a dataclass of options, and those of other commands."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from dataclasses import MISSING, Field, fields
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import typer

from sweep.cli.exit import reported

SpaceFile = Annotated[
    Path, typer.Argument(help="A search-space file, such as search_spaces/default.py.", show_default=False)
]
Results = Annotated[Path, typer.Option("--results", metavar="DIR", help="The results folder.")]
Study = Annotated[str, typer.Argument(help="Name of the study.", show_default=False)]
Trial = Annotated[int, typer.Argument(help="Number of the trial.", show_default=False)]
OtherData = Annotated[
    str | None,
    typer.Option("--data", metavar="NAME|PATH", help="Where its data is. Default: as recorded.", show_default=False),
]
OtherSpace = Annotated[
    Path | None,
    typer.Option("--space", metavar="FILE", help="Its search-space file. Default: as recorded.", show_default=False),
]


def typed_as(kind: type) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """A decorator that gives a command a flag for each field of some options, which are its last argument.

    Errors of the command, and flags that the options refuse, are reported as one message.

    Args:
        kind: dataclass of the options, whose fields were made by `sweep.execution.options.flag`.
    """

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        *arguments, _ = inspect.signature(command, eval_str=True).parameters.values()
        names = [item.name for item in fields(kind)]

        @functools.wraps(command)
        def typed(**arguments_and_flags: Any) -> None:
            with reported():
                options = kind(**{name: arguments_and_flags.pop(name) for name in names})
                command(*arguments_and_flags.values(), options)

        parameters = [*arguments, *_parameters(kind)]
        typed.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        typed.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
        return typed

    return decorate


def flag_of(kind: type, name: str) -> Any:
    """The annotation for one flag of some options, for a command that shares that flag alone.

    Args:
        kind: dataclass of the options.
        name: name of the flag's field.
    """
    return next(parameter.annotation for parameter in _parameters(kind) if parameter.name == name)


def _parameters(kind: type) -> list[inspect.Parameter]:
    types = get_type_hints(kind)
    return [
        inspect.Parameter(
            item.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=item.default,
            annotation=Annotated[types[item.name], _option(item)],
        )
        for item in fields(kind)
        if item.default is not MISSING
    ]


def _option(item: Field[Any]) -> Any:
    name = item.metadata["name"] or f"--{item.name.replace('_', '-')}"
    return typer.Option(
        name,
        metavar=item.metadata["metavar"] or None,
        help=item.metadata["help"],
        show_default=item.default is not None,
    )
