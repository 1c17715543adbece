"""Installs the `doitong` command into the virtual environment, as an editable install does, without a build backend."""

import sys
import sysconfig
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COMMAND = """#!{python}
from doitong.__main__ import main

main()
"""


def main() -> None:
    """Write the path file and the command into the environment of the running Python."""
    paths = Path(sysconfig.get_path("purelib")) / "doitong.pth"
    paths.write_text(f"{ROOT}\n{ROOT / 'launcher'}\n")

    command = Path(sysconfig.get_path("scripts")) / "doitong"
    command.write_text(COMMAND.format(python=sys.executable))
    command.chmod(0o755)


if __name__ == "__main__":
    main()
