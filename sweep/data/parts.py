"""Parts of a data set: examples whose inputs, targets and weights are arrays, or nested dicts and tuples of arrays."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Tree = Any
"""An array, or a dict or tuple of trees. All arrays of a tree have one row per example."""

CHUNK_BYTES = 2**24


@dataclass(frozen=True, eq=False)
class Part:
    """Examples: some to train on, to validate on or to test on.

    Args:
        x: inputs, arrays of shape (n, ...), uint8 (0-255) for pixels, else float32.
        y: one array of class labels, shape (n,), int32; or targets, arrays of shape (n, ...), int32 or float32.
        weight: the weight of each example, float32, shape (n,): one array, or one for each array of `y`. Default:
            None, all examples weigh the same.
    """

    x: Tree = field(repr=False)
    y: Tree = field(repr=False)
    weight: Tree | None = field(default=None, repr=False)

    def __len__(self) -> int:
        return len(next(iter(leaves(self.y).values())))

    @property
    def labels(self) -> NDArray[np.int32] | None:
        """The class labels, shape (n,), int32; None where the targets are something else."""
        is_labels = isinstance(self.y, np.ndarray) and self.y.ndim == 1 and self.y.dtype.kind == "i"
        return self.y if is_labels else None

    @property
    def has_pixels(self) -> bool:
        """Whether any of the inputs are pixels, which models get as 0-1."""
        return any(map(is_pixels, leaves(self.x).values()))

    def leaves(self, kind: str) -> dict[str, NDArray[Any]]:
        """All arrays by the names that messages call them by, such as `x_train["left"]`.

        Args:
            kind: "train", "val" or "test".
        """
        weights = {} if self.weight is None else leaves(self.weight, f"sample_weight_{kind}")
        return {**leaves(self.x, f"x_{kind}"), **leaves(self.y, f"y_{kind}"), **weights}

    def rows(self, chosen: slice | NDArray[Any]) -> Part:
        """The same structure with some of the examples: those of a slice, which share the memory, or of indices."""
        return self._mapped(lambda tree: map_leaves(lambda array: array[chosen], tree))

    def followed_by(self, other: Part) -> Part:
        """These examples and then those of another part of the same structure. What has no weight weighs 1."""
        ours, theirs = self.weight, other.weight
        if ours is None and theirs is not None:
            ours = map_leaves(lambda _: np.ones(len(self), np.float32), theirs)
        if theirs is None and ours is not None:
            theirs = map_leaves(lambda _: np.ones(len(other), np.float32), ours)
        weight = None if ours is None else _joined(ours, theirs)
        return Part(_joined(self.x, other.x), _joined(self.y, other.y), weight)

    def _mapped(self, function: Callable[[Tree], Tree]) -> Part:
        return Part(function(self.x), function(self.y), None if self.weight is None else function(self.weight))


def is_pixels(array: NDArray[Any]) -> bool:
    """Whether inputs are pixels, which models get as 0-1: uint8, (n, height, width), or with 1, 3 or 4 channels."""
    return array.dtype == np.uint8 and (array.ndim == 3 or (array.ndim == 4 and array.shape[3] in (1, 3, 4)))


def in_chunks(array: NDArray[Any]) -> Iterator[NDArray[Any]]:
    """An array in pieces of some of its rows each, so that what is computed of them takes little memory."""
    rows = max(1, CHUNK_BYTES * len(array) // max(1, array.nbytes))
    return (array[begin : begin + rows] for begin in range(0, len(array), rows))


def leaves(tree: Tree, name: str = "") -> dict[str, Any]:
    """The arrays of a tree by their paths, in order.

    Args:
        tree: the tree.
        name: what each path begins with: with "x" they are `x` for a single array, else such as `x["left"][0]`.
            Default: nothing.
    """
    if isinstance(tree, dict):
        branches = {f"{name}[{json.dumps(key, ensure_ascii=False)}]": branch for key, branch in tree.items()}
    elif isinstance(tree, tuple):
        branches = {f"{name}[{index}]": branch for index, branch in enumerate(tree)}
    else:
        return {name: tree}
    return {path: leaf for start, branch in branches.items() for path, leaf in leaves(branch, start).items()}


def map_leaves(function: Callable[..., Any], tree: Tree, *others: Tree) -> Tree:
    """A tree of the same structure with what a function makes of each array.

    Args:
        function: takes an array of `tree`, and those in the same places of the others.
        tree: the tree; the result has its order of keys.
        *others: trees of the same structure.
    """
    if isinstance(tree, dict):
        return {key: map_leaves(function, tree[key], *(other[key] for other in others)) for key in tree}
    if isinstance(tree, tuple):
        return tuple(map_leaves(function, *branches) for branches in zip(tree, *others, strict=True))
    return function(tree, *others)


def _joined(first: Tree, second: Tree) -> Tree:
    return map_leaves(lambda *arrays: np.concatenate(arrays), first, second)
