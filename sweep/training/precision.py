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

    "auto" trains models of the user's own in float32, as their function may set another policy itself.

    Args:
        choice: "auto", "float32" or "bfloat16", as asked for.
        own_model: whether the search-space file brings its own model function.
        supported: whether the hardware of every node is made for bfloat16.
    """
    if choice == "auto":
        return "bfloat16" if supported and not own_model else "float32"
    return choice


def supports_bfloat16(*, gpu: bool) -> bool:
    """Whether this machine's hardware is made for bfloat16.

    Args:
        gpu: whether to ask about the GPUs instead of the CPU.
    """
    return _gpus_support_bfloat16() if gpu else bool(cpu_flags() & CPU_FLAGS)


def _gpus_support_bfloat16() -> bool:
    command = ["nvidia-smi", "--query-gpu=compute_cap", "--format=csv,noheader"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=True)
        capabilities = [float(line) for line in done.stdout.split()]
    except (OSError, subprocess.SubprocessError, ValueError):
        return False
    return bool(capabilities) and min(capabilities) >= AMPERE
