"""A file that the first of several servers creates, and that all of them read."""

import contextlib
import secrets
from pathlib import Path

OWNER_ONLY = 0o600


def read_or_create(file: Path, content: str) -> str:
    """Return the content of the file; if it does not exist, create it with `content`, readable by its owner alone."""
    if not file.exists():
        draft = file.with_name(f"{file.name}.{secrets.token_hex(8)}")
        draft.touch(mode=OWNER_ONLY)
        draft.write_text(content)
        # A hard link fails if the file exists: of two servers that start at once, one creates it, both read it.
        with contextlib.suppress(FileExistsError):
            file.hardlink_to(draft)
        draft.unlink()
    return file.read_text()
