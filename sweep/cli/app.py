"""How the commands are typed. What they do is in `sweep.commands`.

Each command imports its module when it is called, so that `--help` never waits for Optuna, pandas or Ray.
"""

from __future__ import annotations

import errno
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from sweep.cli.options import (
    Address,
    CpusPerTrial,
    Data,
    Epochs,
    Jobs,
    MaxFailures,
    OtherData,
    OtherSpace,
    Quiet,
    Results,
    SpaceFile,
    Study,
    Timeout,
    Trial,
    Trials,
)
from sweep.errors import InputError, SweepError, is_full
from sweep.execution.stop import INTERRUPTED
from sweep.sanitize import one_line

app = typer.Typer(
    name="sweep",
    help="Does anything beat the baseline, by how much, and what does it cost?",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.command()
def run(
    space: SpaceFile,
    trials: Trials = None,
    epochs: Epochs = None,
    name: Annotated[
        str | None, typer.Option(help="Name of the study. Default: the file's.", show_default=False)
    ] = None,
    new: Annotated[bool, typer.Option("--new", help="Start afresh; keep the old study under another name.")] = False,
    results: Results = Path("results"),
    data: Data = "auto",
    jobs: Jobs = None,
    cpus_per_trial: CpusPerTrial = None,
    gpus_per_trial: Annotated[
        float | None,
        typer.Option(help="GPUs of a trial; with 0.5 two share one. Default: none is used.", show_default=False),
    ] = None,
    address: Address = None,
    seed: Annotated[int | None, typer.Option(help="Seed of the study.", show_default=False)] = None,
    timeout: Timeout = None,
    target: Annotated[
        float | None,
        typer.Option(metavar="VALUE", help="Stop when a trial's objective reaches this.", show_default=False),
    ] = None,
    max_failures: MaxFailures = 2,
    precision: Annotated[
        str,
        typer.Option(metavar="auto|float32|bfloat16", help="auto: bfloat16 where all hardware is made for it."),
    ] = "auto",
    confirm: Annotated[
        bool,
        typer.Option("--confirm/--no-confirm", help="Train the best and the baseline again on fresh seeds at the end."),
    ] = True,
    quiet: Quiet = False,
) -> None:
    """Bring a study up to its budget and write its board. Run again, it goes on where it was."""
    with _reported():
        from sweep.execution.run import RunOptions
        from sweep.execution.run import run as do

        options = RunOptions(
            results=results,
            name=name,
            new=new,
            data=data,
            trials=trials,
            epochs=epochs,
            seed=seed,
            cpus_per_trial=cpus_per_trial,
            gpus_per_trial=gpus_per_trial,
            jobs=jobs,
            address=address,
            timeout_seconds=timeout,
            target=target,
            max_failures=max_failures,
            precision=precision,
            confirm=confirm,
            quiet=quiet,
        )
        raise typer.Exit(do(space, options))


@app.command()
def check(
    space: SpaceFile,
    data: Data = "auto",
    trials: Trials = None,
    epochs: Epochs = None,
    cpus_per_trial: CpusPerTrial = None,
    samples: Annotated[int, typer.Option(help="How many random configurations to build.", min=1, max=1000)] = 16,
) -> None:
    """Train nothing: check the file, build sample models, tell what is infeasible and how long a sweep takes here."""
    with _reported():
        from sweep.cli.check import check as do

        do(space, data=data, trials=trials, epochs=epochs, cpus_per_trial=cpus_per_trial, samples=samples)


@app.command()
def leaderboard(
    study: Annotated[str | None, typer.Argument(help="Default: the study that ran last.", show_default=False)] = None,
    form: Annotated[str, typer.Option("--format", metavar="table|csv|json|md", help="How to print it.")] = "table",
    sort_by: Annotated[str | None, typer.Option(help="A column of the board.", show_default=False)] = None,
    limit: Annotated[int | None, typer.Option(help="At most so many rows.", show_default=False)] = None,
    results: Results = Path("results"),
) -> None:
    """Print the board of a study."""
    with _reported():
        from sweep.cli.leaderboard import leaderboard as do

        do(results, study, form, sort_by, limit)


@app.command()
def show(
    study: Study,
    trial: Trial,
    results: Results = Path("results"),
) -> None:
    """Tell everything about one trial: params, curve, machine, seed, error."""
    with _reported():
        from sweep.cli.show import show as do

        do(results, study, trial)


@app.command()
def confirm(
    study: Study,
    top: Annotated[int, typer.Option(help="How many of the best trials.")] = 1,
    seeds: Annotated[
        int | None, typer.Option(help="Runs of each, those there included. Default: 7.", show_default=False)
    ] = None,
    results: Results = Path("results"),
    data: OtherData = None,
    space: OtherSpace = None,
    jobs: Jobs = None,
    address: Address = None,
    timeout: Timeout = None,
    max_failures: MaxFailures = 2,
    quiet: Quiet = False,
) -> None:
    """Train the best trials and the baseline again on fresh seeds and all training images, and say who is better."""
    with _reported():
        from sweep.cli.confirm import ConfirmOptions
        from sweep.cli.confirm import confirm as do

        options = ConfirmOptions(
            results=results,
            top=top,
            seeds=seeds,
            data=data,
            space=space,
            jobs=jobs,
            address=address,
            timeout_seconds=timeout,
            max_failures=max_failures,
            quiet=quiet,
        )
        raise typer.Exit(do(study, options))


@app.command()
def reproduce(
    study: Study,
    trial: Trial,
    data: OtherData = None,
    space: OtherSpace = None,
    results: Results = Path("results"),
) -> None:
    """Train one trial again from what was recorded, and tell whether the numbers match.

    Exit status: 0 if they are identical or within noise, 1 if they differ.
    """
    with _reported():
        from sweep.cli.reproduce import reproduce as do

        raise typer.Exit(do(results, study, trial, data=data, space=space))


@app.command()
def export(
    study: Study,
    trial: Annotated[
        int | None, typer.Argument(help="A completed trial. Default: the winner.", show_default=False)
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="A .keras file for the model; .parquet, .csv or .json for the board. Default: STUDY-trial-0007.keras.",
            show_default=False,
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
    data: OtherData = None,
    space: OtherSpace = None,
    results: Results = Path("results"),
) -> None:
    """Write a trained model, measured once more on the test set, or the board."""
    with _reported():
        from sweep.cli.export import export as do

        do(results, study, trial, out=out, force=force, data=data, space=space)


@app.command()
def compare(
    study: Study,
    a: Annotated[int, typer.Argument(help="Number of a trial.", show_default=False)],
    b: Annotated[int, typer.Argument(help="Number of another.", show_default=False)],
    results: Results = Path("results"),
    data: OtherData = None,
    space: OtherSpace = None,
) -> None:
    """Tell what differs between two trials: params, curves, scores, cost, and McNemar's test on the test images."""
    with _reported():
        from sweep.cli.compare import compare as do

        do(results, study, a, b, data=data, space=space)


@contextmanager
def _reported() -> Iterator[None]:
    try:
        yield
    except SweepError as error:
        print(f"sweep: {one_line(error)}", file=sys.stderr)
        raise typer.Exit(error.exit_code) from error
    except OSError as error:
        if isinstance(error, BrokenPipeError):
            raise
        if error.errno == errno.ENAMETOOLONG:
            print(f"sweep: a path is too long: {one_line(error)}", file=sys.stderr)
            raise typer.Exit(InputError.exit_code) from error
        if is_full(error):
            print(
                f"sweep: the disk must have room for the results, but it is full: {one_line(error)}. "
                "Make room, then type the same command again (without --new); what was finished is kept",
                file=sys.stderr,
            )
            raise typer.Exit(1) from error
        print(f"sweep: the system refused: {one_line(error)}. What was finished is kept in the ledger", file=sys.stderr)
        raise typer.Exit(1) from error
    except KeyboardInterrupt as error:
        print("sweep: interrupted; the same command (without --new) goes on", file=sys.stderr)
        raise typer.Exit(INTERRUPTED) from error


def main() -> None:
    """The `sweep` program."""
    app(prog_name="sweep")
