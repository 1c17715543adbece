import ast
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.tree import ROOT, modules, name_of

# The two edges, each of which logs what it caught and states it again in terms of its own.
WORKER_EDGE = "kit/retry.py"
GRAPHQL_EDGE = "server/graphql/"
# Not an edge: what its thread catches it hands, unchanged, to the caller who waits for it.
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


def test_only_the_two_edges_catch_everything() -> None:
    wide = {name_of(path) for path in modules() if _catches_everything(path)}
    at_the_graphql_edge = {name for name in wide if name.startswith(GRAPHQL_EDGE)}

    assert wide - at_the_graphql_edge <= {WORKER_EDGE, WRITER_THREAD}
    assert len(at_the_graphql_edge) <= 1


def test_the_check_sees_a_bare_except_and_a_tuple(tmp_path: Path) -> None:
    bare, mixed, narrow = tmp_path / "bare.py", tmp_path / "mixed.py", tmp_path / "narrow.py"
    bare.write_text("try:\n    pass\nexcept:\n    pass\n")
    mixed.write_text("try:\n    pass\nexcept (ValueError, Exception):\n    pass\n")
    narrow.write_text("try:\n    pass\nexcept (ValueError, KeyError):\n    pass\n")

    assert [_catches_everything(path) for path in (bare, mixed, narrow)] == [True, True, False]


def test_the_worker_edge_is_where_the_rule_says() -> None:
    assert (ROOT / WORKER_EDGE).is_file()
