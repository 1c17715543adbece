"""Which store the settings name, and what `doitong doctor` says of it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from cli.admin import doctor
from media.disk import DiskStore
from media.s3 import S3Location, S3Store
from server.media_store import open_store
from server.settings import BadSetting, load_settings

NOWHERE = "http://127.0.0.1:1"


def test_media_is_kept_in_the_data_directory_unless_a_bucket_is_named(tmp_path: Path) -> None:
    plain = load_settings({}, data_directory=tmp_path)
    bucket = load_settings({"DOITONG_MEDIA_STORE": "s3://films/kept/here/"}, data_directory=tmp_path)

    assert isinstance(open_store(plain), DiskStore)
    assert isinstance(open_store(bucket), S3Store)
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
def test_a_setting_that_makes_no_sense_is_refused_by_name(environment: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match=r"DOITONG_(MEDIA_STORE|RETENTION_DAYS)"):
        load_settings(environment, data_directory=tmp_path)


def test_the_doctor_names_the_store_and_tries_it(
    new_bucket: Callable[[], S3Location],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    location = new_bucket()
    monkeypatch.setenv("DOITONG_MEDIA_STORE", str(location))
    monkeypatch.setenv("DOITONG_S3_ENDPOINT", location.endpoint or "")
    monkeypatch.setenv("DOITONG_S3_REGION", "us-east-1")
    monkeypatch.setenv("DOITONG_S3_ACCESS_KEY_ID", "id")
    monkeypatch.setenv("DOITONG_S3_SECRET_ACCESS_KEY", "a secret of the bucket")

    doctor.run(data_dir=tmp_path)
    good = capsys.readouterr().out
    monkeypatch.setenv("DOITONG_S3_ENDPOINT", NOWHERE)
    doctor.run(data_dir=tmp_path)
    bad = capsys.readouterr().out

    assert f"ok      media store ({location})" in good
    assert f"missing media store ({location}): " in " ".join(bad.split("\n"))
    assert "a secret" not in good + bad


def test_the_secret_of_the_bucket_is_not_shown(tmp_path: Path) -> None:
    environment = {
        "DOITONG_MEDIA_STORE": "s3://films",
        "DOITONG_S3_ACCESS_KEY_ID": "id",
        "DOITONG_S3_SECRET_ACCESS_KEY": "hidden well",
    }

    assert "hidden well" not in repr(load_settings(environment, data_directory=tmp_path))
