"""`doitong doctor` on the media store."""

from collections.abc import Callable
from pathlib import Path

import pytest

from cli.admin import doctor
from media.s3 import S3Location

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
