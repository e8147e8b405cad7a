"""README and docs/: what they tell a reader to type works, and what there is to type is in them.

Of each page, in order and in a folder of its own:

- every command is looked up as the program itself would: its name, its arguments, its flags;
- what only reads a study is run on one that was made by hand, and Python that needs no TensorFlow is executed;
- marked `sweep`: everything is run as a reader would run it, in a shell, on a study that was really trained.

What can't be run is listed in `NOT_RUN` with the reason, and its flags are checked against the program's own.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any

import builders
import numpy as np
import program
import pytest
import typer
from typer.testing import CliRunner

from sweep import Sweep
from sweep.cli.app import app
from sweep.data.sources import digits, resolve
from sweep.space.loader import load_sweep
from sweep.space.suggest import explore
from sweep.study.confirming_run import ConfirmingRun
from sweep.study.definition import Definition
from sweep.study.opening import open_confirmations, open_ledger
from sweep.study.origin import Origin
from sweep.training.network import Network

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
PAGES = [README, *sorted((ROOT / "docs").glob("*.md"))]
LINKING = [*PAGES, ROOT / "CHANGELOG.md", ROOT / "results" / "README.md", *(ROOT / "tests").rglob("*.md")]
MOST_WORDS = 900
LANGUAGES = ("bash", "python", "text")
TRAINING = ("import keras", "sweep.run(")
"""What Python on a page has if it needs TensorFlow or workers."""
PLACEHOLDERS = {"SPACE": "search_spaces/default.py", "STUDY": "default", "TRIAL": "3", "A": "0", "B": "3"}
PROGRAMS = (("sweep",), ("python", "-m", "sweep"))
READING = ("leaderboard", "show", "compare", "watch")
STUDIES = {"default": "auto", "small": "digits"}
"""The studies that pages name, each with the `--data` it was run with."""

by_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)


@dataclass(frozen=True)
class Block:
    """A fenced block of a page.

    Args:
        page: the file.
        line: number of its first line.
        language: the word after the fence.
        file: the name of the file that it is, if one follows the language.
        text: what it holds.
    """

    page: Path
    line: int
    language: str
    file: str
    text: str

    @property
    def place(self) -> str:
        """Where it is, for messages."""
        return f"{self.page.relative_to(ROOT)}, line {self.line}"


@dataclass(frozen=True)
class Command:
    """One command of a page.

    Args:
        words: as a shell splits it, without what comes before the program.
        variables: the environment variables set before the program.
        place: where it is, for messages.
    """

    words: tuple[str, ...]
    variables: tuple[str, ...]
    place: str

    @property
    def sweep(self) -> list[str] | None:
        """The arguments if it is this program, else None."""
        for prefix in PROGRAMS:
            if self.words[: len(prefix)] == prefix:
                return list(self.words[len(prefix) :])
        return None

    @property
    def typed(self) -> str:
        """As a shell takes it."""
        return " ".join([*self.variables, shlex.join(self.words)])


# What can't be run here: the first words of a command, why, and how its flags are checked all the same.


def _extras(words: tuple[str, ...]) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    for word in words[2:]:
        assert word in ("-e", ".") or re.fullmatch(r"\.\[(\w+)\]", word), word
        for extra in re.findall(r"\[(\w+)\]", word):
            assert extra in project["optional-dependencies"], extra


def _pytest(words: tuple[str, ...]) -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["pytest"]["ini_options"]
    markers = {marker.partition(":")[0] for marker in settings["markers"]}
    rest = list(words[3:])
    while rest:
        word = rest.pop(0)
        if word == "-m":
            assert set(re.findall(r"\w+", rest.pop(0))) - {"and", "or", "not"} <= markers
        else:
            assert (ROOT / word).exists(), word


def _ray(words: tuple[str, ...]) -> None:
    scripts = pytest.importorskip("ray.scripts.scripts")
    command = scripts.cli.commands[words[1]]
    command.make_context(words[1], list(words[2:]))


def _benchmark(words: tuple[str, ...]) -> None:
    shown = _help_of(words[1])
    for flag in flags_in(words):
        assert re.search(rf"(?<!\S){flag}\b", shown), f"{words[1]} has no {flag}"


@cache
def _help_of(script: str) -> str:
    done = subprocess.run(
        [sys.executable, script, "--help"],
        cwd=ROOT,
        env=program.environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def _executable(words: tuple[str, ...]) -> None:
    assert len(words) == 1
    assert os.access(ROOT / words[0], os.X_OK)


def _module(words: tuple[str, ...]) -> None:
    assert words[2:] == ("venv", ".venv")


def _developers(words: tuple[str, ...]) -> None:
    assert shlex.join(words) in (ROOT / ".ci" / "run").read_text()


def _of_sweep(words: tuple[str, ...]) -> None:
    look_up(list(words[1:]))


NOT_RUN: dict[tuple[str, ...], tuple[str, Callable[[tuple[str, ...]], None]]] = {
    ("python3", "-m", "venv"): ("tests run in an environment that is there", _module),
    ("pip", "install"): ("it installs 3 GB; .ci/run does it", _extras),
    ("python", "-m", "pytest"): ("it is what runs this", _pytest),
    (".ci/run",): ("it runs this, after installing 3 GB", _executable),
    ("ruff",): ("it is a part of .ci/run", _developers),
    ("mypy",): ("it is a part of .ci/run", _developers),
    ("lint-imports",): ("it is a part of .ci/run", _developers),
    ("python", "tests/benchmarks/same_work.py"): ("minutes; measured by hand", _benchmark),
    ("ray", "start"): ("it takes several machines; tests/faults/test_cluster.py makes them", _ray),
    ("ray", "stop"): ("it would end every Ray on this machine", _ray),
    ("sweep", "run", "search_spaces/default.py", "--address"): ("it takes a cluster, as above", _of_sweep),
    ("sweep", "run", "search_spaces/default.py", "--gpus-per-trial"): ("it takes a GPU", _of_sweep),
    ("sweep", "run", "search_spaces/default.py", "--mlflow"): ("it takes a server", _of_sweep),
    ("sweep", "dashboard"): ("it serves until it is interrupted", _of_sweep),
}


def not_run(words: tuple[str, ...]) -> tuple[str, ...] | None:
    """The entry of `NOT_RUN` for a command, if there is one."""
    return next((prefix for prefix in NOT_RUN if words[: len(prefix)] == prefix), None)


# Reading the pages


def blocks(page: Path) -> list[Block]:
    """The fenced blocks of a page.

    Raises:
        AssertionError: if a block has a language that this test does not know, and so would not test.
    """
    blocks: list[Block] = []
    begun: tuple[int, str] | None = None
    inside: list[str] = []
    for number, line in enumerate(page.read_text().splitlines(), start=1):
        if not line.startswith("```"):
            inside.append(line)
        elif begun is None:
            begun, inside = (number, line[3:].strip()), []
        else:
            language, _, file = begun[1].partition(" ")
            blocks.append(Block(page, begun[0], language, file, "\n".join(inside) + "\n"))
            assert language in LANGUAGES, f"{blocks[-1].place}: a block must be one of {LANGUAGES}, but is {language!r}"
            begun = None
    assert begun is None, f"{page.name}: the block that begins in line {begun} has no end"
    return blocks


def commands(block: Block) -> Iterator[Command]:
    """The commands of a block of bash: one a line, or several with && between them."""
    assert not re.search(r"[|;><]|\$\(|\\$", block.text.replace("; print", "")), (
        f"{block.place}: too clever for this test"
    )
    for offset, line in enumerate(block.text.splitlines(), start=1):
        words: list[str] = []
        for word in [*shlex.split(line, comments=True), "&&"]:
            if word != "&&":
                words.append(word.removeprefix(".venv/bin/"))
            elif words:
                set_before = 1 if words[0] == "export" else 0
                while set_before < len(words) and re.match(r"[A-Z_]+=", words[set_before]):
                    set_before += 1
                variables = tuple(word for word in words[:set_before] if word != "export")
                yield Command(tuple(words[set_before:]), variables, f"{block.page.name}, line {block.line + offset}")
                words = []


def all_commands(page: Path) -> list[Command]:
    """Every command of a page's blocks; lines that only set variables have no words."""
    return [command for block in blocks(page) if block.language == "bash" for command in commands(block)]


def inline_code(page: Path) -> list[str]:
    """Every `...` in a page's text and tables."""
    text = re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.DOTALL | re.MULTILINE)
    text = re.sub(r"` ```.*?``` `", "", text)
    return [code.replace("\\|", "|") for code in re.findall(r"`([^`\n]+)`", text)]


def flags_in(words: tuple[str, ...] | list[str]) -> list[str]:
    """The long flags among some words, without their values."""
    return [word.partition("=")[0] for word in words if word.startswith("--") and word != "--"]


# The program's own account of itself


@cache
def group() -> Any:
    """The program, as Typer has built it."""
    return typer.main.get_command(app)


def flags_of(command: Any) -> set[str]:
    """Every long flag of a command."""
    named = {name for param in command.params for name in (*param.opts, *param.secondary_opts)}
    return {name for name in named if name.startswith("--")} | {"--help"}


def all_flags() -> dict[str, set[str]]:
    """Every long flag of every command, and under "" of the program itself."""
    return {"": flags_of(group()), **{name: flags_of(command) for name, command in group().commands.items()}}


def look_up(arguments: list[str]) -> None:
    """Take arguments apart as the program would, and do nothing.

    Raises:
        AssertionError: if there is no such command or flag of the program.
        Exception: what the command says of wrong arguments.
    """
    name = arguments[0]
    if name.startswith("-"):
        assert name in all_flags()[""], f"the program has no {name}"
        return
    assert name in group().commands, f"there is no command {name!r}"
    if "--help" not in arguments:  # which would be shown at once
        group().commands[name].make_context(name, arguments[1:])


def filled_in(code: str) -> list[str]:
    """The words of a command in the text, with examples in place of STUDY and the like."""
    return [PLACEHOLDERS.get(word, word) for word in shlex.split(code)]


# A folder as a reader has it


def data_file(folder: Path) -> Path:
    """The file that pages call PATH/mnist.npz: digits in its form."""
    data = digits("digits")
    path = folder / "PATH" / "mnist.npz"
    path.parent.mkdir()
    np.savez(path, x_train=data.train.x, y_train=data.train.y, x_test=data.test.x, y_test=data.test.y)
    return path


def by_hand(folder: Path, name: str, choice: str) -> None:
    """A study of search_spaces/default.py in `folder / "results"`, two of its trials confirmed, none of it trained."""
    file = folder / "search_spaces" / "default.py"
    sweep = load_sweep(file)
    dataset = resolve(sweep.data, choice, {"SWEEP_DATA": str(folder / "PATH" / "mnist.npz")})
    with open_ledger(folder / "results", name, sweep, Definition.of(sweep, dataset)) as ledger:
        ledger.note_origin(Origin.of(file, sweep, choice, dataset))
        builders.drain(ledger, 0.9)
    with open_confirmations(folder / "results", name) as confirmations:
        for index in range(14):
            confirmations.add(ConfirmingRun(index % 2, index // 2, index, {"accuracy": 0.9 + index / 1000}))


@pytest.fixture(scope="session")
def untrained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone's search_spaces/, a data file, and results/ with studies made by hand."""
    folder = tmp_path_factory.mktemp("untrained")
    shutil.copytree(ROOT / "search_spaces", folder / "search_spaces")
    data_file(folder)
    for name, choice in STUDIES.items():
        by_hand(folder, name, choice)
    runner = CliRunner()
    shown = runner.invoke(app, ["leaderboard", "default", "--results", str(folder / "results"), "--format", "csv"])
    (folder / "results" / "leaderboard.csv").write_text(shown.stdout)
    return folder


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone's search_spaces/, a data file, and results/ with a study `default` that was really run, made short."""
    folder = tmp_path_factory.mktemp("trained")
    shutil.copytree(ROOT / "search_spaces", folder / "search_spaces")
    data_file(folder)
    space = folder / "search_spaces" / "default.py"
    text = space.read_text()
    assert "trials=24,\n    epochs=5,\n" in text
    space.write_text(text.replace("trials=24,\n    epochs=5,\n", "trials=2, epochs=1, rungs=(), confirm_seeds=2\n"))
    status, out, err = program.sweep("run", space, cwd=folder, SWEEP_DATA=str(folder / "PATH" / "mnist.npz"))
    assert status == 0, (out, err)
    return folder


# The tests: what is on the pages works


@by_page
def test_every_command_is_one_that_exists_with_its_arguments_and_flags(page: Path) -> None:
    for command in all_commands(page):
        if not command.words:
            continue
        try:
            if command.sweep is not None:
                look_up(command.sweep)
                continue
            prefix = not_run(command.words)
            if prefix is None:
                assert command.words[:2] == ("python", "-c"), "neither run by this test nor in NOT_RUN"
            else:
                NOT_RUN[prefix][1](command.words)
        except Exception as error:
            raise AssertionError(f"{command.place}: {command.typed}: {error!r} {error}") from error


@by_page
def test_every_command_in_the_text_is_one_that_exists(page: Path) -> None:
    for code in inline_code(page):
        words = tuple(filled_in(code)) if re.match(r"sweep |python -m sweep ", code) else ()
        arguments = Command(words, (), page.name).sweep
        if arguments:
            try:
                _mentioned(arguments)
            except Exception as error:
                raise AssertionError(f"{page.name}: {code}: {error!r} {error}") from error


def _mentioned(arguments: list[str]) -> None:
    """Look a command up; where the text names it without its arguments, only its name and flags."""
    name, rest = arguments[0], arguments[1:]
    if name in group().commands and all(word.startswith("--") for word in rest):
        assert set(flags_in(rest)) <= all_flags()[name], f"{name} has no {rest}"
    else:
        look_up(arguments)


@by_page
def test_every_flag_in_the_text_is_one_that_exists(page: Path) -> None:
    known = set().union(*all_flags().values())
    for code in inline_code(page):
        if re.match(r"--", code):
            assert set(flags_in(code.split())) <= known, f"{page.name}: {code}"


def test_each_reason_not_to_run_a_command_is_still_needed() -> None:
    needed = {not_run(command.words) for page in PAGES for command in all_commands(page)}
    assert set(NOT_RUN) <= needed


@by_page
def test_what_only_reads_works_on_a_study_made_by_hand(
    page: Path, untrained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "clone"
    shutil.copytree(untrained, folder)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("SWEEP_DATA", str(folder / "PATH" / "mnist.npz"))
    for block in blocks(page):
        if block.language == "python" and block.file:
            (folder / block.file).write_text(block.text)
            explore(load_sweep(block.file))
        elif block.language == "python" and not any(word in block.text for word in TRAINING):
            exec(compile(block.text, block.place, "exec"), {})
        elif block.language == "bash":
            for command in commands(block):
                if _only_reads(command.sweep or []):
                    result = CliRunner().invoke(app, command.sweep)
                    assert result.exit_code == 0, (command.place, command.typed, result.output, result.exception)


def _only_reads(arguments: list[str]) -> bool:
    command = arguments[0] if arguments else ""
    if command == "export":
        return "--out" in arguments and not arguments[arguments.index("--out") + 1].endswith(".keras")
    return command in (*READING, "--version")


@pytest.mark.sweep
@by_page
def test_a_page_works_as_it_is_typed(page: Path, trained: Path, tmp_path: Path) -> None:
    folder = tmp_path / "clone"
    shutil.copytree(trained, folder)
    shell = _shell(tmp_path / "bin", folder)
    for block in blocks(page):
        if block.language == "python" and block.file:
            (folder / block.file).write_text(block.text)
        elif block.language == "python":
            _run([sys.executable, "-c", block.text], block.place, folder, shell)
        elif block.language == "bash":
            for command in commands(block):
                if not command.words:
                    shell = {**shell, **dict(pair.split("=", 1) for pair in command.variables)}
                elif not_run(command.words) is None:
                    _run(["bash", "-c", command.typed], command.place, folder, shell)


def _shell(programs: Path, folder: Path) -> dict[str, str]:
    """An environment where `python` is this Python, and `sweep` this program."""
    programs.mkdir()
    for name, run in (("python", f'"{sys.executable}"'), ("sweep", f'"{sys.executable}" -m sweep')):
        (programs / name).write_text(f'#!/bin/sh\nexec {run} "$@"\n')
        (programs / name).chmod(0o755)
    data = str(folder / "PATH" / "mnist.npz")
    return program.environment(PATH=f"{programs}:{os.environ['PATH']}", SWEEP_DATA=data)


def _run(command: list[str], place: str, folder: Path, shell: dict[str, str]) -> None:
    done = subprocess.run(command, cwd=folder, env=shell, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, f"{place}: {command[-1]} ended with {done.returncode}\n{done.stdout}\n{done.stderr}"


# The tests: what there is, is on the pages


def rows(page: Path, heading: str) -> list[str]:
    """The first cells of the table under a heading, without backquotes."""
    text = page.read_text()
    assert f"\n## {heading}\n" in text, f"{page.name} has no heading {heading!r}"
    part = text.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    cells = [line.split("|")[1].strip() for line in part.splitlines() if line.startswith("|")]
    return [cell.strip("`") for cell in cells[2:]]


def test_every_argument_of_a_sweep_is_described_and_no_other() -> None:
    page = ROOT / "docs" / "search-space.md"
    assert rows(page, "Every argument of Sweep") == [field.name for field in fields(Sweep)]


def test_every_parameter_of_the_built_in_network_is_described_and_no_other() -> None:
    page = ROOT / "docs" / "search-space.md"
    assert rows(page, "The built-in network") == [field.name for field in fields(Network)]


def test_every_column_of_the_board_is_described_in_its_order(untrained: Path) -> None:
    columns = (untrained / "results" / "leaderboard.csv").read_text().splitlines()[0].split(",")
    params = load_sweep(untrained / "search_spaces" / "default.py").baseline
    described = rows(ROOT / "docs" / "reading-the-board.md", "Columns")
    for elsewhere in ("one for each parameter", "val_NAME`, `test_NAME"):  # of metrics that this study has not
        described.remove(elsewhere)
    assert described == [column for column in columns if column not in params]


def test_every_command_and_every_flag_is_named_somewhere() -> None:
    code = [code for page in PAGES for code in inline_code(page)]
    typed = [word for page in PAGES for command in all_commands(page) for word in command.words]
    words = {word for text in [*code, *typed] for word in re.split(r"[\s=,]+", text)}
    assert set(group().commands) <= words
    unnamed = {name: flags - words for name, flags in all_flags().items() if flags - words}
    assert not unnamed


def test_every_flag_of_run_is_in_its_table() -> None:
    text = (ROOT / "docs" / "search-space.md").read_text()
    part = text.split("\n## Flags of run\n", 1)[1].split("\n## ", 1)[0]
    described = {flag for line in part.splitlines() if line.startswith("|") for flag in re.findall(r"--\w[\w-]*", line)}
    assert described == all_flags()["run"] - {"--help"}


# The tests: the pages themselves


def test_readme_is_short() -> None:
    assert len(README.read_text().split()) <= MOST_WORDS


@by_page
def test_every_module_and_name_in_the_text_is_one_that_exists(page: Path) -> None:
    for code in inline_code(page):
        named = re.fullmatch(r"((?:[\w.-]+/)+[\w-]+\.(?:py|md|sh|toml))(?:: ([\w.]+))?", code)
        if named is None or code.startswith("results/"):
            continue
        files = [folder / named[1] for folder in (ROOT, ROOT / "sweep") if (folder / named[1]).is_file()]
        assert files, f"{page.name}: {code}"
        for name in (named[2] or "").split("."):
            defined = rf"^\s*(def|class) {name}\b|^\s*{name}\b.* = " if name else ""
            assert re.search(defined, files[0].read_text(), flags=re.MULTILINE), f"{page.name}: {code}"


@pytest.mark.parametrize("page", LINKING, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    text = re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.DOTALL | re.MULTILINE)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"https?:", target):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        assert file.is_relative_to(ROOT), target
        assert file.exists(), f"{page.name}: {target}"
        if anchor:
            assert anchor in anchors(file), f"{page.name}: {target}"


def anchors(page: Path) -> set[str]:
    """What a link can lead to in a page, as GitHub names its headings."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), flags=re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


# The tests: this test notices


WRONG = [
    ("sweep rum search_spaces/default.py", "no command 'rum'"),
    ("sweep run search_spaces/default.py --no-such-flag", "--no-such-flag"),
    ("sweep run", "space"),
    ("sweep show default first", "first"),
    ("sweep --no-such-flag", "--no-such-flag"),
    ("pip install -e '.[everything]'", "everything"),
    ("python -m pytest -m slow", "slow"),
    ("python -m pytest tests/nothing", "tests/nothing"),
    ("python tests/benchmarks/same_work.py --quickly", "--quickly"),
    ("ray start --hed", "--hed"),
    ("python setup.py install", "NOT_RUN"),
]


@pytest.mark.parametrize(("typed", "says"), WRONG)
def test_a_page_with_a_wrong_command_fails(typed: str, says: str, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"# A page\n\n```bash\n{typed}\n```\n")
    with pytest.raises(AssertionError, match=re.escape(says)):
        test_every_command_is_one_that_exists_with_its_arguments_and_flags(page)


def test_a_page_with_a_wrong_word_in_its_text_fails(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    for text in ("Type `sweep dance STUDY`.", "Type `sweep show STUDY TRIAL --loudly`."):
        page.write_text(text)
        with pytest.raises(AssertionError, match=r"dance|--loudly"):
            test_every_command_in_the_text_is_one_that_exists(page)
    page.write_text("Add `--loudly`.")
    with pytest.raises(AssertionError, match="--loudly"):
        test_every_flag_in_the_text_is_one_that_exists(page)


def test_a_block_in_no_known_language_fails(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("```\nsweep run\n```\n")
    with pytest.raises((AssertionError, ValueError)):
        blocks(page)
