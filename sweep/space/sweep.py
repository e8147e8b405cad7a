"""`Sweep`: what a search-space file defines."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sweep.errors import InputError
from sweep.space.metrics import COSTS, DIRECTIONS, default_direction, is_metric
from sweep.space.numbers import check_whole, is_number, is_whole

Params = dict[str, Any]
"""The hyperparameters of one trial by their names in Optuna: str, number, bool, None, and tuples and lists of these."""

DEFAULT_RUNGS = (10,)
DEFAULT_CONFIRM_SEEDS = 7
MAX_CONFIRM_SEEDS = 999


@dataclass(frozen=True)
class Sweep:
    """A search: a space of configurations, the baseline to beat, and the budget.

    Args:
        space: a function that takes an `optuna.Trial`, suggests values on it and returns what the model is built from
            as a flat dict. Conditional spaces are plain `if`s. Keys of the dict that it does not suggest are constants;
            what it suggests and does not return is an ingredient: a column of the board that the model is not given.
        baseline: the configuration to beat; always trial 0. It must have a value for each parameter that
            `space` suggests for it, ingredients included, and may repeat constants.
        trials: number of trials that the study is brought up to, the baseline included. Default 24.
        epochs: passes over the training images that a whole trial makes; a pruned one makes fewer, and so does one
            whose params have fewer `epochs`: it ends at its own end, and is ranked by its score there. Default 5.
        model: a function that takes params and returns a compiled `keras.Model`. Default: `sweep.build_model`.
        data: "mnist", "digits", the path of an `.npz` file, or a function that returns train, test or train,
            validation, test. Each is (x, y) or (x, y, sample_weight), x and y arrays or pandas tables, or nested dicts,
            tuples and lists of arrays. It may also return a dict of x_train, y_train, x_test, y_test and more.
            Whole numbers of shape (n,) are class labels. Without a validation part the last sixth of the training part
            is held out. Default "mnist".
        objective: what the sampler, the pruner and the ranks go by: "val_loss", or "val_" and the name of a metric that
            the model is compiled with, such as "val_accuracy" or "val_mae". A list searches for the Pareto front of
            several: these, "parameters" (how many the model has), "seconds" (training time) and "inference_us"
            (microseconds per image). Then nothing is pruned, and the rank is the Pareto layer. Default "val_accuracy".
        direction: "maximize" or "minimize"; with several objectives a list with one for each. Default: what the name
            of the metric tells: accuracies, AUC, precision, recall and F1 are maximized; loss, MAE, MSE, RMSE, MAPE and
            costs minimized. Other metrics need it.
        sampler: an `optuna.samplers.BaseSampler`. Default: TPE, seeded from `seed`, for several objectives too.
        pruner: an `optuna.pruners.BasePruner`; its steps are percents of the epochs. Not allowed with several
            objectives. Default: asynchronous successive halving over `rungs`.
        seed: the study's seed, from which the seeds of the trials and of the sampler are derived. Default 0.
        rungs: percents of the epochs after which a trial is measured; 100 is added if it is missing. The default pruner
            judges at the first rung and then each time the percent has doubled, so several rungs should double.
            Default (10,): one early look ends the worst trials; later ones would mostly judge noise among the good.
        confirm_seeds: number of fresh seeds with which the best trial and the baseline are trained again after the
            search; 0 for none. Default 7: a difference of 2 standard deviations is found with power 0.93 (with 5
            seeds: 0.77), which leaves room for the search having picked the wrong winner.
        confirm_top: number of the best trials that are confirmed. With `--until-sure` they race: who falls behind gets
            no more runs. Default 1.
        margin: what counts as equivalent where `--until-sure` makes as many confirming runs as it takes: in percentage
            points for shares such as accuracies, else in the metric's own unit. Default: nothing does.
        cpus_per_trial: CPUs that a trial gets, and so its TensorFlow threads. Default 1.
        gpus_per_trial: GPUs that a trial gets; with 0.5 two trials share one. Default 0: trials train on CPUs.
        max_trial_seconds: seconds that a trial may run in one run of the sweep; one that runs longer is taken to hang,
            and fails. Building the model counts, and so does a worker's start before its first trial (about ten
            seconds); waiting for a worker does not. Default: no limit.
        enqueue: known configurations, each as complete as the baseline, which are tried right after it, once each.
            They count in `trials`; those that the budget has no room for wait until it has. Default: none.
        constraints: what a model must keep to be trained: {"parameters": 100_000} for at most that many. A trial whose
            model is larger is pruned before its first step. Default: none.
        folds: number of folds, 2 or more, in which the training part is cross-validated in place of one split. A
            trial's score is the mean over its folds, after each of which it may be pruned; then it is trained on the
            whole training part, and tested. Default: none.
        train: a function `train(params, run)` in the place of a model function, for any training at all; see
            `sweep.training.own_run.Run`. Default: none.
        fit: a function that takes params and returns keyword arguments for Keras's `Model.fit`, "callbacks" and
            "class_weight", made afresh for each trial. Given, trials are trained by Keras's own `fit`. Default: none.

    Raises:
        InputError: if a value is of the wrong kind or outside its range.
    """

    space: Callable[[Any], Params]
    baseline: Mapping[str, Any]
    trials: int = 24
    epochs: int = 5
    model: Callable[[Params], Any] | None = None
    data: str | Callable[[], Any] = "mnist"
    objective: str | Sequence[str] = "val_accuracy"
    direction: str | Sequence[str] | None = None
    sampler: Any = None
    pruner: Any = None
    seed: int = 0
    rungs: tuple[int, ...] = DEFAULT_RUNGS
    confirm_seeds: int = DEFAULT_CONFIRM_SEEDS
    cpus_per_trial: int = 1
    gpus_per_trial: float = 0
    max_trial_seconds: float | None = None
    enqueue: Sequence[Mapping[str, Any]] = ()
    constraints: Mapping[str, int] | None = None
    fit: Callable[[Params], dict[str, Any]] | None = None
    train: Callable[[Params, Any], None] | None = None
    folds: int | None = None
    confirm_top: int = 1
    margin: float | None = None

    def __post_init__(self) -> None:
        if not callable(self.space):
            raise InputError(f"space must be a function of an optuna.Trial, but got {self.space!r}")
        if not _is_configuration(self.baseline):
            raise InputError(f"baseline must be a dict of parameter names to values, but got {self.baseline!r}")
        if not isinstance(self.enqueue, tuple | list) or not all(map(_is_configuration, self.enqueue)):
            raise InputError(f"enqueue must be a list of dicts of names to values, but got {self.enqueue!r}")
        if self.model is not None and not callable(self.model):
            raise InputError(f"model must be a function of params, but got {self.model!r}")
        if self.fit is not None and not callable(self.fit):
            raise InputError(f"fit must be a function of params, but got {self.fit!r}")
        if self.train is not None:
            self._check_train()
        if not (callable(self.data) or (isinstance(self.data, str) and self.data)):
            raise InputError(f"data must be a name, a path or a function, but got {self.data!r}")
        for name, least in (("trials", 1), ("epochs", 1), ("cpus_per_trial", 1), ("confirm_top", 1), ("seed", 0)):
            check_whole(name, getattr(self, name), least)
        check_whole("confirm_seeds", self.confirm_seeds, 0)
        if self.confirm_seeds == 1 or self.confirm_seeds > MAX_CONFIRM_SEEDS:
            raise InputError(
                f"confirm_seeds must be 0, or 2 to {MAX_CONFIRM_SEEDS} (one run has no spread), "
                f"but got {self.confirm_seeds}"
            )
        if self.margin is not None and not (is_number(self.margin) and 0 <= self.margin < float("inf")):
            raise InputError(f"margin must be a number >= 0 or None, but got {self.margin!r}")
        if not is_number(self.gpus_per_trial) or not 0 <= self.gpus_per_trial < float("inf"):
            raise InputError(f"gpus_per_trial must be a number >= 0, but got {self.gpus_per_trial!r}")
        if self.gpus_per_trial > 1 and self.gpus_per_trial != int(self.gpus_per_trial):
            raise InputError(f"gpus_per_trial above 1 must be whole, but got {self.gpus_per_trial!r}")
        limit = self.max_trial_seconds
        if limit is not None and not (is_number(limit) and 0 < limit < float("inf")):
            raise InputError(f"max_trial_seconds must be a number > 0 or None, but got {limit!r}")
        for name, method in (("sampler", "sample_independent"), ("pruner", "prune")):
            value = getattr(self, name)
            if value is not None and (isinstance(value, type) or not callable(getattr(value, method, None))):
                raise InputError(f"{name} must be one of Optuna's own objects, but got {value!r}")
        self._check_constraints()
        self._check_rungs()
        if self.folds is not None:
            self._check_folds()
        if isinstance(self.objective, tuple | list):
            self._check_objectives(self.objective)
        else:
            self._check_objective()

    def _check_train(self) -> None:
        if not callable(self.train):
            raise InputError(f"train must be a function of params and a run, but got {self.train!r}")
        others = [name for name in ("model", "fit", "constraints", "folds") if getattr(self, name) is not None]
        if others:
            raise InputError(f"train must stand alone, as it trains in its own way, but {others[0]} was given, too")
        if "inference_us" in as_tuple(self.objective):
            raise InputError(
                "objective must leave out inference_us with train, as only a model's inference is timed, "
                f"but got {self.objective!r}"
            )

    def _check_folds(self) -> None:
        check_whole("folds", self.folds, 2)
        if self.rungs != DEFAULT_RUNGS:
            raise InputError(f"rungs must be left out with folds, after each of which is one, but got {self.rungs!r}")
        if len(set(self.steps)) <= (self.folds or 0):
            raise InputError(f"folds must be at most 99, but got {self.folds}")

    def _check_constraints(self) -> None:
        constraints = {} if self.constraints is None else self.constraints
        if not isinstance(constraints, Mapping) or any(name != "parameters" for name in constraints):
            raise InputError(f'constraints must be a dict with "parameters" alone, but got {constraints!r}')
        for name, most in constraints.items():
            check_whole(f"constraints[{name!r}]", most, 1)

    def _check_objective(self) -> None:
        if not isinstance(self.objective, str) or not is_metric(self.objective):
            raise InputError(
                "objective must be val_loss, or val_ and the name of a metric of the model such as val_accuracy, or a "
                f"list for several, but got {self.objective!r}"
            )
        if self.direction not in (None, *DIRECTIONS):
            raise InputError(f"direction must be maximize or minimize, but got {self.direction!r}")
        if self.direction is None:
            _check_direction_known(self.objective)

    def _check_objectives(self, names: Sequence[str]) -> None:
        known = all(isinstance(name, str) and (name in COSTS or is_metric(name)) for name in names)
        if len(names) < 2 or not known or len(set(names)) < len(names):
            raise InputError(
                "objective as a list must be two or more of val_loss, val_ and the name of a metric of the model, "
                f"{', '.join(COSTS)}, but got {names!r}"
            )
        directions = self.direction
        listed = isinstance(directions, tuple | list) and all(direction in DIRECTIONS for direction in directions)
        if directions is not None and not (listed and len(directions) == len(names)):
            raise InputError(
                f"direction must be a list of maximize or minimize for each objective, but got {directions!r}"
            )
        for name in names if directions is None else ():
            _check_direction_known(name)
        if self.pruner is not None:
            raise InputError(
                "pruner must be left out with several objectives, as who is behind in one may lead in another, "
                f"but got {self.pruner!r}"
            )

    def _check_rungs(self) -> None:
        rungs = self.rungs
        whole = isinstance(rungs, tuple | list) and all(is_whole(rung) and 1 <= rung <= 100 for rung in rungs)
        if not whole or list(rungs) != sorted(set(rungs)):
            raise InputError(f"rungs must be rising whole percents from 1 to 100, but got {rungs!r}")

    @property
    def directions(self) -> dict[str, str]:
        """Each objective with its direction, "maximize" or "minimize", in the order given."""
        names = as_tuple(self.objective)
        defaults = [default_direction(name) or "" for name in names]
        return dict(zip(names, as_tuple(self.direction or defaults), strict=True))

    @property
    def is_multi_objective(self) -> bool:
        """Whether there are several objectives, and so a Pareto front instead of a winner."""
        return len(self.directions) > 1

    @property
    def own_functions(self) -> tuple[Callable[..., Any], ...]:
        """The user's functions that train: those that are given of `model`, `fit` and `train`."""
        return tuple(function for function in (self.model, self.fit, self.train) if function is not None)

    @property
    def is_built_in(self) -> bool:
        """Whether the built-in network is trained."""
        return self.model is None and self.train is None

    @property
    def max_parameters(self) -> int | None:
        """The number of parameters that a model may have; None if there is no limit."""
        return None if self.constraints is None else self.constraints.get("parameters")

    @property
    def maximizes(self) -> bool:
        """Whether larger values of the objective, or of the first of several, are better."""
        return next(iter(self.directions.values())) == "maximize"

    @property
    def steps(self) -> tuple[int, ...]:
        """The percents of its epochs, those of all folds included, at which a trial is measured, ending with 100."""
        if self.folds is not None:
            return tuple(100 * trained // (self.folds + 1) for trained in range(1, self.folds + 2))
        return (*(rung for rung in self.rungs if rung < 100), 100)


def _check_direction_known(objective: str) -> None:
    if default_direction(objective) is None:
        raise InputError(
            f"direction must say whether {objective} is to be maximized or minimized, as its name does not tell; "
            'give direction="maximize" or "minimize" (for a list of objectives, a list)'
        )


def _is_configuration(value: object) -> bool:
    return isinstance(value, Mapping) and all(isinstance(key, str) for key in value)


def as_tuple(value: str | Sequence[str]) -> tuple[str, ...]:
    """One name, or several, as a tuple of names."""
    return (value,) if isinstance(value, str) else tuple(value)


def model_params(params: Params, ingredients: Sequence[str]) -> Params:
    """The params that a model is built from: all but those that are only ingredients of others."""
    return {name: value for name, value in params.items() if name not in ingredients}
