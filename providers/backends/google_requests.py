"""Request bodies of Google's APIs, built from the parameters of a route and the media inputs of a job."""

import asyncio
import base64
import copy
import re
from collections.abc import Mapping

from kit.errors import InvalidInput
from kit.text import truncate
from providers.backend import JSON, Job, JSONObject
from providers.backends.media_inputs import JobInput, job_inputs
from providers.catalogue.routes import set_path

PROMPT = "prompt"
VARIATION = "A variation of this picture."  # the prompt of an edit without one
REFERENCE_IMAGES = "referenceImages"
# A voice of each language for names such as `de-DE-neural`, and for a language without a voice.
NEURAL_VOICES: Mapping[str, str] = {
    "en-US": "en-US-Neural2-C",
    "en-GB": "en-GB-Neural2-A",
    "en-AU": "en-AU-Neural2-A",
    "en-IN": "en-IN-Neural2-A",
    "de-DE": "de-DE-Neural2-G",
    "es-ES": "es-ES-Neural2-A",
    "es-US": "es-US-Neural2-A",
    "fr-FR": "fr-FR-Neural2-F",
    "fr-CA": "fr-CA-Neural2-A",
    "hi-IN": "hi-IN-Neural2-A",
    "it-IT": "it-IT-Neural2-A",
    "ja-JP": "ja-JP-Neural2-B",
    "ko-KR": "ko-KR-Neural2-A",
    "pt-BR": "pt-BR-Neural2-A",
    "th-TH": "th-TH-Neural2-C",
    "vi-VN": "vi-VN-Neural2-A",
}
DEFAULT_LANGUAGE = "en-US"
LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z]{4})?(?:-(?:[A-Za-z]{2}|\d{3}))?")
GENERIC_VOICE = re.compile(r"([a-z]{2,3}-(?:[A-Za-z]{2,4}|\d{3}))-neural", re.IGNORECASE)
GOOGLE_VOICE = re.compile(r"([a-z]{2,3}-(?:[A-Za-z]{2,4}|\d{3}))-[A-Za-z][\w-]{2,60}", re.ASCII)
SPEECH_MEDIA_TYPES: Mapping[str, str] = {"MP3": "audio/mpeg", "LINEAR16": "audio/wav", "OGG_OPUS": "audio/ogg"}


async def image_body(job: Job) -> JSONObject:
    """Return the body of `generateContent`."""
    body = copy.deepcopy(job.parameters)
    images: list[JSON] = []
    for media in job_inputs(job):
        images.append({"inlineData": {"mimeType": media.media_type, "data": await _base64(media)}})
    text = body.pop(PROMPT, None) or VARIATION
    given = body.pop("generationConfig", None)
    config: JSONObject = {"responseModalities": ["IMAGE"], **(given if isinstance(given, dict) else {})}
    return {"contents": [{"role": "user", "parts": [{"text": text}, *images]}], **body, "generationConfig": config}


async def veo_body(job: Job) -> JSONObject:
    """Return the body of `predictLongRunning`: `parameters` of the route, and one instance of the rest."""
    instance = copy.deepcopy(job.parameters)
    parameters = instance.pop("parameters", {})
    references: list[JSON] = []
    for media in job_inputs(job):
        value: JSONObject = {"bytesBase64Encoded": await _base64(media), "mimeType": media.media_type}
        if media.parameter == REFERENCE_IMAGES:
            references.append({"image": value, "referenceType": "asset"})
        else:
            set_path(instance, media.parameter, value)
    if references:
        instance[REFERENCE_IMAGES] = references
    return {"instances": [instance], "parameters": parameters}


async def interaction_body(job: Job) -> JSONObject:
    """Return the body of a background interaction that makes a video."""
    body = copy.deepcopy(job.parameters)
    text = body.pop(PROMPT, None)
    parts: list[JSON] = [{"type": "text", "text": text}] if text else []
    for media in job_inputs(job):
        parts.append({"type": media.kind, "mime_type": media.media_type, "data": await _base64(media)})
    given = body.pop("response_format", None)
    body["response_format"] = {"type": "video", "delivery": "uri", **(given if isinstance(given, dict) else {})}
    step: JSONObject = {"type": "user_input", "content": parts}
    return {"model": job.model, "input": [step], "background": True, "response_modalities": ["video"], **body}


def speech_body(job: Job) -> JSONObject:
    """Return the body of `text:synthesize`. A text that begins with `<speak` is SSML. Raises `InvalidInput`."""
    body = copy.deepcopy(job.parameters)
    text = str(body.pop(PROMPT, None) or "")
    config, voice = body.pop("audioConfig", None), body.pop("voice", None)
    audio: JSONObject = {"audioEncoding": "MP3", **(config if isinstance(config, dict) else {})}
    if audio["audioEncoding"] not in SPEECH_MEDIA_TYPES:
        message = f"Speech of Google is not made as {truncate(str(audio['audioEncoding']))} here."
        raise InvalidInput(message, field="input.options.format", allowed=list(SPEECH_MEDIA_TYPES))
    kind = "ssml" if re.match(r"\s*<speak[\s>]", text) else "text"
    return {"input": {kind: text}, "voice": speech_voice(voice), "audioConfig": audio, **body}


def speech_voice(given: JSON) -> JSONObject:
    """Return the voice of a request: `languageCode`, and `name` unless Google is to choose. Raises `InvalidInput`."""
    voice = copy.copy(given) if isinstance(given, dict) else {}
    name, language = str(voice.pop("name", None) or "").strip(), str(voice.pop("languageCode", None) or "").strip()
    if generic := GENERIC_VOICE.fullmatch(name):
        name, language = "", language or generic[1]
    elif own := GOOGLE_VOICE.fullmatch(name):
        return {"languageCode": language or own[1], "name": name, **voice}
    elif LANGUAGE.fullmatch(name) and "-" in name:
        name, language = "", language or name
    if name:
        raise InvalidInput(
            f"Google has no voice {truncate(name)}. Give the name of one of its voices, such as en-US-Neural2-C, or a "
            "language, such as de-DE.",
            field="input.options.voice",
        )
    language = _full_language(language or DEFAULT_LANGUAGE)
    neural = NEURAL_VOICES.get(language)
    return {"languageCode": language, **({"name": neural} if neural else {}), **voice}


def _full_language(language: str) -> str:
    """Return a language with its region: `de-DE` for `de`, in the usual letter case."""
    known = {tag.lower(): tag for tag in NEURAL_VOICES}
    code = language.replace("_", "-").lower()
    if code in known:
        return known[code]
    return next((tag for tag in NEURAL_VOICES if tag.startswith(f"{code}-")), language)


async def _base64(media: JobInput) -> str:
    content = b"" if media.file is None else await asyncio.to_thread(media.file.read_bytes)
    return base64.b64encode(content).decode()
