"""Routes: which of them can serve a request, and the upstream parameters of the request on a route. Pure."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import lru_cache

from providers.backend import JSON, GenerationType, JSONObject
from providers.catalogue.model import Provider, Range, Route, Value
from providers.catalogue.output_size import STEP, nearest_ratio
from providers.catalogue.request_validation import EXTRA, ValidatedRequest
from providers.catalogue.supported_values import nearest_supported_size, nearest_supported_value

MEDIA = ("image", "images", "audio", "video")
PLACEHOLDER = re.compile(r"\{(\w+)\}")
ASPECT_RATIO, WIDTH, HEIGHT, SEED, TEXT = "aspectRatio", "width", "height", "seed", "text"
SIZE_TIER = "sizeTier"
"""A value computed from width and height, for upstreams with sizes such as `2K`: `1K`, `2K` or `4K`."""
DERIVED = frozenset({SEED, TEXT, SIZE_TIER})
TIERS = {"1K": 1 << 20, "2K": 4 << 20, "4K": 16 << 20}  # pixels, of which the upstream makes about as many
MAX_TIER_FACTOR = 1.25  # a size is that of its tier if it has at most this many times more or fewer pixels
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


def first_route(provider: Provider, validated: ValidatedRequest, *, today: date) -> Route | None:
    """Return the preferred route of a request, whether its backend is configured or not."""
    mode = request_mode(provider.type, validated.content)
    return next(
        (route for route in provider.routes if serves(route, mode=mode, options=validated.options, today=today)), None
    )


def upstream_parameters(
    provider: Provider, route: Route, content: JSONObject, options: JSONObject, *, seed: int
) -> JSONObject:
    """Return the upstream request parameters, without media inputs."""
    values: JSONObject = {**content, **used_options(provider, route, content, options), SEED: seed}
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


def used_options(provider: Provider, route: Route, content: JSONObject, options: JSONObject) -> JSONObject:
    """Return the options with the values that the upstream uses, and the aspect ratio and size tier if it needs them.

    Width and height are left out if the image input determines the size.
    """
    values = dict(options)
    used = fields_with_effect(route)
    if _has_shape_of_input(provider, route, content, options):
        del values[WIDTH], values[HEIGHT]
    elif ASPECT_RATIO in used and values.get(ASPECT_RATIO) is None:
        values[ASPECT_RATIO] = nearest_ratio(provider, options)
    width, height = values.get(WIDTH), values.get(HEIGHT)
    if isinstance(width, int) and isinstance(height, int):
        values[WIDTH], values[HEIGHT] = width, height = _fitted_size(route, width, height)
    if SIZE_TIER in used and isinstance(width, int) and isinstance(height, int):
        values |= _tier(width, height)
    for name, rule in route.supported.items():
        value = values.get(name)
        if isinstance(value, str | int | float):
            values[name] = nearest_supported_value(rule, value)
    return values


def with_used_options(provider: Provider, route: Route, validated: ValidatedRequest) -> ValidatedRequest:
    """Return the request with the option values that the route uses, which determine its price and duration."""
    used = used_options(provider, route, validated.content, validated.options)
    return replace(validated, options={name: used.get(name, value) for name, value in validated.options.items()})


def media_fields(route: Route) -> dict[str, str]:
    """Return the upstream field of each kind of media input."""
    return {name: path for name, path in route.fields.items() if name in MEDIA and path}


def fields_with_effect(route: Route) -> frozenset[str]:
    """Return the options and content fields that have an effect on the route, or need none."""
    return _fields_with_effect(
        (*route.fields, *route.when), tuple(route.templates.values()), tuple(route.prompt_suffixes)
    )


@lru_cache(maxsize=2_000)
def _fields_with_effect(given: Sequence[str], templates: Sequence[str], suffixes: Sequence[str]) -> frozenset[str]:
    names = {*given, *SELECTORS, *(name for template in templates for name in PLACEHOLDER.findall(template))}
    if TEXT in names:
        names.update(suffixes)
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


def _tier(width: int, height: int) -> JSONObject:
    """Return the tier nearest to this size, and the sides of an image of this shape in that tier."""
    tier, pixels = min(TIERS.items(), key=lambda one: abs(math.log(width * height / one[1])))
    factor = pixels / (width * height)
    if 1 / MAX_TIER_FACTOR <= factor <= MAX_TIER_FACTOR:
        return {SIZE_TIER: tier}
    across, down = (max(1, int(side * math.sqrt(factor) / STEP + 1e-6)) * STEP for side in (width, height))
    return {SIZE_TIER: tier, WIDTH: across, HEIGHT: down}


def _fitted_size(route: Route, width: int, height: int) -> tuple[int, int]:
    """Return the sides that the route's limits of pixels and shape allow."""
    if route.pixels is None and route.max_ratio is None:
        return width, height
    limits = (route.supported.get(side) for side in (WIDTH, HEIGHT))
    sides = [limit.maximum for limit in limits if isinstance(limit, Range) and limit.maximum is not None]
    return nearest_supported_size(
        width, height, pixels=route.pixels or Range(), max_ratio=route.max_ratio, max_side=min(sides, default=None)
    )


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
