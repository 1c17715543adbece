"""The body of `POST /api/v1/tasks/create`, and its conversion to a request."""

from collections.abc import Mapping

from generations.requests.generation_request import GenerationRequest
from kit.errors import InvalidInput
from kit.names import snake_case
from kit.text import truncate
from providers.backend import GenerationType, JSONObject
from web.flat_options import FlatOptionsModel

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


class TaskRequest(FlatOptionsModel):
    """A task to create. All fields that are not published are options."""

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
        options = {"aspectRatio": self.aspect_ratio, **self.extra_options()}
        return GenerationRequest(
            type=type,
            provider=self.model_id,
            input=self._content(),
            options={name: value for name, value in options.items() if value is not None},
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
        return snake_case(path.removeprefix(OPTIONS))
    if path.startswith(IMAGES):
        return f"image_urls{path.removeprefix(IMAGES)}"
    return FIELDS.get(path, path)
