"""A text to speak must contain a letter or digit, in any script."""

import pytest

from kit.errors import InvalidInput
from providers.backend import JSONObject
from providers.catalogue import load_catalogue, validate_request

CATALOGUE = load_catalogue()


@pytest.mark.parametrize("provider", ["elevenlabs", "google-tts", "local-speech", "hedra", "heygen", "local-avatar"])
@pytest.mark.parametrize("text", ["...", "🎉🎉", "— !?", "\u0301", "_*#"])
def test_a_text_without_a_letter_or_digit_is_refused_where_it_would_be_spoken(provider: str, text: str) -> None:
    with pytest.raises(InvalidInput, match="has no word in it") as caught:
        validate_request(CATALOGUE.get(provider), {"text": text}, {})

    assert caught.value.extensions["field"] == "input.input.text"


@pytest.mark.parametrize("text", ["a", "7", "你好", "مرحبا", "नमस्ते", "٣", "… and so on 🎉"])
def test_any_letter_or_digit_is_enough(text: str) -> None:
    assert validate_request(CATALOGUE.get("elevenlabs"), {"text": text}, {}).content["text"] == text


@pytest.mark.parametrize(
    ("provider", "content"),
    [
        ("flux-pro", {"text": "🎉🎉"}),
        ("suno", {"text": "..."}),
        ("hedra", {"text": "...", "audio": "https://example.com/words.mp3"}),
    ],
)
def test_a_text_that_is_not_spoken_may_be_anything(provider: str, content: JSONObject) -> None:
    assert validate_request(CATALOGUE.get(provider), content, {}).content == content
