"""The version of this release."""

import tomllib
from functools import cache
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed_version
from pathlib import Path

DISTRIBUTION = "doitong-server"
PROJECT_FILE = Path(__file__).resolve().parent.parent / "pyproject.toml"


@cache
def version() -> str:
    """Return the version of the installed wheel, or that of the checkout."""
    try:
        return installed_version(DISTRIBUTION)
    except PackageNotFoundError:
        return str(tomllib.loads(PROJECT_FILE.read_text())["project"]["version"])
