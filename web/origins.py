"""Base URLs and browser origins, normalized so that equal ones compare equal."""

import re
from urllib.parse import SplitResult, quote, urlsplit

DEFAULT_PORTS = {"http": 80, "https": 443}
HOST_NAME = re.compile(r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*\.?")
MAX_HOST_NAME = 253  # characters
PATH_CHARACTERS = "/%:@!$&'()*+,;=~"  # beside letters, digits and -._


def parse_base_url(text: str) -> str:
    """Return an absolute http or https URL: lower-case host, no default port, no trailing slash.

    Characters that a URL cannot have are encoded: `xn--…` in the host, `%C3%A4` in the path.
    Raises `ValueError` with the reason.
    """
    parts = _split(text)
    if not {".", ".."}.isdisjoint(parts.path.split("/")) or "\\" in parts.path or "://" in parts.path:
        raise ValueError("its path has '.', '..', a backslash or another URL")
    return _origin(parts) + quote(parts.path.rstrip("/"), safe=PATH_CHARACTERS)


def parse_origin(text: str) -> str:
    """Return an origin as browsers send it (RFC 6454): scheme, host and a port that is not the default.

    A trailing slash is removed. Raises `ValueError` with the reason.
    """
    parts = _split(text)
    if parts.path.strip("/"):
        raise ValueError("an origin has no path")
    return _origin(parts)


def is_same_origin(origin: str, base_url: str) -> bool:
    """Whether a browser's `Origin` header is the origin of `base_url`."""
    try:
        return parse_origin(origin) == _origin(_split(base_url))
    except ValueError:  # such as the opaque origin `null`
        return False


def _split(text: str) -> SplitResult:
    text = text.strip()
    parts = urlsplit(text)
    if parts.scheme.lower() not in DEFAULT_PORTS or "://" not in text:
        raise ValueError("it does not begin with http:// or https://")
    if parts.username is not None or parts.query or parts.fragment:
        raise ValueError("it has a user name, a query or a fragment")
    if any(character.isspace() for character in text) or not _is_host(parts.hostname or ""):
        raise ValueError("it has no valid host")
    try:
        is_port = parts.port != 0
    except ValueError:
        is_port = False
    if not is_port:
        raise ValueError("its port is not a number from 1 to 65535")
    return parts


def _is_host(name: str) -> bool:
    """Whether this is an IP address or a host name, perhaps an internationalized one."""
    if ":" in name:
        return True  # urlsplit has checked what is in brackets
    if len(name) > MAX_HOST_NAME:
        return False
    try:
        return HOST_NAME.fullmatch(_ascii_host(name)) is not None
    except UnicodeError:
        return False


def _ascii_host(name: str) -> str:
    """Return the name as browsers and DNS have it: `xn--…` for labels with other characters than those of ASCII."""
    return name if name.isascii() else name.encode("idna").decode()


def _origin(parts: SplitResult) -> str:
    host = _ascii_host(parts.hostname or "")
    host = f"[{host}]" if ":" in host else host
    scheme = parts.scheme.lower()
    port = "" if parts.port in (None, DEFAULT_PORTS[scheme]) else f":{parts.port}"
    return f"{scheme}://{host}{port}"
