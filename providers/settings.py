"""Settings that backends declare: the server reads them, `doitong doctor` and the documentation list them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from kit.clock import Clock
from providers.backend import Backend

NOT_SET = " is not set"


class SettingForm(StrEnum):
    """The form of a value."""

    TEXT = "text"
    URL = "url"
    """An absolute http or https URL. The operator chose it, so it may be private."""
    PATH = "path"
    INTEGER = "integer"


@dataclass(frozen=True, slots=True)
class BackendSetting:
    """A setting of a backend, by the name of its environment variable."""

    name: str
    description: str
    form: SettingForm = SettingForm.TEXT
    default: str | None = None
    is_required: bool = False
    is_secret: bool = False


@dataclass(frozen=True, slots=True)
class BackendContext:
    """The dependencies of a backend. `settings` hold the given values and the defaults, by name."""

    settings: Mapping[str, str]
    clock: Clock


@dataclass(frozen=True, slots=True)
class BackendDefinition:
    """A backend that the server can create: `title` is the upstream's name for people."""

    name: str
    title: str
    settings: Sequence[BackendSetting]
    create: Callable[[BackendContext], Backend]


def api_key(prefix: str, description: str, *, is_required: bool = True) -> BackendSetting:
    """Return the setting `DOITONG_<prefix>_API_KEY`."""
    return BackendSetting(f"DOITONG_{prefix}_API_KEY", description, is_required=is_required, is_secret=True)


def base_url(prefix: str, default: str | None, *, is_required: bool = False) -> BackendSetting:
    """Return the setting `DOITONG_<prefix>_BASE_URL`."""
    return BackendSetting(
        f"DOITONG_{prefix}_BASE_URL",
        "The base URL of the API, to use another region, a proxy or your own server.",
        form=SettingForm.URL,
        default=default,
        is_required=is_required,
    )


def missing_setting(settings: Sequence[BackendSetting], given: Mapping[str, str]) -> str | None:
    """Return `NAME is not set` for the first required setting without a value, or None."""
    missing = next((setting.name for setting in settings if setting.is_required and not given.get(setting.name)), None)
    return None if missing is None else f"{missing}{NOT_SET}"


def all_missing(clauses: Sequence[str]) -> str:
    """Return clauses, of which one is enough, as one clause, such as `neither A nor B is set`."""
    names = [clause.removesuffix(NOT_SET) for clause in clauses if clause.endswith(NOT_SET)]
    others = [clause for clause in clauses if not clause.endswith(NOT_SET)]
    match names:
        case []:
            unset = []
        case [name]:
            unset = [f"{name}{NOT_SET}"]
        case [first, second]:
            unset = [f"neither {first} nor {second} is set"]
        case [*first, last]:
            unset = [f"none of {', '.join(first)} and {last} is set"]
    return ", and ".join([*unset, *others])
