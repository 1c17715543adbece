"""The body of `POST /api/v1/tasks/create`, and its conversion to a request."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, ConfigDict
from pydantic_core import PydanticCustomError

from generations.requests.generation_request import GenerationRequest
from kit.errors import InvalidInput
from kit.text import truncate
from providers.backend import GenerationType, JSONObject
from web.request_model import RequestModel

MODELS: Mapping[str, GenerationType] = {
    "seedance-2": GenerationType.VIDEO,
    "gpt-image-2": GenerationType.IMAGE,
    "nano-banana-2": GenerationType.IMAGE,
}
"""The values of `model_id`. Each is the id of a provider as well."""
FIELDS: Mapping[str, str] = {
    "input.provider": "model_id",
    "input.input.text": "prompt",
    "input.input.image": "image_urls.0",
    "input.idempotencyKey": "Idempotency-Key",
}
IMAGES, OPTIONS = "input.input.images", "input.options."


def _scalar(value: Any) -> Any:
    if isinstance(value, dict | list):
        raise PydanticCustomError("scalar", "Input should be a text, a number, true or false")
    return value


class TaskRequest(RequestModel):
    """A task to create. All fields that are not published are options: `negative_prompt` is `negativePrompt`."""

    model_config = ConfigDict(strict=True, frozen=True, extra="allow")
    __pydantic_extra__: dict[str, Annotated[Any, AfterValidator(_scalar)]]

    model_id: str
    prompt: str | None = None
    image_urls: list[str] | None = None
    aspect_ratio: str | None = None

    def to_request(self) -> GenerationRequest:
        """Return the request. Raises `InvalidInput` for an unknown model."""
        type = MODELS.get(self.model_id)
        if type is None:
            raise InvalidInput(
                f"There is no model {truncate(self.model_id)}.",
                field="model_id",
                allowed=list(MODELS),
                given=self.model_id,
            )
        options = {"aspect_ratio": self.aspect_ratio, **self.__pydantic_extra__}
        return GenerationRequest(
            type=type,
            provider=self.model_id,
            input=self._content(),
            options={_camel(name): value for name, value in options.items() if value is not None},
        )

    def _content(self) -> JSONObject:
        content: JSONObject = {} if self.prompt is None else {"text": self.prompt}
        match self.image_urls:
            case None | []:
                return content
            case [image]:
                return {**content, "image": image}
            case images:
                return {**content, "images": [*images]}


def published_field(path: str) -> str:
    """Return the field of a task request for the path of a field of `generate`."""
    if path.startswith(OPTIONS):
        return _snake(path.removeprefix(OPTIONS))
    if path.startswith(IMAGES):
        return f"image_urls{path.removeprefix(IMAGES)}"
    return FIELDS.get(path, path)


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)
