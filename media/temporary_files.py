"""Temporary local files: atomic copies, and cleanup after a crash."""

import hashlib
import os
import shutil
from datetime import datetime
from pathlib import Path

CHUNK_BYTES = 1 << 20  # bytes


def copy_file(source: Path, target: Path) -> None:
    """Copy a file atomically: under its name it is always complete."""
    draft = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        shutil.copyfile(source, draft)
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file in hex, read in chunks."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(CHUNK_BYTES):
            digest.update(piece)
    return digest.hexdigest()


def remove_older(directory: Path, *, before: datetime) -> int:
    """Delete files that were last modified before that time; return how many."""
    removed = 0
    for entry in directory.iterdir() if directory.is_dir() else ():
        try:
            if entry.stat().st_mtime >= before.timestamp():
                continue
        except FileNotFoundError:
            continue
        if entry.is_dir():
            shutil.rmtree(entry, ignore_errors=True)
        else:
            entry.unlink(missing_ok=True)
        removed += 1
    return removed
