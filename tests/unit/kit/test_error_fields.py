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
    ],
)
def test_a_field_is_renamed_in_the_message_as_well(message: str, field: str, renamed: str, name: str) -> None:
    error = InvalidInput(message, field=field).rename_fields(lambda path: NAMES.get(path, path))

    assert (error.message, error.field) == (renamed, name)
    assert error.rename_fields(lambda path: NAMES.get(path, path)).message == renamed


def test_every_field_that_the_message_names_is_renamed() -> None:
    error = InvalidInput("It needs 'text' or 'image'.", field="input.input.text", alternatives=["input.input.image"])

    assert error.rename_fields(NAMES.__getitem__).message == "It needs 'prompt' or 'image_urls.0'."


def test_an_error_without_a_field_is_left_as_it_is() -> None:
    assert NotFound("There is no 'text'.").rename_fields(NAMES.__getitem__).message == "There is no 'text'."
