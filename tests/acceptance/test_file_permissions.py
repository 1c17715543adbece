"""Permissions of the data directory: its files are private to the server's user."""

import stat
from pathlib import Path

from server.settings import load_settings
from tests.support.server_process import ServerProcess


def permissions(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_data_directory_is_private(tmp_path: Path) -> None:
    load_settings({}, data_directory=tmp_path / "deep" / "data")

    assert permissions(tmp_path / "deep" / "data") == 0o700


def test_an_existing_data_directory_keeps_its_permissions(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir(mode=0o750)
    load_settings({}, data_directory=tmp_path / "data")

    assert permissions(tmp_path / "data") == 0o750


def test_the_files_of_the_database_are_private(tmp_path: Path) -> None:
    directory = tmp_path / "data"
    directory.mkdir(mode=0o755)
    with ServerProcess(directory):
        files = sorted(path for path in directory.iterdir() if path.is_file())
        modes = {path.name: permissions(path) for path in files}

    assert {"doitong.db", "doitong.db-wal", "doitong.db-shm", "doitong.db.lock", "secret"} <= modes.keys()
    assert set(modes.values()) == {0o600}
