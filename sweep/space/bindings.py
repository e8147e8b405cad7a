"""What the statements at the top of a module bind, and their text without what does not count."""

from __future__ import annotations

import ast
import importlib.util
from collections.abc import Iterable, Iterator
from pathlib import Path

DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
ALWAYS = "*"
"""What statements are bound to that count wherever their module is imported, as they may change anything: calls,
settings of another object's, star imports, decorated definitions, classes made from the user's own."""

ASKING = "?"
"""What statements are bound to that call something in a place where nothing keeps the result; see `called`."""
ASKING_PARTS: dict[type[ast.AST], tuple[str, ...]] = {
    ast.Assert: ("test", "msg"),
    ast.If: ("test",),
    ast.While: ("test",),
    ast.For: ("iter",),
    ast.With: ("items",),
    ast.Match: ("subject",),
    ast.match_case: ("guard",),
}
"""The parts of statements that ask for a value and keep none."""

Bindings = dict[str, list[ast.stmt]]
"""The statements at the top of a module by the names that they bind."""


def bindings_of(source: Path) -> Bindings:
    """What a module's source file binds; all of it counts always where it is no Python."""
    try:
        tree = ast.parse(source.read_bytes())
    except SyntaxError:
        return {ALWAYS: [ast.Expr(ast.Constant(source.read_bytes()))]}
    bindings: Bindings = {}
    for statement in _run_on_import(tree.body):
        for name in dict.fromkeys(_names(statement)):
            bindings.setdefault(name, []).append(statement)
        if called(statement):
            bindings.setdefault(ASKING, []).append(statement)
    return bindings


def _run_on_import(statements: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """Statements without what only a program runs: of `if __name__ == "__main__"` just the other branch is left."""
    for statement in statements:
        branch = _branch_on_import(statement) if isinstance(statement, ast.If) else None
        if branch is None:
            yield statement
        else:
            yield from _run_on_import(branch)


def _branch_on_import(statement: ast.If) -> list[ast.stmt] | None:
    """The branch that a module takes which is no program; None if that depends on more."""
    match ast.unparse(statement.test):
        case "__name__ == '__main__'" | "'__main__' == __name__":
            return statement.orelse
        case "__name__ != '__main__'" | "'__main__' != __name__":
            return statement.body
    return None


def called(statement: ast.stmt) -> set[str]:
    """The names at the beginning of what a statement calls though nothing keeps the result.

    That is what an `assert`, a test, a loop or a `with` asks for, and a call may change anything.
    """
    asked = [
        part for node in _parts(statement) for name in ASKING_PARTS.get(type(node), ()) for part in _as_list(node, name)
    ]
    calls = [part for expression in asked for part in ast.walk(expression) if isinstance(part, ast.Call)]
    return {part.id for call in calls for part in ast.walk(call.func) if isinstance(part, ast.Name)}


def _as_list(node: ast.AST, name: str) -> list[ast.AST]:
    parts = getattr(node, name)
    return parts if isinstance(parts, list) else [parts] if parts is not None else []


def classes(bindings: Bindings) -> list[tuple[ast.stmt, ast.ClassDef]]:
    """The classes that are defined at the top of a module, each with the statement that it is in."""
    statements = {id(statement): statement for bound in bindings.values() for statement in bound}.values()
    return [
        (statement, node) for statement in statements for node in _parts(statement) if isinstance(node, ast.ClassDef)
    ]


def made_from(kind: ast.ClassDef) -> set[str]:
    """The names in a class's bases and keywords, such as its metaclass."""
    sources = [*kind.bases, *(keyword.value for keyword in kind.keywords)]
    return {part.id for source in sources for part in ast.walk(source) if isinstance(part, ast.Name)}


def _parts(statement: ast.stmt) -> Iterable[ast.AST]:
    """A definition; or another statement and all that is within it."""
    return [statement] if isinstance(statement, DEFINITIONS) else ast.walk(statement)


def _names(statement: ast.stmt) -> Iterator[str]:
    """What a statement binds: functions, classes, imports and variables, also within an `if`, a `try` or a loop.

    A function binds what it declares to be global, too.
    """
    for node in _parts(statement):
        if isinstance(node, DEFINITIONS):
            yield node.name
            yield from (name for part in ast.walk(node) if isinstance(part, ast.Global) for name in part.names)
            if node.decorator_list:
                yield ALWAYS
        elif isinstance(node, ast.Expr) and not isinstance(node.value, ast.Constant):
            yield ALWAYS
        elif isinstance(node, ast.Import | ast.ImportFrom):
            yield from map(bound_by, node.names)
        elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            yield node.id
        elif isinstance(node, ast.MatchAs | ast.MatchStar | ast.MatchMapping):
            captured = node.rest if isinstance(node, ast.MatchMapping) else node.name
            yield from [captured] if captured else []
        elif isinstance(node, ast.Attribute | ast.Subscript) and not isinstance(node.ctx, ast.Load):
            yield ALWAYS
            yield from (part.id for part in ast.walk(node) if isinstance(part, ast.Name))


def bound_by(alias: ast.alias) -> str:
    """The name that a part of an import binds; `ALWAYS` for a star."""
    return alias.asname or (ALWAYS if alias.name == "*" else alias.name.partition(".")[0])


def plain(statement: ast.stmt, name: str) -> str:
    """A statement without comments, docstrings and formatting; of an import what it binds to a name."""
    if isinstance(statement, ast.Import | ast.ImportFrom):
        aliases = [alias for alias in statement.names if name in (ALWAYS, bound_by(alias))]
        origin = [statement.module or "", str(statement.level)] if isinstance(statement, ast.ImportFrom) else []
        return " ".join([*origin, *map(ast.unparse, aliases)])
    return without_docstrings(statement)


def without_docstrings(statement: ast.stmt) -> str:
    """A statement without comments, docstrings and formatting."""
    copy = ast.parse(ast.unparse(statement))
    for node in ast.walk(copy):
        if isinstance(node, DEFINITIONS) and ast.get_docstring(node) is not None:
            node.body = node.body[1:] or [ast.Pass()]
    return ast.unparse(copy)


def modules_reached(node: ast.Attribute, bindings: Bindings, package: str) -> Iterator[str]:
    """What may be a module in an expression such as `package.module`, whichever module has imported it.

    Args:
        node: the expression.
        bindings: the statements at the top of the module that it is in.
        package: name of the package that relative imports start from.
    """
    names: list[str] = []
    start: ast.expr = node
    while isinstance(start, ast.Attribute):
        names.insert(0, start.attr)
        start = start.value
    root = start.id if isinstance(start, ast.Name) else ""
    for statement in bindings.get(root, ()):
        for part in ast.walk(statement):
            if not isinstance(part, ast.Import | ast.ImportFrom):
                continue
            for alias in (alias for alias in part.names if bound_by(alias) == root):
                yield ".".join([*_imported(part, alias, package), *names])


def _imported(statement: ast.Import | ast.ImportFrom, alias: ast.alias, package: str) -> list[str]:
    """The parts of the name of the module that an import binds, if it is a module that it binds."""
    if isinstance(statement, ast.Import):
        return [alias.name if alias.asname else bound_by(alias)]
    return [importlib.util.resolve_name("." * statement.level + (statement.module or ""), package), alias.name]
