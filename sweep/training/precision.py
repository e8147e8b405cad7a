"""Which arithmetic a study trains in: bfloat16 only where the hardware is made for it."""

from __future__ import annotations

import subprocess

from sweep.training.cpu import cpu_flags

PRECISIONS = ("auto", "float32", "bfloat16")
CPU_FLAGS = {"avx512_bf16", "amx_bf16"}
AMPERE = 8.0
"""The first CUDA compute capability with bfloat16 arithmetic."""


def resolve(choice: str, *, own_model: bool, supported: bool) -> str:
    """The precision to train in: "float32" or "bfloat16".

    "auto" leaves own models alone: what they compute in is for their function to say.

    Args:
        choice: "auto", "float32" or "bfloat16".
        own_model: whether the search-space file brings its own model function.
        supported: whether every node is made for bfloat16.
    """
    if choice == "auto":
        return "bfloat16" if supported and not own_model else "float32"
    return choice


def supports_bfloat16(*, gpu: bool) -> bool:
    """Whether this machine's CPU, or its GPUs if those are used, are made for bfloat16."""
    return _gpus_do() if gpu else bool(cpu_flags() & CPU_FLAGS)


def _gpus_do() -> bool:
    command = ["nvidia-smi", "--query-gpu=compute_cap", "--format=csv,noheader"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=True)
        capabilities = [float(line) for line in done.stdout.split()]
    except (OSError, subprocess.SubprocessError, ValueError):
        return False
    return bool(capabilities) and min(capabilities) >= AMPERE
