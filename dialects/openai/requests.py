"""The base of requests, and the conversion of what they share."""

from pydantic import ConfigDict

from generations.requests.generation_request import GenerationRequest
from providers.backend import JSONObject
from providers.catalogue import Catalogue, Provider
from web.flat_options import FlatOptionsModel
from web.request_model import RequestModel


class Request(FlatOptionsModel):
    """A request. All fields that OpenAI does not have are options."""

    model: str | None = None
    user: str | None = None
    safety_identifier: str | None = None

    def to_request(self, catalogue: Catalogue) -> GenerationRequest:
        """Return the request. Raises `NotFound` and `InvalidInput`."""
        raise NotImplementedError


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


def id_of(provider: Provider | None) -> str | None:
    return None if provider is None else provider.id


def without_none(values: JSONObject) -> JSONObject:
    return {name: value for name, value in values.items() if value is not None}
