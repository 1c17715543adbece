"""Routes: which of them can serve a request, and the upstream parameters of the request on a route. Pure."""

import re
from collections.abc import Collection, Mapping
from datetime import date

from providers.backend import JSON, GenerationType, JSONObject
from providers.catalogue.adjusting import Adjustment
from providers.catalogue.model import Provider, Route
from providers.catalogue.output_size import nearest_ratio
from providers.catalogue.resolve import EXTRA, Resolved

MEDIA = ("image", "images", "audio", "video")
PLACEHOLDER = re.compile(r"\{(\w+)\}")
ASPECT_RATIO, WIDTH, HEIGHT, SEED, TEXT = "aspectRatio", "width", "height", "seed", "text"
SIZE = frozenset({ASPECT_RATIO, WIDTH, HEIGHT})
# Options that select a route or the price and need no upstream parameter.
SELECTORS = frozenset({"model", "version"})


def request_mode(type: GenerationType, content: Mapping[str, JSON]) -> str:
    """Return the mode of a request, such as `image-to-video`, by its type and its media inputs."""
    has_image = bool(content.get("image") or content.get("images"))
    match type:
        case GenerationType.IMAGE:
            return "image-to-image" if has_image else "text-to-image"
        case GenerationType.VIDEO if content.get("video"):
            return "video-to-video"
        case GenerationType.VIDEO:
            return "image-to-video" if has_image else "text-to-video"
        case GenerationType.AVATAR:
            return "image-to-avatar" if has_image else "text-to-avatar"
        case GenerationType.AUDIO:
            return "text-to-speech"
        case GenerationType.MUSIC:
            return "text-to-music"


def serves(route: Route, *, mode: str, options: Mapping[str, JSON], today: date) -> bool:
    """Whether the route can serve a request with this mode and these complete options."""
    if route.retires_on is not None and route.retires_on <= today:
        return False
    if route.modes and mode not in route.modes:
        return False
    return all(options.get(name) in values for name, values in route.when.items())


def upstream_parameters(
    provider: Provider, route: Route, content: JSONObject, options: JSONObject, *, seed: int
) -> JSONObject:
    """Return the upstream request parameters, without media inputs."""
    values: JSONObject = {**content, **options, SEED: seed}
    values[TEXT] = _prompt(route, values)
    if ASPECT_RATIO in _used(route) and values.get(ASPECT_RATIO) is None:
        values[ASPECT_RATIO] = nearest_ratio(provider, options)
    parameters: JSONObject = {}
    extra = options.get(EXTRA)
    for name, value in (extra if isinstance(extra, dict) else {}).items():
        if name in route.extra:
            set_path(parameters, name, value)
    for path, value in route.constants.items():
        set_path(parameters, path, value)
    for name, path in route.fields.items():
        if path and name not in MEDIA and values.get(name) is not None:
            set_path(parameters, path, _word(route, name, values[name]))
    for path, template in route.templates.items():
        names = PLACEHOLDER.findall(template)
        if all(values.get(name) is not None for name in names):
            words = {name: _word(route, name, values[name]) for name in names}
            set_path(parameters, path, PLACEHOLDER.sub(lambda match: str(words[match[1]]), template))  # noqa: B023
    return parameters


def media_fields(route: Route) -> dict[str, str]:
    """Return the upstream field of each kind of media input."""
    return {name: path for name, path in route.fields.items() if name in MEDIA and path}


def unsupported_options(provider: Provider, route: Route, resolved: Resolved) -> list[Adjustment]:
    """Return an adjustment for each requested option and content field that has no effect on the route."""
    used = _used(route)
    names = sorted(
        name for name in resolved.requested if name not in used and _differs_from_default(provider, name, resolved)
    )
    adjustments = [_ignored(f"options.{name}", resolved.options.get(name), route) for name in names if name != EXTRA]
    extra = resolved.options.get(EXTRA)
    for name, value in (extra if isinstance(extra, dict) else {}).items():
        if name not in route.extra:
            adjustments.append(_ignored(f"options.{EXTRA}.{name}", value, route))
    for name, value in resolved.content.items():
        if name not in used and value not in (None, "", []):
            adjustments.append(_ignored(f"input.{name}", value, route))
    return adjustments


def set_path(target: JSONObject, path: str, value: JSON) -> None:
    """Set a nested value: `a.b` sets `b` of the object `a`."""
    *parents, last = path.split(".")
    for name in parents:
        inner = target.setdefault(name, {})
        if not isinstance(inner, dict):
            inner = target[name] = {}
        target = inner
    target[last] = value


def _used(route: Route) -> Collection[str]:
    """Return the options and content fields that have an effect on the route, or need none."""
    templated = {name for template in route.templates.values() for name in PLACEHOLDER.findall(template)}
    used = {*route.fields, *route.when, *route.prompt_suffixes, *templated, *SELECTORS}
    if {WIDTH, HEIGHT} <= used:
        used.add(ASPECT_RATIO)  # it has determined both sides
    return used


def _prompt(route: Route, values: JSONObject) -> JSON:
    text = values.get(TEXT)
    if not isinstance(text, str):
        return text
    for name, suffix in route.prompt_suffixes.items():
        if values.get(name) is not None:
            text += suffix.replace("{" + name + "}", str(values[name]))
    return text


def _word(route: Route, name: str, value: JSON) -> JSON:
    words = route.words.get(name)
    return value if words is None else words.get(_key(value), value)


def _key(value: JSON) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _differs_from_default(provider: Provider, name: str, resolved: Resolved) -> bool:
    option = provider.options.get(name)
    return option is None or resolved.options.get(name) != option.default


def _ignored(field: str, value: JSON, route: Route) -> Adjustment:
    return Adjustment(field, requested=value, used=None, reason=f"{route.backend} does not support it for this model")
