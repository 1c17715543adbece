"""Refuses a server whose media directory is not that of the other servers of its database."""

import asyncio
import secrets
from pathlib import Path

from database.shared_values import shared_value
from database.transaction import Database
from server.given_settings import BadSetting
from server.shared_file import read_or_create

MARKER = ".store"
NAME = "media_directory"


async def check_media_directory(database: Database, directory: Path) -> None:
    """Compare the id in the directory with that in the database, where the first server stores it.

    Raises `BadSetting` if they differ: files that this server stores would be missing on the others.
    """
    own = await asyncio.to_thread(_id_of, directory)
    shared = await database.transact(lambda transaction: shared_value(transaction.connection, NAME, own))
    if own != shared:
        raise BadSetting(
            f"{directory} is not the directory in which other servers of this database store media. Mount that "
            "directory here, or give all servers the same bucket with DOITONG_MEDIA_STORE=s3://bucket. If it is a copy "
            f"of that directory, or that one is lost, write {shared} into {directory / MARKER}."
        )


def _id_of(directory: Path) -> str:
    directory.mkdir(exist_ok=True)
    return read_or_create(directory / MARKER, f"{secrets.token_hex(16)}\n").strip()
