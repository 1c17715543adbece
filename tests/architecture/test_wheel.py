from tests.architecture.tree import PACKAGES, PYPROJECT

FORCE_INCLUDE: dict[str, str] = PYPROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]


def test_the_wheel_has_every_root_package_below_doitong() -> None:
    assert {source: target for source, target in FORCE_INCLUDE.items() if source in PACKAGES} == {
        package: f"doitong/_app/{package}" for package in PACKAGES
    }


def test_the_wheel_has_no_other_top_level_name() -> None:
    assert {target.split("/")[0] for target in FORCE_INCLUDE.values()} == {"doitong"}


def test_the_command_is_the_launcher() -> None:
    assert FORCE_INCLUDE["launcher/doitong"] == "doitong"
    assert PYPROJECT["project"]["scripts"] == {"doitong": "doitong.__main__:main"}
