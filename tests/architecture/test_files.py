import re
import subprocess
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT

MAX_FILE_SIZE = 200 * 1024  # bytes
# Split, so that this file does not match itself.
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


def test_only_locks_are_larger_than_200_kilobytes() -> None:
    sizes = {str(path.relative_to(ROOT)): path.stat().st_size for path in _files() if path.suffix != ".lock"}

    assert {name: size for name, size in sizes.items() if size > MAX_FILE_SIZE} == {}


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock", "tests/sdks/requirements.lock"])
def test_the_python_locks_have_hashes_and_no_index(name: str) -> None:
    text = (ROOT / name).read_text()

    assert INDEX_OPTION.search(text) is None
    assert all("--hash=sha256:" in block for block in re.split(r"\n(?=[a-z0-9])", text) if "==" in block)


def test_the_javascript_locks_have_no_registry_urls() -> None:
    locks = [path for path in _files() if path.name == "package-lock.json"]

    assert {path.parent.name for path in locks} == {"frontend", "mcp_clients", "node", "wire"}
    assert [path for path in locks if '"resolved"' in path.read_text()] == []


def test_the_paths_in_contributing_exist() -> None:
    """A name without a directory is in the directory of the path before it in the same row."""
    missing, directory = [], ROOT
    for line in (ROOT / "CONTRIBUTING.md").read_text().splitlines():
        for path in re.findall(r"`([\w/]+(?:\.py|/))`", line):
            found = next((base / path for base in (ROOT, directory, directory.parent) if (base / path).exists()), None)
            if found is None:
                missing.append(path)
            else:
                directory = found if path.endswith("/") else found.parent
    assert missing == ["doitong/_app/"]  # inside the wheel
