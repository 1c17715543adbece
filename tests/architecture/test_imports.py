import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.tree import PACKAGES, ROOT

LINT_IMPORTS = [
    sys.executable,
    "-c",
    "from importlinter.cli import lint_imports_command; lint_imports_command()",
    "--no-cache",
]


@pytest.fixture
def scratch_tree(tmp_path: Path) -> Path:
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def _lint_imports(tree: Path) -> subprocess.CompletedProcess[str]:
    # From inside the tree, whose packages then come before those of the repository.
    return subprocess.run(LINT_IMPORTS, cwd=tree, capture_output=True, text=True, check=False)


def test_packages_import_one_way_down() -> None:
    result = _lint_imports(ROOT)

    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize(
    ("package", "line", "contract"),
    [
        ("providers", "import sqlmodel", "providers know nothing of us"),
        ("schema", "import resolvers", "one way down"),
        ("kit", "import starlette", "kit knows nothing of us"),
    ],
)
def test_an_import_upwards_is_refused(scratch_tree: Path, package: str, line: str, contract: str) -> None:
    (scratch_tree / package / "upwards.py").write_text(f"{line}\n")

    result = _lint_imports(scratch_tree)

    assert result.returncode == 1
    assert f"{contract} BROKEN" in result.stdout
