"""Data that come in batches as they are made: a `tf.data.Dataset` or `keras.utils.PyDataset`, counted and named.

Neither TensorFlow nor Keras is imported here: whoever made a stream has them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sweep.data.parts import Part, Tree, leaves
from sweep.errors import InputError, describe

MOST_BATCHES = 200_000
"""A stream that does not say how many batches it has, and has more, is taken to have no end."""
MODULUS = 2**256

Structure = Mapping[str, tuple[str, tuple[int | None, ...]]]
"""Dtype and shape of each array of an example, by its path such as `x["left"]`; None for a size that varies."""


@dataclass(frozen=True)
class StreamPart(Part):
    """A part whose examples come in batches, and are made where they are used, by the data function.

    Args:
        kind: "train", "val" or "test".
        examples: number of examples.
        batches: number of batches.
        structure: what an example has.
        content: hash of the examples, whatever their order and batches; empty if each pass has others.
    """

    x: Tree = field(default=None, init=False, repr=False)
    y: Tree = field(default=None, init=False, repr=False)
    weight: Tree | None = field(default=None, init=False, repr=False)
    kind: str = ""
    examples: int = 0
    batches: int = 0
    structure: Structure = field(default_factory=dict)
    content: str = ""

    def __len__(self) -> int:
        return self.examples

    @property
    def described(self) -> str:
        """The structure in words."""
        return " ".join(f"{path} {dtype}{shape}" for path, (dtype, shape) in self.structure.items())

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
    of_keras = not is_of_tensorflow(stream)
    yield from map(as_batch, map(stream.__getitem__, range(len(stream))) if of_keras else stream.as_numpy_iterator())


def is_of_tensorflow(stream: Any) -> bool:
    """Whether a stream is a `tf.data.Dataset`."""
    return hasattr(stream, "as_numpy_iterator")


def as_batch(batch: Any) -> tuple[Any, ...]:
    """A batch as a tuple of trees of arrays."""
    return tuple(map(as_tuples, batch if isinstance(batch, tuple | list) else (batch,)))


def count(stream: Any, kind: str, source: str) -> StreamPart:
    """Count the examples of a stream in one pass.

    Args:
        stream: a `tf.data.Dataset` or `keras.utils.PyDataset`.
        kind: "train", "val" or "test".
        source: where it came from, for error messages.

    Raises:
        InputError: if it has no end, no batches, or batches that are no inputs and targets, or it can't be read.
    """
    where = f"the {kind} part of {source}"
    if _says_endless(stream):
        raise InputError(f"{where} must end, but it repeats for ever; leave out repeat(), or add .take(batches)")
    examples = batches = content = 0
    structure: Structure = {}
    for batch in _read(stream, where):
        arrays = _arrays(batch, where)
        structure = _joined(structure, _structure_of(arrays), where)
        examples += len(next(iter(arrays.values())))
        batches += 1
        content = (content + sum(_hashes(list(arrays.values())))) % MODULUS
        if batches > MOST_BATCHES and not _knows_length(stream):
            raise InputError(
                f"{where} must end, but it has more than {MOST_BATCHES:,} batches and does not say how many; end it "
                "with .take(batches), or say it with .apply(tf.data.experimental.assert_cardinality(batches))"
            )
    if not batches:
        raise InputError(f"{where} must not be empty, but it has no batch")
    return StreamPart(kind=kind, examples=examples, batches=batches, structure=structure, content=f"{content:064x}")


def _read(stream: Any, where: str) -> Iterator[tuple[Any, ...]]:
    """The batches of a stream, whose own errors are told as such."""
    try:
        yield from batches_of(stream)
    except Exception as error:
        raise InputError(f"{where} must be readable to its end, but it raised {describe(error)}") from error


def _arrays(batch: tuple[Any, ...], where: str) -> dict[str, Any]:
    """The arrays of a batch by their paths."""
    if len(batch) not in (2, 3):
        raise InputError(f"{where} must give (x, y) or (x, y, sample_weight), but it gives {len(batch)} values")
    trees = zip(("x", "y", "sample_weight"), batch, strict=False)
    arrays = {path: array for name, tree in trees for path, array in leaves(tree, name).items()}
    if any(array.ndim == 0 for array in arrays.values()):
        raise InputError(f"{where} must give batches of examples, but it gives single ones; end it with .batch(32)")
    rows = {path: len(array) for path, array in arrays.items()}
    if len(set(rows.values())) != 1:
        lengths = ", ".join(f"{path} {length}" for path, length in rows.items())
        raise InputError(f"{where} must have as many targets as inputs in each batch, but one has {lengths}")
    return arrays


def _structure_of(arrays: Mapping[str, Any]) -> Structure:
    return {path: (str(array.dtype), array.shape[1:]) for path, array in arrays.items()}


def _joined(known: Structure, other: Structure, where: str) -> Structure:
    """The structure of examples of two batches: a size in which they differ is one that varies."""
    if not known:
        return other
    if not _are_alike(known, other):
        before, now = (StreamPart(structure=structure).described for structure in (known, other))
        raise InputError(f"{where} must have batches that are alike, but one has {before}, and another {now}")
    return {
        path: (dtype, tuple(a if a == b else None for a, b in zip(shape, other[path][1], strict=True)))
        for path, (dtype, shape) in known.items()
    }


def _are_alike(known: Structure, other: Structure) -> bool:
    """Whether two structures differ in nothing but sizes."""
    return known.keys() == other.keys() and all(
        dtype == other[path][0] and len(shape) == len(other[path][1]) for path, (dtype, shape) in known.items()
    )


def _fit(shape: tuple[int | None, ...], other: tuple[int | None, ...]) -> bool:
    return all(None in (a, b) or a == b for a, b in zip(shape, other, strict=True))


def refuse_unlike_streams(train: StreamPart, other: StreamPart, name: str) -> None:
    """Refuse a part whose examples differ from those of the training part in more than weights and sizes that vary.

    Args:
        train: the training part.
        other: another part.
        name: name of the data function.

    Raises:
        InputError: if they differ.
    """
    ours, theirs = (
        {path: item for path, item in part.structure.items() if not path.startswith("sample_weight")}
        for part in (train, other)
    )
    if not _are_alike(ours, theirs) or not all(_fit(ours[path][1], theirs[path][1]) for path in ours):
        raise InputError(
            f"the parts that the data function {name} returns must be alike, but train has {train.described}, "
            f"and {other.kind} {other.described}"
        )


def as_tuples(tree: Any) -> Any:
    """A tree of arrays, with tuples in the place of lists."""
    if isinstance(tree, dict):
        return {key: as_tuples(branch) for key, branch in tree.items()}
    return tuple(map(as_tuples, tree)) if isinstance(tree, tuple | list) else np.asarray(tree)


def hashes(batch: tuple[Any, ...]) -> list[int]:
    """The hash of each example of a batch, which depends on nothing but its numbers and texts."""
    return _hashes([array for tree in batch for array in leaves(tree).values()])


def _hashes(arrays: list[Any]) -> list[int]:
    plain = [np.ascontiguousarray(array) for array in arrays]
    return [_hash_of([array[row] for array in plain]) for row in range(len(plain[0]))]


def _hash_of(rows: list[Any]) -> int:
    digest = hashlib.sha256()
    for row in rows:
        array = np.asarray(row)
        digest.update(repr(array.tolist()).encode() if array.dtype.kind in "OSU" else array.tobytes())
    return int.from_bytes(digest.digest(), "big")


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
        InputError: if one can't be used, one to validate or test on has other examples in a second pass, or one to
            train on another number of batches.
    """
    parts = {}
    for kind, stream in streams.items():
        part, again = (count(stream, kind, source) for _ in range(2))
        if again != part and kind != "train":
            raise InputError(
                f"the {kind} part of {source} must have the same examples in each pass, but it has not; leave out "
                "random augmentation there"
            )
        if again.batches != part.batches:
            raise InputError(
                f"the train part of {source} must have as many batches in each pass, but it has {part.batches} and "
                f"then {again.batches}; end it with .take(batches)"
            )
        parts[kind] = part if again == part else replace(part, content="")
    return parts
