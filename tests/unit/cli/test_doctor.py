"""`doitong doctor` on the media store and its files."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from cli.admin import doctor
from cli.admin.database import transact
from media.file_references import retain
from media.s3 import S3Location
from server.settings import load_settings

MISSING = f"{'0' * 64}.png"
UNREACHABLE = "http://127.0.0.1:1"


def test_the_store_is_named_and_checked(
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
    monkeypatch.setenv("DOITONG_S3_ENDPOINT", UNREACHABLE)
    doctor.run(data_dir=tmp_path)
    bad = capsys.readouterr().out

    assert f"ok      media store ({location})" in good
    assert f"missing media store ({location}): " in " ".join(bad.split("\n"))
    assert "a secret" not in good + bad


def test_files_that_the_database_refers_to_and_the_store_does_not_have_are_reported(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "media").mkdir()
    settings = load_settings(data_directory=tmp_path)
    day = timedelta(days=1)
    without = doctor.run(data_dir=tmp_path, files=True), capsys.readouterr().out
    asyncio.run(transact(settings, lambda t, now: retain(t, [MISSING], holder="gen_a", expires_at=now + day, at=now)))
    unchecked = doctor.run(data_dir=tmp_path), capsys.readouterr().out
    checked = doctor.run(data_dir=tmp_path, files=True), capsys.readouterr().out

    assert "ok      media files\n" in without[1]
    assert "media files" not in unchecked[1]
    assert f"missing media files: 1 of 1 are missing or damaged, such as {MISSING}" in checked[1]
    assert checked[0] == 1


def test_a_directory_in_which_the_speech_model_cannot_be_created_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "a file"
    file.touch()
    monkeypatch.setenv("DOITONG_MODELS", str(tmp_path / "new" / "models"))
    doctor.run(data_dir=tmp_path)
    good = capsys.readouterr().out
    monkeypatch.setenv("DOITONG_MODELS", str(file / "models"))
    doctor.run(data_dir=tmp_path)
    bad = capsys.readouterr().out

    assert "ok      speech model\n" in good
    assert f"missing speech model: {file} is not a directory; set DOITONG_MODELS to a directory" in bad
