import sys
from importlib.metadata import packages_distributions

import pytest

from tests.architecture.tree import PACKAGES, ROOT


@pytest.mark.parametrize("package", [*PACKAGES, "launcher", "scripts", "tests"])
def test_no_installed_distribution_and_no_standard_module_has_the_name(package: str) -> None:
    assert packages_distributions().get(package, []) == []
    assert package not in sys.stdlib_module_names


def test_the_import_contracts_list_every_root_package() -> None:
    found = {path.parent.name for path in ROOT.glob("*/__init__.py")}

    assert found - set(PACKAGES) <= {"benchmarks", "scripts", "tests"}
    assert set(PACKAGES) <= found
