"""Warnings that a person must see before or while a study is run."""

from __future__ import annotations

from rich.console import Console

from sweep.study.events import (
    ClusterIsOpen,
    DigitsInsteadOfMnist,
    FirstRungIsEarly,
    IncompleteWriteSetAside,
    TrackerFailed,
)

Warned = DigitsInsteadOfMnist | IncompleteWriteSetAside | ClusterIsOpen | FirstRungIsEarly | TrackerFailed


def print_warning(out: Console, event: Warned) -> None:
    """Print a warning, in colour if it changes what the figures mean or who can run code on the machine."""
    match event:
        case DigitsInsteadOfMnist(space_file):
            for line in (
                "WARNING: MNIST is not on this machine and could not be downloaded. This sweep runs on scikit-learn's "
                "1,797 small digits instead,",
                "and its figures say nothing about MNIST. With the real MNIST:",
                f"    python -m sweep run {space_file} --data PATH/mnist.npz --new"
                if space_file
                else "    sweep.run(..., data='PATH/mnist.npz', new=True)",
            ):
                out.print(line, style="bold yellow")
        case ClusterIsOpen(address):
            out.print(
                f"WARNING: the Ray cluster at {address} does not turn away who has no token: whoever reaches its ports "
                "can run code on it. Set RAY_AUTH_MODE=token and one RAY_AUTH_TOKEN on every node and here",
                style="bold yellow",
            )
        case FirstRungIsEarly(percent, steps, total):
            out.print(
                f"WARNING: trials may be pruned after {percent} % of their epochs, which for the baseline is {steps:,} "
                f"of {total:,} training steps: too early to tell good from bad. Look later with rungs=(50,), train for "
                "more --epochs, or prune nothing with pruner=optuna.pruners.NopPruner()",
                style="bold yellow",
            )
        case IncompleteWriteSetAside(path, size):
            out.print(
                f"the last {size} bytes of the journal were an incomplete write of an earlier run that was killed; "
                f"they were cut off and are kept in {path}"
            )
        case TrackerFailed(name, reason):
            out.print(
                f"WARNING: {name} does not get all of this run: {reason}. The sweep goes on unharmed, and the same "
                "command brings the tracker up to date later",
                style="bold yellow",
            )
