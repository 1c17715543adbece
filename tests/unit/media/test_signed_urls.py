"""Signed URLs: stable within the hour, valid until their expiry, invalid if modified."""

from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from kit.errors import Forbidden
from media.signed_urls import Grant, UrlSigner, safe_filename
from tests.support.manual_clock import NOON

KEY = "ab" * 32 + ".png"
SIGNER = UrlSigner(b"secret", "https://media.example/base/")


def verify(url: str, *, signer: UrlSigner = SIGNER, after: timedelta = timedelta(0)) -> Grant:
    parts = urlsplit(url)
    return signer.verify(parts.path, parts.query, now=NOON + after)


def test_a_signed_url_has_its_key_and_filename() -> None:
    url = SIGNER.sign(KEY, expires_at=NOON + timedelta(hours=2), filename="image.png")

    assert url.startswith(f"https://media.example/base/media/{KEY}/image.png?expires=")
    assert verify(url) == Grant(key=KEY, filename="image.png", expires_at=NOON + timedelta(hours=2))


def test_urls_of_the_same_hour_are_equal() -> None:
    first = SIGNER.sign(KEY, expires_at=NOON + timedelta(minutes=1), filename="image.png")
    second = SIGNER.sign(KEY, expires_at=NOON + timedelta(minutes=59), filename="image.png")

    assert first == second
    assert verify(first).expires_at == NOON + timedelta(hours=1)


def test_a_url_is_rejected_from_its_expiry_on() -> None:
    url = SIGNER.sign(KEY, expires_at=NOON + timedelta(hours=1), filename="image.png")

    assert verify(url, after=timedelta(minutes=59, seconds=59))
    with pytest.raises(Forbidden):
        verify(url, after=timedelta(hours=1))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("ab.png/", "cd.png/"),
        ("/image.png", "/virus.exe"),
        ("expires=1", "expires=2"),
        ("signature=", "signature=A"),
        ("&signature", "&s"),
        ("expires=", "expires=-"),
        ("expires=", "expires=٣"),
        ("expires=", "e="),
    ],
)
def test_a_modified_url_gets_the_same_error_as_an_expired_one(old: str, new: str) -> None:
    url = SIGNER.sign(KEY, expires_at=NOON + timedelta(hours=1), filename="image.png")
    with pytest.raises(Forbidden) as expired:
        verify(url, after=timedelta(days=1))

    assert old in url
    with pytest.raises(Forbidden) as modified:
        verify(url.replace(old, new))
    assert modified.value.message == expired.value.message


def test_a_url_signed_with_another_secret_is_rejected() -> None:
    url = SIGNER.sign(KEY, expires_at=NOON + timedelta(hours=1), filename="image.png")

    with pytest.raises(Forbidden):
        verify(url, signer=UrlSigner(b"other", "https://media.example"))


@pytest.mark.parametrize(
    ("filename", "safe"),
    [
        ("a fox.png", "a-fox.png"),
        ("../../etc/passwd", "etc-passwd"),
        ('x"\r\nSet-Cookie: a=b.png', "x-Set-Cookie-a-b.png"),
        ("…", "file"),
        ("a" * 300 + ".png", "a" * 96 + ".png"),
    ],
)
def test_filenames_are_sanitized_for_urls_and_headers(filename: str, safe: str) -> None:
    assert safe_filename(filename) == safe
