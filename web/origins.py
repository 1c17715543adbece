"""Base URLs and browser origins, normalized so that equal ones compare equal."""

from urllib.parse import SplitResult, urlsplit

DEFAULT_PORTS = {"http": 80, "https": 443}


def parse_base_url(text: str) -> str:
    """Return an absolute http or https URL: lower-case host, no default port, no trailing slash.

    Raises `ValueError` with the reason.
    """
    parts = _split(text)
    return _origin(parts) + parts.path.rstrip("/")


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
    parts = urlsplit(text.strip())
    if parts.scheme.lower() not in DEFAULT_PORTS or "://" not in text:
        raise ValueError("it does not begin with http:// or https://")
    if not parts.hostname or any(character.isspace() for character in text.strip()):
        raise ValueError("it has no valid host")
    if parts.username is not None or parts.query or parts.fragment:
        raise ValueError("it has a user name, a query or a fragment")
    parts.port  # noqa: B018 - raises ValueError for a port that is not a number
    return parts


def _origin(parts: SplitResult) -> str:
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    scheme = parts.scheme.lower()
    port = "" if parts.port in (None, DEFAULT_PORTS[scheme]) else f":{parts.port}"
    return f"{scheme}://{host}{port}"
