"""What is settled for a whole study by its first run, or by the last: its precision, its code, where it came from."""

from __future__ import annotations

from collections.abc import Mapping

import optuna

from sweep.errors import InputError
from sweep.space.code import same_code
from sweep.study.origin import Origin
from sweep.study.schema import CODE, ENVIRONMENTS, ORIGIN, PRECISION


class Settlements:
    """The part of a study, open for writing, that is about all of its trials.

    Args:
        study: the Optuna study.
    """

    def __init__(self, study: optuna.Study) -> None:
        self._study = study

    def precision(self, choice: str, resolved: str) -> str:
        """The precision that all trials of this study are trained in, which its first run settles.

        Args:
            choice: precision that this run asks for: "auto", "float32" or "bfloat16".
            resolved: what `choice` comes to on this run's workers: "float32" or "bfloat16".

        Raises:
            InputError: if this run asks for another precision than the study began in.
        """
        settled: str = self._study.user_attrs.get(PRECISION, "")
        if not settled:
            self._study.set_user_attr(PRECISION, resolved)
            return resolved
        if choice not in ("auto", settled):
            raise InputError(
                f"a study is trained in one precision, and this one began in {settled}, but --precision is {choice}; "
                "use --new to start afresh, or --name for another study"
            )
        return settled

    def code(self, code: Mapping[str, str], *, accept_changes: bool = False) -> None:
        """Note what the user's functions that train are, or refuse others than this study's trials were trained with.

        Args:
            code: the hash of each function, by what it is for.
            accept_changes: whether to go on with other functions; trials of the old ones are marked from then on.

        Raises:
            InputError: if a function is another, and that was not accepted.
        """
        known: dict[str, str] = self._study.user_attrs.get(CODE, {})
        changed = [name for name, code_hash in code.items() if not same_code(known.get(name, code_hash), code_hash)]
        if not self._study.user_attrs.get(ENVIRONMENTS):
            changed = []  # nothing was trained yet
        if changed and not accept_changes:
            raise InputError(
                "a study can only go on with the code that its trials were trained with, but its "
                f"{' and '.join(changed)} function, or code of yours that it uses, has changed. Use --new to start "
                "afresh (the old study is kept under another name), --name for another study, or --accept-changes to "
                "go on: what the old code trained is then marked in the board"
            )
        if known != {**known, **code}:
            self._study.set_user_attr(CODE, {**known, **code})

    def origin(self, origin: Origin) -> None:
        """Write down where the study came from, as of this run."""
        if self._study.user_attrs.get(ORIGIN) != origin.as_json():
            self._study.set_user_attr(ORIGIN, origin.as_json())
