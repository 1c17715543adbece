import re
import subprocess
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT

LARGEST_FILE = 200 * 1024  # bytes
# In pieces, so that this file does not hold what it looks for.
REGISTRY_HOST = re.compile(
    rb"(?:registry\.)" + rb"(?:npmjs|yarnpkg)\.|" + rb"(?:pypi|pythonhosted)" + rb"\.org|" + rb"artifact" + rb"ory"
)
INDEX_OPTION = re.compile(r"^\s*(--(extra-)?index-url|--find-links|--trusted-host|-i |-f )", re.MULTILINE)


def _files() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file()]


def test_no_file_names_the_host_of_a_package_registry() -> None:
    assert [str(path.relative_to(ROOT)) for path in _files() if REGISTRY_HOST.search(path.read_bytes())] == []


def test_no_file_but_a_lock_is_larger_than_200_kilobytes() -> None:
    sizes = {str(path.relative_to(ROOT)): path.stat().st_size for path in _files() if path.suffix != ".lock"}

    assert {name: size for name, size in sizes.items() if size > LARGEST_FILE} == {}


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_the_python_locks_are_hashed_and_name_no_index(name: str) -> None:
    text = (ROOT / name).read_text()

    assert INDEX_OPTION.search(text) is None
    assert all("--hash=sha256:" in block for block in re.split(r"\n(?=[a-z0-9])", text) if "==" in block)


def test_the_javascript_locks_say_what_but_not_from_where() -> None:
    locks = [path for path in _files() if path.name == "package-lock.json"]

    assert {path.parent.name for path in locks} == {"frontend", "wire"}
    assert [path for path in locks if '"resolved"' in path.read_text()] == []
