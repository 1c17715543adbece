"""Settings from `DOITONG_…` environment variables, with defaults."""

import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from database.pool_size import DEFAULT as DEFAULT_POOL_SIZE
from database.pool_size import PoolSize
from kit.shown_values import shown
from media.s3 import S3Location
from server.backend_settings_parsing import parse_backend_settings
from server.given_settings import S3_CREDENTIALS, S3_REGION, SECRET_NAMES, BadSetting, given_settings
from server.log_output import LogFormat, LogLevel
from server.roles.role import Role
from server.setting_values import (
    LOOPBACK,
    Switch,
    base_url_setting,
    choice_setting,
    expanded_path,
    host_setting,
    number_setting,
    origins_setting,
    path_setting,
    proxies_setting,
)
from server.shared_file import read_or_create

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
MAX_RENDER_WORKERS = 1_000  # processes
MAX_CONNECTIONS = 1_000
MIN_TOKEN_LENGTH = 16  # characters
METRICS_TOKEN = re.compile(rf"[!-~]{{{MIN_TOKEN_LENGTH},}}")
S3_EXAMPLES = dict(zip((S3_REGION, *S3_CREDENTIALS), ("us-east-1", "AKIA0123456789", "wJalr/EXAMPLE+KEY"), strict=True))


@dataclass(frozen=True, slots=True)
class LogSettings:
    """The level and the format of the log. `requests`: one event per HTTP request."""

    level: LogLevel = LogLevel.INFO
    format: LogFormat = LogFormat.TEXT
    requests: bool = True


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
        voices=path_setting(given, "DOITONG_VOICES", default=root / ".cache" / "voices"),
        speech_model_directory=path_setting(given, "DOITONG_MODELS", default=_cache(root, directory) / "kokoro"),
        graphiql=path_setting(given, "DOITONG_CONSOLE", default=root / "frontend" / "dist"),
        allowed_origins=origins_setting("DOITONG_ALLOWED_ORIGINS", given.get("DOITONG_ALLOWED_ORIGINS", "")),
        trusted_proxies=proxies_setting("DOITONG_TRUSTED_PROXIES", given.get("DOITONG_TRUSTED_PROXIES", "")),
        bucket=_bucket(given),
        retention_days=number_setting(given, "DOITONG_RETENTION_DAYS", default=0) or None,
        log=log_settings(environment),
        catalogue=path_setting(given, "DOITONG_CATALOGUE", default=Path()) if "DOITONG_CATALOGUE" in given else None,
        backends=_backend_settings(given),
        role=role,
        pool_size=_pool_size(given),
        metrics_token=_metrics_token(given),
    )


def _port(given: Mapping[str, str]) -> int:
    return number_setting(given, "DOITONG_PORT", default=DEFAULT_PORT, maximum=MAX_PORT, example=8080)


def _render_workers(given: Mapping[str, str]) -> int:
    default = max(1, (os.cpu_count() or 2) - 1)
    return number_setting(given, "DOITONG_RENDER_WORKERS", default=default, maximum=MAX_RENDER_WORKERS, example=4)


def _base_url(given: Mapping[str, str]) -> str | None:
    name = "DOITONG_BASE_URL"
    return base_url_setting(name, given[name]) if name in given else None


def _pool_size(given: Mapping[str, str]) -> PoolSize:
    default, most = DEFAULT_POOL_SIZE, MAX_CONNECTIONS
    return PoolSize(
        kept=number_setting(given, "DOITONG_DATABASE_POOL_SIZE", default=default.kept, maximum=most),
        overflow=number_setting(
            given, "DOITONG_DATABASE_POOL_OVERFLOW", default=default.overflow, minimum=0, maximum=most
        ),
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
        level=choice_setting(given, "DOITONG_LOG_LEVEL", LogLevel, default=LogLevel.INFO),
        format=choice_setting(given, "DOITONG_LOG_FORMAT", LogFormat, default=LogFormat.TEXT),
        requests=choice_setting(given, "DOITONG_LOG_REQUESTS", Switch, default=Switch.ON) is Switch.ON,
    )


def data_directory_setting(environment: Mapping[str, str] = os.environ, argument: Path | None = None) -> Path:
    """Return the absolute path of the data directory, which may not exist yet."""
    if argument is not None:
        return expanded_path("--data-dir", str(argument))
    return path_setting(given_settings(environment), "DOITONG_DATA_DIR", default=DEFAULT_DATA_DIRECTORY.absolute())


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
    return f"{SQLITE}{expanded_path(name, path)}"


def database_file_of(database_url: str) -> Path | None:
    """Return the path of the SQLite file of a URL, or None for a database server."""
    return Path(database_url.removeprefix(SQLITE)) if database_url.startswith(SQLITE) else None


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
