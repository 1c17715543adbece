"""Which `dataclass` makes frozen classes with slots."""

import ast
from pathlib import Path

from tests.architecture.tree import ROOT, imported_modules, modules, name_of


def _makes_frozen_classes(path: Path) -> bool:
    return any(
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "dataclass"
        and {"frozen", "slots"} <= {keyword.arg for keyword in node.keywords}
        for node in ast.walk(ast.parse(path.read_text(), filename=str(path)))
    )


def test_frozen_classes_with_slots_are_made_by_the_fast_decorator() -> None:
    frozen = [path for path in modules() if _makes_frozen_classes(path)]
    slow = [name_of(path) for path in frozen if "kit.frozen.dataclass" not in set(imported_modules(path))]

    assert ROOT / "kit/pagination.py" in frozen
    assert slow == []
