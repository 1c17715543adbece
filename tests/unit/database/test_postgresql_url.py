"""Connection URLs of hosting services."""

from datetime import timedelta

import pytest

from database.errors import UnusableDatabase
from database.postgresql_url import parse_postgresql_url, passwords_in, redacted_url


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


def test_connect_timeout_is_taken_out() -> None:
    parsed = parse_postgresql_url("postgresql://h/db?connect_timeout=5&application_name=a")

    assert parsed.dsn == "postgresql://h/db?application_name=a"
    assert parsed.connect_timeout == timedelta(seconds=5)


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("channel_binding=require", "the parameter channel_binding=require, which this server does not support"),
        ("pgbouncer=true", "the parameter pgbouncer"),
        ("sslmode=on", "sslmode=on: give one of disable"),
        ("connect_timeout=soon", "connect_timeout=soon: give whole seconds"),
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
