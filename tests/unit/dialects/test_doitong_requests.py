"""Bodies of Doitong's REST API become requests."""

from typing import Any

import pytest
from pydantic import ValidationError

from dialects.doitong.requests import CREATIONS, Avatar, ImageToVideo, Speech, TextToImage, to_request
from generations.requests.generation_request import GenerationRequest
from kit.errors import InvalidInput
from providers.backend import GenerationType


def test_content_and_request_fields_are_told_from_options() -> None:
    flat = TextToImage.model_validate(
        {
            "service": "flux-pro",
            "prompt": "a fox",
            "width": 1024.0,
            "aspectRatio": "16:9",
            "motif": {"x": 1},
            "webhookUrl": "https://example.com",
            "idempotencyKey": "one",
            "maxCredits": 5,
            "seed": None,
        }
    )

    assert to_request(GenerationType.IMAGE, flat) == GenerationRequest(
        type=GenerationType.IMAGE,
        provider="flux-pro",
        input={"text": "a fox"},
        options={"width": 1024, "aspectRatio": "16:9", "motif": {"x": 1}},
        webhook_url="https://example.com",
        idempotency_key="one",
        max_credits=5,
    )


def test_what_is_animated_and_what_is_spoken_is_content() -> None:
    animated = to_request(GenerationType.VIDEO, ImageToVideo.model_validate({"imageUrl": "upl_1", "prompt": "wind"}))
    spoken = to_request(GenerationType.AVATAR, Avatar.model_validate({"text": "Hello.", "avatarId": "kate"}))

    assert (animated.input, animated.options) == ({"image": "upl_1", "text": "wind"}, {})
    assert (spoken.input, spoken.options) == ({"text": "Hello."}, {"avatarId": "kate"})


def test_content_that_a_body_does_not_take_is_refused_with_what_it_takes() -> None:
    flat = Speech.model_validate({"text": "Hello.", "prompt": "a fox"})

    with pytest.raises(InvalidInput) as refused:
        to_request(GenerationType.AUDIO, flat)

    assert refused.value.extensions == {"field": "prompt", "allowedValues": ["text"]}


@pytest.mark.parametrize(
    "values", [{"prompt": True}, {"prompt": "x", "n": "1"}, {"prompt": "x", "n": 1.5}, {"prompt": "x", "n": True}]
)
def test_types_are_strict(values: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        TextToImage.model_validate(values)


def test_paths_and_operations_are_distinct() -> None:
    assert len({creation.path for creation in CREATIONS}) == len({creation.operation for creation in CREATIONS}) == 6
