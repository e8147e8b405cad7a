"""Every option is a flag as it is typed: in the help, with its default, and handed on with the value given."""

from __future__ import annotations

import inspect
import re
import typing
from dataclasses import Field, fields
from pathlib import Path
from typing import Any

import pytest
import typer
from commands import sweep
from typer.testing import CliRunner

from sweep.cli.options import flag_of, typed_as
from sweep.errors import SweepFailed
from sweep.execution.options import ConfirmOptions, RunOptions

KINDS = [("run", RunOptions), ("confirm", ConfirmOptions)]
FLAGS = [pytest.param(name, item, id=f"{name} {item.name}") for name, kind in KINDS for item in fields(kind)]


def flags(item: Field[Any]) -> list[str]:
    """What is typed for an option."""
    name = item.metadata["name"] or f"--{item.name.replace('_', '-')}"
    return str(name).split("/")


@pytest.fixture(scope="module")
def helps() -> dict[str, str]:
    """What `--help` says of each command, on one line and without its frame."""
    wide = {"COLUMNS": "300", "TERMINAL_WIDTH": "300"}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in wide.items():
            patch.setenv(name, value)
        texts = {name: sweep(name, "--help").stdout for name, _ in KINDS}
    return {name: " ".join(re.sub(r"[│╭╮╰╯─]", " ", text).split()) for name, text in texts.items()}


@pytest.mark.parametrize(("name", "item"), FLAGS)
def test_every_option_is_a_flag_in_the_help_with_what_it_is_for(
    helps: dict[str, str], name: str, item: Field[Any]
) -> None:
    for flag in flags(item):
        assert f"{flag} " in helps[name]
    assert item.metadata["help"] in helps[name]
    if item.metadata["metavar"]:
        assert item.metadata["metavar"].lower() in helps[name].lower()
    if item.default is not None and not isinstance(item.default, bool):
        assert f"{item.metadata['help']} [default: {item.default}]" in helps[name]


@pytest.mark.parametrize(("name", "item"), FLAGS)
def test_a_flag_without_its_value_or_with_one_of_another_kind_ends_with_status_2(name: str, item: Field[Any]) -> None:
    kind = typing.get_type_hints(dict(KINDS)[name])[item.name]
    flag = flags(item)[0]
    words = [f"{flag}=yes"] if kind is bool else [flag] if kind in (str, Path, str | None, Path | None) else [flag, "x"]
    result = sweep(name, "x", *words)
    assert result.exit_code == 2
    assert flag in result.stderr
    assert "Traceback" not in result.output


def program(kind: type, seen: list[Any]) -> typer.Typer:
    """A program of one command with the flags of some options, which writes down what it gets."""
    app = typer.Typer()

    @app.command()
    @typed_as(kind)
    def command(study: str, options: Any) -> None:
        """Take them."""
        seen.append((study, options))
        if study == "failing":
            raise SweepFailed("every trial failed")

    return app


VALUES = {int: ("3", 3), float: ("0.5", 0.5), str: ("x", "x"), Path: ("p", Path("p")), list[str]: ("a=1", ["a=1"])}


@pytest.mark.parametrize(("name", "item"), FLAGS)
def test_what_is_typed_is_what_the_command_gets(name: str, item: Field[Any]) -> None:
    kind = dict(KINDS)[name]
    plain = next(one for one in (bool, *VALUES) if typing.get_type_hints(kind)[item.name] in (one, one | None))
    first, *other = flags(item)
    if plain is bool:
        typed, value = ([*other, first][0:1], not item.default)
    else:
        text, value = ("float32", "float32") if item.name == "precision" else VALUES[plain]
        typed = [first, text]
    seen: list[Any] = []
    result = CliRunner().invoke(program(kind, seen), ["s", *typed])
    assert result.exit_code == 0, result.output
    assert seen == [("s", kind(**{item.name: value}))]
    assert seen != [("s", kind())]


@pytest.mark.parametrize("kind", [RunOptions, ConfirmOptions])
def test_without_flags_a_command_gets_the_defaults(kind: type) -> None:
    seen: list[Any] = []
    assert CliRunner().invoke(program(kind, seen), ["s"]).exit_code == 0
    assert seen == [("s", kind())]


def test_what_options_refuse_and_what_a_command_raises_is_one_message() -> None:
    seen: list[Any] = []
    result = CliRunner().invoke(program(RunOptions, seen), ["s", "--jobs", "0"])
    assert (result.exit_code, result.stderr) == (2, "sweep: --jobs must be a whole number >= 1, but got 0\n")
    assert seen == []
    result = CliRunner().invoke(program(RunOptions, seen), ["failing"])
    assert (result.exit_code, result.stderr) == (3, "sweep: every trial failed\n")


def test_a_command_that_shares_one_flag_has_it_with_the_same_words() -> None:
    app = typer.Typer()

    @app.command()
    def command(data: flag_of(RunOptions, "data") = "auto") -> None:  # type: ignore[valid-type]
        """Take it."""
        print(data)

    assert CliRunner().invoke(app, ["--data", "digits"]).stdout == "digits\n"
    assert "What to train on" in CliRunner().invoke(app, ["--help"]).stdout


def test_a_decorated_command_keeps_its_name_and_words() -> None:
    @typed_as(ConfirmOptions)
    def confirm(study: str, options: ConfirmOptions) -> None:
        """Confirm it."""

    assert (confirm.__name__, confirm.__doc__) == ("confirm", "Confirm it.")
    parameters = inspect.signature(confirm).parameters
    assert list(parameters) == ["study", *(item.name for item in fields(ConfirmOptions))]
