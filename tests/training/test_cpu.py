"""Which kernels TensorFlow uses follows the processor, and the user's own setting wins."""

from __future__ import annotations

from pathlib import Path

import pytest

from sweep.training.cpu import ONEDNN, cpu_flags, switch_onednn_on

ZEN_3 = {"sse4_2", "avx", "avx2", "fma"}
ZEN_4 = {*ZEN_3, "avx512f", "avx512_bf16", "avx512_vnni"}
XEON_AMX = {*ZEN_4, "amx_tile", "amx_bf16"}
ALDER_LAKE = {*ZEN_3, "avx_vnni"}


@pytest.mark.parametrize(
    ("flags", "switched"),
    [(ZEN_3, True), (ZEN_4, False), (XEON_AMX, False), (ALDER_LAKE, False), ({"sse4_2", "avx"}, False), (set(), False)],
)
def test_onednn_is_switched_on_only_where_it_gains_and_tensorflow_leaves_it_off(
    flags: set[str], switched: bool
) -> None:
    environ: dict[str, str] = {}
    assert switch_onednn_on(environ, flags) is switched
    assert environ == ({ONEDNN: "1"} if switched else {})


@pytest.mark.parametrize("value", ["0", "1", ""])
def test_what_the_user_has_set_stays(value: str) -> None:
    environ = {ONEDNN: value}
    assert switch_onednn_on(environ, ZEN_3) is False
    assert environ == {ONEDNN: value}


def test_flags_are_those_of_the_first_processor_and_none_where_there_is_no_such_file(tmp_path: Path) -> None:
    path = tmp_path / "cpuinfo"
    assert cpu_flags(path) == set()
    path.write_text("processor\t: 0\nflags\t\t: fpu avx avx2\n\nprocessor\t: 1\nflags\t\t: fpu\n")
    assert cpu_flags(path) == {"fpu", "avx", "avx2"}
    path.write_text("processor\t: 0\n")
    assert cpu_flags(path) == set()
