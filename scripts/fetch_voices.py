"""Fetches the voices that local speech uses out of the npm package they are published in.

The folder is the one argument, `.cache/voices` by default. Nothing is done when it is complete.
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
    """The voices could not be had; the message says what to do."""


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
    """Whether every voice is there in its full size."""
    files = (folder / f"{voice}.bin" for voice in VOICES)
    return all(file.is_file() and file.stat().st_size == VOICE_BYTES for file in files)


def download(folder: Path) -> Path:
    """Has npm download the package, and checks it against the hash that is written here."""
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
        raise FetchFailed(f"`npm pack {PACKAGE}` failed. Is the network there?\n{result.stderr.strip()}")
    digest = base64.b64encode(hashlib.sha512(archives[0].read_bytes()).digest()).decode()
    if digest != PACKAGE_SHA512:
        raise FetchFailed(f"{PACKAGE} is not what it was: its sha512 is {digest}.")
    return archives[0]


def unpack(archive: Path, folder: Path) -> None:
    """Writes the voices; each file appears whole or not at all."""
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
