"""Starts the server: from its packages inside the wheel, or from the repository it was installed from."""

import os
import runpy
import sys
from pathlib import Path

PACKAGES = Path(__file__).parent / "_app"


def main() -> None:
    """Run the command line of `cli`."""
    if PACKAGES.is_dir():
        sys.path.insert(0, str(PACKAGES))
        os.environ["PYTHONPATH"] = str(PACKAGES)  # the processes it starts find the packages as well
    runpy.run_module("cli", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
