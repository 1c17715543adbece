"""The directories of temporary files of processes that share a data directory."""

from pathlib import Path

from server.node_directory import node_directory


def test_each_process_has_a_directory_of_its_own(tmp_path: Path) -> None:
    with (
        node_directory(tmp_path, host="a") as first,
        node_directory(tmp_path, host="a") as second,
        node_directory(tmp_path, host="b") as third,
    ):
        assert len({first, second, third}) == 3


def test_a_start_deletes_what_a_previous_process_left_and_nothing_of_others(tmp_path: Path) -> None:
    with node_directory(tmp_path, host="a"), node_directory(tmp_path, host="a") as stopped:
        (stopped / "render").touch()
        left = stopped
    with node_directory(tmp_path, host="a") as running:
        (running / "render").touch()
        with node_directory(tmp_path, host="a") as started:
            assert started == left
            assert list(started.iterdir()) == []
            assert [path.name for path in running.iterdir()] == ["render"]


def test_a_host_name_cannot_leave_the_directory(tmp_path: Path) -> None:
    with node_directory(tmp_path, host="../a/b") as directory:
        assert directory.parent == tmp_path / "nodes"
