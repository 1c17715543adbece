"""TLS of outbound connections."""

import os
from functools import cache
from ssl import SSLContext

import httpx

VARIABLES = ("SSL_CERT_FILE", "SSL_CERT_DIR")
"""The environment variables that name trusted certificates, in the order in which they apply."""


class UnusableCertificates(OSError):
    """The trusted certificates that the environment names cannot be read."""


@cache
def tls_context() -> SSLContext:
    """Return the context that all of them share. The first call loads the trusted certificates, which takes 20 ms."""
    return httpx.create_ssl_context()


def check_certificates() -> None:
    """Load the trusted certificates now if the environment names them. Raises `UnusableCertificates`."""
    named = next((name for name in VARIABLES if os.environ.get(name)), None)
    if named is None:
        return
    try:
        tls_context()
    except OSError as error:
        raise UnusableCertificates(
            f"{named} is {os.environ[named]!r}, where no certificates can be read ({error}). Set it to the path of PEM "
            "certificates, or unset it to trust the usual authorities."
        ) from None
