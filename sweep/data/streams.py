"""Data that come in batches as they are made: a `tf.data.Dataset` or `keras.utils.PyDataset`, counted and named.

Neither TensorFlow nor Keras is imported here: whoever made a stream has them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sweep.data.parts import Part, Tree, leaves
from sweep.errors import InputError

MOST_BATCHES = 200_000
"""A stream that does not say how many batches it has, and has more, is taken to have no end."""
MODULUS = 2**256


@dataclass(frozen=True)
class StreamPart(Part):
    """A part whose examples come in batches, and are made where they are used, by the data function.

    Args:
        kind: "train", "val" or "test".
        examples: number of examples.
        batches: number of batches.
        structure: the names, dtypes and shapes of what an example has.
        content: hash of the examples, whatever their order and batches; empty if each pass has others.
    """

    x: Tree = field(default=None, init=False, repr=False)
    y: Tree = field(default=None, init=False, repr=False)
    weight: Tree | None = field(default=None, init=False, repr=False)
    kind: str = ""
    examples: int = 0
    batches: int = 0
    structure: str = ""
    content: str = ""

    def __len__(self) -> int:
        return self.examples

    @property
    def has_pixels(self) -> bool:
        """False: a stream scales its pixels itself."""
        return False

    def rows(self, chosen: slice | NDArray[Any]) -> StreamPart:
        """The stream itself, which can't be cut."""
        return self


def is_stream(value: object) -> bool:
    """Whether a value is a `tf.data.Dataset` or a `keras.utils.PyDataset`."""
    names = {f"{kind.__module__.partition('.')[0]}.{kind.__name__}" for kind in type(value).__mro__}
    return bool(names & {"tensorflow.DatasetV2", "keras.PyDataset"})


def batches_of(stream: Any) -> Iterator[tuple[Any, ...]]:
    """The batches of a stream as tuples of trees of arrays: inputs, targets and, if there are any, weights."""
    of_keras = not hasattr(stream, "as_numpy_iterator")
    for batch in map(stream.__getitem__, range(len(stream))) if of_keras else stream.as_numpy_iterator():
        yield tuple(batch) if isinstance(batch, tuple | list) else (batch,)


def count(stream: Any, kind: str, source: str) -> StreamPart:
    """Count the examples of a stream in one pass.

    Args:
        stream: a `tf.data.Dataset` or `keras.utils.PyDataset`.
        kind: "train", "val" or "test".
        source: where it came from, for error messages.

    Raises:
        InputError: if it has no end, no batches, or batches that are no inputs and targets.
    """
    where = f"the {kind} part of {source}"
    if _says_endless(stream):
        raise InputError(f"{where} must end, but it repeats for ever; leave out repeat(), or add .take(batches)")
    examples = batches = content = 0
    structure = ""
    for batch in batches_of(stream):
        arrays = _arrays(batch, where)
        rows = {len(array) for array in arrays.values()}
        if len(rows) != 1:
            raise InputError(f"{where} must have as many targets as inputs in each batch, but one has {sorted(rows)}")
        structure = structure or " ".join(f"{name} {array.dtype}{array.shape[1:]}" for name, array in arrays.items())
        examples += rows.pop()
        batches += 1
        content = (content + _hash_of(list(arrays.values()))) % MODULUS
        if batches > MOST_BATCHES and not _knows_length(stream):
            raise InputError(
                f"{where} must end, but it has more than {MOST_BATCHES:,} batches and does not say how many; end it "
                "with .take(batches), or say it with .apply(tf.data.experimental.assert_cardinality(batches))"
            )
    if not batches:
        raise InputError(f"{where} must not be empty, but it has no batch")
    return StreamPart(kind=kind, examples=examples, batches=batches, structure=structure, content=f"{content:064x}")


def _arrays(batch: tuple[Any, ...], where: str) -> dict[str, Any]:
    if len(batch) not in (2, 3):
        raise InputError(f"{where} must give (x, y) or (x, y, sample_weight), but it gives {len(batch)} values")
    trees = dict(zip(("x", "y", "sample_weight"), batch, strict=False))
    arrays = {
        path: np.asarray(leaf) for name, tree in trees.items() for path, leaf in leaves(as_tuples(tree), name).items()
    }
    if any(array.ndim == 0 for array in arrays.values()):
        raise InputError(f"{where} must give batches of examples, but it gives single ones; end it with .batch(32)")
    return arrays


def as_tuples(tree: Any) -> Any:
    """A tree of arrays, with tuples in the place of lists."""
    if isinstance(tree, dict):
        return {key: as_tuples(branch) for key, branch in tree.items()}
    return tuple(map(as_tuples, tree)) if isinstance(tree, tuple | list) else np.asarray(tree)


def _hash_of(arrays: list[Any]) -> int:
    """The sum of the hashes of a batch's examples, which does not depend on their order."""
    total = 0
    plain = [np.ascontiguousarray(array) for array in arrays]
    for row in range(len(plain[0])):
        digest = hashlib.sha256()
        for array in plain:
            digest.update(array[row].tobytes())
        total += int.from_bytes(digest.digest(), "big")
    return total


def _says_endless(stream: Any) -> bool:
    return hasattr(stream, "cardinality") and int(stream.cardinality()) == -1


def _knows_length(stream: Any) -> bool:
    return not hasattr(stream, "cardinality") or int(stream.cardinality()) >= 0


def counted_parts(streams: dict[str, Any], source: str) -> dict[str, StreamPart]:
    """The parts of streams by their kinds. A training part that has other examples in each pass is named without them.

    Args:
        streams: the streams that a data function made, by their kinds.
        source: where they came from, for error messages.

    Raises:
        InputError: if one can't be used, or one to validate or test on has other examples in a second pass.
    """
    parts = {}
    for kind, stream in streams.items():
        part = count(stream, kind, source)
        if count(stream, kind, source) != part:
            if kind != "train":
                raise InputError(
                    f"the {kind} part of {source} must have the same examples in each pass, but it has not; leave out "
                    "random augmentation there"
                )
            part = replace(part, content="")
        parts[kind] = part
    return parts
