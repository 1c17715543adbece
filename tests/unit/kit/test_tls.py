"""Trusted certificates that the environment names."""

from collections.abc import Iterator
from pathlib import Path

import certifi
import pytest

from kit.tls import VARIABLES, UnusableCertificates, check_certificates, tls_context


@pytest.fixture(autouse=True)
def not_loaded(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    tls_context.cache_clear()
    yield
    tls_context.cache_clear()


def test_certificates_are_loaded_by_the_first_connection() -> None:
    check_certificates()

    assert tls_context.cache_info().currsize == 0


def test_named_certificates_are_loaded_at_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", certifi.where())

    check_certificates()

    assert tls_context.cache_info().currsize == 1


@pytest.mark.parametrize("content", [None, "no certificate"], ids=["no file", "other content"])
def test_unreadable_certificates_are_an_error_that_names_the_variable(
    content: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "authority.pem"
    if content is not None:
        file.write_text(content)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))

    with pytest.raises(UnusableCertificates, match=r"SSL_CERT_FILE is '.*authority\.pem'"):
        check_certificates()
