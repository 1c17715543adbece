"""How Google checks requests: unknown fields and values that it does not support are 400 INVALID_ARGUMENT."""

import base64
import binascii
import json
import re
from collections.abc import Iterable, Mapping

RATIOS = frozenset({"1:1", "2:3", "3:2", "3:4", "4:3", "4:5", "5:4", "9:16", "16:9", "21:9"})
CONFIG_FIELDS = frozenset({"responseModalities", "imageConfig", "seed", "temperature", "candidateCount"})
INSTANCE_FIELDS = frozenset({"prompt", "image", "lastFrame", "video", "referenceImages"})
VEO_FIELDS: Mapping[str, frozenset[object] | type] = {
    "aspectRatio": frozenset({"16:9", "9:16"}),
    "durationSeconds": frozenset({4, 6, 8}),
    "resolution": frozenset({"720p", "1080p", "4k"}),
    "sampleCount": frozenset({1, 2, 3, 4}),
    "generateAudio": bool,
    "negativePrompt": str,
    "seed": int,
    "personGeneration": str,
    "storageUri": str,
}
ENCODINGS: Mapping[object, str] = {"LINEAR16": "speech.wav", "MP3": "speech.mp3", "OGG_OPUS": "speech.mp3"}
ENCODING_NUMBERS = {1: "LINEAR16", 2: "MP3", 3: "OGG_OPUS"}  # as the REST transport of the SDK sends them
VOICES = {
    "en-US": ("en-US-Neural2-C", "en-US-Neural2-F", "en-US-Wavenet-A", "en-US-Chirp3-HD-Kore"),
    "de-DE": ("de-DE-Neural2-G", "de-DE-Wavenet-B"),
    "cmn-CN": ("cmn-CN-Wavenet-A",),
    "sv-SE": ("sv-SE-Wavenet-A",),
}
URL_SAFE = str.maketrans("-_", "+/")
MAX_SPEECH_BYTES = 5_000


class InvalidArgument(Exception):
    """The request is refused with 400 and this message."""


def parsed(raw: bytes, known: frozenset[str]) -> dict[str, object]:
    """Return the body, whose fields must be known."""
    try:
        body = json.loads(raw)
    except ValueError:
        raise InvalidArgument("Invalid JSON payload received.") from None
    check_fields(body, known)
    return dict(body)


def check_fields(value: object, known: Iterable[str]) -> None:
    """Check the names of an object. Google takes `mime_type` for `mimeType`, as the SDK sends it."""
    if not isinstance(value, dict):
        raise InvalidArgument("Invalid value: an object is expected.")
    accepted = {*known, *(re.sub(r"([A-Z])", r"_\1", name).lower() for name in known)}
    for name in sorted(value.keys() - accepted):
        raise InvalidArgument(f'Invalid JSON payload received. Unknown name "{name}": Cannot find field.')


def check_base64(value: object) -> None:
    try:
        if not isinstance(value, str) or not base64.b64decode(value.translate(URL_SAFE), validate=True):
            raise InvalidArgument("Base64 decoding failed.")
    except binascii.Error:
        raise InvalidArgument("Base64 decoding failed.") from None


def check_contents(contents: object) -> None:
    if not isinstance(contents, list) or not contents:
        raise InvalidArgument("contents is not specified")
    for part in contents[0].get("parts", ()):
        check_fields(part, {"text", "inlineData", "fileData"})
        if "text" in part and not part["text"]:
            raise InvalidArgument("contents.parts must not be empty.")
        if "inlineData" in part:
            check_fields(part["inlineData"], {"mimeType", "data"})
            check_base64(part["inlineData"].get("data"))


def check_image_config(config: object) -> None:
    if not isinstance(config, dict):
        return
    check_fields(config, CONFIG_FIELDS)
    image = config.get("imageConfig", {})
    check_fields(image, {"aspectRatio", "imageSize"})
    if image.get("aspectRatio", "1:1") not in RATIOS or image.get("imageSize", "1K") not in ("512", "1K", "2K", "4K"):
        raise InvalidArgument("Invalid value at 'generation_config.image_config'.")


def check_veo(body: Mapping[str, object]) -> None:
    instances, parameters = body.get("instances"), body.get("parameters", {})
    if not isinstance(instances, list) or len(instances) != 1:
        raise InvalidArgument("Exactly one instance is expected.")
    check_fields(instances[0], INSTANCE_FIELDS)
    if not instances[0].get("prompt") and "image" not in instances[0]:
        raise InvalidArgument("A prompt or an image is required.")
    pictures = [item["image"] for item in instances[0].get("referenceImages", ())]
    for media in (*pictures, *(instances[0][name] for name in ("image", "video") if name in instances[0])):
        check_fields(media, {"bytesBase64Encoded", "gcsUri", "mimeType"})
        check_base64(media.get("bytesBase64Encoded"))
    check_fields(parameters, VEO_FIELDS)
    for name, value in dict(parameters).items() if isinstance(parameters, dict) else ():
        allowed = VEO_FIELDS[name]
        if not (isinstance(value, allowed) if isinstance(allowed, type) else value in allowed):
            raise InvalidArgument(f"Unsupported {name}: {value}")


def check_interaction(body: Mapping[str, object]) -> None:
    if body.get("background") is not True or body.get("response_modalities") != ["video"]:
        raise InvalidArgument("Videos need background and the response modality video.")
    check_fields(body.get("response_format"), {"type", "delivery", "aspect_ratio", "resolution", "duration"})
    given = body.get("input")
    if not given:
        raise InvalidArgument("input is required")
    steps = given if isinstance(given, list) else ()
    for part in (part for step in steps for part in (step["content"] if step.get("type") == "user_input" else (step,))):
        check_fields(part, {"type", "text", "data", "mime_type", "uri"})
        if part.get("type") in ("image", "video"):
            check_base64(part.get("data"))


def check_speech(body: Mapping[str, object]) -> str:
    """Check a request for speech, and return the name of its file."""
    given, voice, config = body.get("input"), body.get("voice"), body.get("audioConfig")
    check_fields(given, {"text", "ssml"})
    check_fields(voice, {"languageCode", "name", "ssmlGender"})
    check_fields(config, {"audioEncoding", "speakingRate", "pitch", "volumeGainDb", "sampleRateHertz"})
    if not isinstance(given, dict) or not isinstance(voice, dict) or not isinstance(config, dict):
        raise InvalidArgument("input, voice and audioConfig are required.")
    text = given.get("text") or given.get("ssml")
    if not text or len(text.encode()) > MAX_SPEECH_BYTES:
        raise InvalidArgument(
            f"Either `input.text` or `input.ssml` is longer than the limit of {MAX_SPEECH_BYTES} bytes."
        )
    if "ssml" in given and not re.fullmatch(r"\s*<speak\b.*</speak>\s*", text, re.DOTALL):
        raise InvalidArgument("Invalid SSML. Newer voices like Neural2 require valid SSML.")
    language, name = voice.get("languageCode"), voice.get("name")
    if language not in VOICES:
        raise InvalidArgument(f"Requested language code '{language}' is not supported.")
    if name and name not in VOICES[language]:
        raise InvalidArgument(f"Voice '{name}' does not exist. Is it misspelled?")
    encoding = config.get("audioEncoding")
    encoding = ENCODING_NUMBERS.get(encoding, "") if isinstance(encoding, int) else encoding
    if encoding not in ENCODINGS or not 0.25 <= config.get("speakingRate", 1) <= 2:
        raise InvalidArgument("Invalid audioConfig.")
    return ENCODINGS[encoding]
