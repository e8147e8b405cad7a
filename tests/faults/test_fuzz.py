"""Malformed input of every kind: a file, a flag or data is used, or refused in one message with exit status 2.

A short form runs by default. The 2,000 examples of the full form:

    SWEEP_FAULTS=full python -m pytest tests/faults/test_fuzz.py
"""

from __future__ import annotations

import io
import json
import os
import pickle
import shutil
import sys
import time
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import typer
from builders import NAME, mixed_study, tiny_arrays, tiny_dataset
from click.testing import Result
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as nps
from typer.testing import CliRunner

from sweep import Sweep
from sweep.cli import check
from sweep.cli.app import app
from sweep.data import sources
from sweep.data.dataset import KEYS, Dataset
from sweep.data.sources import read_npz, resolve
from sweep.errors import InputError
from sweep.execution.estimates import Estimates
from sweep.execution.options import RunOptions
from sweep.execution.prepare import check_params, overridden
from sweep.sanitize import one_line
from sweep.space import suggest as space
from sweep.space.loader import load_sweep
from sweep.study.definition import Definition
from sweep.training.messages import Estimate

settings.register_profile(
    "faults", max_examples=40, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)
settings.register_profile("faults-full", settings.get_profile("faults"), max_examples=250, derandomize=False)
fuzzed = settings.get_profile("faults-full" if os.environ.get("SWEEP_FAULTS") == "full" else "faults")

HANG_SECONDS = 20
SPACE = """\
import numpy as np
from sweep import Sweep

def space(trial):
    return {
        "filters_1": trial.suggest_categorical("filters_1", [8, 16, 32]),
        "learning_rate": trial.suggest_float("learning_rate", 1e-5, 1e-1, log=True),
        "kernel_size": trial.suggest_int("kernel_size", 2, 3),
        "batch_size": 8,
    }

def data():
    x = np.random.default_rng(0).integers(0, 256, (30, 28, 28), dtype=np.uint8)
    y = np.arange(30) % 3
    return (x[:24], y[:24]), (x[24:], y[24:])

BASELINE = {"filters_1": 16, "learning_rate": 1e-3, "kernel_size": 3}
SWEEP = Sweep(space=space, baseline=BASELINE, trials=3, epochs=1, rungs=(50,), data=data)
"""

pytestmark = [pytest.mark.faults, pytest.mark.usefixtures("_no_training")]


@pytest.fixture
def _no_training(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, signals_put_back: None) -> None:
    """No Ray, no TensorFlow, no download; the figures of `check` are made up."""
    made_up = Estimate(parameters=1, megabytes=1.0, step_seconds=0.1)
    monkeypatch.setitem(sys.modules, "sweep.execution.ray.cluster", None)
    monkeypatch.setattr(check, "estimated", lambda sweep, dataset, candidates: Estimates([made_up] * len(candidates)))
    monkeypatch.setattr(sources, "_download", lambda environ: None)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("SWEEP_DATA", raising=False)
    monkeypatch.delenv("KERAS_HOME", raising=False)


@contextmanager
def a_folder() -> Iterator[Path]:
    """An empty working folder; what a search-space file does to the interpreter is undone, a hang is a failure."""
    path, modules, folder, began = list(sys.path), dict(sys.modules), Path.cwd(), time.monotonic()
    with TemporaryDirectory() as name:
        os.chdir(name)
        try:
            yield Path(name)
        finally:
            os.chdir(folder)
            sys.path[:] = path
            sys.modules.update(modules)
            for gone in set(sys.modules) - set(modules):
                if str(gone).startswith(("3", "sweep_space_", "odd_")):
                    del sys.modules[gone]
    assert time.monotonic() - began < HANG_SECONDS


def is_one_message(error: InputError) -> None:
    assert one_line(error).strip()


def tried(file: Path) -> Sweep | None:
    """Everything that a file goes through before a study begins; None if it was refused."""
    try:
        sweep = overridden(load_sweep(file), RunOptions())
        explored = space.explore(sweep)
        check_params(sweep, explored)
        shipped = isinstance(sweep.data, str) and sweep.data in ("mnist", "digits")
        data = tiny_dataset() if shipped else resolve(sweep.data, "auto", {})
        json.dumps(Definition.of(sweep, data, explored).as_json())
    except InputError as error:
        is_one_message(error)
        return None
    return sweep


def tried_text(text: str | bytes) -> Sweep | None:
    with a_folder() as folder:
        file = folder / "my_space.py"
        file.write_bytes(text if isinstance(text, bytes) else text.encode(errors="surrogatepass"))
        return tried(file)


# search-space files


def test_the_valid_file_that_is_spoilt_below_is_valid() -> None:
    assert tried_text(SPACE) is not None


@fuzzed
@given(st.text(st.characters()) | st.binary())
def test_a_file_of_anything(content: str | bytes) -> None:
    assert tried_text(content) is None


TOKENS = (
    *"()[]{}:,.=\"'\\\n\t\0*-#@%",
    *("\r", "\xa0", "\ufeff", "\ud800", "\x1b[2J", "é", "0", "9" * 5_000, "1e400", "None", "True", "nan", "-1", "'x'"),
    *(
        "yield ",
        "return ",
        "await ",
        "lambda: ",
        "del ",
        "raise ",
        "import ",
        "space",
        "trial",
        "SWEEP",
        "Sweep",
        "data",
    ),
)


@fuzzed
@given(
    st.lists(
        st.tuples(st.integers(0, len(SPACE)), st.integers(0, 12), st.just("") | st.sampled_from(TOKENS)),
        min_size=1,
        max_size=4,
    )
)
def test_a_valid_file_with_pieces_taken_out_and_others_put_in(edits: list[tuple[int, int, str]]) -> None:
    text = SPACE
    for place, length, token in edits:
        text = text[:place] + token + text[place + length :]
    tried_text(text)


@fuzzed
@given(
    st.lists(
        st.tuples(st.integers(0, len(SPACE.encode()) - 1), st.integers(0, 255)), min_size=1, max_size=6, unique=True
    )
)
def test_a_valid_file_with_bytes_changed(changes: list[tuple[int, int]]) -> None:
    content = bytearray(SPACE.encode())
    for place, byte in changes:
        content[place] = byte
    tried_text(bytes(content))


HOSTILE = (
    "import sys; sys.exit(0)",
    "raise SystemExit('\\x1b[2J')",
    "raise SystemExit",
    "raise GeneratorExit",
    "raise BaseException",
    "class E(BaseException): pass\nraise E('gone')",
    "def f(): f()\nf()",
    "class E(Exception):\n    def __str__(self): raise ValueError('mute')\nraise E",
    "class E(Exception):\n    def __str__(self): return 3\nraise E",
    "raise type('a\\nb\\x1b', (Exception,), {})('x')",
    "raise ValueError('\\x1b[31m' + 'x' * 10**6)",
    "raise ValueError('\\ud800')",
    "raise ValueError(10**5000)",
    "raise SyntaxError",
    "raise SyntaxError('x', (None, None, None, None))",
    "raise ExceptionGroup('several', [ValueError(1), KeyError(2)])",
    "raise OSError(36, 'File name too long')",
    "raise MemoryError",
    "raise StopIteration",
    "raise UnicodeDecodeError('utf-8', b'x', 0, 1, 'odd')",
    "exec('x = (')",
    "eval('-' * 100_000 + '1')",
    "import sys; del sys.modules[__name__]",
    "import sys; sys.modules[__name__] = None",
    "import sys; sys.modules[__name__] = object()",
    "import sys; sys.modules['odd_one'] = 3",
    "import sys; sys.modules[3] = sys",
    "import sys; sys.path.clear()",
    "import sys, types; m = sys.modules['odd_one'] = types.ModuleType('odd_one'); m.__file__ = 3",
    "import sys, types; m = sys.modules['odd_one'] = types.ModuleType('odd_two'); m.__file__ = __file__ + 'x'",
    "import sys, types; m = sys.modules['odd_one'] = types.ModuleType('odd_one'); m.__file__ = 'a\\0b'",
    "import sys; sys.setrecursionlimit(sys.getrecursionlimit())",
    "__file__ = 3",
    "__name__ = 3",
    "__spec__ = __loader__ = None",
    "__builtins__ = {}",
    "def __getattr__(name): raise ValueError(name)",
    "globals().clear()",
    "del space",
    "del Sweep",
    "Sweep = int",
    "SWEEP = None",
    "SWEEP = Sweep",
    "SWEEP = space",
    "SWEEP = Sweep(space=space, baseline={})",
    "SWEEP = Sweep(space=space, baseline=BASELINE, no_such=1)",
    "SWEEP = Sweep.__new__(Sweep)",
    "BASELINE = dict(BASELINE, kernel_size=10**5000)",
    "BASELINE = dict(BASELINE, kernel_size=np.array([2, 3]))",
    "BASELINE = dict(BASELINE, batch_size=np.array([2, 3]))",
    "BASELINE[3] = 4",
    "from sweep import nothing_of_this_name",
    "import nothing_of_this_name",
    "from . import sibling",
    "1 / 0",
    "return 1",
    "x = '\\ud800'",
    "print('\\x1b[2J')",
    "def space(trial): raise SystemExit(0)",
    "def space(trial): raise GeneratorExit",
    "def space(trial): return space(trial)",
    "def space(trial): return trial",
    "def space(trial): yield 1",
    "def space(): return {}",
    "def space(trial): trial.study.stop(); return {}",
    "def space(trial): import optuna; raise optuna.TrialPruned",
    "def space(trial): return {'filters_1': trial.suggest_int('filters_1', 8, 16) + 0.5}",
    "def space(trial):\n    how = [trial.suggest_int, trial.suggest_float][trial.number % 2]\n"
    "    return {'filters_1': how('filters_1', 8, 16)}",
    "def data(): raise SystemExit(0)",
    "def data(): return data()",
    "def data(): return {}",
    "def data(): return None",
    "class Torch:\n    def __array__(self, *a, **k): raise RuntimeError('requires grad')\n"
    "def data(): return dict.fromkeys(('x_train', 'y_train', 'x_test', 'y_test'), Torch())",
    "class Data:\n    __name__ = 3\n    def __call__(self): return 1\ndata = Data()",
    "data = 'a\\0b.npz'",
    "data = 'x' * 5000",
    "data = '\\ud800'",
    "data = '/'",
)


@fuzzed
@given(
    st.lists(
        st.tuples(st.sampled_from(HOSTILE), st.sampled_from([0, SPACE.index("BASELINE"), len(SPACE)])),
        min_size=1,
        max_size=2,
    )
)
def test_a_valid_file_that_also_does_something_hostile(additions: list[tuple[str, int]]) -> None:
    text = SPACE
    for code, place in sorted(additions, key=lambda addition: -addition[1]):
        text = f"{text[:place]}{code}\n{text[place:]}"
    tried_text(text)


@pytest.mark.parametrize("code", HOSTILE)
def test_each_of_the_hostile_things_in_its_place(code: str) -> None:
    place = len(SPACE) if "SWEEP" in code else SPACE.index("SWEEP =")
    tried_text(f"{SPACE[:place]}{code}\n{SPACE[place:]}")


class Hostile:
    """Fails at whatever is asked of it."""

    def _refuse(self, *_: Any) -> Any:
        raise RuntimeError("hostile\x1b[2J")

    __repr__ = __str__ = __eq__ = __hash__ = __bool__ = __len__ = __iter__ = __call__ = _refuse  # type: ignore[assignment]
    __int__ = __float__ = __index__ = __lt__ = __le__ = __gt__ = __ge__ = __contains__ = __getitem__ = _refuse


SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([10**30, 2**63, 1e308, "", "\x1b[2J", "\ud800", "mnist"])
    | st.sampled_from([1, -1]).map(lambda sign: sign * 10**5000)
    | st.floats()
    | st.text(st.characters(), max_size=8)
)
OBJECTS = st.builds(Hostile) | st.sampled_from(
    [object(), int, len, np.array([1, 2]), np.int64(3), np.float64("nan"), b"x"]
)
ANYTHING = st.recursive(
    SCALARS | OBJECTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(SCALARS, inner, max_size=3),
    max_leaves=4,
)
FIELDS = list(Sweep.__dataclass_fields__)
PARAM = st.sampled_from(["filters_1", "dropout", "optimizer"])
LIMIT = st.integers(1, 70) | st.integers(-5, 70) | st.floats(0, 1) | SCALARS


def tried_values(**values: Any) -> Sweep | None:
    """A file whose `Sweep` is made of these values."""
    holder = ModuleType("values_of_the_test")
    vars(holder).update(values=values)
    sys.modules["values_of_the_test"] = holder
    try:
        last = SPACE.splitlines()[-1]
        made = f"from values_of_the_test import values\nSWEEP = Sweep(**{{**vars({last[8:]}), **values}})\n"
        return tried_text(SPACE.replace(last, made))
    finally:
        del sys.modules["values_of_the_test"]


@fuzzed
@given(
    st.dictionaries(st.sampled_from(FIELDS), ANYTHING | st.builds(lambda value: lambda *_: value, ANYTHING), min_size=1)
)
def test_a_sweep_with_anything_in_its_fields(values: dict[str, Any]) -> None:
    tried_values(**values)


@fuzzed
@given(
    calls=st.lists(
        st.tuples(
            PARAM,
            st.tuples(st.sampled_from(["suggest_int", "suggest_float"]), st.integers(1, 9), st.integers(9, 2**70))
            | st.tuples(st.sampled_from(["suggest_int", "suggest_float"]), LIMIT, LIMIT)
            | st.tuples(st.just("suggest_categorical"), st.lists(LIMIT, min_size=1) | st.lists(OBJECTS)),
            st.just({}) | st.dictionaries(st.sampled_from(["log", "step"]), st.booleans() | LIMIT, max_size=1),
        ),
        max_size=4,
    ),
    inside=st.integers(0, 4).map(bool),
    baseline=st.dictionaries(PARAM, LIMIT),
    constants=st.dictionaries(PARAM | st.just("rank") | SCALARS, SCALARS, max_size=1),
)
def test_any_space_over_any_ranges(
    calls: list[Any], inside: bool, baseline: dict[str, Any], constants: dict[Any, Any]
) -> None:
    if inside:
        baseline = {
            name: next(iter(first), None) if isinstance(first, list) else first for name, (_, first, *_), _ in calls
        }

    def space(trial: Any) -> dict[Any, Any]:
        params = dict(constants)
        for name, (method, *limits), options in calls:
            params[name] = getattr(trial, method)(name, *limits, **options)
        return params

    tried_values(space=space, baseline=baseline, model=None if "optimizer" in baseline else dict)


# flags

WORDS = (
    st.text(st.characters(exclude_characters="\0/", exclude_categories=["Cs"]), max_size=12)
    | st.sampled_from(
        ["", "-", "--", "-1", "..", "\udcff", "[bold]", "\x1b[2J", "x" * 300, "x" * 5_000, "mnist", "good.npz"]
    )
    | st.sampled_from(
        ["my_space.py", NAME, "my_space", "csv", "json", "md", "float32", "good.npz", "trial", "error", "rank"]
    )
)
NUMBERS = st.sampled_from([0, 1, 2, 3, 10**12, 2**63, 10**30, 10**4000, -1]) | st.floats()
OF_WORDS = {"space", "study", "name", "results", "data", "address", "precision", "form", "sort_by"}
COMMANDS = ("run", "check", "leaderboard", "show")
PARAMETERS = {name: typer.main.get_command(app).commands[name].params for name in COMMANDS}  # type: ignore[attr-defined]


@st.composite
def command_lines(draw: st.DrawFn) -> list[str]:
    """A command with some of its flags, each of any value; now and then without a value, or unknown."""
    name = draw(st.sampled_from(COMMANDS))
    words = [name]
    for parameter in PARAMETERS[name]:
        values = WORDS if parameter.name in OF_WORDS else st.integers(1, 20) | st.integers(-2, 2**70) | NUMBERS
        if parameter.param_type_name == "argument":
            usual = {"space": "my_space.py", "study": NAME, "trial": "1"}[parameter.name]
            words.append(usual if draw(st.integers(0, 5)) else str(draw(values)))
        elif draw(st.integers(0, 3)) == 0:
            words.append(parameter.opts[0])
            if not parameter.is_flag:
                words.append(str(draw(values)))
    if draw(st.integers(0, 19)) == 0:
        words.insert(draw(st.integers(0, len(words))), draw(WORDS.map(lambda word: f"--{word}")))
    return words


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A results folder with one study, copied for each command."""
    folder = tmp_path_factory.mktemp("fuzz") / "results"
    mixed_study(folder)
    return folder


def typed(words: list[str], results: Path) -> Result:
    with a_folder() as folder:
        shutil.copytree(results, folder / "results")
        (folder / "my_space.py").write_text(SPACE)
        np.savez(folder / "good.npz", **tiny_arrays())
        return CliRunner().invoke(app, words)


def is_success_or_one_message(result: Result) -> None:
    if isinstance(result.exception, ModuleNotFoundError) and result.exception.name == "sweep.execution.ray.cluster":
        return  # nothing was wrong: trials would have been trained now
    assert result.exit_code in (0, 2), (result.exit_code, result.output, result.exception)
    assert "Traceback" not in result.stderr
    if result.exit_code == 2:
        refused = result.stderr.startswith("sweep: ")
        assert result.stderr.count("\n") == 1 if refused else result.stderr.count("Usage: ") == 1, result.stderr
        assert not refused or result.stderr[:-1].isprintable()


def test_the_commands_that_are_spoilt_below_succeed(results: Path) -> None:
    for words in (["check", "my_space.py"], ["leaderboard", NAME], ["show", NAME, "1"], ["run", "my_space.py"]):
        result = typed(words, results)
        is_success_or_one_message(result)
        assert result.exit_code != 2, result.stderr


@fuzzed
@given(words=command_lines())
def test_any_flags_of_any_command(results: Path, words: list[str]) -> None:
    is_success_or_one_message(typed(words, results))


# .npz files


def npz(arrays: dict[str, Any], *, compression: int = zipfile.ZIP_STORED) -> bytes:
    """The bytes of an `.npz`; a value that is bytes is a member as it stands."""
    archive = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(archive, "w", compression) as file:
        warnings.simplefilter("ignore")  # numpy's, that older ones could not read it
        for name, value in arrays.items():
            member = io.BytesIO()
            if not isinstance(value, bytes):
                np.save(member, value, allow_pickle=True)
            file.writestr(f"{name}.npy", value if isinstance(value, bytes) else member.getvalue())
    return archive.getvalue()


def npy(header: str, body: bytes, version: int = 1) -> bytes:
    """The bytes of an `.npy` with any header."""
    text = header.encode("latin1" if version < 3 else "utf-8", errors="replace") + b"\n"
    return b"\x93NUMPY" + bytes([version, 0]) + len(text).to_bytes(2 if version == 1 else 4, "little") + text + body


def tried_npz(content: bytes) -> Dataset | None:
    with a_folder() as folder:
        path = folder / "some data.npz"
        path.write_bytes(content)
        try:
            return read_npz(path)
        except InputError as error:
            is_one_message(error)
            return None


VALID = {
    method: npz(tiny_arrays(), compression=method)
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA)
}


def test_the_valid_data_that_are_spoilt_below_are_valid() -> None:
    for content in VALID.values():
        assert tried_npz(content) is not None


@fuzzed
@given(st.binary(), st.sampled_from([b"", b"PK\x03\x04", b"PK\x05\x06" + bytes(18), b"\x93NUMPY\x01\x00", b"\x80\x04"]))
def test_data_of_anything(content: bytes, magic: bytes) -> None:
    assert tried_npz(magic + content) is None


@st.composite
def spoilt(draw: st.DrawFn) -> bytes:
    """A valid `.npz`, cut, with bits turned, or with bytes taken out; mostly near its directory or a header."""
    content = bytearray(VALID[draw(st.sampled_from(sorted(VALID)))])
    size = len(content)
    places = st.integers(0, size - 1) | st.integers(0, 200) | st.integers(size - 300, size - 1)
    for _ in range(draw(st.integers(0, 4))):
        content[draw(places)] ^= 1 << draw(st.integers(0, 7))
    if draw(st.booleans()):
        place = draw(places)
        del content[place : place + draw(st.integers(1, 64))]
    return bytes(content[: draw(st.just(size) | places)])


@fuzzed
@given(spoilt())
def test_valid_data_with_bits_turned_and_pieces_missing(content: bytes) -> None:
    tried_npz(content)


ARRAYS = nps.arrays(
    st.sampled_from(["u1", "i8", ">i4", "f2", "f8", "c8", "?", "U3", "S2", "M8[s]", "m8[D]", "u8"])
    | nps.nested_dtypes(max_leaves=2),
    st.lists(st.integers(0, 4), max_size=4).map(tuple),
)

OF_OBJECTS = st.sampled_from([(24, 8, 8), (24,), ()]).map(lambda shape: np.full(shape, None))
LIKELY = nps.arrays(
    st.sampled_from(["u1", "i8", ">i4", "f2", "f8", "?"]),
    st.sampled_from([(24,), (6,), (24, 1), (24, 8, 8), (6, 8, 8)]),
)


@fuzzed
@given(
    changes=st.dictionaries(
        st.sampled_from(KEYS), st.none() | st.binary(max_size=40) | ARRAYS | LIKELY | OF_OBJECTS, min_size=1
    ),
    extra=st.dictionaries(
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=5),
        st.binary(max_size=9),
        max_size=1,
    ),
)
def test_data_with_wrong_members(changes: dict[str, Any], extra: dict[str, bytes]) -> None:
    arrays = {**tiny_arrays(), **changes, **extra}
    tried_npz(npz({name: value for name, value in arrays.items() if value is not None}))


HEADERS = st.builds(
    "{{'descr': {}, 'fortran_order': {}, 'shape': {}}}".format,
    st.sampled_from(
        ["'|u1'", "'<i4'", "'|O'", "'<U0'", "'|V0'", "[('a', '<f8', (2,))]", "'<c32'", "()", "3", "'?' * 9"]
    ),
    st.sampled_from(["True", "False", "3", "x"]),
    st.lists(st.sampled_from([-1, 0, 1, 24, 28, 2**16, 2**31, 2**40, 2**63, 10**30]), max_size=5).map(tuple).map(str)
    | st.sampled_from(["()", "(1,) * 99", "'x'", "(24.0,)", "(True, 2)", "(" * 300, "(1L, 2L)"]),
) | st.text(max_size=30)


@fuzzed
@given(
    claims=st.dictionaries(
        st.sampled_from(KEYS), st.builds(npy, HEADERS, st.binary(max_size=60), st.sampled_from([1, 2, 3, 9]))
    ),
    size=st.sampled_from([0, 10**3, 10**6]),
    compression=st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED]),
)
def test_data_whose_headers_claim_anything_and_bombs(claims: dict[str, bytes], size: int, compression: int) -> None:
    bombs = {name: content + bytes(size) for name, content in claims.items()}
    tried_npz(npz({**tiny_arrays(), **bombs}, compression=compression))


def test_data_larger_than_the_machine_are_refused_before_they_are_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "large.npz"
    path.write_bytes(VALID[zipfile.ZIP_DEFLATED])
    monkeypatch.setattr(os, "sysconf", lambda name: 32)  # 32 pages of 32 bytes
    with pytest.raises(InputError, match="its arrays take"):
        read_npz(path)


class Payload:
    """Ends the process when it is unpickled."""

    def __reduce__(self) -> Any:
        return os._exit, (99,)


@pytest.mark.parametrize("key", KEYS)
def test_a_pickle_in_data_is_not_run(key: str) -> None:
    assert tried_npz(npz({**tiny_arrays(), key: np.array([Payload()] * 24, dtype=object)})) is None
    assert tried_npz(npz({**tiny_arrays(), key: pickle.dumps(Payload())})) is None
    assert tried_npz(pickle.dumps(Payload())) is None
