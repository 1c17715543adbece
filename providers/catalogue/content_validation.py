"""Validates the content of a request against a provider."""

import re

from kit.errors import InvalidInput
from kit.text import truncate
from providers.backend import JSON, GenerationType, JSONObject
from providers.catalogue.model import ContentField, Provider

PICTURE, PICTURES = "image", "images"
TEXT, SOUND = "text", "audio"
SPOKEN = frozenset({GenerationType.AUDIO, GenerationType.AVATAR})  # types whose text is spoken
TAG = re.compile(r"<[^<>]*>")
MEDIA = frozenset({PICTURE, PICTURES, "video", "audio"})


def check_content(provider: Provider, content: JSONObject, *, also_allowed: list[str]) -> None:
    """Raise `InvalidInput` for an invalid field, naming the allowed ones and the options in `also_allowed`."""
    for name, value in content.items():
        field = provider.content.get(name)
        if field is None and name == PICTURES and PICTURE in provider.content and isinstance(value, list):
            message = f"{provider.name} takes one picture and {len(value)} were given."
            raise InvalidInput(message, field=_path(name))
        if field is None:
            raise InvalidInput(
                f"{provider.name} does not work from {truncate(name)}.",
                field=_path(truncate(name, quoted=False)),
                allowed=[*provider.content, *also_allowed],
                allowed_in="input.input.",
                given=name,
            )
        _check(provider, field, value)
    for field in provider.content.values():
        if field.required and field.name not in content and field.unless not in content:
            names = [name for name in (field.name, field.unless) if name]
            needed = " or ".join(map(repr, names))
            alternatives = [_path(name) for name in names[1:]]
            raise InvalidInput(f"{provider.name} needs {needed}.", field=_path(field.name), alternatives=alternatives)
    if provider.type in SPOKEN and SOUND not in content:
        _check_speakable(content.get(TEXT))


def _check(provider: Provider, field: ContentField, value: JSON) -> None:
    if field.name == PICTURES:
        _check_pictures(provider, field, value)
        return
    text = _text(field.name, value)
    if field.name not in MEDIA and field.maximum is not None and len(text) > field.maximum:
        message = f"{field.name!r} has {len(text):,} characters and {provider.name} takes at most {field.maximum:,}."
        raise InvalidInput(message, field=_path(field.name))


def _check_pictures(provider: Provider, field: ContentField, value: JSON) -> None:
    if not isinstance(value, list) or not value:
        raise InvalidInput(f"{field.name!r} must be a list with at least one address.", field=_path(field.name))
    if field.maximum is not None and len(value) > field.maximum:
        message = f"{provider.name} takes at most {field.maximum} pictures and {len(value)} were given."
        raise InvalidInput(message, field=_path(field.name))
    for index, item in enumerate(value):
        _text(f"{field.name}.{index}", item)


def _check_speakable(text: JSON) -> None:
    if isinstance(text, str) and not any(character.isalnum() for character in TAG.sub("", text)):
        raise InvalidInput(
            f"{TEXT!r} is to be spoken and has no word in it: write at least one letter or digit.", field=_path(TEXT)
        )


def _text(name: str, value: JSON) -> str:
    if not isinstance(value, str):
        raise InvalidInput(f"{name!r} must be a text.", field=_path(name))
    if not value.strip():
        raise InvalidInput(f"{name!r} is empty.", field=_path(name))
    return value


def _path(name: str) -> str:
    return f"input.input.{name}"
