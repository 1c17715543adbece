"""Errors of the CLI: a message instead of a traceback, before credits are held."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

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
        (["keys", "create", "x", "--account", "acc_1", "--plan", "pro"], "--plan applies to a new account"),
        (["keys", "create", "x", "--account", "acc_1"], "There is no account 'acc_1'"),
        (["keys", "create", " "], "`name` must be 1 to 100 printable characters that say something, not ' '"),
        (["keys", "create", "\x1b[2J"], "characters that say something, not '\\x1b[2J'"),
        (["keys", "create", "n" * 101], f"not '{'n' * 60}…'"),
        (["keys", "revoke", "key_1"], "There is no key 'key_1': `doitong keys list` shows those there are"),
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


def test_doctor_reports_the_configuration_and_a_balanced_ledger(server: ServerProcess) -> None:
    _, stdout, stderr = run_command("doctor", "--data-dir", str(server.data_directory))

    assert stderr == ""
    assert str(server.data_directory) in stdout.replace("\n", "")
    assert "ok      ledger, imbalance 0" in stdout


def test_an_unknown_setting_is_reported_and_ignored(tmp_path: Path) -> None:
    (tmp_path / "file.db").write_bytes(NOT_A_DATABASE)

    settings = {"DOITONG_PROT": "5", "DOITONG_DATABASE_URL": "sqlite:///file.db", "HOME": str(tmp_path)}
    _, _, stderr = run_command("serve", "--data-dir", str(tmp_path / "data"), **settings)

    assert "DOITONG_PROT is not a setting of this release, and is ignored. Did you mean DOITONG_PORT?" in stderr
