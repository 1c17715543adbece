import pytest

from generations.requests.flat_request import flat_field_name, request_from_flat
from providers.backend import GenerationType

VALUES = {
    "prompt": "a fox",
    "imageUrl": "https://example.com/fox.png",
    "service": "kling",
    "model": "kling-v2",
    "seed": 7,
    "duration": None,
    "webhookUrl": "https://example.com/hook",
    "idempotencyKey": "k",
    "maxCredits": 20,
}


def test_flat_values_become_content_options_and_request_fields() -> None:
    request = request_from_flat(GenerationType.VIDEO, VALUES)

    assert request.type is GenerationType.VIDEO
    assert request.provider == "kling"
    assert request.input == {"text": "a fox", "image": "https://example.com/fox.png"}
    assert request.options == {"model": "kling-v2", "seed": 7}
    assert (request.webhook_url, request.idempotency_key, request.max_credits) == ("https://example.com/hook", "k", 20)


def test_the_provider_field_of_a_form_is_not_an_option() -> None:
    request = request_from_flat(GenerationType.VIDEO, {"prompt": "a fox", "model": "kling"}, provider_field="model")

    assert request.provider == "kling"
    assert request.options == {}


@pytest.mark.parametrize(
    ("path", "names", "flat"),
    [
        ("input.input.text", {"prompt", "seed"}, "prompt"),
        ("input.input.text", {"text", "voice"}, "text"),
        ("input.input.image", {"prompt", "imageUrl"}, "imageUrl"),
        ("input.input.image", {"prompt"}, "image"),
        ("input.options.seed", {"prompt", "seed"}, "seed"),
        ("input.provider", {"prompt", "model"}, "model"),
        ("input.webhookUrl", {"prompt"}, "webhookUrl"),
    ],
)
def test_a_field_path_of_generate_is_named_as_in_the_flat_form(path: str, names: set[str], flat: str) -> None:
    assert flat_field_name(path, names, provider_field="model") == flat
