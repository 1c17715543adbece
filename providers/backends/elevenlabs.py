"""ElevenLabs: speech and music in one request whose response is the audio.

A route gives `voice` (a name or an ID), `format` (`mp3`, or one of the API's own names such as `mp3_44100_192`) and,
for music, `duration` in seconds. Every other parameter is sent in the body as it is.
"""

import re
from collections.abc import Mapping
from urllib.parse import quote

from kit.errors import ContentViolation, DoitongError, GenerationFailed, InvalidInput, ProviderUnavailable
from kit.text import truncate
from providers.backend import (
    JSON,
    AcceptedJob,
    BackendState,
    GenerationType,
    Job,
    JSONObject,
    Snapshot,
    SubmissionRefused,
)
from providers.backends.base import SynchronousBackend
from providers.http import (
    CREDENTIAL_STATUSES,
    SYNCHRONOUS_TIMEOUT,
    UpstreamClient,
    UpstreamResponse,
    check_submission,
    status_error,
)
from providers.settings import BackendContext, BackendDefinition, BackendSetting, SettingForm, api_key, base_url

KEY, BASE_URL = "DOITONG_ELEVENLABS_API_KEY", "DOITONG_ELEVENLABS_BASE_URL"
MAX_CONCURRENT_JOBS = "DOITONG_ELEVENLABS_MAX_CONCURRENT_JOBS"
DEFAULT_VOICE = "rachel"
# The public premade voices; other names are looked up in the account.
VOICES: Mapping[str, str] = {
    "adam": "pNInz6obpgDQGcFmaJgB",
    "alice": "Xb7hH8MSUJpSbSDYk0k2",
    "antoni": "ErXwobaYiN019PkySvjV",
    "aria": "9BWtsMINqrJLrRacOk9x",
    "arnold": "VR6AewLTigWG4xSOukaG",
    "bella": "EXAVITQu4vr4xnSDxMaL",
    "bill": "pqHfZKP75CvOlQylNhV4",
    "brian": "nPczCjzI2devNBz1zQrb",
    "callum": "N2lVS1w4EtoT3dr4eOWO",
    "charlie": "IKne3meq5aSn9XLyUdCD",
    "charlotte": "XB0fDUnXU5powFXDhCwa",
    "chris": "iP95p4xoKVk53GoZ742B",
    "clyde": "2EiwWnXFnvU5JabPnv8n",
    "daniel": "onwK4e9ZLuTAKqWW03F9",
    "domi": "AZnzlk1XvdvUeBnXmlld",
    "elli": "MF3mGyEYCl7XYWbV9V6O",
    "eric": "cjVigY5qzO86Huf0OWal",
    "george": "JBFqnCBsd6RMkjVDRZzb",
    "harry": "SOYHLrjzK2X1ezoPC6cr",
    "jessica": "cgSgspJ2msm6clMCkdW9",
    "josh": "TxGEqnHWrfWFTfGW9XjX",
    "laura": "FGY2WhTYpPnrIDTdsKH5",
    "liam": "TX3LPaxmHKxFdv7VOQHJ",
    "lily": "pFZP5JQG7iQjIQuC4Bku",
    "matilda": "XrExE9yKIg1WjnnlVkGX",
    "rachel": "21m00Tcm4TlvDq8ikWAM",
    "river": "SAz9YHcvj6GT2YYXdXww",
    "roger": "CwhRBWXzGAHq8TQ4Fs17",
    "sam": "yoZ06aMxZJJ28mfd3POQ",
    "sarah": "EXAVITQu4vr4xnSDxMaL",
    "will": "bIHbv24MWmeRgasZH58o",
}
VOICE_ID = re.compile(r"(?=.*\d|.+[A-Z])[A-Za-z0-9]{20}")  # unlike a name of 20 letters
MAX_KNOWN_VOICES = 1000
# Without 44.1 kHz WAV, which needs the Pro plan.
SPEECH_FORMATS = {"mp3": "mp3_44100_128", "wav": "wav_24000", "opus": "opus_48000_128"}
MUSIC_FORMATS = {"mp3": "mp3_44100_128", "opus": "opus_48000_128"}
MEDIA_TYPES = {"mp3": "audio/mpeg", "wav": "audio/wav", "opus": "audio/ogg"}
BUSY_CODES = frozenset({"too_many_concurrent_requests", "concurrent_limit_exceeded", "system_busy"})
BILLING_CODES = frozenset({"quota_exceeded", "insufficient_credits", "payment_required"})
MODERATION_CODES = frozenset({"content_policy_violation", "bad_prompt", "bad_composition_plan"})
TOO_LONG_CODES = frozenset({"max_character_limit_exceeded", "text_too_long"})
VOICE_NOT_FOUND, MISSING_PERMISSION = "voice_not_found", "missing_permissions"


class ElevenLabsBackend(SynchronousBackend):
    """Makes speech and music. The IDs of voices that were looked up are kept for the life of the process."""

    def __init__(self, definition: BackendDefinition, context: BackendContext, client: UpstreamClient) -> None:
        super().__init__(definition, context, client)
        limit = context.settings.get(MAX_CONCURRENT_JOBS)
        self.max_concurrent_jobs = int(limit) if limit else None
        self.known_voices: dict[str, str] = {}

    async def submit(self, job: Job) -> AcceptedJob:
        body: JSONObject = {**job.parameters, **({} if job.model is None else {"model_id": job.model})}
        output_format = _output_format(self.title, job, body.pop("format", None))
        voice = str(body.pop("voice", None) or "").strip() or DEFAULT_VOICE
        if job.type is GenerationType.MUSIC:
            address = "/v1/music"
            seconds = body.pop("duration", None)
            if isinstance(seconds, int | float):
                body["music_length_ms"] = round(seconds * 1000)
        else:
            address = f"/v1/text-to-speech/{quote(await self._voice_id(voice), safe='')}"
            if isinstance(language := body.get("language_code"), str):
                body["language_code"] = re.split("[-_]", language)[0].lower()
        response = await self.client.submit(
            address, json=body, params={"output_format": output_format}, timeout=SYNCHRONOUS_TIMEOUT
        )
        self._check(response, voice=voice)
        return await self._accept(job, response, output_format)

    async def check_credentials(self) -> bool:
        response = await self.client.request("GET", "/v1/user")
        if response.status in CREDENTIAL_STATUSES:
            raise status_error(self.title, response.status)
        if not response.ok:
            raise ProviderUnavailable(f"{self.title} responded {response.status}.")
        return True

    async def _accept(self, job: Job, response: UpstreamResponse, output_format: str) -> AcceptedJob:
        received = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        if not response.body or not received.startswith(("audio/", "application/octet-stream")):
            error = GenerationFailed(f"{self.title} delivered no audio.")
            return AcceptedJob({}, Snapshot(BackendState.FAILED, error=error, diagnostics=response.diagnostics))
        media_type = MEDIA_TYPES[output_format.partition("_")[0]]
        return await self.accept_result(job, [(media_type, response.body)], _cost(response))

    async def _voice_id(self, voice: str) -> str:
        """Return the ID of a voice: a premade one, an ID as it is, or one of the account by its name."""
        name = voice.lower()
        known = VOICES.get(name) or self.known_voices.get(name)
        if known is not None:
            return known
        if VOICE_ID.fullmatch(voice):
            return voice
        found = await self._find_voice(name)
        if found is None:
            raise SubmissionRefused(_unknown_voice(self.title, voice))
        self.remember_voice(name, found)
        return found

    async def _find_voice(self, name: str) -> str | None:
        """Look up a voice of the account. Nothing is billed for it, so every failure is a `SubmissionRefused`."""
        try:
            response = await self.client.request("GET", "/v2/voices", params={"search": name, "page_size": 100})
        except ProviderUnavailable as error:
            raise SubmissionRefused(error) from error
        if MISSING_PERMISSION in _error(response.json_object().get("detail"))[0]:
            return None  # the key may make speech, but not list voices
        self._check(response, voice=name, not_taken=True)
        voices = response.json_object().get("voices")
        ids = {
            str(voice.get("name")).lower(): voice_id
            for voice in (voices if isinstance(voices, list) else ())
            if isinstance(voice, dict) and isinstance(voice_id := voice.get("voice_id"), str)
        }
        # Names such as `Sarah - Mature, Reassuring, Confident` are meant by their first word, too.
        return ids.get(name) or next((ids[full] for full in ids if full.startswith(f"{name} ")), None)

    def remember_voice(self, name: str, voice_id: str) -> None:
        if len(self.known_voices) >= MAX_KNOWN_VOICES:
            del self.known_voices[next(iter(self.known_voices))]
        self.known_voices[name] = voice_id

    def _check(self, response: UpstreamResponse, *, voice: str, not_taken: bool = False) -> None:
        """Raise for a response that is not a success."""
        if response.ok:
            return
        codes, message = _error(response.json_object().get("detail"))
        if VOICE_NOT_FOUND in codes:
            self.known_voices.pop(voice.lower(), None)  # it may have been deleted since it was looked up
        check_submission(
            self.title,
            response,
            error=_known_error(self.title, codes, message, voice=voice),
            message=message,
            busy=bool(codes & BUSY_CODES),
            not_taken=not_taken,
        )


def _output_format(title: str, job: Job, name: JSON) -> str:
    """Return the API's name of a format, such as `mp3_44100_128` for `mp3`. Raises `SubmissionRefused`."""
    formats = MUSIC_FORMATS if job.type is GenerationType.MUSIC else SPEECH_FORMATS
    wanted = str(name or "mp3")
    if re.fullmatch(rf"({'|'.join(formats)})(_\d{{1,6}}){{1,2}}", wanted):
        return wanted
    if wanted not in formats:
        message = f"{title} does not make {truncate(wanted)} files here."
        raise SubmissionRefused(InvalidInput(message, field="input.options.format", allowed=list(formats)))
    return formats[wanted]


def _error(detail: JSON) -> tuple[frozenset[str], str]:
    """Return the codes of an error (`code` and the older `status`) and its message.

    Validation errors are lists.
    """
    if isinstance(detail, list) and detail:
        detail = detail[0]
    if not isinstance(detail, dict):
        return frozenset(), detail if isinstance(detail, str) else ""
    message = detail.get("message") or detail.get("msg")
    codes = frozenset(str(detail[name]) for name in ("code", "status") if detail.get(name))
    return codes, message if isinstance(message, str) else ""


def _known_error(title: str, codes: frozenset[str], message: str, *, voice: str) -> DoitongError | None:
    if codes & BILLING_CODES:
        return ProviderUnavailable(status_error(title, 402).message, retryable=False)
    if codes & MODERATION_CODES:
        return ContentViolation(f"{title}'s moderation rejected the request.")
    if codes & TOO_LONG_CODES:
        return status_error(title, 400, message).set_field("input.input.text")
    if VOICE_NOT_FOUND in codes:
        return _unknown_voice(title, voice)
    if "model_not_found" in codes:
        return status_error(title, 404)
    return None


def _unknown_voice(title: str, voice: str) -> InvalidInput:
    return InvalidInput(
        f"{title} has no voice {truncate(voice)}. Give the ID of a voice of the account, or one of these names: "
        f"{', '.join(VOICES)}.",
        field="input.options.voice",
    )


def _cost(response: UpstreamResponse) -> JSONObject | None:
    characters = response.headers.get("character-cost", "")
    return {"amount": int(characters), "unit": "characters"} if re.fullmatch(r"\d{1,9}", characters) else None


def create(context: BackendContext) -> ElevenLabsBackend:
    """Return the backend for these settings."""
    key = context.settings.get(KEY, "")
    client = UpstreamClient(
        DEFINITION.title,
        context.settings[BASE_URL],
        lambda: {"xi-api-key": key},
        secrets=(key,),
    )
    return ElevenLabsBackend(DEFINITION, context, client)


DEFINITION = BackendDefinition(
    "elevenlabs",
    "ElevenLabs",
    (
        api_key("ELEVENLABS", "The API key."),
        base_url("ELEVENLABS", "https://api.elevenlabs.io"),
        BackendSetting(
            MAX_CONCURRENT_JOBS,
            "The number of requests that your plan allows at a time.",
            form=SettingForm.INTEGER,
        ),
    ),
    create,
)
