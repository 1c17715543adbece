"""The `doitong` command: runs `cli` from the wheel's `_app` directory, or from the repository."""

import os
import runpy
import sys
from pathlib import Path

PACKAGES = Path(__file__).parent / "_app"


def main() -> None:
    """Run `cli` as `__main__`."""
    if PACKAGES.is_dir():
        sys.path.insert(0, str(PACKAGES))
        os.environ["PYTHONPATH"] = str(PACKAGES)  # for child processes
    runpy.run_module("cli", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
