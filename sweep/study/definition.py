"""A study's definition: everything that must stay the same for its trials to be comparable."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import Any

from optuna.distributions import check_distribution_compatibility, distribution_to_json, json_to_distribution

from sweep.data.dataset import Dataset
from sweep.space.suggest import Explored, explore
from sweep.space.sweep import Params, Sweep, as_tuple
from sweep.space.values import as_json, params_from_json
from sweep.study.schema import restored

NEW = ("ingredients", "folds", "input_shape")
"""Fields that versions before 0.2.0 did not have; they are written only where there is something to write."""

UNCHANGED_SPACE = (
    ". If you changed nothing, space(trial) makes it anew in each process: sort a set before its order matters, and "
    "suggest with trial.suggest_... what a random number or the clock makes"
)


@dataclass(frozen=True)
class Definition:
    """The part of a sweep that all trials of a study share. Kept in the ledger as JSON.

    Args:
        baseline: the baseline's params, constants and ingredients included.
        epochs: epochs of a whole trial.
        objective: name of the objective; a list if there are several.
        direction: "maximize" or "minimize"; a list with one for each objective if there are several.
        seed: the study's seed.
        steps: percents of the epochs at which trials are measured, rising and ending with 100.
        dataset: name of the data set.
        sha256: hash of the data set.
        distributions: distribution of each parameter by name, in Optuna's JSON.
        validation_images: number of images held out for validation. Default: None, as in studies that did not write it
            down.
        ingredients: names of the baseline's params that its model is not given. Default: none.
        folds: number of folds of the cross-validation. Default: none.
        input_shape: shape of one input, as a model of the user's own is given it, where the data's hash is the same
            with a channel axis and without. Default: none, as in studies that did not write it down.
    """

    baseline: Params
    epochs: int
    objective: str | list[str]
    direction: str | list[str]
    seed: int
    steps: list[int]
    dataset: str
    sha256: str
    distributions: dict[str, str]
    validation_images: int | None = None
    ingredients: list[str] = field(default_factory=list)
    folds: int | None = None
    input_shape: list[int] = field(default_factory=list)

    @classmethod
    def of(cls, sweep: Sweep, dataset: Dataset, explored: Explored | None = None) -> Definition:
        """The definition of a sweep on a data set.

        Args:
            sweep: the sweep.
            dataset: the data set that its trials are trained on.
            explored: what `explore` showed of the sweep's space. Default: the space is explored here.

        Raises:
            InputError: if the space or the baseline is wrong.
        """
        explored = explored or explore(sweep)
        names, directions = list(sweep.directions), list(sweep.directions.values())
        return cls(
            baseline=explored.baseline,
            epochs=sweep.epochs,
            objective=names if sweep.is_multi_objective else names[0],
            direction=directions if sweep.is_multi_objective else directions[0],
            seed=sweep.seed,
            steps=list(sweep.steps),
            dataset=dataset.name,
            sha256=dataset.sha256,
            distributions={name: distribution_to_json(item) for name, item in explored.distributions.items()},
            validation_images=dataset.held_out if sweep.folds is None else len(dataset.train),
            ingredients=list(explored.suggestions[0].ingredients),
            folds=sweep.folds,
            input_shape=[] if sweep.is_built_in else list(dataset.shape_without_hash),
        )

    @property
    def directions(self) -> dict[str, str]:
        """Each objective with its direction, "maximize" or "minimize"."""
        return dict(zip(as_tuple(self.objective), as_tuple(self.direction), strict=True))

    @property
    def is_multi_objective(self) -> bool:
        """Whether there are several objectives."""
        return len(self.directions) > 1

    def as_json(self) -> dict[str, Any]:
        """The definition as a dict of values that JSON can hold; without what earlier versions did not have."""
        values = {**asdict(self), "baseline": as_json(self.baseline)}
        return {name: value for name, value in values.items() if name not in NEW or value}

    @classmethod
    def from_json(cls, values: object) -> Definition:
        """The definition that `as_json` made JSON of, or that an earlier version wrote.

        Raises:
            InputError: if a field is missing or of a wrong kind.
        """
        definition = restored(cls, values)
        return replace(definition, baseline=params_from_json(definition.baseline))

    def extended(self, other: Definition, added: Params) -> Definition:
        """This definition with params that are new in another one's baseline, and with the other's distributions."""
        if not added:
            return self
        distributions = {**self.distributions, **other.distributions}
        return replace(self, baseline={**self.baseline, **added}, distributions=distributions)

    def differences(self, other: Definition) -> list[str]:
        """What differs in another definition, a phrase each; empty if one study may have trials of both."""
        return [
            *(
                f"{name} was {getattr(self, name)!r}, now {getattr(other, name)!r}"
                for name in ("epochs", "objective", "direction", "seed", "steps", "folds")
                if getattr(self, name) != getattr(other, name)
            ),
            *self._data_differences(other),
            *_param_differences(self.baseline, other.baseline),
            *self._ingredient_differences(other),
            *self._space_differences(other),
        ]

    def likely_cause(self, other: Definition) -> str:
        """Words on why another definition may differ though nobody changed its file; empty if it was changed.

        They are about what a space may make anew in each process: a constant, or the order of a set's choices.
        """
        suggested = self.distributions.keys() | other.distributions.keys()
        constants = (self.baseline.keys() & other.baseline.keys()) - suggested
        other_constant = any(self.baseline[name] != other.baseline[name] for name in constants)
        both = self.distributions.keys() & other.distributions.keys()
        other_order = any(_reordered(self.distributions[name], other.distributions[name]) for name in both)
        return UNCHANGED_SPACE if other_constant or other_order else ""

    def _data_differences(self, other: Definition) -> list[str]:
        if self.sha256 == other.sha256:
            shapes = [tuple(definition.input_shape) for definition in (self, other)]
            return (
                [f"inputs were of shape {shapes[0]}, now {shapes[1]}"] if all(shapes) and len(set(shapes)) > 1 else []
            )
        return [f"data was {self.dataset} ({self.sha256[:8]}), now {other.dataset} ({other.sha256[:8]})"]

    def _ingredient_differences(self, other: Definition) -> list[str]:
        shared = self.baseline.keys() & other.baseline.keys()
        names = sorted(shared & (set(self.ingredients) ^ set(other.ingredients)))
        roles = ("an ingredient", "given to the model")
        return [
            f"{name} was {roles[name not in self.ingredients]}, now it is {roles[name not in other.ingredients]}"
            for name in names
        ]

    def _space_differences(self, other: Definition) -> list[str]:
        differences = []
        for name in sorted(self.distributions.keys() & other.distributions.keys()):
            old, new = (json_to_distribution(side.distributions[name]) for side in (self, other))
            try:
                check_distribution_compatibility(old, new)
            except ValueError:
                remark = " (ranges of numbers may change, choices may not)" if old.__class__ is new.__class__ else ""
                differences.append(f"{name} was suggested from {old}, now from {new}{remark}")
        return differences


def _reordered(old: str, new: str) -> bool:
    """Whether two distributions, in Optuna's JSON, have the same choices in another order."""
    before, after = (getattr(json_to_distribution(item), "choices", ()) for item in (old, new))
    return before != after and sorted(map(repr, before)) == sorted(map(repr, after))


def _param_differences(old: Params, new: Params) -> list[str]:
    absent = object()
    changed = []
    for name in [*old, *(key for key in new if key not in old)]:
        before, after = old.get(name, absent), new.get(name, absent)
        if before != after:
            texts = ["nothing" if value is absent else repr(value) for value in (before, after)]
            changed.append(f"baseline {name} was {texts[0]}, now {texts[1]}")
    return changed
