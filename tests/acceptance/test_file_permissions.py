"""What the server keeps is its own: nobody else on the machine reads it."""

import stat
from pathlib import Path

from server.settings import load_settings
from tests.support.server_process import ServerProcess


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_data_directory_that_is_made_is_the_owners_alone(tmp_path: Path) -> None:
    load_settings({}, data_directory=tmp_path / "deep" / "data")

    assert mode(tmp_path / "deep" / "data") == 0o700


def test_a_data_directory_that_is_there_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir(mode=0o750)
    load_settings({}, data_directory=tmp_path / "data")

    assert mode(tmp_path / "data") == 0o750


def test_the_database_and_all_that_sqlite_keeps_beside_it_are_the_owners_alone(tmp_path: Path) -> None:
    directory = tmp_path / "data"
    directory.mkdir(mode=0o755)
    with ServerProcess(directory):
        files = sorted(path for path in directory.iterdir() if path.is_file())
        modes = {path.name: mode(path) for path in files}

    assert {"doitong.db", "doitong.db-wal", "doitong.db-shm", "doitong.db.lock", "secret"} <= modes.keys()
    assert set(modes.values()) == {0o600}
