"""The requests, strict about types, and their conversion to requests of the core."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field

from dialects.kubeez.model_options import quality_option, resolution_options
from generations.requests.generation_request import GenerationRequest
from kit.errors import InvalidInput
from providers.backend import GenerationType, JSONObject
from providers.catalogue import Catalogue
from providers.catalogue.model import Provider
from web.json_api import WHOLE
from web.request_model import RequestModel

MAX_SIMPLE_PROMPT = 400  # characters
MAX_DIALOGUE = 5_000  # characters of all lines
MIN_DIALOGUE = 5
MAX_LINES = 100
MAX_VARIANTS = 10
SUNO_VERSION = re.compile(r"V\d[\w.]{0,12}", re.IGNORECASE)  # the names of music models at Kubeez
SUNO = "suno"
DURATION = re.compile(r"(\d{1,4}(?:\.\d{1,3})?)s?")
VOCALS = {"m": "male vocals", "f": "female vocals"}


def _without_nul(text: str) -> str:
    if "\0" in text:
        raise ValueError("it has a NUL character")
    return text


def _seconds(value: object) -> object:
    """Return the seconds of 5, "5" or "5s"."""
    if isinstance(value, str) and (match := DURATION.fullmatch(value.strip())):
        return float(match[1])
    return value


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


Text = Annotated[str, AfterValidator(_without_nul)]
MediaUrl = Annotated[Text, Field(min_length=1)]
Fraction = Annotated[float, Field(ge=0, le=1)]
SecondsNumber = Annotated[float, Field(gt=0, le=3600)]
SecondsText = Annotated[str, Field(pattern=rf"^\s*{DURATION.pattern}\s*$")]
Seconds = Annotated[SecondsNumber, BeforeValidator(_seconds, json_schema_input_type=SecondsNumber | SecondsText)]
MediaType = Literal[
    "text-to-image",
    "image-to-image",
    "text-to-video",
    "image-to-video",
    "video-to-video",
    "motion-transfer",
    "text-to-avatar",
    "image-to-avatar",
    "audio-to-avatar",
]
MODELS = "The id of a model from get_models"
SOURCES = (
    "The input media for image-to-* types, in order: one URL or a list. Each is an https URL, a data: URL, or the url "
    "or id of an upload or of an earlier output. The first frame comes before the last frame, an image before a video. "
    "Leave it out for text-to-* types."
)


class KubeezModel(RequestModel):
    model_config = ConfigDict(strict=True, extra="ignore", allow_inf_nan=False)


class MediaOptions(KubeezModel):
    """What determines the price of media, apart from the prompt."""

    model: Annotated[Text, Field(description=f"{MODELS}.", min_length=1, max_length=100)]
    generation_type: Annotated[
        MediaType | None,
        Field(description="One of the model's generation_types. By default it follows from source_media_urls."),
    ] = None
    negative_prompt: Annotated[
        Text | None, Field(description="What must not appear; some models only.", max_length=2500)
    ] = None
    source_media_urls: Annotated[
        Annotated[list[MediaUrl], Field(max_length=14)] | None,
        BeforeValidator(_listed, json_schema_input_type=str | list[str] | None),
        Field(description=SOURCES),
    ] = None
    aspect_ratio: Annotated[
        Text | None,
        Field(description="One of the model's aspect_ratio_options, such as 16:9; the model's own by default."),
    ] = None
    duration: Annotated[
        Seconds | None, Field(description='Seconds of video: "5s" or 5; one of the model\'s duration_options.')
    ] = None
    quality: Annotated[
        Literal["fast", "standard", "pro", "ultra", "basic", "high", "turbo"] | None,
        Field(description="For models that have several; `standard` by default."),
    ] = None
    resolution: Annotated[
        Text | None, Field(description="1K, 2K or 4K for images, such as 1080p for videos.", max_length=10)
    ] = None
    sound: Annotated[bool | None, Field(description="Whether a video has sound, where the model offers both.")] = None
    seed: Annotated[
        Annotated[int, Field(ge=0, le=2_147_483_647), WHOLE] | None,
        Field(description="The same seed and input reproduce the result; 0 for any."),
    ] = None
    fixed_lens: Annotated[bool | None, Field(description="Accepted without effect.")] = None

    def to_request(self, catalogue: Catalogue, *, prompt: str) -> GenerationRequest:
        """Convert it. Raises `InvalidInput` for a model or a generation type that does not fit."""
        provider = catalogue.get(self.model, field="model")
        if provider.type in (GenerationType.AUDIO, GenerationType.MUSIC):
            other = "generate_music" if provider.type is GenerationType.MUSIC else "generate_dialogue"
            message = f"{provider.id} makes {provider.type.lower()}: use {other}, or a model of get_models for media."
            raise InvalidInput(message, field="model")
        sources = [url.strip() for url in self.source_media_urls or []]
        mode = self._mode(provider, sources)
        return GenerationRequest(
            type=provider.type,
            provider=provider.id,
            input={"text": prompt, **_source_fields(provider, mode, sources)},
            options=self._options(provider),
        )

    def _mode(self, provider: Provider, sources: list[str]) -> str:
        allowed = generation_types(provider)
        output = provider.type.lower()
        mode = self.generation_type or (f"image-to-{output}" if sources else f"text-to-{output}")
        if mode not in allowed:
            chosen = "" if self.generation_type else ", which follows from source_media_urls"
            message = f"{provider.id} does not do {mode}{chosen}: use one of {', '.join(allowed)}."
            raise InvalidInput(message, field="generation_type", allowed=allowed)
        if mode.startswith("text-") and sources:
            raise InvalidInput(
                f"{mode} takes no source_media_urls: leave them out, or use an image-to-* type.",
                field="source_media_urls",
            )
        if not mode.startswith("text-") and not sources:
            raise InvalidInput(f"{mode} needs source_media_urls: give the URL of its input.", field="source_media_urls")
        return mode

    def _options(self, provider: Provider) -> JSONObject:
        options: JSONObject = {
            "aspectRatio": self.aspect_ratio,
            "duration": self.duration,
            "negativePrompt": self.negative_prompt,
            "seed": self.seed or None,
            **quality_option(provider, self.quality),
            **resolution_options(provider, self.resolution, self.aspect_ratio),
        }
        if self.sound is not None and (self.sound is False or "silent" in provider.options):
            options["silent"] = not self.sound if "silent" in provider.options else None
        elif self.sound:
            raise InvalidInput(f"{provider.id} makes no sound: leave `sound` out.", field="sound")
        return {name: value for name, value in options.items() if value is not None}


class MediaRequest(MediaOptions):
    """Generate an image, a video or a talking avatar."""

    prompt: Annotated[Text, Field(description="What to make; for an avatar, what it says.", min_length=1)]


class MusicRequest(KubeezModel):
    """Generate music, from a prompt or from a title, a style and lyrics or a song description."""

    prompt: Annotated[
        Text | None,
        Field(description="Simple mode: the song in a few words. Required without a title.", max_length=3000),
    ] = None
    title: Annotated[Text | None, Field(description="The title; needs a style as well.", max_length=100)] = None
    style: Annotated[Text | None, Field(description="The style, such as `lo-fi hip hop`.", max_length=70)] = None
    lyrics: Annotated[
        Text | None, Field(description="The words to sing. Not with song_description.", max_length=5000)
    ] = None
    song_description: Annotated[
        Text | None, Field(description="What the song is about. Not with lyrics.", max_length=3000)
    ] = None
    vocal_gender: Annotated[Literal["m", "f", "random"] | None, Field(description="The voice.")] = None
    instrumental: Annotated[bool | None, Field(description="Without vocals; false by default.")] = None
    negative_tags: Annotated[Text | None, Field(description="What to avoid.", max_length=2500)] = None
    style_weight: Annotated[Fraction | None, Field(description="Accepted without effect.")] = None
    weirdness_constraint: Annotated[Fraction | None, Field(description="Accepted without effect.")] = None
    audio_weight: Annotated[Fraction | None, Field(description="Accepted without effect.")] = None
    model: Annotated[
        Text | None, Field(description=f"{MODELS} (model_type music); chosen if left out.", max_length=100)
    ] = None

    def to_request(self) -> GenerationRequest:
        """Convert it. Raises `InvalidInput` for fields that exclude each other."""
        text = self._text()
        instrumental = bool(self.instrumental)
        styles = [self.style, None if instrumental else VOCALS.get(self.vocal_gender or "")]
        model = SUNO if self.model and SUNO_VERSION.fullmatch(self.model) else self.model
        content = {"text": text, "title": self.title, "lyrics": None if instrumental else self.lyrics}
        options: JSONObject = {
            "style": ", ".join(style for style in styles if style) or None,
            "instrumental": instrumental,
            "negativePrompt": self.negative_tags,
        }
        return GenerationRequest(
            type=GenerationType.MUSIC,
            provider=model,
            input={name: value for name, value in content.items() if value is not None},
            options={name: value for name, value in options.items() if value is not None},
        )

    def _text(self) -> str:
        if self.title is not None and not self.style:
            raise InvalidInput("A title needs a style: give both, or a prompt alone.", field="style")
        if self.lyrics is not None and self.song_description is not None:
            raise InvalidInput("Give lyrics or song_description, not both.", field="song_description")
        if self.instrumental and self.lyrics is not None:
            raise InvalidInput("Instrumental music has no lyrics: give song_description instead.", field="lyrics")
        if self.title is None and self.prompt is not None and len(self.prompt) > MAX_SIMPLE_PROMPT:
            raise InvalidInput(
                f"`prompt` has {len(self.prompt):,} characters and at most {MAX_SIMPLE_PROMPT} are allowed. Give "
                "title, style and song_description for more.",
                field="prompt",
            )
        text = self.song_description or self.prompt
        if text is None and self.title is None:
            raise InvalidInput("Give a prompt, or a title and a style.", field="prompt")
        return f"{self.title}, {self.style}" if text is None else text


class Line(KubeezModel):
    """A line of a dialogue."""

    text: Annotated[Text, Field(description="The words to speak.", min_length=1, max_length=MAX_DIALOGUE)]
    voice: Annotated[Text | None, Field(description="The voice, such as `rachel`.", max_length=100)] = None


class DialogueRequest(KubeezModel):
    """Generate speech. All lines have one voice: that of the lines which name one."""

    dialogue: Annotated[
        list[Line],
        Field(
            description=f"The lines, {MIN_DIALOGUE} to {MAX_DIALOGUE:,} characters in all.",
            min_length=1,
            max_length=MAX_LINES,
        ),
    ]
    stability: Annotated[Fraction | None, Field(description="Accepted without effect.")] = None
    language_code: Annotated[Text | None, Field(description="Such as `en`; `auto` by default.", max_length=20)] = None

    def to_request(self) -> GenerationRequest:
        """Convert it. Raises `InvalidInput` for too much or too little text, and for several voices."""
        text = "\n".join(line.text for line in self.dialogue)
        if not MIN_DIALOGUE <= len(text) <= MAX_DIALOGUE:
            message = f"The dialogue has {len(text):,} characters; {MIN_DIALOGUE} to {MAX_DIALOGUE:,} are allowed."
            raise InvalidInput(message, field="dialogue")
        voices = sorted({line.voice for line in self.dialogue if line.voice is not None})
        if len(voices) > 1:
            message = f"One generation has one voice and {len(voices)} were given. Send one request for each voice."
            raise InvalidInput(message, field="dialogue")
        options: JSONObject = {} if not voices else {"voice": voices[0]}
        if self.language_code not in (None, "auto"):
            options["language"] = self.language_code
        return GenerationRequest(type=GenerationType.AUDIO, input={"text": text}, options=options)


class AdCopyRequest(KubeezModel):
    """Generate variants of an ad: the look of a reference ad, for another product."""

    reference_ad_url: Annotated[MediaUrl, Field(description="The ad whose look to take over: an image, as in media.")]
    product_image_url: Annotated[MediaUrl | None, Field(description="A picture of the product.")] = None
    product_text: Annotated[
        Text | None, Field(description="The product in words, if there is no picture.", max_length=2000)
    ] = None
    language: Annotated[Text, Field(description="The language of the words in it.", min_length=1, max_length=20)] = "en"
    variant_count: Annotated[
        int, Field(description="How many variants; each is one generation.", ge=1, le=MAX_VARIANTS), WHOLE
    ] = 1
    aspect_ratio: Annotated[Text, Field(description="The shape, width to height.", max_length=10)] = "9:16"

    def to_requests(self) -> list[GenerationRequest]:
        """Return one request for each variant. Raises `InvalidInput` without a product."""
        if not self.product_image_url and not (self.product_text or "").strip():
            raise InvalidInput("Give product_image_url or product_text.", field="product_image_url")
        sources = [url.strip() for url in (self.product_image_url, self.reference_ad_url) if url]
        content: JSONObject = {"image": sources[0]} if len(sources) == 1 else {"images": [*sources]}
        return [
            GenerationRequest(
                type=GenerationType.IMAGE,
                input={"text": self._prompt(number), **content},
                options={"aspectRatio": self.aspect_ratio},
            )
            for number in range(1, self.variant_count + 1)
        ]

    def _prompt(self, number: int) -> str:
        named = f": {self.product_text.strip()}" if self.product_text else ""
        if self.product_image_url:
            task = f"An ad for the product in the first image{named}. Take the layout, the light and the mood from the"
            task += " ad in the second image."
        else:
            task = f"An ad for another product{named}. Keep the layout, the light and the mood of the ad in the image."
        return f"{task} Words in the language {self.language}. Variant {number} of {self.variant_count}."


def generation_types(provider: Provider) -> list[str]:
    """Return the generation types of a model: its modes, without those that differ by the number of images alone."""
    merged = (mode.replace("reference-to-", "image-to-") for mode in provider.modes)
    return list(dict.fromkeys(merged))


def _source_fields(provider: Provider, mode: str, sources: list[str]) -> JSONObject:
    """Return the content fields of the sources. Raises `InvalidInput` for the wrong number of them."""
    if mode.startswith("text-"):
        return {}
    first, *others = sources
    pair = {"motion-transfer": "video", "audio-to-avatar": "audio"}.get(mode)
    if pair is not None:
        if len(sources) != 2:
            message = f"{mode} takes two source_media_urls, an image and then its {pair}; {len(sources)} were given."
            raise InvalidInput(message, field="source_media_urls")
        return {"image": first, pair: sources[1]}
    if mode == "video-to-video":
        return {"video": first, **({"images": [*others]} if others else {})}
    if not others:
        return {"image": first}
    takes_references = any(known.startswith("reference-") for known in provider.modes)
    return {"images": [*sources]} if takes_references else {"image": first, "images": [*others]}
