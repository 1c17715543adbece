import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from scripts import print_packages
from scripts.print_packages import allowed_imports
from tests.architecture.tree import PACKAGES, ROOT, imported_modules

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
    # Run in the tree, so that its packages come before those of the repository.
    return subprocess.run(LINT_IMPORTS, cwd=tree, capture_output=True, text=True, check=False)


def test_the_import_contracts_hold() -> None:
    result = _lint_imports(ROOT)

    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize(
    ("package", "line", "contract"),
    [
        ("providers", "import sqlmodel", "providers import kit alone"),
        ("schema", "import resolvers", "Packages import downwards"),
        ("kit", "import starlette", "kit imports no framework"),
        ("web", "import strawberry", "web does not import GraphQL"),
        ("generations", "import starlette", "Use cases import neither HTTP nor GraphQL"),
        ("studio", "import media", "studio imports providers and kit alone"),
        ("resolvers", "import studio", "Only server imports studio"),
        ("cli/client", "import generations", "cli.client is a client of the API"),
    ],
)
def test_an_import_against_a_contract_is_found(scratch_tree: Path, package: str, line: str, contract: str) -> None:
    (scratch_tree / package / "upwards.py").write_text(f"{line}\n")

    result = _lint_imports(scratch_tree)

    assert result.returncode == 1
    assert f"{contract} BROKEN" in result.stdout


def test_the_package_table_of_contributing_is_current() -> None:
    assert print_packages.main(["--check"]) == 0


def test_the_table_allows_what_is_below_and_no_contract_forbids() -> None:
    layers = {"type": "layers", "layers": ["a", "b | c", "d"]}
    forbidden = {"type": "forbidden", "source_modules": ["b"], "forbidden_modules": ["d"]}

    assert allowed_imports({"contracts": [layers, forbidden]}) == {"a": ["b", "c", "d"], "b": [], "c": ["d"], "d": []}


def test_no_test_module_imports_another() -> None:
    imports = {
        f"{path.relative_to(ROOT)}: {module}"
        for path in (ROOT / "tests").rglob("*.py")
        if "node_modules" not in path.parts
        for module in imported_modules(path)
        if module.startswith("tests.") and any(part.startswith("test_") for part in module.split("."))
    }

    assert imports == set()
