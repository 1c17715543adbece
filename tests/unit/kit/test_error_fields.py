"""Errors with the client's names of fields."""

import pytest

from kit.errors import InvalidInput, NotFound

NAMES = {
    "input.input.text": "prompt",
    "input.input.image": "image_urls.0",
    "input.input.images.2": "image_urls.2",
    "input.options.aspectRatio": "aspect_ratio",
    "input.provider": "model",
}


@pytest.mark.parametrize(
    ("message", "field", "renamed", "name"),
    [
        ("'text' is empty.", "input.input.text", "'prompt' is empty.", "prompt"),
        ("'text' cannot be 'text'.", "input.input.text", "'prompt' cannot be 'text'.", "prompt"),
        ("`input.input.image` must be a URL.", "input.input.image", "`image_urls.0` must be a URL.", "image_urls.0"),
        ("'images.2' is empty.", "input.input.images.2", "'image_urls.2' is empty.", "image_urls.2"),
        ("There is no provider 'provider'.", "input.provider", "There is no provider 'provider'.", "model"),
        ("It is too dark.", "input.options.aspectRatio", "It is too dark.", "aspect_ratio"),
        ("'seed' cannot be 1.", "input.options.seed", "'seed' cannot be 1.", "input.options.seed"),
    ],
)
def test_a_field_is_renamed_in_the_message_as_well(message: str, field: str, renamed: str, name: str) -> None:
    error = InvalidInput(message, field=field).rename_fields(lambda path: NAMES.get(path, path))

    assert (error.message, error.field) == (renamed, name)
    assert error.rename_fields(lambda path: NAMES.get(path, path)).message == renamed


def test_every_field_that_the_message_names_is_renamed() -> None:
    error = InvalidInput("It needs 'text' or 'image'.", field="input.input.text", alternatives=["input.input.image"])

    assert error.rename_fields(NAMES.__getitem__).message == "It needs 'prompt' or 'image_urls.0'."


def test_allowed_values_that_are_fields_are_renamed_once_each() -> None:
    names = {"input.options.width": "size", "input.options.height": "size", "input.options.aspectRatio": "aspect_ratio"}
    error = InvalidInput(
        "It has no option 'aspectRatoi'.",
        field="input.options.aspectRatoi",
        allowed=["width", "height", "aspectRatio", "seed"],
        allowed_in="input.options.",
        given="aspectRatoi",
    )

    for _ in range(2):
        error.rename_fields(lambda path: names.get(path, path))

        assert error.message == "It has no option 'aspectRatoi'. Did you mean 'aspect_ratio'?"
        assert error.extensions["allowedValues"] == ["size", "aspect_ratio", "seed"]
        assert error.extensions["suggestion"] == "aspect_ratio"


def test_allowed_values_that_are_no_fields_are_left_as_they_are() -> None:
    error = InvalidInput("'text' cannot be 'txt'.", field="input.input.text", allowed=["text"], given="txt")

    assert error.rename_fields(NAMES.__getitem__).message == "'prompt' cannot be 'txt'. Did you mean 'text'?"


def test_an_error_without_a_field_is_left_as_it_is() -> None:
    assert NotFound("There is no 'text'.").rename_fields(NAMES.__getitem__).message == "There is no 'text'."
