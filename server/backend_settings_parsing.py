"""Parses the settings of upstream backends, which `providers.definitions` declares."""

from collections.abc import Mapping
from pathlib import Path

from providers.definitions import backend_settings
from providers.settings import BackendSetting, SettingForm
from web.origins import parse_base_url, without_user_info


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
                shown = without_user_info(value)
                raise ValueError(f"{setting.name} is {shown!r}: {error}. Give a URL such as {example}.") from error
        case SettingForm.INTEGER:
            if not value.isdecimal() or not 0 < int(value) <= 100_000:
                raise ValueError(f"{setting.name} is {value!r}: give a whole number such as 5.")
            return str(int(value))
        case SettingForm.PATH:
            return str(Path(value).expanduser().absolute())
        case SettingForm.TEXT:
            if any(ord(character) < 32 or ord(character) > 126 for character in value):
                shown = "what was given" if setting.is_secret else repr(value)
                raise ValueError(f"{setting.name}: {shown} has characters that cannot be sent in an HTTP header.")
            return value
