"""Free disk space: the reserve, and the conversion of the operating system's error."""

import errno
from pathlib import Path

import pytest

from kit.disk_space import DiskSpace, OutOfSpace, converting_out_of_space

MB = 1_000_000


def disk_of(total: int, free: int) -> DiskSpace:
    return DiskSpace(Path("/data"), usage=lambda _: (total * MB, (total - free) * MB, free * MB))


@pytest.mark.parametrize(("total", "reserve"), [(40, 8), (1_000, 50), (4_000, 200), (1_000_000, 200)])
def test_the_reserve_is_five_percent_from_8_to_200_megabytes(total: int, reserve: int) -> None:
    disk_of(total, reserve).require()
    with pytest.raises(OutOfSpace):
        disk_of(total, reserve - 1).require()


def test_a_size_must_fit_beside_the_reserve() -> None:
    disk_of(1_000, 100).require(50 * MB)
    with pytest.raises(OutOfSpace) as refused:
        disk_of(1_000, 100).require(51 * MB)

    assert "disk" not in refused.value.message
    assert refused.value.reason == "/data has 100 of 1,000 MB free, 101 MB are needed"


def test_only_a_full_disk_is_converted() -> None:
    with pytest.raises(OutOfSpace), converting_out_of_space():
        raise OSError(errno.ENOSPC, "No space left on device")
    with pytest.raises(PermissionError), converting_out_of_space():
        raise PermissionError(errno.EACCES, "Permission denied")


def test_what_the_server_writes_to_must_be_there(tmp_path: Path) -> None:
    (tmp_path / "media").mkdir()
    (tmp_path / "file").touch()

    def problem(*directories: str, file: str = "file") -> str | None:
        paths = tuple(tmp_path / name for name in directories)
        return DiskSpace(tmp_path, directories=paths, files=(tmp_path / file,)).inaccessible()

    assert problem("media") is None
    assert problem("media", "file") == f"{tmp_path}/file is not a directory"
    assert problem("gone") == f"{tmp_path}/gone cannot be used: No such file or directory"
    assert problem("file/inside") == f"{tmp_path}/file/inside cannot be used: Not a directory"
    assert problem("media", file="gone") == f"{tmp_path}/gone cannot be used: No such file or directory"


def test_a_directory_that_is_gone_is_no_space(tmp_path: Path) -> None:
    with pytest.raises(OutOfSpace) as refused:
        DiskSpace(tmp_path / "gone").require()

    assert refused.value.reason == f"{tmp_path}/gone cannot be used: No such file or directory"
