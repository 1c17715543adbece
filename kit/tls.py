"""TLS of outbound connections."""

from functools import cache
from ssl import SSLContext

import httpx


@cache
def tls_context() -> SSLContext:
    """Return the context that all of them share. The first call loads the trusted certificates, which takes 20 ms."""
    return httpx.create_ssl_context()
