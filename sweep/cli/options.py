"""Arguments and flags that several commands share, as they are typed and explained."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

SpaceFile = Annotated[
    Path, typer.Argument(help="A search-space file, such as search_spaces/default.py.", show_default=False)
]
Results = Annotated[Path, typer.Option("--results", metavar="DIR", help="The results folder.")]
Data = Annotated[str, typer.Option("--data", metavar="auto|mnist|digits|PATH", help="What to train on.")]
Epochs = Annotated[int | None, typer.Option(help="Epochs of a whole trial.", show_default=False)]
Trials = Annotated[int | None, typer.Option(help="Bring the study up to so many trials.", show_default=False)]
CpusPerTrial = Annotated[
    int | None, typer.Option(help="CPUs, and so TensorFlow threads, of a trial.", show_default=False)
]
Jobs = Annotated[int | None, typer.Option(help="At most so many trials side by side.", show_default=False)]
Address = Annotated[
    str | None,
    typer.Option(
        metavar="local|auto|HOST:PORT",
        help="Ray cluster. Default: RAY_ADDRESS, a cluster on this machine, or local.",
        show_default=False,
    ),
]
Timeout = Annotated[
    float | None,
    typer.Option(metavar="SECONDS", help="Stop after so long, saving what runs.", show_default=False),
]
MaxFailures = Annotated[int, typer.Option(help="A trial whose worker is lost is tried again so often, then fails.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="Print nothing but errors.")]
Study = Annotated[str, typer.Argument(help="Name of the study.", show_default=False)]
Trial = Annotated[int, typer.Argument(help="Number of the trial.", show_default=False)]
OtherData = Annotated[
    str | None,
    typer.Option(
        "--data", metavar="mnist|digits|PATH", help="Where its data is. Default: as recorded.", show_default=False
    ),
]
OtherSpace = Annotated[
    Path | None,
    typer.Option("--space", metavar="FILE", help="Its search-space file. Default: as recorded.", show_default=False),
]
