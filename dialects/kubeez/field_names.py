"""Kubeez's names of request fields, for errors that have the field paths of `generate`."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from kit.errors import DoitongError

FIELD_NAMES = {
    "input.provider": "model",
    "input.idempotencyKey": "idempotency_key",
    "input.input.text": "prompt",
    "input.input.image": "source_media_urls",
    "input.input.images": "source_media_urls",
    "input.input.video": "source_media_urls",
    "input.input.audio": "source_media_urls",
    "input.options.aspectRatio": "aspect_ratio",
    "input.options.silent": "sound",
    "input.options.negativePrompt": "negative_prompt",
    "input.options.width": "resolution",
    "input.options.height": "resolution",
    "input.options.mode": "quality",
}
MUSIC_FIELDS = {"input.options.negativePrompt": "negative_tags"}
DIALOGUE_FIELDS = {"input.input.text": "dialogue", "input.options.language": "language_code"}
AD_FIELDS = {
    "input.input.text": "product_text",
    "input.input.image": "reference_ad_url",
    "input.input.images.0": "product_image_url",
    "input.input.images.1": "reference_ad_url",
}
PREFIXES = ("input.input.", "input.options.", "input.")


def field_name(path: str) -> str:
    """Return Kubeez's name of a field path: `input.input.images.0` is `source_media_urls.0`."""
    known = FIELD_NAMES.get(path)
    if known is not None:
        return known
    parent, _, index = path.rpartition(".")
    if index.isdecimal() and parent in FIELD_NAMES:
        return f"{FIELD_NAMES[parent]}.{index}"
    return next((path.removeprefix(prefix) for prefix in PREFIXES if path.startswith(prefix)), path)


@contextmanager
def fields_named(names: Mapping[str, str]) -> Iterator[None]:
    """Give these names to the fields of errors that are raised in the block."""
    try:
        yield
    except DoitongError as error:
        raise error.rename_fields(lambda path: names.get(path, path)) from None
