"""Choice of the media store by the settings."""

from pathlib import Path

import pytest

from media.disk import DiskStore
from media.s3 import S3Store
from server.configured_media_store import open_configured_media_store
from server.given_settings import BadSetting
from server.settings import load_settings


def test_media_are_stored_in_the_data_directory_by_default(tmp_path: Path) -> None:
    plain = load_settings({}, data_directory=tmp_path)
    bucket = load_settings({"DOITONG_MEDIA_STORE": "s3://films/kept/here/"}, data_directory=tmp_path)

    assert isinstance(open_configured_media_store(plain), DiskStore)
    assert isinstance(open_configured_media_store(bucket), S3Store)
    assert str(bucket.bucket) == "s3://films/kept/here"


@pytest.mark.parametrize(
    "environment",
    [
        {"DOITONG_MEDIA_STORE": "/var/films"},
        {"DOITONG_MEDIA_STORE": "s3://"},
        {"DOITONG_MEDIA_STORE": "https://films.example"},
        {"DOITONG_MEDIA_STORE": "s3://films", "DOITONG_S3_ACCESS_KEY_ID": "id"},
        {"DOITONG_RETENTION_DAYS": "0"},
        {"DOITONG_RETENTION_DAYS": "a week"},
    ],
)
def test_an_invalid_setting_is_refused_by_name(environment: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match=r"DOITONG_(MEDIA_STORE|RETENTION_DAYS|S3_ACCESS_KEY_ID)"):
        load_settings(environment, data_directory=tmp_path)


def test_the_bucket_secret_is_not_in_the_repr(tmp_path: Path) -> None:
    environment = {
        "DOITONG_MEDIA_STORE": "s3://films",
        "DOITONG_S3_ACCESS_KEY_ID": "id",
        "DOITONG_S3_SECRET_ACCESS_KEY": "hidden well",
    }

    assert "hidden well" not in repr(load_settings(environment, data_directory=tmp_path))
