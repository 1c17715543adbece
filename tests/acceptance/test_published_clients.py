"""Clients that behave as those published for Doitong finish, whichever of its contradictions they rely on."""

import shutil
from pathlib import Path

import pytest

from tests.support.client_programs import make_workspace, run_program
from tests.support.server_process import ServerProcess

CLIENTS = Path(__file__).parent / "clients"


@pytest.fixture
def clients(tmp_path: Path) -> Path:
    make_workspace(tmp_path)
    shutil.copytree(CLIENTS, tmp_path, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def test_the_class_that_waits_for_completed_in_upper_case_finishes(clients: Path, server: ServerProcess) -> None:
    done = run_program(clients / "interval_client.mjs", server, "100", "One two three. test:delay=0.3")

    assert done.stdout.splitlines() == ["PROCESSING", "COMPLETED number audio/mpeg"], done.stderr
    assert done.returncode == 0


def test_the_class_that_reads_an_error_with_fields_tells_its_message(clients: Path, server: ServerProcess) -> None:
    done = run_program(clients / "interval_client.mjs", server, "100", "Three. test:content_violation")

    accepted, refused = done.stdout.splitlines()
    assert accepted == "PROCESSING"
    assert refused.startswith("refused: ")
    assert refused not in {"refused: It failed.", "refused: undefined"}
    assert done.returncode == 1


def test_the_class_that_waits_for_completed_in_lower_case_finishes(clients: Path, server: ServerProcess) -> None:
    done = run_program(clients / "flat_client.py", server, "0.1", "One two three. test:delay=0.3")

    assert done.stdout.splitlines() == ["processing", "completed AUDIO 100 None audio/mpeg"], done.stderr
    assert done.returncode == 0


def test_the_class_that_reads_a_flat_error_tells_its_code_and_message(clients: Path, server: ServerProcess) -> None:
    done = run_program(clients / "flat_client.py", server, "0.1", "Three. test:content_violation")

    accepted, refused = done.stdout.splitlines()
    assert accepted == "processing"
    assert refused.startswith("refused: CONTENT_VIOLATION: ")
    assert "None" not in refused
    assert done.returncode == 1


@pytest.mark.parametrize("client", ["interval_client.mjs", "flat_client.py"])
def test_a_request_that_is_refused_at_once_is_told_too(clients: Path, server: ServerProcess, client: str) -> None:
    done = run_program(clients / client, server, "0.1", "")

    assert done.stdout.startswith("refused: ")
    assert "text" in done.stdout
    assert done.returncode == 1


def test_the_apollo_client_of_video_create_finishes(clients: Path, server: ServerProcess) -> None:
    done = run_program(clients / "apollo_client.mjs", server, "200", "A red fox at dusk. test:delay=0.3")

    assert done.stdout.splitlines() == [
        "Generation PROCESSING null",
        "CreateVideo true",
        "COMPLETED 5 video/mp4",
    ], done.stderr
    assert done.returncode == 0
