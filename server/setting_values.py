"""Parsing the values of settings into their types. The errors name the setting, its value and a valid form."""

import ipaddress
import os
import re
from collections.abc import Mapping
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from kit.shown_values import shown
from server.given_settings import BadSetting
from web.origins import MAX_HOST_NAME, parse_base_url, parse_origin

HOST_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9_-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9_-]*[A-Za-z0-9])?)*")
ANY_ORIGIN = "*"
LOOPBACK = ("127.0.0.1", "::1")
MAX_NUMBER = 100_000  # days
MAX_DIGITS = 9
MAX_FILE_NAME = 255  # bytes

C = TypeVar("C", bound=StrEnum)


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


def path_setting(given: Mapping[str, str], name: str, *, default: Path) -> Path:
    return expanded_path(name, given[name]) if name in given else default


def expanded_path(name: str, text: str) -> Path:
    """Return an absolute path; `~` at its beginning is the home directory. Raises `BadSetting`."""
    try:
        return parse_path(text)
    except ValueError as error:
        raise BadSetting(f"{name} is {shown(text)}: {error}.") from error


def choice_setting(given: Mapping[str, str], name: str, choices: type[C], *, default: C) -> C:
    text = given.get(name)
    if text is None:
        return default
    try:
        return choices(text.lower())
    except ValueError:
        raise BadSetting(f"{name} is {shown(text)}: give {' or '.join(choices)}, such as {default}.") from None


def number_setting(
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


def parse_number(text: str, *, minimum: int, maximum: int, example: int) -> int:
    """Return a whole number within the bounds. Raises `ValueError`."""
    if not text.isdecimal() or len(text) > MAX_DIGITS or not minimum <= int(text) <= maximum:
        raise ValueError(f"give a whole number from {minimum} to {maximum:,}, such as {example}")
    return int(text)


def parse_path(text: str) -> Path:
    """Return an absolute path; `~` at its beginning is the home directory. Raises `ValueError`."""
    example = "give a path such as /var/lib/doitong or ~/doitong"
    if "://" in text:
        raise ValueError(f"it is a URL; {example}")
    if text.startswith("$"):
        raise ValueError(f"variables are not replaced here; {example}")
    if any(len(os.fsencode(part)) > MAX_FILE_NAME for part in Path(text).parts):
        raise ValueError(f"a name in it is too long; {example}")
    try:
        return Path(text).expanduser().absolute()
    except RuntimeError as error:
        raise ValueError(f"there is no home directory of this user; {example}") from error
