"""The `DOITONG_…` environment variables of the server: their names, and the values that are given."""

import os
import re
from collections.abc import Iterator, Mapping

from kit.errors import closest_match
from kit.shown_values import shown
from providers.definitions import backend_settings

CONTROL_CHARACTER = re.compile(r"[\x00-\x1f\x7f]")

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
