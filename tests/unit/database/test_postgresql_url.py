"""Connection URLs of hosting services."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import certifi
import pytest

from database.errors import UnusableDatabase
from database.open import open_database
from database.postgresql_url import parse_postgresql_url, passwords_in, redacted_url
from tests.support.postgres import own_server

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def refusing_tls() -> AsyncIterator[int]:
    """Listen as a PostgreSQL server without TLS; yield the port."""

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(8)  # SSLRequest
        writer.write(b"N")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(refuse, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]


@pytest.mark.parametrize(
    ("url", "dsn"),
    [
        ("postgres://u:p@h/db", "postgresql://u:p@h/db"),
        ("postgresql+asyncpg://u:p@h:5433/db", "postgresql://u:p@h:5433/db"),
        ("postgresql://u:p@ss@h/db", "postgresql://u:p%40ss@h/db"),
        ("postgresql://u:p%40ss@h/db?sslmode=require", "postgresql://u:p%40ss@h/db?sslmode=require"),
        ("postgresql:///db?host=/run/postgresql", "postgresql:///db?host=%2Frun%2Fpostgresql"),
        ("postgresql://h1:1,h2:2/db?target_session_attrs=any", "postgresql://h1:1,h2:2/db?target_session_attrs=any"),
    ],
)
def test_it_is_returned_in_the_form_of_the_driver(url: str, dsn: str) -> None:
    assert parse_postgresql_url(url).dsn == dsn


@pytest.mark.parametrize(
    ("url", "mode"),
    [
        ("postgresql:///db?host=/run/postgresql&sslmode=verify-full", "disable"),
        ("postgresql://u@%2Frun%2Fpostgresql/db?sslmode=verify-ca", "disable"),
        ("postgresql:///db?host=/a,/b&sslmode=require", "disable"),
        ("postgresql:///db?host=/a,h&sslmode=require", "require"),
        ("postgresql://u@h/db?sslmode=verify-full", "verify-full"),
    ],
)
def test_sslmode_has_no_effect_on_unix_sockets(url: str, mode: str) -> None:
    assert parse_qs(urlsplit(parse_postgresql_url(url).dsn).query)["sslmode"] == [mode]


async def test_a_server_on_a_socket_is_opened_with_verify_full(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))  # without ~/.postgresql/root.crt
    with own_server() as server:
        database = await open_database(f"{server.get_uri()}&sslmode=verify-full")
        await database.close()


@pytest.mark.parametrize("mode", ["require", "verify-full"])
async def test_a_failure_of_tls_names_sslmode(mode: str) -> None:
    async with refusing_tls() as port:
        with pytest.raises(UnusableDatabase) as refused:
            await open_database(
                f"postgresql://u:hidden@127.0.0.1:{port}/db?sslmode={mode}&sslrootcert={certifi.where()}"
            )

    assert f"sslmode={mode}" in str(refused.value).partition("cannot be used")[2]
    assert "hidden" not in str(refused.value)


def test_connect_timeout_is_taken_out() -> None:
    parsed = parse_postgresql_url("postgresql://h/db?connect_timeout=5&application_name=a")

    assert parsed.dsn == "postgresql://h/db?application_name=a"
    assert parsed.connect_timeout == timedelta(seconds=5)


@pytest.mark.parametrize("mode", ["disable", "prefer"])
def test_channel_binding_that_is_not_required_is_taken_out(mode: str) -> None:
    assert parse_postgresql_url(f"postgresql://h/db?channel_binding={mode}").dsn == "postgresql://h/db"


@pytest.mark.parametrize("query", ["sslrootcert=system", "sslmode=verify-full&sslrootcert=system"])
def test_the_certificate_authorities_of_the_machine_are_used(query: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", certifi.where())

    parameters = parse_qs(urlsplit(parse_postgresql_url(f"postgresql://h/db?{query}").dsn).query)

    assert parameters == {"sslmode": ["verify-full"], "sslrootcert": [certifi.where()]}


@pytest.mark.parametrize("name", ["sslcert", "sslkey", "sslrootcert", "sslcrl"])
def test_a_file_that_is_missing_is_named(name: str, tmp_path: Path) -> None:
    with pytest.raises(UnusableDatabase, match=f"has {name}={tmp_path}/none, which is not a file that can be read"):
        parse_postgresql_url(f"postgresql://h/db?{name}={tmp_path}/none")

    assert parse_postgresql_url(f"postgresql://h/db?sslmode=disable&{name}={tmp_path}/none")


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("channel_binding=require", "the parameter channel_binding=require, which this server does not support"),
        ("pgbouncer=true", "the parameter pgbouncer"),
        ("sslmode=on", "sslmode=on: give one of disable"),
        ("connect_timeout=soon", "connect_timeout=soon: give whole seconds"),
        ("connect_timeout=99999999999999", "give whole seconds, such as 10, and at most 86400"),
        ("sslmode=require&sslrootcert=system", "sslrootcert=system with sslmode=require: give sslmode=verify-full"),
    ],
)
def test_a_wrong_parameter_is_named(query: str, named: str) -> None:
    with pytest.raises(UnusableDatabase) as refused:
        parse_postgresql_url(f"postgresql://u:hidden@h/db?{query}")

    assert named in str(refused.value)
    assert "hidden" not in str(refused.value)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u:hidden@h/db",
        "postgresql://u:hid@den@h/db",
        "postgresql://u:hid/den@h/db",
        "postgresql://u@h/db?password=hidden&sslmode=require",
    ],
)
def test_the_password_is_redacted(url: str) -> None:
    assert "hid" not in redacted_url(url)
    assert "den" not in redacted_url(url)
    assert passwords_in(url)


@pytest.mark.parametrize(
    ("url", "named"),
    [
        ("postgresql://user:hid/den@host/name", "%2F for /"),
        ("postgresql://user:hid#den@host/name", "%23 for #"),
        ("postgresql://user:hid?den@host/name", "%2F for /"),
        ("postgresql://user:12/hidden@host/name", "%2F for /"),
        ("postgresql://user:hid@den:/x?y#z@host/name", "%2F for /"),
        ("postgresql://user:hidden@host:port/name", "a port that is not a number"),
        ("postgresql://user:hidden@a:1,b:port/name", "a port that is not a number"),
        ("host=127.0.0.1 password=hidden", "no scheme. Give sqlite:////path/file.db"),
        ("jdbc:postgresql://host/name?password=hidden", "no scheme. Give sqlite:////path/file.db"),
        ("mysql://user:hidden@host/name", "the scheme 'mysql'"),
    ],
)
async def test_a_url_of_another_form_is_refused_without_its_password(url: str, named: str) -> None:
    with pytest.raises(UnusableDatabase) as refused:
        await open_database(url)

    assert "DOITONG_DATABASE_URL has " in str(refused.value)
    assert named in str(refused.value)
    for part in ("hid", "den@"):
        assert part not in str(refused.value)


async def test_the_scheme_may_be_in_upper_case() -> None:
    with pytest.raises(UnusableDatabase, match="whole seconds"):
        await open_database("POSTGRESQL://host/name?connect_timeout=10s")
