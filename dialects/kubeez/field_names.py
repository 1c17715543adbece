"""Kubeez's names of request fields, for errors that have the field paths of `generate`."""

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
