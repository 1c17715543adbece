"""The media store that the settings name."""

from media.disk import DiskStore
from media.s3 import S3Store
from media.store import MediaStore
from server.data_directory import media_directory
from server.settings import Settings


def open_configured_media_store(settings: Settings) -> MediaStore:
    """Return the configured bucket, or a directory inside the data directory."""
    return S3Store(settings.bucket) if settings.bucket else DiskStore(media_directory(settings))
