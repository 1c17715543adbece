"""The report of `doitong doctor` on settings: every value in effect and its source."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from database.postgresql_url import redacted_url
from kit.shown_values import without_user_info
from server.given_settings import BACKEND_SETTINGS, OWN_NAMES, SECRET_NAMES, given_settings
from server.setting_values import Switch
from server.settings import Settings


@dataclass(frozen=True, slots=True)
class ReportedSetting:
    """A setting as `doitong doctor` prints it: secrets are not shown. `source`: environment, or default."""

    name: str
    value: str
    source: str


def settings_report(settings: Settings, environment: Mapping[str, str] = os.environ) -> Sequence[ReportedSetting]:
    """Return every setting with the value in effect and its source."""
    given = given_settings(environment)
    effective = {**_effective_values(settings), **settings.backends}
    described = []
    for name in (*OWN_NAMES, *(name for name in BACKEND_SETTINGS if name in given)):
        value = given.get(name, "") if effective.get(name) is None else str(effective[name])
        if name in SECRET_NAMES and name in given:
            value = "set, not shown"
        elif name == "DOITONG_URL":
            value = without_user_info(value)
        source = "environment" if name in given else "default"
        described.append(ReportedSetting(name, value or "not set", source))
    return described


def _effective_values(settings: Settings) -> Mapping[str, object]:
    return {
        "DOITONG_ALLOWED_ORIGINS": ", ".join(settings.allowed_origins),
        "DOITONG_BASE_URL": settings.base_url,
        "DOITONG_CATALOGUE": settings.catalogue,
        "DOITONG_CONSOLE": settings.graphiql,
        "DOITONG_DATABASE_POOL_OVERFLOW": settings.pool_size.overflow,
        "DOITONG_DATABASE_POOL_SIZE": settings.pool_size.kept,
        "DOITONG_DATABASE_URL": redacted_url(settings.database_url),
        "DOITONG_DATA_DIR": settings.data_directory,
        "DOITONG_HOST": settings.host,
        "DOITONG_LOG_FORMAT": settings.log.format,
        "DOITONG_LOG_LEVEL": settings.log.level,
        "DOITONG_LOG_REQUESTS": Switch.ON if settings.log.requests else Switch.OFF,
        "DOITONG_MEDIA_STORE": settings.bucket or "the data directory",
        "DOITONG_MODELS": settings.speech_model_directory,
        "DOITONG_PORT": settings.port,
        "DOITONG_RENDER_WORKERS": settings.render_workers,
        "DOITONG_RETENTION_DAYS": settings.retention_days or "that of the plan",
        "DOITONG_SECRET": f"generated, in {settings.data_directory / 'secret'}",
        "DOITONG_TRUSTED_PROXIES": ", ".join(settings.trusted_proxies),
        "DOITONG_VOICES": settings.voices,
    }
