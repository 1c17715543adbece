"""Installs the vendors' SDKs, which drive the emulators in tests/sdks, into an environment below `.cache/sdks`.

The name of the environment has the Python version and the hash of the lock; a complete one is left unchanged.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "tests" / "sdks" / "requirements.lock"
ENVIRONMENTS = ROOT / ".cache" / "sdks"
PIP = [sys.executable, "-m", "pip", "-qq", "--disable-pip-version-check"]
# --no-compile: most modules of the SDKs are never imported.
OPTIONS = ["--no-deps", "--require-hashes", "--only-binary", ":all:", "--no-compile"]
INSTALL_LIMIT_SECONDS = 1800


def main() -> int:
    environment = directory()
    if interpreter(environment).is_file():
        return 0
    sys.stdout.write(f"setup: installing the packages of {LOCK.relative_to(ROOT)} (about a minute, once)\n")
    sys.stdout.flush()
    try:
        install(environment)
    except subprocess.CalledProcessError as failure:
        sys.stderr.write(f"setup: pip exited with {failure.returncode}. Check the network, then run `make sdks`.\n")
        return 1
    except subprocess.TimeoutExpired:
        sys.stderr.write(f"setup: pip took over {INSTALL_LIMIT_SECONDS} s. Check the network, then run `make sdks`.\n")
        return 1
    return 0


def directory() -> Path:
    """Return the environment of the lock and of the running Python's version. It exists only when it is complete."""
    digest = hashlib.sha256(LOCK.read_bytes()).hexdigest()[:16]
    return ENVIRONMENTS / f"python{sys.version_info.major}.{sys.version_info.minor}-{digest}"


def interpreter(environment: Path) -> Path:
    return environment / "bin" / "python"


def install(environment: Path) -> None:
    """Install into a new directory and rename it, so that the environment is complete even after an interruption."""
    ENVIRONMENTS.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=ENVIRONMENTS, prefix=".partial-") as scratch:
        partial = Path(scratch) / "environment"
        venv.create(partial, symlinks=True)
        command = [*PIP, "--python", str(interpreter(partial)), "install", *OPTIONS, "-r", str(LOCK)]
        subprocess.run(command, check=True, timeout=INSTALL_LIMIT_SECONDS)  # noqa: S603
        replace(partial, environment)


def replace(partial: Path, environment: Path) -> None:
    """Rename, unless another process was faster. An environment whose Python was removed is deleted first."""
    if environment.exists() and not interpreter(environment).is_file():
        shutil.rmtree(environment)
    try:
        os.rename(partial, environment)
    except OSError:
        if not interpreter(environment).is_file():
            raise


if __name__ == "__main__":
    sys.exit(main())
