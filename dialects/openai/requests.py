"""The base of requests, and the conversion of what they share."""

import re
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, ConfigDict
from pydantic_core import PydanticCustomError

from generations.requests.generation_request import GenerationRequest
from providers.backend import JSONObject
from providers.catalogue import Catalogue, Provider
from web.request_model import RequestModel

NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,15})?", re.ASCII)


def _scalar(value: Any) -> Any:
    if isinstance(value, dict | list):
        raise PydanticCustomError("scalar", "Input should be a text, a number, true or false")
    return value


class Request(RequestModel):
    """A request. All fields that OpenAI does not have are options: `negative_prompt` is `negativePrompt`."""

    model_config = ConfigDict(strict=True, frozen=True, extra="allow")
    __pydantic_extra__: dict[str, Annotated[Any, AfterValidator(_scalar)]]

    model: str | None = None
    user: str | None = None
    safety_identifier: str | None = None

    def to_request(self, catalogue: Catalogue) -> GenerationRequest:
        """Return the request. Raises `NotFound` and `InvalidInput`."""
        raise NotImplementedError

    def extra_options(self) -> JSONObject:
        """Return the options that OpenAI does not have."""
        return {camel_case(name): value for name, value in self.__pydantic_extra__.items()}


class SizedRequest(Request):
    """A request for an image or a video."""

    size: str | None = None


class ImageReference(RequestModel):
    """An input image of a JSON body."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")

    image_url: str


def image_content(images: list[str]) -> JSONObject:
    """Return the input fields for these images."""
    return {"image": images[0]} if len(images) == 1 else {"images": [*images]} if images else {}


def form_values(fields: Mapping[str, str], model: type[Request]) -> dict[str, object]:
    """Return the text fields of a form as the values of a JSON body: numbers, true and false where not a text."""
    texts = {name for name, field in model.model_fields.items() if field.annotation in (str, str | None)}
    return {name: value if name in texts else _literal(value) for name, value in fields.items()}


def _literal(text: str) -> object:
    if NUMBER.fullmatch(text):
        return float(text) if "." in text else int(text)
    return {"true": True, "false": False}.get(text, text)


def id_of(provider: Provider | None) -> str | None:
    return None if provider is None else provider.id


def without_none(values: JSONObject) -> JSONObject:
    return {name: value for name, value in values.items() if value is not None}


def camel_case(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)
