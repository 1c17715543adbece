"""An emulator of ElevenLabs' speech, music and voices, with its strict bodies."""

from collections.abc import Awaitable, Callable, Iterable, Mapping

import orjson
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from tests.emulators.base import Disconnect, Emulator, Scenario
from tests.emulators.media import media_file

KEY = "sk_elevenlabs_emulator_0123456789"
RACHEL, ADAM, SARAH, NARRATOR = (
    "21m00Tcm4TlvDq8ikWAM",
    "pNInz6obpgDQGcFmaJgB",
    "EXAVITQu4vr4xnSDxMaL",
    "Zx9Yw8Vu7Ts6Rq5Po4Nm",
)
VOICES = {RACHEL: "Rachel", ADAM: "Adam", SARAH: "Sarah - Mature, Reassuring", NARRATOR: "Harbour Narrator - Slow"}
MODELS = frozenset({"eleven_multilingual_v2", "eleven_v3", "eleven_flash_v2_5"})
MAX_TEXT = 10_000  # characters
MAX_PAGE = 100  # voices
SPEECH_FIELDS = frozenset(
    {"apply_text_normalization", "language_code", "model_id", "next_text", "previous_text", "seed", "text"}
    | {"voice_settings"}
)
SETTINGS: Mapping[str, tuple[float, float]] = {
    "stability": (0, 1),
    "similarity_boost": (0, 1),
    "style": (0, 1),
    "speed": (0.7, 1.2),
    "use_speaker_boost": (0, 1),
}
MUSIC_FIELDS = frozenset({"composition_plan", "force_instrumental", "model_id", "music_length_ms", "prompt", "seed"})
SPEECH_FORMATS = frozenset({"mp3_44100_128", "mp3_44100_192", "mp3_22050_32", "wav_24000", "opus_48000_128"})
MUSIC_FORMATS = frozenset({"auto", "mp3_44100_128", "mp3_48000_192", "opus_48000_128"})
FILES = {"mp3": ("audio/mpeg", "speech.mp3"), "wav": ("audio/wav", "speech.wav"), "opus": ("audio/ogg", "speech.mp3")}

Handler = Callable[[Request, bytes], Response]


class ElevenLabsEmulator(Emulator):
    """`error` is answered to every submission if set: an HTTP status and the code of the error.

    Errors have the older `status` or, if `with_code`, the newer `code`. `can_list_voices` is a permission of the key.
    """

    name = "elevenlabs"
    error: tuple[int, str] | None = None
    with_code = False
    can_list_voices = True

    def __init__(self, url: str, *, scenario: Scenario = Scenario.HAPPY) -> None:
        super().__init__(url, scenario=scenario)
        self.voices = dict(VOICES)

    def api_routes(self) -> Iterable[BaseRoute]:
        yield Route("/v1/text-to-speech/{voice}", self._checked(self._submitted(self._speak)), methods=["POST"])
        yield Route("/v1/music", self._checked(self._submitted(self._compose)), methods=["POST"])
        yield Route("/v2/voices", self._checked(self._search_voices), methods=["GET"])
        yield Route("/v1/user", self._checked(self._user), methods=["GET"])

    def _checked(self, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
        """Record the request and check its key."""

        async def handle(request: Request) -> Response:
            body = await self.record(request)
            given = request.headers.get("xi-api-key")
            if given != KEY or self.happens(Scenario.UNAUTHORIZED):
                return self._error(401, "invalid_api_key", f"Invalid API key {given}")
            return handler(request, body)

        return handle

    def _submitted(self, handler: Handler) -> Handler:
        """Let the scenarios of submissions happen."""

        def handle(request: Request, body: bytes) -> Response:
            if self.happens_once(Scenario.BUSY_ONCE):
                return self._error(429, "too_many_concurrent_requests", "Too many", headers={"retry-after": "1"})
            if self.happens_once(Scenario.BUSY_WITHOUT_RETRY_AFTER):
                return self._error(429, "system_busy", "The system is busy")
            if self.happens_once(Scenario.UNAVAILABLE_ONCE):
                return Response(status_code=503)
            if self.happens_once(Scenario.SERVER_ERROR_ONCE):
                return self._error(500, "internal_error", "Something went wrong")
            if self.error is not None:
                return self._error(*self.error, "Something about the request")
            return handler(request, body)

        return handle

    def _speak(self, request: Request, raw: bytes) -> Response:
        body = orjson.loads(raw)
        voice = request.path_params["voice"]
        if voice not in self.voices:
            return self._error(404, "voice_not_found", f"A voice with the ID {voice} was not found.")
        if invalid := _invalid(body, SPEECH_FIELDS, required="text"):
            return invalid
        if len(body["text"]) > MAX_TEXT:
            return self._error(400, "max_character_limit_exceeded", "The text is too long")
        for name, value in body.get("voice_settings", {}).items():
            if name not in SETTINGS or not SETTINGS[name][0] <= value <= SETTINGS[name][1]:
                return self._error(400, "invalid_voice_settings", f"Invalid setting {name}: {value}")
        if body.get("model_id", "eleven_multilingual_v2") not in MODELS:
            return self._error(400, "model_not_found", "A model with that ID does not exist")
        return self._sound(request, body, SPEECH_FORMATS, cost=len(body["text"]))

    def _compose(self, request: Request, raw: bytes) -> Response:
        body = orjson.loads(raw)
        if invalid := _invalid(body, MUSIC_FIELDS, required="prompt"):
            return invalid
        length = body.get("music_length_ms", 3000)
        if type(length) is not int or not 3000 <= length <= 600_000:
            return _validation_error("music_length_ms", "Input should be from 3000 to 600000")
        if "seed" in body:
            return _validation_error("seed", "Seed cannot be used with prompt")
        return self._sound(request, body, MUSIC_FORMATS, cost=length // 10)

    def _sound(self, request: Request, body: dict[str, object], formats: frozenset[str], *, cost: int) -> Response:
        output_format = request.query_params.get("output_format", "mp3_44100_128")
        if output_format not in formats:
            return _validation_error("output_format", "Input should be a known format")
        if self.happens(Scenario.MODERATED_AT_SUBMISSION):
            return self._error(400, "bad_prompt", "Your prompt violates the terms of service")
        self.buy(body)
        if self.happens(Scenario.LOST_ANSWER):
            return Disconnect()
        if self.happens(Scenario.OUTPUT_WRONG_TYPE):
            return Response("<html><body>Sorry</body></html>", media_type="text/html")
        media_type, name = FILES[output_format.partition("_")[0].replace("auto", "mp3")]
        content = b"" if self.happens(Scenario.EMPTY_SUCCESS) else media_file(name)[1]
        headers = {"character-cost": str(cost), "request-id": "req_elevenlabs"}
        return Response(content, media_type=media_type, headers=headers)

    def _search_voices(self, request: Request, _: bytes) -> Response:
        if self.happens_once(Scenario.POLL_ERROR_ONCE):
            return self._error(500, "internal_error", "Something went wrong")
        if not self.can_list_voices:
            return self._error(401, "missing_permissions", "The key lacks the permission voices_read")
        size = int(request.query_params.get("page_size", "10"))
        if not 1 <= size <= MAX_PAGE:
            return _validation_error("page_size", f"Input should be from 1 to {MAX_PAGE}")
        searched = request.query_params.get("search", "").lower()
        found = [
            {"voice_id": id, "name": name, "category": "premade", "labels": {}}
            for id, name in self.voices.items()
            if searched in name.lower()
        ]
        return JSONResponse({"voices": found[:size], "has_more": len(found) > size, "total_count": len(found)})

    def _user(self, request: Request, _: bytes) -> Response:
        subscription = {"tier": "creator", "character_count": 0, "character_limit": 100_000, "status": "active"}
        return JSONResponse({"user_id": "user_1", "is_new_user": False, "subscription": subscription})

    def _error(self, status: int, code: str, message: str, *, headers: Mapping[str, str] | None = None) -> Response:
        newer = {"type": "error", "code": code, "status": "error", "message": message, "request_id": "req_error"}
        detail = newer if self.with_code else {"status": code, "message": message}
        return JSONResponse({"detail": detail}, status, headers={"request-id": "req_error", **(headers or {})})


def _invalid(body: Mapping[str, object], known: frozenset[str], *, required: str) -> Response | None:
    if not isinstance(body.get(required), str) or not body[required]:
        return _validation_error(required, "Field required")
    for name in sorted(body.keys() - known):
        return _validation_error(name, "Extra inputs are not permitted")
    return None


def _validation_error(name: str, message: str) -> Response:
    return JSONResponse({"detail": [{"type": "value_error", "loc": ["body", name], "msg": message}]}, 422)
