"""The body of a request for a video."""

from dialects.openai.requests import ImageReference, SizedRequest, id_of, image_content, without_none
from dialects.openai.sizes import size_options
from dialects.openai_models.models import find_model
from generations.requests.generation_request import GenerationRequest
from kit.errors import InvalidInput
from kit.text import truncate
from providers.backend import JSON, GenerationType, JSONObject
from providers.catalogue import Catalogue
from web.json_api import WholeNumber
from web.multipart_form import NUMBER


class VideoRequest(SizedRequest):
    """The body of `POST /v1/videos`."""

    prompt: str
    seconds: str | WholeNumber | None = None
    input_reference: str | ImageReference | None = None

    def to_request(self, catalogue: Catalogue) -> GenerationRequest:
        type, provider = find_model(catalogue, self.model, GenerationType.VIDEO, GenerationType.AVATAR)
        reference = self.input_reference
        image = reference.image_url if isinstance(reference, ImageReference) else reference
        options = {
            "duration": self._duration(),
            **size_options(self.size, provider, is_image=False),
            **self.extra_options(),
        }
        content: JSONObject = {"text": self.prompt, **image_content([] if image is None else [image])}
        return GenerationRequest(type=type, provider=id_of(provider), input=content, options=without_none(options))

    def _duration(self) -> JSON:
        if not isinstance(self.seconds, str):
            return self.seconds
        if not NUMBER.fullmatch(self.seconds):
            message = f"`seconds` is a number, such as 8, not {truncate(self.seconds)}."
            raise InvalidInput(message, field="input.options.duration")
        return float(self.seconds)
