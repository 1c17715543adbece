"""Errors of the CLI: a message instead of a traceback, before credits are held."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.postgres import PostgresDatabases
from tests.support.server_process import ROOT, ServerProcess

NOT_A_DATABASE = b"This is not a database. " * 500


def run_command(*arguments: str, **environment: str) -> tuple[int, str, str]:
    """Run a command; return its exit status, standard output and standard error."""
    result = subprocess.run(
        [sys.executable, "-m", "cli", *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        cwd=environment.get("HOME"),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return result.returncode, result.stdout, result.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["serve", "--port", "99999"], "'99999' is not an integer from 0 to 65535"),
        (["serve", "--port", "-1"], "'-1' is not an integer"),
        (["keys", "create", "x", "--plan", "gold"], "'gold' is not one of free, starter, pro, enterprise"),
        (["keys", "create", "x", "--scopes", "all"], "'all' is not one of generate, read, webhooks, keys, admin"),
        (["keys", "create", "x", "--expires", "99999999999d"], "is not between 1s and 36500d"),
        (["keys", "create", "x", "--credits", "2147483648"], "is not an integer from 0 to 2147483647"),
        (["keys", "create", "x", "--account", "acc_1", "--plan", "pro"], "--plan is for a new account"),
        (["keys", "create", " "], "`name` must be 1 to 100 printable characters, not only blanks, not ' '"),
        (["keys", "create", "\x1b[2J"], "characters, not only blanks, not '\\x1b[2J'"),
        (["keys", "create", "n" * 101], f"not '{'n' * 60}…'"),
        (["credits", "grant", "acc_1", "0"], "'0' is not an integer from 1"),
        (["generate", "fox", "--key", "\u00e9"], "The key has a character that is not ASCII"),
        (
            ["generate", "fox", "--key", "sk_test_x", "-o", "/nonexistent/fox.png"],
            "/nonexistent is not a writable directory",
        ),
        (["generate", "fox", "--key", "sk_test_x", "-o", "/"], "/ is a directory"),
    ],
)
def test_an_invalid_argument_is_named(arguments: list[str], message: str, tmp_path: Path) -> None:
    status, _, stderr = run_command(*arguments, DOITONG_DATA_DIR=str(tmp_path / "data"), HOME=str(tmp_path))

    assert status != 0
    assert message in " ".join(stderr.split())
    assert "Traceback" not in stderr


def test_version_is_printed() -> None:
    assert run_command("--version")[:2] == (0, "doitong 0.1.0\n")


def test_keys_and_credits_are_shown_with_the_database_they_are_in(tmp_path: Path) -> None:
    directory = {"DOITONG_DATA_DIR": str(tmp_path / "a%2Fb?c")}
    file = tmp_path / "a%2Fb?c" / "doitong.db"

    status, key, note = run_command("keys", "create", "shop", "--plan", "pro", "--credits", "500", **directory)
    assert (status, key.count("\n")) == (0, 1)
    assert f"creating the database sqlite:///{file}" in note
    assert file.stat().st_mode & 0o777 == 0o600
    assert f"using the database sqlite:///{file}" in run_command("keys", "create", "ci", "--test", **directory)[2]

    lines = run_command("keys", "list", **directory)[1].splitlines()
    columns = lines[1].split("  ")
    assert columns[2:4] == ["PRO", "live"]
    assert columns[5:9] == ["generate,read,webhooks", "valid", "never used", "500 credits available, 0 held"]
    granted = run_command("credits", "grant", columns[1], "7", **directory)[1]
    assert granted == f"Granted 7 live credits to {columns[1]}: 507 available, 0 held.\n"
    planned = run_command("plan", columns[1], "Enterprise", **directory)[1]
    assert planned == f"{columns[1]} is on the plan enterprise; it was on pro.\n"
    assert "  ENTERPRISE  live  " in run_command("keys", "list", "--account", columns[1], **directory)[1]
    assert "There is no account 'acc_1'" in run_command("plan", "acc_1", "pro", **directory)[2]
    assert run_command("keys", "revoke", columns[0], **directory)[1] == f"{columns[0]} is revoked.\n"
    assert "There is no key 'key_1'" in run_command("keys", "revoke", "key_1", **directory)[2]
    assert "There is no account 'acc_1'" in run_command("keys", "create", "x", "--account", "acc_1", **directory)[2]


@pytest.mark.parametrize(
    "command",
    [
        ["keys", "list"],
        ["keys", "revoke", "key_1"],
        ["credits", "grant", "acc_1", "1"],
        ["plan", "acc_1", "pro"],
        ["webhooks", "list"],
    ],
)
def test_only_keys_create_creates_a_database(command: list[str], tmp_path: Path) -> None:
    status, _, stderr = run_command(*command, HOME=str(tmp_path), DOITONG_DATA_DIR=str(tmp_path / "data"))

    assert status == 1
    assert f"There is no database at {tmp_path}/data/doitong.db. Name the data directory" in " ".join(stderr.split())
    assert not (tmp_path / "data").exists()


def test_no_database_is_created_beside_a_running_server(server: ServerProcess, tmp_path: Path) -> None:
    status, stdout, stderr = run_command("keys", "create", "x", HOME=str(tmp_path), DOITONG_URL=server.url)

    assert (status, stdout) == (1, "")
    assert f"A server runs at {server.url}, and its database is not {tmp_path}/doitong-data/doitong.db." in stderr
    assert not (tmp_path / "doitong-data").exists()


def test_no_database_is_created_in_the_data_directory_of_a_server_with_another(
    postgres_databases: PostgresDatabases, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    data.mkdir()
    directory = {"HOME": str(tmp_path), "DOITONG_DATA_DIR": str(data)}
    with ServerProcess(data, database_url=postgres_databases.create()):
        status, stdout, stderr = run_command("keys", "create", "x", **directory)

    assert (status, stdout) == (1, "")
    assert f"A server runs with the data directory {data}, and its database is not {data}/doitong.db." in stderr
    assert not (data / "doitong.db").exists()
    assert run_command("keys", "create", "x", **directory)[0] == 0


def test_a_server_on_the_port_of_the_settings_is_found(server: ServerProcess, tmp_path: Path) -> None:
    port = server.url.rpartition(":")[2]

    status, _, stderr = run_command("keys", "create", "x", HOME=str(tmp_path), DOITONG_PORT=port)

    assert status == 1
    assert f"A server runs at {server.url}, and its database is not " in stderr


def test_doctor_shows_each_setting_and_its_source(tmp_path: Path) -> None:
    settings = {
        "DOITONG_BASE_URL": " https://host.example/ai/ ",
        "DOITONG_SECRET": "0123456789abcdef" * 3,
        "DOITONG_TRUSTED_PROXIES": " 10.0.0.0/8 ",
    }

    _, stdout, _ = run_command("doctor", "--online", "--data-dir", str(tmp_path), **settings)

    shown = {line.split()[0]: line.split(maxsplit=1)[1] for line in stdout.splitlines() if line.startswith("DOITONG_")}
    assert shown["DOITONG_BASE_URL"] == "https://host.example/ai  (environment)"
    assert shown["DOITONG_SECRET"] == "set, not shown  (environment)"
    assert shown["DOITONG_DATA_DIR"] == f"{tmp_path}  (--data-dir)"
    assert shown["DOITONG_PORT"] == "8000  (default)"
    assert shown["DOITONG_TRUSTED_PROXIES"] == "127.0.0.1, ::1, 10.0.0.0/8  (environment)"
    assert "ok      free disk space" in stdout
    assert "ok      upstreams: none is configured; live keys use the local providers" in stdout


@pytest.mark.parametrize(
    "url",
    [
        "nonsense",
        "mysql://x/y",
        "postgresql+psycopg://x/y",
        "postgresql://[::1",
        "postgresql://user:hidden@127.0.0.1:1/x",
        "sqlite:////proc/x.db",
        "sqlite:///no/such/folder.db",
        "sqlite:///file.db",
    ],
)
@pytest.mark.parametrize("command", [["serve", "--port", "0"], ["doctor"]], ids=lambda words: words[0])
def test_an_unusable_database_url_is_named_without_its_password(url: str, command: list[str], tmp_path: Path) -> None:
    (tmp_path / "file.db").write_bytes(NOT_A_DATABASE)

    settings = {"DOITONG_DATA_DIR": str(tmp_path / "data"), "DOITONG_DATABASE_URL": url, "HOME": str(tmp_path)}
    status, stdout, stderr = run_command(*command, **settings)

    assert status == 1
    assert "Traceback" not in stderr
    assert "hidden" not in stdout + stderr
    assert url.split(":")[0] in " ".join((stdout + stderr).split())


@pytest.mark.parametrize("options", [["--role", "api"], ["--role", "worker"], ["--workers", "2"]], ids=" ".join)
def test_several_processes_are_refused_on_sqlite(options: list[str], tmp_path: Path) -> None:
    status, stdout, stderr = run_command("serve", "--port", "0", "--data-dir", str(tmp_path), *options)

    assert (status, stdout) == (1, "")
    assert f"{' '.join(options)} needs PostgreSQL" in stderr
    assert "DOITONG_DATABASE_URL" in stderr
    assert "Traceback" not in stderr


def test_doctor_reports_the_configuration_and_a_balanced_ledger(server: ServerProcess) -> None:
    _, stdout, stderr = run_command("doctor", "--data-dir", str(server.data_directory))

    assert stderr == ""
    assert str(server.data_directory) in stdout.replace("\n", "")
    assert "ok      ledger, imbalance 0" in stdout


def test_a_setting_of_a_media_store_that_is_not_used_is_reported(tmp_path: Path) -> None:
    settings = {"DOITONG_S3_ENDPOINT": "http://127.0.0.1:9000", "DOITONG_MEDIA_STORE": " ", "HOME": str(tmp_path)}
    _, stdout, _ = run_command("doctor", "--data-dir", str(tmp_path / "data"), **settings)

    assert "DOITONG_S3_ENDPOINT is ignored without DOITONG_MEDIA_STORE" in stdout


def test_an_unknown_setting_is_reported_and_ignored(tmp_path: Path) -> None:
    (tmp_path / "file.db").write_bytes(NOT_A_DATABASE)

    settings = {"DOITONG_PROT": "5", "DOITONG_DATABASE_URL": "sqlite:///file.db", "HOME": str(tmp_path)}
    _, _, stderr = run_command("serve", "--data-dir", str(tmp_path / "data"), **settings)

    assert "DOITONG_PROT is not a setting of this release, and is ignored. Did you mean DOITONG_PORT?" in stderr
