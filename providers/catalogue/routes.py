"""Routes: which of them can serve a request, and the upstream parameters of the request on a route. Pure."""

import re
from collections.abc import Mapping
from datetime import date

from kit.text import truncate
from providers.backend import JSON, GenerationType, JSONObject
from providers.catalogue.adjustments import Adjustment
from providers.catalogue.model import Provider, Range, Route, Value
from providers.catalogue.output_size import nearest_ratio
from providers.catalogue.request_validation import EXTRA, ValidatedRequest
from providers.catalogue.supported_values import nearest, scaled

MEDIA = ("image", "images", "audio", "video")
PLACEHOLDER = re.compile(r"\{(\w+)\}")
ASPECT_RATIO, WIDTH, HEIGHT, SEED, TEXT = "aspectRatio", "width", "height", "seed", "text"
SIZE_TIER = "sizeTier"
"""A value computed from width and height, for upstreams with sizes such as `2K`: `1K`, `2K` or `4K`."""
DERIVED = frozenset({SEED, TEXT, SIZE_TIER})
# Pixels up to which an image belongs to a tier: halfway, as a factor, between 1, 4 and 16 million.
TIERS = ((2 << 20, "1K"), (8 << 20, "2K"))
LARGEST_TIER = "4K"
# Options that select a route or the price and need no upstream parameter.
SELECTORS = frozenset({"model", "version"})


def request_mode(type: GenerationType, content: Mapping[str, JSON]) -> str:
    """Return the mode of a request, such as `image-to-video`, by its type and its inputs."""
    image, images, audio, video, lyrics = (bool(content.get(name)) for name in (*MEDIA, "lyrics"))
    match type:
        case GenerationType.IMAGE:
            return _first((images, "reference-to-image"), (image, "image-to-image")) or "text-to-image"
        case GenerationType.VIDEO:
            given = (image and video, "motion-transfer"), (video, "video-to-video"), (image, "image-to-video")
            return _first(*given, (images, "reference-to-video")) or "text-to-video"
        case GenerationType.AVATAR:
            return _first((image and audio, "audio-to-avatar"), (image, "image-to-avatar")) or "text-to-avatar"
        case GenerationType.AUDIO:
            return "text-to-speech"
        case GenerationType.MUSIC:
            return "lyrics-to-music" if lyrics else "text-to-music"


def serves(route: Route, *, mode: str, options: Mapping[str, JSON], today: date) -> bool:
    """Whether the route can serve a request with this mode and these complete options."""
    if route.retires_on is not None and route.retires_on <= today:
        return False
    if route.modes and mode not in route.modes:
        return False
    return all(accepts(values, options.get(name)) for name, values in route.when.items())


def upstream_parameters(
    provider: Provider, route: Route, content: JSONObject, options: JSONObject, *, seed: int
) -> JSONObject:
    """Return the upstream request parameters, without media inputs."""
    values: JSONObject = {**content, **_supported_options(provider, route, content, options), SEED: seed}
    values[TEXT] = _prompt(route, values)
    parameters: JSONObject = {}
    extra = options.get(EXTRA)
    for name, value in (extra if isinstance(extra, dict) else {}).items():
        if name in route.extra:
            set_path(parameters, name, value)
    for path, value in route.constants.items():
        set_path(parameters, path, _thawed(value))
    for name, path in route.fields.items():
        if path and name not in MEDIA and values.get(name) is not None:
            set_path(parameters, path, _upstream_value(route, name, values[name]))
    for path, template in route.templates.items():
        if all(values.get(name) is not None for name in PLACEHOLDER.findall(template)):
            set_path(parameters, path, _filled(route, template, values))
    return parameters


def media_fields(route: Route) -> dict[str, str]:
    """Return the upstream field of each kind of media input."""
    return {name: path for name, path in route.fields.items() if name in MEDIA and path}


def unsupported_options(provider: Provider, route: Route, validated: ValidatedRequest) -> list[Adjustment]:
    """Return an adjustment for each requested option and content field that has no effect on the route, or another."""
    effective = effective_names(route)
    used = _supported_options(provider, route, validated.content, validated.options)
    adjustments: list[Adjustment] = []
    for name in sorted(validated.requested - {EXTRA}):
        value = validated.options.get(name)
        if value is None or (name in effective and used.get(name) == value):
            continue
        if name in effective and name in used:
            reason = f"{route.backend} does not have it for this model; the nearest was used"
            adjustments.append(Adjustment(f"options.{name}", requested=value, used=used[name], reason=reason))
        else:
            adjustments.append(_ignored(f"options.{name}", value, route))
    extra = validated.options.get(EXTRA)
    for name, value in (extra if isinstance(extra, dict) else {}).items():
        if name not in route.extra:
            adjustments.append(_ignored(f"options.{EXTRA}.{truncate(name, quoted=False)}", value, route))
    for name, value in validated.content.items():
        if name not in effective and value not in (None, "", []):
            adjustments.append(_ignored(f"input.{name}", value, route))
    return adjustments


def effective_names(route: Route) -> frozenset[str]:
    """Return the options and content fields that have an effect on the route, or need none."""
    templated = {name for template in route.templates.values() for name in PLACEHOLDER.findall(template)}
    names = {*route.fields, *route.when, *templated, *SELECTORS}
    if TEXT in names:
        names |= route.prompt_suffixes.keys()
    if SIZE_TIER in names:
        names |= {WIDTH, HEIGHT}
    if {WIDTH, HEIGHT} <= names:
        names.add(ASPECT_RATIO)  # it has determined both sides
    return frozenset(names)


def set_path(target: JSONObject, path: str, value: JSON) -> None:
    """Set a nested value: `a.b` sets `b` of the object `a`."""
    *parents, last = path.split(".")
    for name in parents:
        inner = target.setdefault(name, {})
        if not isinstance(inner, dict):
            inner = target[name] = {}
        target = inner
    target[last] = value


def _supported_options(provider: Provider, route: Route, content: JSONObject, options: JSONObject) -> JSONObject:
    """Return the options with the values that the upstream has, and the aspect ratio and size tier if it needs them."""
    values = dict(options)
    used = effective_names(route)
    if _has_shape_of_input(provider, route, content, options):
        del values[WIDTH], values[HEIGHT]
    elif ASPECT_RATIO in used and values.get(ASPECT_RATIO) is None:
        values[ASPECT_RATIO] = nearest_ratio(provider, options)
    width, height = values.get(WIDTH), values.get(HEIGHT)
    if route.pixels is not None and isinstance(width, int) and isinstance(height, int):
        values[WIDTH], values[HEIGHT] = width, height = scaled(route.pixels, width, height)
    if SIZE_TIER in used and isinstance(width, int) and isinstance(height, int):
        values[SIZE_TIER] = next((tier for most, tier in TIERS if width * height <= most), LARGEST_TIER)
    for name, rule in route.supported.items():
        value = values.get(name)
        if isinstance(value, str | int | float):
            values[name] = nearest(rule, value)
    return values


def _has_shape_of_input(provider: Provider, route: Route, content: JSONObject, options: JSONObject) -> bool:
    """Whether the image input determines the size, since the request does not."""
    if not route.keeps_input_shape or not (content.get("image") or content.get("images")):
        return False
    sides = all(options.get(side) == provider.options[side].default for side in (WIDTH, HEIGHT))
    return sides and options.get(ASPECT_RATIO) is None


def accepts(rule: tuple[Value, ...] | Range, value: JSON) -> bool:
    """Whether a rule of `when` includes the value of an option."""
    return rule.includes(value) if isinstance(rule, Range) else value in rule


def _first(*cases: tuple[bool, str]) -> str | None:
    return next((mode for holds, mode in cases if holds), None)


def _prompt(route: Route, values: JSONObject) -> JSON:
    given = values.get(TEXT)
    text = given if isinstance(given, str) else ""
    for name, suffix in route.prompt_suffixes.items():
        value = _upstream_value(route, name, values.get(name))
        if value not in (None, ""):
            text += suffix.replace(f"{{{name}}}", str(value))
    return (text if given else text.lstrip(" ,.")) or None


def _filled(route: Route, template: str, values: JSONObject) -> str:
    return PLACEHOLDER.sub(lambda match: str(_upstream_value(route, match[1], values[match[1]])), template)


def _upstream_value(route: Route, name: str, value: JSON) -> JSON:
    """Return the upstream's value for the value of an option; the same value unless the route maps it."""
    mapped = route.value_map.get(name)
    return value if mapped is None else mapped.get(value_key(value), value)


def value_key(value: JSON) -> str:
    """Return the key of a value in `Route.value_map`: as TOML writes it, `5` also for 5.0."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _thawed(value: JSON | Mapping[str, JSON]) -> JSON:
    """Return a mutable copy of an immutable table."""
    return {name: _thawed(inner) for name, inner in value.items()} if isinstance(value, Mapping) else value


def _ignored(field: str, value: JSON, route: Route) -> Adjustment:
    reason = f"{route.backend} does not support it for this model"
    return Adjustment(field, requested=_shortened(value), used=None, reason=reason)


def _shortened(value: JSON) -> JSON:
    """Return a value that is fit for a report: inputs may be `data:` URLs of megabytes."""
    match value:
        case str():
            return truncate(value, quoted=False)
        case list():
            return [_shortened(inner) for inner in value]
        case dict():
            return truncate(str(value), quoted=False)
    return value
