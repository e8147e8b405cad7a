"""The commands and their flags, as they are typed. What a command does is in the module of its name.

Each command imports its module when it is called, so that `--help` never waits for Optuna, pandas or Ray.
"""

from __future__ import annotations

import io
import os
import signal
import sys
import threading
import traceback
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

import sweep
from sweep.cli.exit import reported
from sweep.cli.options import OtherData, OtherSpace, Results, SpaceFile, Study, Trial, flag_of, typed_as
from sweep.execution.options import ConfirmOptions, RunOptions
from sweep.training.quiet import quiet_imports

app = typer.Typer(
    name="sweep",
    help="Does anything beat the baseline, by how much, and what does it cost?",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(asked: bool) -> None:
    if asked:
        print(f"sweep {sweep.__version__}")
        raise typer.Exit


@app.callback()
def program(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and exit.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    """Does anything beat the baseline, by how much, and what does it cost?"""


@app.command()
@typed_as(RunOptions)
def run(space: SpaceFile, options: RunOptions) -> None:
    """Bring a study up to its budget and write its board. Run again, it goes on where it was."""
    from sweep.cli.run import run as command

    raise typer.Exit(command(space, options))


@app.command()
def check(
    space: SpaceFile,
    data: flag_of(RunOptions, "data") = "auto",  # type: ignore[valid-type]
    trials: flag_of(RunOptions, "trials") = None,  # type: ignore[valid-type]
    epochs: flag_of(RunOptions, "epochs") = None,  # type: ignore[valid-type]
    cpus_per_trial: flag_of(RunOptions, "cpus_per_trial") = None,  # type: ignore[valid-type]
    samples: Annotated[int, typer.Option(help="How many random configurations to build.", min=1, max=1000)] = 16,
) -> None:
    """Train nothing: check the file, build sample models, say what is infeasible and how long a sweep takes here."""
    with reported():
        from sweep.cli.check import check as command

        command(space, data=data, trials=trials, epochs=epochs, cpus_per_trial=cpus_per_trial, samples=samples)


@app.command()
def leaderboard(
    study: Annotated[str | None, typer.Argument(help="Default: the study that ran last.", show_default=False)] = None,
    form: Annotated[str, typer.Option("--format", metavar="table|csv|json|md", help="How to print it.")] = "table",
    sort_by: Annotated[str | None, typer.Option(help="A column of the board.", show_default=False)] = None,
    limit: Annotated[int | None, typer.Option(help="Maximum number of rows.", show_default=False)] = None,
    results: Results = Path("results"),
) -> None:
    """Print the board of a study."""
    with reported():
        from sweep.cli.leaderboard import leaderboard as command

        command(results, study, form, sort_by, limit)


@app.command()
def report(study: Study, results: Results = Path("results")) -> None:
    """Write all that a study says into one HTML file, which needs nothing else, and print its path."""
    with reported():
        from sweep.cli.report import report as command

        command(results, study)


@app.command()
def watch(
    study: Annotated[str | None, typer.Argument(help="Default: the study that ran last.", show_default=False)] = None,
    html: Annotated[bool, typer.Option("--html", help="Serve its report, too, to browsers of this machine.")] = False,
    port: Annotated[
        int | None,
        typer.Option(help="The port for --html. Default: one that is free.", min=1, max=65535, show_default=False),
    ] = None,
    results: Results = Path("results"),
) -> None:
    """Show a running sweep from another terminal, read only, and its summary once it ends."""
    with reported():
        from sweep.cli.watch import watch as command

        raise typer.Exit(command(results, study, html=html, port=port))


@app.command()
def dashboard(
    results: Results = Path("results"),
    port: Annotated[int, typer.Option(help="A free port on this machine; 0 for any.", min=0, max=65535)] = 8080,
) -> None:
    """Show all studies in Optuna's dashboard, on this machine alone, until Ctrl-C. It changes none of them."""
    with reported():
        from sweep.cli.dashboard import dashboard as command

        command(results, port)


@app.command()
def show(
    study: Study,
    trial: Trial,
    results: Results = Path("results"),
) -> None:
    """Print everything about one trial: params, curve, machine, seed, error."""
    with reported():
        from sweep.cli.show import show as command

        command(results, study, trial)


@app.command()
@typed_as(ConfirmOptions)
def confirm(study: Study, options: ConfirmOptions) -> None:
    """Train the best trials and the baseline again on fresh seeds and all training images, and say who is better."""
    from sweep.cli.confirm import confirm as command

    raise typer.Exit(command(study, options))


@app.command()
def reproduce(
    study: Study,
    trial: Trial,
    data: OtherData = None,
    space: OtherSpace = None,
    results: Results = Path("results"),
) -> None:
    """Train one trial again from what was recorded, and say whether the numbers match.

    Exit status: 0 if they are identical or within noise, 1 if they differ.
    """
    with reported():
        from sweep.cli.reproduce import reproduce as command

        raise typer.Exit(command(results, study, trial, data=data, space=space))


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
    with reported():
        from sweep.cli.export import export as command

        command(results, study, trial, out=out, force=force, data=data, space=space)


@app.command()
def compare(
    study: Study,
    a: Annotated[int, typer.Argument(help="Number of a trial.", show_default=False)],
    b: Annotated[int, typer.Argument(help="Number of another.", show_default=False)],
    results: Results = Path("results"),
    data: OtherData = None,
    space: OtherSpace = None,
) -> None:
    """Print what differs between two trials: params, curves, scores, cost, and McNemar's test on the test images."""
    with reported():
        from sweep.cli.compare import compare as command

        command(results, study, a, b, data=data, space=space)


@app.command()
def doctor(
    address: flag_of(RunOptions, "address") = None,  # type: ignore[valid-type]
    results: Results = Path("results"),
) -> None:
    """Say what this machine and its Ray offer a sweep, and what is missing. Exit status: 1 if a sweep could not run."""
    with reported():
        from sweep.cli.doctor import doctor as command

        raise typer.Exit(command(results, address))


def main() -> None:
    """The `sweep` program.

    What a terminal's encoding lacks is printed as "?". A thread that the user's file has left behind does not keep the
    program from ending.
    """
    _open_closed_streams()
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, signal.default_int_handler)  # an interrupt, like Ctrl-C, from the first moment on
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        with quiet_imports():
            app(prog_name="sweep")
    except SystemExit as end:
        _end_though_threads_run(end.code if isinstance(end.code, int) else int(end.code is not None))
        raise
    except BaseException:
        if _threads_run():
            traceback.print_exc()
            _end_though_threads_run(1)
        raise


def _open_closed_streams() -> None:
    """Lead standard streams that whoever started the program has closed (`2>&-`) to nowhere.

    Ray asks for them, and else the next file that is opened, such as a journal, would get what is printed to one.
    """
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        if getattr(sys, name) is None:
            with suppress(OSError):
                os.fstat(number)
                continue  # it was opened since, and is no stream
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free
            setattr(sys, name, open(number, mode, closefd=False))  # noqa: SIM115 - as long as the program


def _threads_run() -> bool:
    others = [thread for thread in threading.enumerate() if thread is not threading.main_thread()]
    return any(not thread.daemon for thread in others)


def _end_though_threads_run(status: int) -> None:
    if _threads_run():
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError):  # nobody reads it
                stream.flush()
        os._exit(status)
