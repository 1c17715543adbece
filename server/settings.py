"""Settings from `DOITONG_…` environment variables, with defaults."""

import ipaddress
import os
import re
import secrets
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from database.pool_size import DEFAULT as DEFAULT_POOL_SIZE
from database.pool_size import PoolSize
from kit.errors import closest_match
from kit.shown_values import shown
from media.s3 import S3Location
from providers.definitions import backend_settings
from server.backend_settings_parsing import parse_backend_settings
from server.log_output import LogFormat, LogLevel
from server.roles.role import Role
from server.setting_values import parse_number, parse_path
from server.shared_file import read_or_create
from web.origins import MAX_HOST_NAME, parse_base_url, parse_origin

SQLITE = "sqlite:///"
DATABASE_FILE = "doitong.db"
SECRET_BYTES = 32
MIN_SECRET_LENGTH = 32  # characters
SECRET_FORM = (
    f"give at least {MIN_SECRET_LENGTH} random characters, such as what `openssl rand -hex {SECRET_BYTES}` prints, "
    "or unset it to have one generated in the data directory."
)
DEFAULT_DATA_DIRECTORY = Path("doitong-data")
DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 8000
MAX_PORT = 65_535
HOST_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9_-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9_-]*[A-Za-z0-9])?)*")
CONTROL_CHARACTER = re.compile(r"[\x00-\x1f\x7f]")
ANY_ORIGIN = "*"
LOOPBACK = ("127.0.0.1", "::1")
MAX_NUMBER = 100_000  # days
MAX_RENDER_WORKERS = 1_000  # processes
MAX_CONNECTIONS = 1_000
MIN_TOKEN_LENGTH = 16  # characters
METRICS_TOKEN = re.compile(rf"[!-~]{{{MIN_TOKEN_LENGTH},}}")

OWN_NAMES = (
    "DOITONG_ALLOWED_ORIGINS",
    "DOITONG_API_KEY",
    "DOITONG_BASE_URL",
    "DOITONG_CATALOGUE",
    "DOITONG_CONSOLE",
    "DOITONG_DATABASE_POOL_OVERFLOW",
    "DOITONG_DATABASE_POOL_SIZE",
    "DOITONG_DATABASE_URL",
    "DOITONG_DATA_DIR",
    "DOITONG_HOST",
    "DOITONG_LOG_FORMAT",
    "DOITONG_LOG_LEVEL",
    "DOITONG_LOG_REQUESTS",
    "DOITONG_MEDIA_STORE",
    "DOITONG_METRICS_TOKEN",
    "DOITONG_MODELS",
    "DOITONG_PORT",
    "DOITONG_RENDER_WORKERS",
    "DOITONG_RETENTION_DAYS",
    "DOITONG_S3_ACCESS_KEY_ID",
    "DOITONG_S3_ENDPOINT",
    "DOITONG_S3_REGION",
    "DOITONG_S3_SECRET_ACCESS_KEY",
    "DOITONG_SECRET",
    "DOITONG_TRUSTED_PROXIES",
    "DOITONG_URL",
    "DOITONG_VOICES",
)
S3_REGION = "DOITONG_S3_REGION"
S3_CREDENTIALS = ("DOITONG_S3_ACCESS_KEY_ID", "DOITONG_S3_SECRET_ACCESS_KEY")
S3_EXAMPLES = dict(zip((S3_REGION, *S3_CREDENTIALS), ("us-east-1", "AKIA0123456789", "wJalr/EXAMPLE+KEY"), strict=True))
BACKEND_SETTINGS = backend_settings()
NAMES = (*OWN_NAMES, *BACKEND_SETTINGS)
SECRET_NAMES = frozenset(
    {
        *("DOITONG_API_KEY", "DOITONG_METRICS_TOKEN", "DOITONG_SECRET", *S3_CREDENTIALS),
        *(name for name, setting in BACKEND_SETTINGS.items() if setting.is_secret),
    }
)


class BadSetting(ValueError):
    """An invalid setting; the message names it and a valid form."""


class Switch(StrEnum):
    """A setting that is on or off."""

    ON = "on"
    OFF = "off"

    @classmethod
    def _missing_(cls, value: object) -> "Switch | None":
        """Accept the other usual words."""
        return {"true": cls.ON, "yes": cls.ON, "1": cls.ON, "false": cls.OFF, "no": cls.OFF, "0": cls.OFF}.get(
            str(value)
        )


@dataclass(frozen=True, slots=True)
class LogSettings:
    """The level and the format of the log. `requests`: one event per HTTP request."""

    level: LogLevel = LogLevel.INFO
    format: LogFormat = LogFormat.TEXT
    requests: bool = True


C = TypeVar("C", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one server."""

    data_directory: Path
    secret: bytes
    """Signs media URLs and quotes, and keys the HMAC of API keys."""
    database_url: str
    host: str
    port: int
    base_url: str | None
    """The public base URL without a trailing slash; None derives it from each request."""
    dev: bool
    """Allow loopback and http URLs for inputs and webhooks."""
    render_workers: int
    voices: Path
    speech_model_directory: Path
    """The directory where the speech model is assembled from its packages, once."""
    graphiql: Path
    allowed_origins: tuple[str, ...]
    trusted_proxies: tuple[str, ...] = LOOPBACK
    """Addresses and networks whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed."""
    bucket: S3Location | None = None
    """The bucket of media files; None stores them in the data directory."""
    retention_days: int | None = None
    """Days to retain outputs, in place of the plan's retention."""
    log: LogSettings = LogSettings()
    catalogue: Path | None = None
    """A TOML file, or a directory of them, with the operator's providers."""
    backends: Mapping[str, str] = field(default_factory=dict)
    """The given settings of upstream backends, by name."""
    role: Role = Role.ALL
    pool_size: PoolSize = DEFAULT_POOL_SIZE
    metrics_token: str | None = None
    """Required by `/metrics`; None serves it to direct requests of this machine alone."""


def load_settings(
    environment: Mapping[str, str] = os.environ,
    *,
    data_directory: Path | None = None,
    host: str | None = None,
    port: int | None = None,
    dev: bool = False,
    role: Role = Role.ALL,
) -> Settings:
    """Read the settings; create the data directory and the secret if they do not exist. Raises `BadSetting`.

    The arguments have precedence over the environment.
    """
    given = given_settings(environment)
    directory = data_directory_setting(environment, data_directory)
    _make_directory(directory, "DOITONG_DATA_DIR" if data_directory is None else "--data-dir")
    root = Path(__file__).resolve().parent.parent
    return Settings(
        data_directory=directory,
        secret=_secret(given.get("DOITONG_SECRET"), directory / "secret"),
        database_url=_database_url(given) or f"{SQLITE}{directory / DATABASE_FILE}",
        host=host_setting("DOITONG_HOST", host or given.get("DOITONG_HOST", DEFAULT_HOST)),
        port=_port(given) if port is None else port,
        base_url=_base_url(given),
        dev=dev,
        render_workers=_render_workers(given),
        voices=_path(given, "DOITONG_VOICES", default=root / ".cache" / "voices"),
        speech_model_directory=_path(given, "DOITONG_MODELS", default=_cache(root, directory) / "kokoro"),
        graphiql=_path(given, "DOITONG_CONSOLE", default=root / "frontend" / "dist"),
        allowed_origins=origins_setting("DOITONG_ALLOWED_ORIGINS", given.get("DOITONG_ALLOWED_ORIGINS", "")),
        trusted_proxies=proxies_setting("DOITONG_TRUSTED_PROXIES", given.get("DOITONG_TRUSTED_PROXIES", "")),
        bucket=_bucket(given),
        retention_days=_number(given, "DOITONG_RETENTION_DAYS", default=0) or None,
        log=log_settings(environment),
        catalogue=_path(given, "DOITONG_CATALOGUE", default=Path()) if "DOITONG_CATALOGUE" in given else None,
        backends=_backend_settings(given),
        role=role,
        pool_size=_pool_size(given),
        metrics_token=_metrics_token(given),
    )


def _port(given: Mapping[str, str]) -> int:
    return _number(given, "DOITONG_PORT", default=DEFAULT_PORT, maximum=MAX_PORT, example=8080)


def _render_workers(given: Mapping[str, str]) -> int:
    default = max(1, (os.cpu_count() or 2) - 1)
    return _number(given, "DOITONG_RENDER_WORKERS", default=default, maximum=MAX_RENDER_WORKERS, example=4)


def _base_url(given: Mapping[str, str]) -> str | None:
    name = "DOITONG_BASE_URL"
    return base_url_setting(name, given[name]) if name in given else None


def _pool_size(given: Mapping[str, str]) -> PoolSize:
    default, most = DEFAULT_POOL_SIZE, MAX_CONNECTIONS
    return PoolSize(
        kept=_number(given, "DOITONG_DATABASE_POOL_SIZE", default=default.kept, maximum=most),
        overflow=_number(given, "DOITONG_DATABASE_POOL_OVERFLOW", default=default.overflow, minimum=0, maximum=most),
    )


def _metrics_token(given: Mapping[str, str]) -> str | None:
    token = given.get("DOITONG_METRICS_TOKEN")
    if token is not None and not METRICS_TOKEN.fullmatch(token):
        raise BadSetting(
            f"DOITONG_METRICS_TOKEN: give one word of at least {MIN_TOKEN_LENGTH} ASCII characters, such as what "
            f"`openssl rand -hex {SECRET_BYTES}` prints."
        )
    return token


def _backend_settings(given: Mapping[str, str]) -> Mapping[str, str]:
    try:
        return parse_backend_settings(given)
    except ValueError as error:
        raise BadSetting(str(error)) from error


def log_settings(environment: Mapping[str, str] = os.environ) -> LogSettings:
    """Read the settings of the log alone. Raises `BadSetting`."""
    given = given_settings(environment)
    return LogSettings(
        level=_choice(given, "DOITONG_LOG_LEVEL", LogLevel, default=LogLevel.INFO),
        format=_choice(given, "DOITONG_LOG_FORMAT", LogFormat, default=LogFormat.TEXT),
        requests=_choice(given, "DOITONG_LOG_REQUESTS", Switch, default=Switch.ON) is Switch.ON,
    )


def data_directory_setting(environment: Mapping[str, str] = os.environ, argument: Path | None = None) -> Path:
    """Return the absolute path of the data directory, which may not exist yet."""
    if argument is not None:
        return _expanded("--data-dir", str(argument))
    return _path(given_settings(environment), "DOITONG_DATA_DIR", default=DEFAULT_DATA_DIRECTORY.absolute())


def _make_directory(directory: Path, name: str) -> None:
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise BadSetting(
            f"{name} is {str(directory)!r}, which cannot be created: {error.strerror}. "
            "Give a directory that the user of the server can write to, such as /var/lib/doitong."
        ) from error


def database_file(settings_directory: Path, environment: Mapping[str, str] = os.environ) -> Path | None:
    """Return the path of the SQLite file, or None for a database server."""
    url = _database_url(given_settings(environment))
    if url is None:
        return settings_directory / DATABASE_FILE
    return database_file_of(url)


def _database_url(given: Mapping[str, str]) -> str | None:
    """Return the URL; the path of a SQLite file is absolute in it. Raises `BadSetting`."""
    name = "DOITONG_DATABASE_URL"
    url = given.get(name)
    if url is None:
        return None
    if not url.lower().startswith(SQLITE):
        if not url.isprintable():
            raise BadSetting(f"{name} has characters that are not text: percent-encode them, such as %C3%BC for ü.")
        return url
    path = url[len(SQLITE) :]
    if path in ("", ":memory:"):
        raise BadSetting(f"{name} is {url!r}: give the path of a file, such as {SQLITE}/var/lib/doitong/doitong.db.")
    return f"{SQLITE}{_expanded(name, path)}"


def database_file_of(database_url: str) -> Path | None:
    """Return the path of the SQLite file of a URL, or None for a database server."""
    return Path(database_url.removeprefix(SQLITE)) if database_url.startswith(SQLITE) else None


def given_settings(environment: Mapping[str, str]) -> Mapping[str, str]:
    """Return the variables that are set, without surrounding blanks and quotes; a blank value counts as unset.

    Raises `BadSetting` for a line break or another control character in a value.
    """
    values = {name: _unquoted(name, value.strip()) for name, value in environment.items() if name in NAMES}
    for name, value in values.items():
        if CONTROL_CHARACTER.search(value):
            quoted = "its value" if name in SECRET_NAMES else shown(value)
            raise BadSetting(f"{name}: {quoted} has a line break or another control character: give one line of text.")
    return {name: value for name, value in values.items() if value}


def _unquoted(name: str, value: str) -> str:
    """Remove the quotes that `docker --env-file` leaves, but not from the secret: that would invalidate all keys."""
    is_quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "\"'"
    return value[1:-1].strip() if is_quoted and name != "DOITONG_SECRET" else value


def base_url_setting(name: str, value: str, *, example: str = "https://ai.example.com") -> str:
    """Return an absolute http or https URL without a trailing slash. Raises `BadSetting`."""
    try:
        return parse_base_url(value)
    except ValueError as error:
        raise BadSetting(f"{name} is {shown(value)}: {error}. Give an absolute URL such as {example}.") from error


def host_setting(name: str, value: str) -> str:
    """Return an IP address, without the brackets of a URL, or a host name. Raises `BadSetting`."""
    host = value.strip()
    address = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    with suppress(ValueError):
        return str(ipaddress.ip_address(address))
    if len(host) <= MAX_HOST_NAME and HOST_NAME.fullmatch(host) and not host.rpartition(".")[2].isdecimal():
        return host
    raise BadSetting(
        f"{name} is {shown(value)}: give an IP address or a host name, without a port, such as 0.0.0.0 or ::."
    )


def origins_setting(name: str, value: str) -> tuple[str, ...]:
    """Return the origins of a comma-separated list in the form that browsers send. Raises `BadSetting`."""
    origins = []
    for item in filter(None, map(str.strip, value.split(","))):
        try:
            origins.append(item if item == ANY_ORIGIN else parse_origin(item))
        except ValueError as error:
            message = f"{name} has {shown(item)}: {error}. Give origins such as https://app.example.com, or *."
            raise BadSetting(message) from error
    return tuple(dict.fromkeys(origins))


def proxies_setting(name: str, value: str) -> tuple[str, ...]:
    """Return the addresses and networks of a comma-separated list, after those of this machine. Raises `BadSetting`."""
    networks = list(LOOPBACK)
    for item in filter(None, map(str.strip, value.split(","))):
        try:
            network = ipaddress.ip_network(item.strip("[]"), strict=False)
        except ValueError as error:
            message = f"{name} has {shown(item)}: give IP addresses or networks, such as 10.0.0.7 or 10.0.0.0/8."
            raise BadSetting(message) from error
        networks.append(str(network) if "/" in item else str(network.network_address))
    return tuple(dict.fromkeys(networks))


def ignored_settings(environment: Mapping[str, str] = os.environ) -> Iterator[str]:
    """Yield a warning for each variable that has no effect: unknown, a setting of uvicorn's, or of an unused store."""
    if environment.get("FORWARDED_ALLOW_IPS"):
        yield "FORWARDED_ALLOW_IPS is not a setting, and is ignored. Did you mean DOITONG_TRUSTED_PROXIES?"
    for name in sorted(name for name in environment if name.startswith("DOITONG_") and name not in NAMES):
        meant = closest_match(name, NAMES)
        hint = f" Did you mean {meant}?" if meant else ""
        yield f"{name} is not a setting of this release, and is ignored.{hint}"
    if not environment.get("DOITONG_MEDIA_STORE", "").strip():
        for name in sorted(name for name in environment if name.startswith("DOITONG_S3_") and name in NAMES):
            yield f"{name} is ignored without DOITONG_MEDIA_STORE, such as s3://bucket: files are kept on disk."


def _bucket(given: Mapping[str, str]) -> S3Location | None:
    name, (key_id, secret) = "DOITONG_MEDIA_STORE", S3_CREDENTIALS
    if name not in given:
        return None
    for text in (S3_REGION, *S3_CREDENTIALS):
        value = given.get(text, "")
        if not value.isascii() or (text == S3_REGION and " " in value):
            quoted = "its value" if text in SECRET_NAMES else shown(value)
            raise BadSetting(f"{text}: {quoted} is not one word of ASCII text: give it such as {S3_EXAMPLES[text]}.")
    if (key_id in given) != (secret in given):
        raise BadSetting(f"{key_id} and {secret} go together: give both, or none for the credentials of the machine.")
    try:
        return S3Location.parse(
            given[name],
            endpoint=_s3_endpoint(given),
            region=given.get(S3_REGION),
            key_id=given.get(key_id),
            secret=given.get(secret),
        )
    except BadSetting:
        raise
    except ValueError as error:
        raise BadSetting(f"{name} is {shown(given[name])}: {error}.") from error


def _s3_endpoint(given: Mapping[str, str]) -> str | None:
    name = "DOITONG_S3_ENDPOINT"
    return base_url_setting(name, given[name], example="http://127.0.0.1:9000") if name in given else None


def _secret(configured: str | None, file: Path) -> bytes:
    if configured is not None:
        if len(configured) < MIN_SECRET_LENGTH or len(set(configured)) < MIN_SECRET_LENGTH // 4:
            raise BadSetting(f"DOITONG_SECRET is too weak: {SECRET_FORM}")
        try:
            return configured.encode()
        except UnicodeEncodeError:
            raise BadSetting(f"DOITONG_SECRET is not text in UTF-8: {SECRET_FORM}") from None
    return read_or_create(file, secrets.token_hex(SECRET_BYTES)).encode()


def _cache(root: Path, data_directory: Path) -> Path:
    """Return the cache of `make setup` in a checkout, else a directory in the data directory."""
    shared = root / ".cache"
    return shared if shared.is_dir() and os.access(shared, os.W_OK) else data_directory / "cache"


def _path(given: Mapping[str, str], name: str, *, default: Path) -> Path:
    return _expanded(name, given[name]) if name in given else default


def _expanded(name: str, text: str) -> Path:
    """Return an absolute path; `~` at its beginning is the home directory. Raises `BadSetting`."""
    try:
        return parse_path(text)
    except ValueError as error:
        raise BadSetting(f"{name} is {shown(text)}: {error}.") from error


def _choice(given: Mapping[str, str], name: str, choices: type[C], *, default: C) -> C:
    text = given.get(name)
    if text is None:
        return default
    try:
        return choices(text.lower())
    except ValueError:
        raise BadSetting(f"{name} is {shown(text)}: give {' or '.join(choices)}, such as {default}.") from None


def _number(
    given: Mapping[str, str],
    name: str,
    *,
    default: int,
    minimum: int = 1,
    maximum: int = MAX_NUMBER,
    example: int = 30,
) -> int:
    text = given.get(name)
    if text is None:
        return default
    try:
        return parse_number(text, minimum=minimum, maximum=maximum, example=example)
    except ValueError as error:
        raise BadSetting(f"{name} is {shown(text)}: {error}.") from error
