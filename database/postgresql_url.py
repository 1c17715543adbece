"""PostgreSQL connection URLs as hosting services hand them out, checked before the driver reads them."""

import os
import re
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlencode, urlsplit

from database.errors import UnusableDatabase

SETTING = "DOITONG_DATABASE_URL"
SCHEME = "postgresql"
CONNECT_TIMEOUT = "connect_timeout"
DEFAULT_CONNECT_TIMEOUT = timedelta(seconds=30)  # also where the URL has 0, which is libpq's "no limit"
MAX_CONNECT_TIMEOUT = timedelta(days=1)
SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
SSL_FILES = ("sslcert", "sslcrl", "sslkey", "sslrootcert")
SYSTEM = "system"  # as sslrootcert, the certificate authorities of the machine
SYSTEM_FILES = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem")
CHANNEL_BINDING = "channel_binding"  # the driver has none, so only values that do not require it are accepted
ENCODING = (
    "Special characters of the password are percent-encoded, such as %2F for / and %23 for #: "
    "postgresql://user:p%2Fw@host:5432/name."
)
# libpq's names: https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS
PARAMETERS = (
    "application_name",
    CONNECT_TIMEOUT,
    "dbname",
    "host",
    "options",
    "passfile",
    "password",
    "port",
    "sslcert",
    "sslcrl",
    "sslkey",
    "sslmode",
    "sslpassword",
    "sslrootcert",
    "ssl_max_protocol_version",
    "ssl_min_protocol_version",
    "target_session_attrs",
    "user",
)


@dataclass(frozen=True, slots=True)
class PostgreSQLUrl:
    """A URL that the driver understands, without libpq's `connect_timeout`, which it does not."""

    dsn: str
    connect_timeout: timedelta


def parse_postgresql_url(url: str) -> PostgreSQLUrl:
    """Return the URL in the driver's form. Raises `UnusableDatabase` with the name of a wrong parameter."""
    try:
        parts = urlsplit(url)
        parameters = parse_qsl(parts.query, keep_blank_values=True)
    except ValueError as error:
        raise UnusableDatabase(f"{SETTING} is {redacted_url(url)}, which is not a URL: {error}.") from None
    _check_authority(parts, parameters)
    _check_parameters(parameters)
    values = dict(parameters)
    timeout = _connect_timeout(values.pop(CONNECT_TIMEOUT, None))
    values.pop(CHANNEL_BINDING, None)
    if all(host.startswith("/") for host in _hosts(parts.netloc, values)):
        if "sslmode" in values:
            values["sslmode"] = "disable"  # as libpq, which ignores it on Unix sockets
    elif values.get("sslmode") != "disable":
        _find_tls_files(values)
    query = urlencode(values)
    # A SQLAlchemy URL names its driver as well, as in postgresql+psycopg://.
    dsn = f"{SCHEME}://{_quoted_netloc(parts.netloc)}{parts.path}{'?' if query else ''}{query}"
    return PostgreSQLUrl(dsn, timeout)


def _connect_timeout(seconds: str | None) -> timedelta:
    if seconds is None:
        return DEFAULT_CONNECT_TIMEOUT
    limit = int(MAX_CONNECT_TIMEOUT.total_seconds())
    if not seconds.isdecimal() or len(seconds) > len(str(limit)) or int(seconds) > limit:
        raise UnusableDatabase(
            f"{SETTING} has {CONNECT_TIMEOUT}={seconds[:20]}: give whole seconds, such as 10, and at most {limit}."
        )
    return timedelta(seconds=int(seconds)) or DEFAULT_CONNECT_TIMEOUT


def _find_tls_files(values: dict[str, str]) -> None:
    """Replace `sslrootcert=system` by the file of this machine, and refuse files that cannot be read by name."""
    if values.get("sslrootcert") == SYSTEM:
        mode = values.setdefault("sslmode", "verify-full")  # the default and the only mode with it, as in libpq
        if mode != "verify-full":
            raise UnusableDatabase(f"{SETTING} has sslrootcert={SYSTEM} with sslmode={mode}: give sslmode=verify-full.")
        candidates = [ssl.get_default_verify_paths().cafile, *SYSTEM_FILES]
        values["sslrootcert"] = next((file for file in candidates if file and os.path.isfile(file)), SYSTEM)
    for name in SSL_FILES:
        file = values.get(name)
        if file and not (os.path.isfile(file) and os.access(file, os.R_OK)):
            raise UnusableDatabase(f"{SETTING} has {name}={file}, which is not a file that can be read.")


def _check_authority(parts: SplitResult, parameters: Sequence[tuple[str, str]]) -> None:
    """Refuse a password with a `/`, `?` or `#` that ends the host early: often, it leaves a port that is no number."""
    if parts.fragment or "@" in parts.path or any("@" in name for name, _ in parameters):
        raise UnusableDatabase(f"{SETTING} has a special character that is not encoded. {ENCODING}")
    for host in parts.netloc.rpartition("@")[2].split(","):
        try:
            urlsplit(f"//{host}").port  # noqa: B018 - raises ValueError
        except ValueError:
            raise UnusableDatabase(f"{SETTING} has a port that is not a number from 0 to 65535. {ENCODING}") from None


def _hosts(netloc: str, parameters: Mapping[str, str]) -> Sequence[str]:
    """Return the hosts, and socket directories, of a URL; the one of PGHOST if it has none."""
    hosts = unquote(netloc.rpartition("@")[2]) or parameters.get("host") or os.environ.get("PGHOST", "")
    return hosts.split(",")


def _quoted_netloc(netloc: str) -> str:
    """Quote the password: the driver takes the first `@` for its end."""
    credentials, at, host = netloc.rpartition("@")
    user, colon, password = credentials.partition(":")
    return f"{quote(unquote(user), safe='')}{colon}{quote(unquote(password), safe='')}{at}{host}"


def redacted_url(url: str) -> str:
    """Return the URL without its password, which may contain `@` and `/`."""
    without = re.sub(r"(://[^:/@]*):.*@", r"\1:***@", url)
    return re.sub(r"([?&](?:ssl)?password=)[^&]*", r"\1***", without)


def tls_mode_of(url: str, error: Exception) -> str | None:
    """Return the `sslmode` of the URL if the error is one of TLS."""
    mode = dict(parse_qsl(urlsplit(url).query)).get("sslmode")
    return mode if isinstance(error, ssl.SSLError) or re.search(r"\bssl|\btls|certificate", str(error), re.I) else None


def passwords_in(url: str) -> Sequence[str]:
    """Return the forms in which the password of the URL can appear in an error message."""
    found = re.findall(r"://[^:/@]*:(.*)@", url) + re.findall(r"[?&](?:ssl)?password=([^&]*)", url)
    return [form for password in found for form in {password, unquote(password)} if form]


def _check_parameters(parameters: Sequence[tuple[str, str]]) -> None:
    for name, value in parameters:
        if name == CHANNEL_BINDING and value in {"disable", "prefer"}:
            continue
        if name not in PARAMETERS:
            shown = f"{name}={value}" if name == CHANNEL_BINDING else name
            raise UnusableDatabase(
                f"{SETTING} has the parameter {shown}, which this server does not support: remove it. "
                f"Supported are {', '.join(PARAMETERS)}."
            )
        if name == "sslmode" and value not in SSL_MODES:
            raise UnusableDatabase(f"{SETTING} has sslmode={value}: give one of {', '.join(SSL_MODES)}.")
