"""The data directory: what is in it, and whether it can be written to."""

from pathlib import Path

from kit.disk_space import DiskSpace
from server.settings import Settings, database_file_of

INPUTS, RENDERS = "inputs", "renders"


def media_directory(settings: Settings) -> Path:
    """Return the directory of media files of a server without a bucket."""
    return settings.data_directory / "media"


def create_directories(settings: Settings, node: Path) -> DiskSpace:
    """Create the directories that the server writes to, and return their disk space.

    `node` is the directory of the temporary files of this process.
    """
    directories = [settings.data_directory, settings.data_directory / "incoming", node / INPUTS, node / RENDERS]
    if settings.bucket is None:
        directories.append(media_directory(settings))
    for directory in directories:
        directory.mkdir(exist_ok=True)
    database = database_file_of(settings.database_url)
    files = () if database is None else (database,)
    return DiskSpace(settings.data_directory, directories=tuple(directories), files=files)
