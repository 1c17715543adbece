import ast
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.tree import ROOT, modules, name_of

# The two boundaries that catch every exception; each logs it and reports it in its own terms.
WORKER_BOUNDARY = "kit/retry.py"
# Errors of resolvers, which graphql-core, or the code that does its work, turns into errors of the response.
GRAPHQL_BOUNDARY = {"server/graphql/execution/operations.py", "server/graphql/execution/compiler/plan.py"}
# Not a boundary: its thread passes exceptions unchanged to the waiting caller.
WRITER_THREAD = "database/sqlite.py"
EVERYTHING = {"Exception", "BaseException"}


def _caught_names(handler: ast.ExceptHandler) -> Iterator[str]:
    if handler.type is None:
        yield "BaseException"
        return
    for node in ast.walk(handler.type):
        if isinstance(node, ast.Name):
            yield node.id


def _catches_everything(path: Path) -> bool:
    handlers = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.ExceptHandler)]
    return any(EVERYTHING.intersection(_caught_names(handler)) for handler in handlers)


def test_only_the_two_boundaries_catch_every_exception() -> None:
    wide = {name_of(path) for path in modules() if _catches_everything(path)}

    assert wide <= {WORKER_BOUNDARY, WRITER_THREAD, *GRAPHQL_BOUNDARY}


def test_the_check_finds_bare_excepts_and_tuples(tmp_path: Path) -> None:
    bare, mixed, narrow = tmp_path / "bare.py", tmp_path / "mixed.py", tmp_path / "narrow.py"
    bare.write_text("try:\n    pass\nexcept:\n    pass\n")
    mixed.write_text("try:\n    pass\nexcept (ValueError, Exception):\n    pass\n")
    narrow.write_text("try:\n    pass\nexcept (ValueError, KeyError):\n    pass\n")

    assert [_catches_everything(path) for path in (bare, mixed, narrow)] == [True, True, False]


def test_the_worker_boundary_exists() -> None:
    assert (ROOT / WORKER_BOUNDARY).is_file()
