"""What this machine's processor can do, and what TensorFlow should use of it."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from pathlib import Path

ONEDNN = "TF_ENABLE_ONEDNN_OPTS"
"""TensorFlow's own setting, read when it is imported: whether convolutions and products run on oneDNN's kernels."""

ONEDNN_BY_DEFAULT = {"avx512_vnni", "avx512_bf16", "avx_vnni", "amx_tile", "amx_int8", "amx_bf16"}
"""Where TensorFlow 2.20 and 2.21 for x86 switch oneDNN on by themselves."""

CLASSES = (
    ("AMX with bfloat16", {"amx_bf16"}),
    ("AVX-512 with bfloat16", {"avx512_bf16"}),
    ("AVX-512", {"avx512f"}),
    ("AVX2", {"avx2"}),
)
"""Classes of processors, the best first, and the flags that tell them."""


def cpu_flags(cpuinfo: Path = Path("/proc/cpuinfo")) -> set[str]:
    """The instruction sets of this machine's processor as Linux names them; empty on another system."""
    try:
        lines = cpuinfo.read_text().splitlines()
    except OSError:
        return set()
    return set(next((line.partition(":")[2] for line in lines if line.startswith("flags")), "").split())


def cpu_class(flags: Collection[str]) -> str | None:
    """What a processor can do for neural networks, in words, from its flags; None if they name none of it."""
    return next((words for words, names in CLASSES if names & set(flags)), None)


@contextmanager
def onednn_for_training() -> Iterator[None]:
    """In this context TensorFlow may be imported to train: with oneDNN where it gains. Afterwards the variable is gone.

    TensorFlow remembers its choice for the rest of the process, so that the variable need not stay. Use it around, or
    as a decorator of, all that may import TensorFlow before a trial is trained or timed, the user's own code included.
    """
    switched = switch_onednn_on(os.environ, cpu_flags())
    try:
        yield
    finally:
        if switched:
            os.environ.pop(ONEDNN, None)


def variables_in_training() -> Mapping[str, str]:
    """The environment as TensorFlow saw it when it was imported in `onednn_for_training`, then or later."""
    environ = dict(os.environ)
    switch_onednn_on(environ, cpu_flags())
    return environ


def switch_onednn_on(environ: MutableMapping[str, str], flags: Collection[str]) -> bool:
    """Switch oneDNN on where it gains but TensorFlow leaves it off. To be called before TensorFlow is imported.

    On a processor with AVX2 and no newer instructions for neural networks (EPYC Zen 3, most laptops) the same sweep of
    four configurations and three epochs took 130 s instead of 205 with it, on two cores (2026-11-24, n = 1 each). What
    the user has set stays.

    Args:
        environ: the process's environment.
        flags: flags of the processor, from `cpu_flags`.

    Returns:
        Whether it was switched on here.
    """
    if ONEDNN in environ or "avx2" not in flags or ONEDNN_BY_DEFAULT & set(flags):
        return False
    environ[ONEDNN] = "1"
    return True
