from tests.architecture.tree import PACKAGES, PYPROJECT

FORCE_INCLUDE: dict[str, str] = PYPROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]


def test_the_wheel_holds_every_root_package_under_one_name() -> None:
    assert {source: target for source, target in FORCE_INCLUDE.items() if source in PACKAGES} == {
        package: f"doitong/_app/{package}" for package in PACKAGES
    }


def test_the_wheel_puts_nothing_beside_that_name() -> None:
    assert {target.split("/")[0] for target in FORCE_INCLUDE.values()} == {"doitong"}


def test_the_command_is_the_launcher() -> None:
    assert FORCE_INCLUDE["launcher/doitong"] == "doitong"
    assert PYPROJECT["project"]["scripts"] == {"doitong": "doitong.__main__:main"}
