"""Clients as published for Doitong work, although they rely on contradictory response formats."""

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


def test_a_client_that_expects_upper_case_statuses_finishes(clients: Path, server: ServerProcess) -> None:
    result = run_program(clients / "interval_client.mjs", server, "100", "One two three. test:delay=0.3")

    assert result.stdout.splitlines() == ["PROCESSING", "COMPLETED number audio/mpeg"], result.stderr
    assert result.returncode == 0


def test_a_client_that_reads_an_error_object_gets_its_message(clients: Path, server: ServerProcess) -> None:
    result = run_program(clients / "interval_client.mjs", server, "100", "Three. test:content_violation")

    accepted, rejection = result.stdout.splitlines()
    assert accepted == "PROCESSING"
    assert rejection.startswith("rejected: ")
    assert rejection not in {"rejected: The generation failed.", "rejected: undefined"}
    assert result.returncode == 1


def test_a_client_that_expects_lower_case_statuses_finishes(clients: Path, server: ServerProcess) -> None:
    result = run_program(clients / "flat_client.py", server, "0.1", "One two three. test:delay=0.3")

    assert result.stdout.splitlines() == ["processing", "completed AUDIO 100 None audio/mpeg"], result.stderr
    assert result.returncode == 0


def test_a_client_that_reads_a_flat_error_gets_code_and_message(clients: Path, server: ServerProcess) -> None:
    result = run_program(clients / "flat_client.py", server, "0.1", "Three. test:content_violation")

    accepted, rejection = result.stdout.splitlines()
    assert accepted == "processing"
    assert rejection.startswith("rejected: CONTENT_VIOLATION: ")
    assert "None" not in rejection
    assert result.returncode == 1


@pytest.mark.parametrize("client", ["interval_client.mjs", "flat_client.py"])
def test_a_client_reports_a_rejected_request(clients: Path, server: ServerProcess, client: str) -> None:
    result = run_program(clients / client, server, "0.1", "")

    assert result.stdout.startswith("rejected: ")
    assert "text" in result.stdout
    assert result.returncode == 1


def test_an_apollo_client_with_video_create_finishes(clients: Path, server: ServerProcess) -> None:
    result = run_program(clients / "apollo_client.mjs", server, "200", "A red fox at dusk. test:delay=0.3")

    assert result.stdout.splitlines() == [
        "Generation PROCESSING null",
        "CreateVideo true",
        "COMPLETED 5 video/mp4",
    ], result.stderr
    assert result.returncode == 0
