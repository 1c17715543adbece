"""Parses the settings of upstream backends, which `providers.definitions` declares."""

from collections.abc import Mapping

from kit.shown_values import shown
from providers.definitions import backend_settings
from providers.settings import BackendSetting, SettingForm
from server.setting_values import parse_number, parse_path
from web.origins import parse_base_url

MAX_NUMBER = 100_000


def parse_backend_settings(given: Mapping[str, str]) -> dict[str, str]:
    """Return the given settings of backends in their normal form. Raises `ValueError` with the name and an example."""
    known = backend_settings()
    return {name: _parse(known[name], value) for name, value in given.items() if name in known}


def _parse(setting: BackendSetting, value: str) -> str:
    match setting.form:
        case SettingForm.URL:
            try:
                return parse_base_url(value)
            except ValueError as error:
                example = setting.default or "http://127.0.0.1:8188"
                raise ValueError(f"{setting.name} is {shown(value)}: {error}. Give a URL such as {example}.") from error
        case SettingForm.INTEGER:
            try:
                return str(parse_number(value, minimum=1, maximum=MAX_NUMBER, example=5))
            except ValueError as error:
                raise ValueError(f"{setting.name} is {shown(value)}: {error}.") from error
        case SettingForm.PATH:
            try:
                return str(parse_path(value))
            except ValueError as error:
                raise ValueError(f"{setting.name} is {shown(value)}: {error}.") from error
        case SettingForm.TEXT:
            if any(ord(character) < 32 or ord(character) > 126 for character in value):
                given = "what was given" if setting.is_secret else shown(value)
                raise ValueError(
                    f"{setting.name}: {given} has characters that cannot be sent in an HTTP header. "
                    "Give ASCII text in one line, such as abc-123."
                )
            return value
