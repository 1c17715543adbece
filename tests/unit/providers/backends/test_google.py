"""The Google backend against an emulator on a real socket."""

import base64
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from starlette.responses import JSONResponse

from kit.errors import ContentViolation, DoitongError, GenerationFailed, InvalidInput, ProviderUnavailable
from providers.backend import (
    BackendState,
    GenerationType,
    Job,
    JSONObject,
    Output,
    Snapshot,
    SubmissionLost,
    SubmissionRefused,
    UpstreamBusy,
)
from providers.backends.google import DEFINITION, GoogleBackend
from providers.backends.google_clients import (
    ACCESS_TOKEN,
    BASE_URL,
    KEY,
    LOCATION,
    PROJECT,
    SPEECH_BASE_URL,
    VERTEX_BASE_URL,
)
from providers.backends.google_requests import speech_voice
from providers.settings import BackendContext
from tests.emulators.base import Scenario
from tests.emulators.google import DEPLETED, TOKEN, TOKENS, GoogleEmulator, google_error
from tests.emulators.google import KEY as API_KEY
from tests.emulators.google import PROJECT as OUR_PROJECT
from tests.emulators.media import media_file
from tests.emulators.serving import EmulatorServer
from tests.support.asgi_server import free_socket
from tests.support.backend_harness import Connection, body_of, error_of, finished, refusal
from tests.support.backend_jobs import a_job
from tests.support.manual_clock import ManualClock

pytestmark = pytest.mark.anyio

FLASH_IMAGE, VEO, OMNI = "gemini-3.1-flash-image", "veo-3.1-generate-001", "gemini-omni-1.1-flash"
PNG, MP4 = media_file("image.png")[1], media_file("video.mp4")[1]
PNG_DATA = base64.b64encode(PNG).decode()
FOREIGN_VIDEO = "https://storage.example.com/video.mp4"
COST = {"amount": TOKENS, "unit": "tokens"}
ALL_SUBMISSIONS = pytest.mark.parametrize("kind", ["image", "veo", "omni", "speech"])


Connect = Connection[GoogleEmulator, GoogleBackend]


@pytest.fixture
def google(server: EmulatorServer) -> Connect:
    return Connect(server, GoogleEmulator, lambda url, settings=None: backend_with({BASE_URL: url, **(settings or {})}))


def backend_with(settings: Mapping[str, str]) -> GoogleBackend:
    """Return a backend with the defaults and these settings."""
    defaults = {setting.name: setting.default for setting in DEFINITION.settings if setting.default}
    backend = DEFINITION.create(BackendContext({KEY: API_KEY, **defaults, **settings}, ManualClock()))
    assert isinstance(backend, GoogleBackend)
    return backend


def an_image_job(workspace: Path, **parameters: object) -> Job:
    config = {"imageConfig": {"aspectRatio": "16:9", "imageSize": "2K"}, "seed": 7}
    given: JSONObject = {"prompt": "A red kite", "generationConfig": config, **parameters}  # type: ignore[dict-item]
    return a_job(workspace, model=FLASH_IMAGE, parameters=given)


def a_veo_job(workspace: Path, *, files: Mapping[str, bytes] | None = None) -> Job:
    given: JSONObject = {"prompt": "A red kite", "parameters": {"durationSeconds": 8, "sampleCount": 1, "seed": 7}}
    media = {"image": "image", "images": "referenceImages"}
    return a_job(workspace, type=GenerationType.VIDEO, model=VEO, parameters=given, media=media, files=files)


def an_omni_job(workspace: Path, *, files: Mapping[str, bytes] | None = None) -> Job:
    given: JSONObject = {"prompt": "A red kite", "response_format": {"aspect_ratio": "9:16", "duration": "8s"}}
    media = {"image": "image"}
    return a_job(workspace, type=GenerationType.VIDEO, model=OMNI, parameters=given, media=media, files=files)


def a_speech_job(workspace: Path, **parameters: object) -> Job:
    audio = {"audioEncoding": "MP3", "speakingRate": 1.5}
    given: JSONObject = {"prompt": "Hello.", "voice": {"name": "en-US-neural"}, "audioConfig": audio, **parameters}  # type: ignore[dict-item]
    return a_job(workspace, type=GenerationType.AUDIO, model="wavenet", parameters=given)


def a_job_of(kind: str, workspace: Path) -> Job:
    makers: Mapping[str, Callable[[Path], Job]] = {
        "image": an_image_job,
        "veo": a_veo_job,
        "omni": an_omni_job,
        "speech": a_speech_job,
    }
    return makers[kind](workspace)


async def test_only_a_video_is_not_the_response_to_its_submission(tmp_path: Path) -> None:
    backend = backend_with({})

    synchronous = {
        kind: backend.submits_synchronously(a_job_of(kind, tmp_path)) for kind in ("image", "veo", "omni", "speech")
    }

    assert synchronous == {"image": True, "veo": False, "omni": False, "speech": True}
    await backend.aclose()


def content_of(snapshot: Snapshot) -> bytes:
    assert snapshot.state is BackendState.SUCCEEDED
    [output] = snapshot.outputs
    assert output.path is not None
    return output.path.read_bytes()


async def test_an_image_is_one_request_whose_response_holds_it(google: Connect, tmp_path: Path) -> None:
    job = an_image_job(tmp_path)

    async with google() as (emulator, backend):
        accepted = await backend.submit(job)
        found = await backend.find_job(job)
        polled = await backend.poll(job, accepted.reference)

    [request] = emulator.requests
    assert (request.method, request.path) == ("POST", f"/v1beta/models/{FLASH_IMAGE}:generateContent")
    assert request.headers["x-goog-api-key"] == API_KEY
    assert "authorization" not in request.headers
    assert body_of(request) == {
        "contents": [{"role": "user", "parts": [{"text": "A red kite"}]}],
        "generationConfig": {
            "responseModalities": ["IMAGE"],
            "imageConfig": {"aspectRatio": "16:9", "imageSize": "2K"},
            "seed": 7,
        },
    }
    assert accepted.result is not None
    assert content_of(accepted.result) == PNG
    assert accepted.result.cost == COST
    assert found is not None
    assert found.result == polled == accepted.result


async def test_pictures_are_sent_after_the_text_in_their_order(google: Connect, tmp_path: Path) -> None:
    files = {"images.0.png": PNG, "images.1.png": MP4}
    parameters: JSONObject = {"generationConfig": {"seed": 1}}
    job = a_job(tmp_path, model=FLASH_IMAGE, parameters=parameters, media={"images": "images"}, files=files)

    async with google() as (emulator, backend):
        await backend.submit(job)

    assert body_of(emulator.requests[0])["contents"] == [
        {
            "role": "user",
            "parts": [
                {"text": "A variation of this picture."},
                {"inlineData": {"mimeType": "image/png", "data": PNG_DATA}},
                {"inlineData": {"mimeType": "image/png", "data": base64.b64encode(MP4).decode()}},
            ],
        }
    ]


async def test_images_of_the_models_thoughts_are_no_outputs(google: Connect, tmp_path: Path) -> None:
    async with google() as (emulator, backend):
        emulator.has_thoughts = True
        snapshot = await finished(backend, an_image_job(tmp_path))

    assert content_of(snapshot) == PNG


async def test_a_blocked_prompt_is_a_content_violation(google: Connect, tmp_path: Path) -> None:
    async with google(Scenario.MODERATED_AT_SUBMISSION) as (emulator, backend):
        with pytest.raises(SubmissionRefused) as caught:
            await backend.submit(an_image_job(tmp_path))

    assert isinstance(caught.value.error, ContentViolation)
    assert caught.value.args == ("Google's moderation rejected the request.",)
    assert caught.value.diagnostics == {"status": 200, "requestId": "response-1", "code": "PROHIBITED_CONTENT"}
    assert not emulator.purchases


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("SAFETY", ContentViolation),
        ("IMAGE_PROHIBITED_CONTENT", ContentViolation),
        ("IMAGE_RECITATION", ContentViolation),
        ("NO_IMAGE", GenerationFailed),
        ("MAX_TOKENS", GenerationFailed),
        ("PUP_LIMITED_DISABLED", ProviderUnavailable),
    ],
)
async def test_a_response_without_an_image_says_why(
    google: Connect, tmp_path: Path, reason: str, expected: type[DoitongError]
) -> None:
    async with google() as (emulator, backend):
        emulator.finish_reason = reason
        snapshot = await finished(backend, an_image_job(tmp_path))

    assert type(error_of(snapshot)) is expected
    assert snapshot.cost == COST
    assert snapshot.diagnostics == {"status": 200, "requestId": "response-1", "code": reason}


@pytest.mark.parametrize("kind", ["image", "veo", "omni"])
async def test_success_without_an_output_is_a_failure(google: Connect, tmp_path: Path, kind: str) -> None:
    async with google(Scenario.EMPTY_SUCCESS) as (_, backend):
        snapshot = await finished(backend, a_job_of(kind, tmp_path))

    assert isinstance(error_of(snapshot), GenerationFailed)


@pytest.mark.parametrize("kind", ["image", "veo", "speech"])
async def test_an_output_that_is_not_base64_is_a_failure(google: Connect, tmp_path: Path, kind: str) -> None:
    async with google(Scenario.OUTPUT_TRUNCATED) as (_, backend):
        snapshot = await finished(backend, a_job_of(kind, tmp_path))

    assert error_of(snapshot).message == "Google delivered a damaged file."


async def test_a_video_of_veo_is_an_operation_that_is_polled(google: Connect, tmp_path: Path) -> None:
    job = a_veo_job(tmp_path, files={"image.png": PNG})

    async with google(settings={PROJECT: OUR_PROJECT}) as (emulator, backend):
        accepted = await backend.submit(job)
        snapshot = await backend.poll(job, accepted.reference)

    model = f"projects/media-project/locations/us-central1/publishers/google/models/{VEO}"
    submission, poll = emulator.requests
    assert (submission.method, submission.path) == ("POST", f"/v1/{model}:predictLongRunning")
    assert submission.headers["x-goog-api-key"] == API_KEY
    assert body_of(submission) == {
        "instances": [
            {"prompt": "A red kite", "image": {"bytesBase64Encoded": PNG_DATA, "mimeType": "image/png"}},
        ],
        "parameters": {"durationSeconds": 8, "sampleCount": 1, "seed": 7},
    }
    operation = f"{model}/operations/google-job-1"
    assert accepted.reference == {"operation": operation}
    assert (poll.method, poll.path) == ("POST", f"/v1/{model}:fetchPredictOperation")
    assert body_of(poll) == {"operationName": operation}
    assert content_of(snapshot) == MP4


async def test_reference_pictures_of_veo_have_a_type(google: Connect, tmp_path: Path) -> None:
    async with google() as (emulator, backend):
        await backend.submit(a_veo_job(tmp_path, files={"images.0.png": PNG}))

    picture = {"bytesBase64Encoded": PNG_DATA, "mimeType": "image/png"}
    assert body_of(emulator.requests[0])["instances"] == [
        {"prompt": "A red kite", "referenceImages": [{"image": picture, "referenceType": "asset"}]}
    ]


async def test_without_a_project_veo_is_used_in_express_mode(google: Connect, tmp_path: Path) -> None:
    async with google() as (emulator, backend):
        snapshot = await finished(backend, a_veo_job(tmp_path))

    assert emulator.requests[0].path == f"/v1/publishers/google/models/{VEO}:predictLongRunning"
    assert snapshot.state is BackendState.SUCCEEDED


async def test_an_access_token_is_sent_in_place_of_the_key_except_to_gemini(google: Connect, tmp_path: Path) -> None:
    async with google(settings={ACCESS_TOKEN: TOKEN}) as (emulator, backend):
        for kind in ("image", "veo", "speech"):
            await finished(backend, a_job_of(kind, tmp_path))

    image, *others = emulator.requests
    assert (image.headers["x-goog-api-key"], image.headers.get("authorization")) == (API_KEY, None)
    assert {request.headers["authorization"] for request in others} == {f"Bearer {TOKEN}"}
    assert not any("x-goog-api-key" in request.headers for request in others)


async def test_a_video_in_a_bucket_is_downloaded_with_the_access_token(google: Connect, tmp_path: Path) -> None:
    async with google(settings={ACCESS_TOKEN: TOKEN}) as (emulator, backend):
        emulator.in_bucket = True
        snapshot = await finished(backend, a_veo_job(tmp_path))

    download = emulator.requests[-1]
    assert (download.path, download.query) == ("/storage/v1/b/media-bucket/o/veo/sample_0.mp4", "alt=media")
    assert content_of(snapshot) == MP4


async def test_a_video_in_a_bucket_fails_without_an_access_token(google: Connect, tmp_path: Path) -> None:
    async with google() as (emulator, backend):
        emulator.in_bucket = True
        snapshot = await finished(backend, a_veo_job(tmp_path))

    assert isinstance(error_of(snapshot), GenerationFailed)
    assert snapshot.diagnostics == {"code": f"gs://media-bucket/veo/sample_0.mp4 without {ACCESS_TOKEN}"}


async def test_a_filtered_video_of_veo_is_a_content_violation(google: Connect, tmp_path: Path) -> None:
    async with google(Scenario.MODERATED_LATER) as (_, backend):
        snapshot = await finished(backend, a_veo_job(tmp_path))

    assert isinstance(error_of(snapshot), ContentViolation)


@pytest.mark.parametrize(
    ("code", "message", "expected", "retryable"),
    [
        (3, "The prompt contains words that violate our usage guidelines.", ContentViolation, False),
        (3, "Unsupported output video duration 5 seconds.", InvalidInput, False),
        (8, "The service is currently experiencing high load.", ProviderUnavailable, True),
        (14, "Try again.", ProviderUnavailable, True),
        (7, "Permission denied.", ProviderUnavailable, False),
        (13, "Internal error.", GenerationFailed, True),
        ("x", None, GenerationFailed, True),
    ],
)
async def test_the_error_of_an_operation_is_mapped(
    google: Connect, tmp_path: Path, code: object, message: object, expected: type[DoitongError], retryable: bool
) -> None:
    async with google() as (emulator, backend):
        emulator.error = {"code": code, "message": message}
        snapshot = await finished(backend, a_veo_job(tmp_path))

    error = error_of(snapshot)
    assert type(error) is expected
    assert error.extensions.get("retryable", error.retryable) is retryable
    assert snapshot.diagnostics == {"code": str(code)}


async def test_a_video_of_omni_is_an_interaction_whose_file_needs_the_key(google: Connect, tmp_path: Path) -> None:
    job = an_omni_job(tmp_path, files={"image.png": PNG})

    async with google() as (emulator, backend):
        accepted = await backend.submit(job)
        snapshot = await backend.poll(job, accepted.reference)
        await backend.clean_up(job, accepted.reference)

    submission, poll, file, redirected, forgotten = emulator.requests
    assert (submission.method, submission.path) == ("POST", "/v1beta/interactions")
    assert body_of(submission) == {
        "model": OMNI,
        "input": [
            {
                "type": "user_input",
                "content": [
                    {"type": "text", "text": "A red kite"},
                    {"type": "image", "mime_type": "image/png", "data": PNG_DATA},
                ],
            }
        ],
        "background": True,
        "response_modalities": ["video"],
        "response_format": {"type": "video", "delivery": "uri", "aspect_ratio": "9:16", "duration": "8s"},
    }
    assert accepted.reference == {"interaction": "google-job-1"}
    assert accepted.result is None
    assert (poll.method, poll.path) == ("GET", "/v1beta/interactions/google-job-1")
    assert (file.path, file.headers["x-goog-api-key"]) == ("/v1beta/files/video-1.mp4:download", API_KEY)
    assert redirected.path == "/download/v1beta/files/video-1.mp4:download"
    assert (forgotten.method, forgotten.path) == ("DELETE", poll.path)
    assert content_of(snapshot) == MP4
    assert snapshot.cost == COST


async def test_an_interaction_may_hold_its_video_itself(google: Connect, tmp_path: Path) -> None:
    async with google() as (emulator, backend):
        emulator.inline = True
        snapshot = await finished(backend, an_omni_job(tmp_path))

    assert content_of(snapshot) == MP4
    assert snapshot.cost == COST


async def test_a_video_on_another_host_is_left_to_the_media_library(google: Connect, tmp_path: Path) -> None:
    async with google() as (emulator, backend):
        emulator.video_uri = FOREIGN_VIDEO
        snapshot = await finished(backend, an_omni_job(tmp_path))

    assert snapshot.outputs == (Output("video/mp4", url=FOREIGN_VIDEO),)
    assert len(emulator.requests) == 2


async def test_the_key_does_not_follow_a_redirect_to_another_host(google: Connect, tmp_path: Path) -> None:
    async with google() as (emulator, backend):
        emulator.redirect_to = "http://198.51.100.7/video.mp4"
        snapshot = await finished(backend, an_omni_job(tmp_path))

    assert error_of(snapshot).message == "Google named a URL on 198.51.100.7, which is not one of its own."


@pytest.mark.parametrize("location", ["http://[", "//user:secret@host/x", "file:///etc/passwd"])
async def test_a_redirect_to_no_usable_url_is_a_failure(google: Connect, tmp_path: Path, location: str) -> None:
    async with google() as (emulator, backend):
        emulator.redirect_to = location
        snapshot = await finished(backend, an_omni_job(tmp_path))

    assert isinstance(error_of(snapshot), GenerationFailed)


async def test_a_redirect_without_end_is_a_failure(google: Connect, tmp_path: Path) -> None:
    async with google() as (emulator, backend):
        emulator.redirect_to = "/v1beta/files/video-1.mp4:download?alt=media"
        snapshot = await finished(backend, an_omni_job(tmp_path))

    assert error_of(snapshot).message == "Google redirected the download of its file too often."
    assert len(emulator.requests) == 2 + 6


@pytest.mark.parametrize(
    ("status", "expected", "retryable"),
    [
        ("failed", GenerationFailed, True),
        ("incomplete", GenerationFailed, True),
        ("requires_action", GenerationFailed, True),
        ("requires_continuation", GenerationFailed, True),
        ("budget_exceeded", ProviderUnavailable, False),
    ],
)
async def test_an_interaction_that_ends_without_a_video_is_a_failure(
    google: Connect, tmp_path: Path, status: str, expected: type[DoitongError], retryable: bool
) -> None:
    async with google() as (emulator, backend):
        emulator.status = status
        snapshot = await finished(backend, an_omni_job(tmp_path))

    error = error_of(snapshot)
    assert type(error) is expected
    assert error.extensions.get("retryable", error.retryable) is retryable
    assert snapshot.diagnostics == {"status": status}


async def test_a_blocked_interaction_is_a_content_violation(google: Connect, tmp_path: Path) -> None:
    async with google(Scenario.MODERATED_LATER) as (_, backend):
        snapshot = await finished(backend, an_omni_job(tmp_path))

    assert isinstance(error_of(snapshot), ContentViolation)


@pytest.mark.parametrize(("status", "state"), [("cancelled", "CANCELLED"), ("idle", "RUNNING")])
async def test_other_states_of_interactions(google: Connect, tmp_path: Path, status: str, state: str) -> None:
    async with google() as (emulator, backend):
        emulator.status = status
        snapshot = await finished(backend, an_omni_job(tmp_path))

    assert snapshot.state == state


@pytest.mark.parametrize(
    ("kind", "states"),
    [("omni", ["QUEUED", "RUNNING", "RUNNING", "SUCCEEDED"]), ("veo", ["RUNNING", "RUNNING", "RUNNING", "SUCCEEDED"])],
)
async def test_a_slow_video_is_polled_until_it_is_there(
    google: Connect, tmp_path: Path, kind: str, states: list[str]
) -> None:
    job = a_job_of(kind, tmp_path)

    async with google(Scenario.SLOW) as (_, backend):
        accepted = await backend.submit(job)
        seen = [(await backend.poll(job, accepted.reference)).state for _ in states]

    assert seen == states


async def test_an_interaction_can_be_cancelled(google: Connect, tmp_path: Path) -> None:
    job = an_omni_job(tmp_path)

    async with google(Scenario.SLOW) as (emulator, backend):
        accepted = await backend.submit(job)
        await backend.cancel(job, accepted.reference)
        snapshot = await backend.poll(job, accepted.reference)

    request = emulator.requests[1]
    assert (request.method, request.path) == ("POST", "/v1beta/interactions/google-job-1/cancel")
    assert snapshot.state is BackendState.CANCELLED


async def test_cancelling_what_has_ended_or_cannot_be_cancelled_is_no_error(google: Connect, tmp_path: Path) -> None:
    async with google() as (emulator, backend):
        accepted = await backend.submit(an_omni_job(tmp_path))
        await backend.cancel(an_omni_job(tmp_path), accepted.reference)
        await backend.cancel(an_omni_job(tmp_path), {"interaction": "unknown"})
        await backend.cancel(a_veo_job(tmp_path), {"operation": "x/operations/1"})
        await backend.clean_up(a_veo_job(tmp_path), {"operation": "x/operations/1"})

    assert len(emulator.requests) == 3


@pytest.mark.parametrize("kind", ["omni", "veo"])
async def test_a_poll_that_fails_is_repeated(google: Connect, tmp_path: Path, kind: str) -> None:
    job = a_job_of(kind, tmp_path)

    async with google(Scenario.POLL_ERROR_ONCE) as (_, backend):
        accepted = await backend.submit(job)
        with pytest.raises(ProviderUnavailable):
            await backend.poll(job, accepted.reference)
        snapshot = await backend.poll(job, accepted.reference)

    assert snapshot.state is BackendState.SUCCEEDED


@pytest.mark.parametrize("kind", ["omni", "veo"])
async def test_limited_polling_names_the_delay(google: Connect, tmp_path: Path, kind: str) -> None:
    job = a_job_of(kind, tmp_path)
    detail = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "12s"}

    async with google() as (emulator, backend):
        accepted = await backend.submit(job)
        emulator.poll_refusal = google_error(429, "RESOURCE_EXHAUSTED", "Quota", detail)
        with pytest.raises(UpstreamBusy) as busy:
            await backend.poll(job, accepted.reference)

    assert busy.value.retry_after == timedelta(seconds=12)


@pytest.mark.parametrize("kind", ["omni", "veo"])
async def test_a_job_that_google_no_longer_knows_has_failed(google: Connect, tmp_path: Path, kind: str) -> None:
    job = a_job_of(kind, tmp_path)

    async with google() as (emulator, backend):
        accepted = await backend.submit(job)
        emulator.jobs.clear()
        snapshot = await backend.poll(job, accepted.reference)

    assert isinstance(error_of(snapshot), GenerationFailed)
    assert snapshot.diagnostics == {"status": 404, "code": "NOT_FOUND"}


@pytest.mark.parametrize(
    ("scenario", "expected"),
    [(Scenario.OUTPUT_EXPIRED, GenerationFailed), (Scenario.OUTPUT_UNAVAILABLE_ONCE, ProviderUnavailable)],
)
async def test_a_video_that_cannot_be_downloaded(
    google: Connect, tmp_path: Path, scenario: Scenario, expected: type[DoitongError]
) -> None:
    async with google(scenario) as (_, backend):
        if expected is ProviderUnavailable:
            with pytest.raises(ProviderUnavailable):
                await finished(backend, an_omni_job(tmp_path))
        snapshot = await finished(backend, an_omni_job(tmp_path))

    assert snapshot.state is (BackendState.FAILED if expected is GenerationFailed else BackendState.SUCCEEDED)


async def test_speech_is_one_request_whose_response_holds_it(google: Connect, tmp_path: Path) -> None:
    async with google() as (emulator, backend):
        snapshot = await finished(backend, a_speech_job(tmp_path))

    [request] = emulator.requests
    assert (request.method, request.path) == ("POST", "/v1/text:synthesize")
    assert request.headers["x-goog-api-key"] == API_KEY
    assert body_of(request) == {
        "input": {"text": "Hello."},
        "voice": {"languageCode": "en-US", "name": "en-US-Neural2-C"},
        "audioConfig": {"audioEncoding": "MP3", "speakingRate": 1.5},
    }
    assert content_of(snapshot) == media_file("speech.mp3")[1]
    assert snapshot.outputs[0].media_type == "audio/mpeg"


@pytest.mark.parametrize(
    ("encoding", "media_type"), [("LINEAR16", "audio/wav"), ("OGG_OPUS", "audio/ogg"), ("MP3", "audio/mpeg")]
)
async def test_speech_has_the_media_type_of_its_encoding(
    google: Connect, tmp_path: Path, encoding: str, media_type: str
) -> None:
    async with google() as (_, backend):
        snapshot = await finished(backend, a_speech_job(tmp_path, audioConfig={"audioEncoding": encoding}))

    assert snapshot.outputs[0].media_type == media_type


async def test_an_encoding_without_a_media_type_is_refused(google: Connect, tmp_path: Path) -> None:
    async with google() as (emulator, backend):
        error = await refusal(backend, a_speech_job(tmp_path, audioConfig={"audioEncoding": "MULAW"}))

    assert isinstance(error, InvalidInput)
    assert not emulator.requests


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("<speak>Hello.</speak>", "ssml"),
        (' \n<speak version="1.1">Hello.</speak>', "ssml"),
        ("<speaker> is a word.", "text"),
        ("Say <speak>.", "text"),
    ],
)
async def test_a_text_that_begins_with_speak_is_ssml(google: Connect, tmp_path: Path, text: str, kind: str) -> None:
    async with google() as (emulator, backend):
        await backend.submit(a_speech_job(tmp_path, prompt=text))

    assert body_of(emulator.requests[0])["input"] == {kind: text}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"name": "en-US-neural"}, ("en-US", "en-US-Neural2-C")),
        ({"name": "de-de-Neural"}, ("de-DE", "de-DE-Neural2-G")),
        ({"name": "sv-SE-neural"}, ("sv-SE", None)),
        ({"name": "en-US-Chirp3-HD-Kore"}, ("en-US", "en-US-Chirp3-HD-Kore")),
        ({"name": "cmn-CN-Wavenet-A"}, ("cmn-CN", "cmn-CN-Wavenet-A")),
        ({"name": "es-419-Standard-A"}, ("es-419", "es-419-Standard-A")),
        ({"name": "de-DE"}, ("de-DE", "de-DE-Neural2-G")),
        ({"languageCode": "de"}, ("de-DE", "de-DE-Neural2-G")),
        ({"languageCode": "pt_BR"}, ("pt-BR", "pt-BR-Neural2-A")),
        ({"languageCode": "sw"}, ("sw", None)),
        ({"languageCode": "de-DE", "name": "de-DE-Wavenet-B"}, ("de-DE", "de-DE-Wavenet-B")),
        ({"languageCode": "de-DE", "name": "en-US-neural"}, ("de-DE", "de-DE-Neural2-G")),
        ({}, ("en-US", "en-US-Neural2-C")),
        (None, ("en-US", "en-US-Neural2-C")),
    ],
)
def test_the_voice_of_a_name_or_a_language(given: JSONObject | None, expected: tuple[str, str | None]) -> None:
    voice = speech_voice(given)

    assert (voice["languageCode"], voice.get("name")) == expected


@pytest.mark.parametrize("name", ["rachel", "x" * 5000, "en-US-", "en-US-neural-../..", "de"])
def test_a_name_that_is_no_voice_of_google_is_refused(name: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        speech_voice({"name": name})

    assert caught.value.field == "input.options.voice"
    assert len(caught.value.message) < 250


async def test_speech_that_google_rejects_says_why(google: Connect, tmp_path: Path) -> None:
    async with google() as (_, backend):
        error = await refusal(backend, a_speech_job(tmp_path, voice={"name": "en-US-Neural2-Z"}))

    assert isinstance(error, InvalidInput)
    assert error.message == "Google rejected the request: Voice 'en-US-Neural2-Z' does not exist. Is it misspelled?"


async def test_speech_without_sound_is_a_failure(google: Connect, tmp_path: Path) -> None:
    async with google(Scenario.EMPTY_SUCCESS) as (_, backend):
        snapshot = await finished(backend, a_speech_job(tmp_path))

    assert error_of(snapshot).message == "Google delivered no audio."


@pytest.mark.parametrize("kind", ["veo", "omni"])
async def test_a_moderated_video_request_is_a_content_violation(google: Connect, tmp_path: Path, kind: str) -> None:
    async with google(Scenario.MODERATED_AT_SUBMISSION) as (emulator, backend):
        error = await refusal(backend, a_job_of(kind, tmp_path))

    assert isinstance(error, ContentViolation)
    assert not emulator.purchases


@ALL_SUBMISSIONS
async def test_a_limit_names_the_delay_and_is_not_a_rejection(google: Connect, tmp_path: Path, kind: str) -> None:
    job = a_job_of(kind, tmp_path)

    async with google(Scenario.BUSY_ONCE) as (_, backend):
        with pytest.raises(UpstreamBusy) as busy:
            await backend.submit(job)
        accepted = await backend.submit(job)

    assert busy.value.retry_after == timedelta(seconds=7.5)
    assert busy.value.diagnostics == {"status": 429, "code": "RESOURCE_EXHAUSTED"}
    assert accepted is not None


@ALL_SUBMISSIONS
@pytest.mark.parametrize("scenario", [Scenario.BUSY_WITHOUT_RETRY_AFTER, Scenario.UNAVAILABLE_ONCE])
async def test_an_overloaded_google_is_busy(google: Connect, tmp_path: Path, kind: str, scenario: Scenario) -> None:
    async with google(scenario) as (emulator, backend):
        with pytest.raises(UpstreamBusy) as busy:
            await backend.submit(a_job_of(kind, tmp_path))

    assert busy.value.retry_after is None
    assert not emulator.purchases


@ALL_SUBMISSIONS
@pytest.mark.parametrize("scenario", [Scenario.SERVER_ERROR_ONCE, Scenario.LOST_ANSWER])
async def test_a_lost_response_is_not_submitted_again(
    google: Connect, tmp_path: Path, kind: str, scenario: Scenario
) -> None:
    job = a_job_of(kind, tmp_path)

    async with google(scenario) as (emulator, backend):
        with pytest.raises(SubmissionLost):
            await backend.submit(job)
        with pytest.raises(SubmissionLost):
            await backend.find_job(job)

    assert len(emulator.requests) == 1


@ALL_SUBMISSIONS
@pytest.mark.parametrize(
    "refused",
    [
        google_error(402, "RESOURCE_EXHAUSTED", "Prepay credit is used up."),
        google_error(429, "RESOURCE_EXHAUSTED", DEPLETED),
        google_error(403, "PERMISSION_DENIED", "This API method requires billing to be enabled."),
        google_error(403, "PERMISSION_DENIED", "Generative Language API has not been used in project 1 before."),
        google_error(401, "UNAUTHENTICATED", "Request had invalid authentication credentials."),
        google_error(400, "INVALID_ARGUMENT", "API key expired. Please renew the API key."),
        google_error(400, "FAILED_PRECONDITION", "Please enable billing on project 1."),
    ],
)
async def test_trouble_with_the_operators_account_is_not_the_clients(
    google: Connect, tmp_path: Path, kind: str, refused: object
) -> None:
    async with google() as (emulator, backend):
        emulator.refusal = refused  # type: ignore[assignment]
        error = await refusal(backend, a_job_of(kind, tmp_path))

    assert isinstance(error, ProviderUnavailable)
    assert error.extensions["retryable"] is False
    assert error.message.startswith("Google cannot be used now: it ")


@ALL_SUBMISSIONS
async def test_a_wrong_key_is_the_operators_fault_and_is_not_repeated(
    google: Connect, tmp_path: Path, kind: str
) -> None:
    async with google(settings={KEY: "AIza-wrong-key"}) as (_, backend):
        error = await refusal(backend, a_job_of(kind, tmp_path))

    assert error.message == "Google cannot be used now: it rejected the operator's credentials."
    assert "AIza-wrong-key" not in repr((error, error.extensions))


async def test_an_error_in_a_list_and_one_without_a_form_are_read(google: Connect, tmp_path: Path) -> None:
    async with google() as (emulator, backend):
        body = [{"error": {"code": 400, "message": "Bad ratio.", "status": "INVALID_ARGUMENT"}}]
        emulator.refusal = JSONResponse(body, 400)
        listed = await refusal(backend, an_image_job(tmp_path))
        emulator.refusal = JSONResponse("no", 400)
        formless = await refusal(backend, an_image_job(tmp_path))

    assert listed.message == "Google rejected the request: Bad ratio."
    assert formless.message == "Google rejected the request with status 400."


async def test_an_unknown_model_lets_another_route_try(google: Connect, tmp_path: Path) -> None:
    job = replace(an_image_job(tmp_path), model="gemini-9-image")

    async with google() as (emulator, backend):
        error = await refusal(backend, job)

    assert isinstance(error, ProviderUnavailable)
    assert emulator.requests[0].path == "/v1beta/models/gemini-9-image:generateContent"


@pytest.mark.parametrize(
    ("type", "model"),
    [(GenerationType.VIDEO, "gemini-3.1-flash-image"), (GenerationType.MUSIC, "lyria"), (GenerationType.IMAGE, None)],
)
async def test_a_route_that_google_does_not_serve_is_refused(
    google: Connect, tmp_path: Path, type: GenerationType, model: str | None
) -> None:
    async with google() as (emulator, backend):
        error = await refusal(backend, a_job(tmp_path, type=type, model=model))

    assert isinstance(error, ProviderUnavailable)
    assert not emulator.requests


@pytest.mark.parametrize("name", ["../../v1/secrets", "publishers/google/models/x/operations/../../y", 7, ""])
async def test_an_operation_without_a_usable_name_is_lost(google: Connect, tmp_path: Path, name: object) -> None:
    async with google() as (emulator, backend):
        emulator.operation_name = name
        with pytest.raises(SubmissionLost):
            await backend.submit(a_veo_job(tmp_path))


async def test_an_interaction_without_a_usable_id_is_lost(google: Connect, tmp_path: Path) -> None:
    async with google() as (emulator, backend):
        emulator.interaction_id = "../models"
        with pytest.raises(SubmissionLost):
            await backend.submit(an_omni_job(tmp_path))


async def test_a_google_that_cannot_be_reached_has_not_taken_the_job(tmp_path: Path) -> None:
    bound, url = free_socket()
    bound.close()
    backend = backend_with({BASE_URL: url})

    error = await refusal(backend, an_image_job(tmp_path))
    await backend.aclose()

    assert isinstance(error, ProviderUnavailable)


async def test_the_credentials_are_checked_without_buying(google: Connect) -> None:
    async with google() as (emulator, backend):
        assert await backend.check_credentials()
        emulator.refusal = JSONResponse({}, 500)
        with pytest.raises(ProviderUnavailable):
            await backend.check_credentials()
    async with google(Scenario.UNAUTHORIZED) as (_, backend):
        with pytest.raises(ProviderUnavailable) as wrong:
            await backend.check_credentials()

    assert (emulator.requests[0].path, emulator.requests[0].query) == ("/v1beta/models", "pageSize=1")
    assert wrong.value.extensions["retryable"] is False


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, ["https://texttospeech.googleapis.com", "https://aiplatform.googleapis.com"]),
        ({PROJECT: "p"}, ["https://texttospeech.googleapis.com", "https://us-central1-aiplatform.googleapis.com"]),
        ({PROJECT: "p", LOCATION: "global"}, [None, "https://aiplatform.googleapis.com"]),
        ({BASE_URL: "http://emulator:1"}, ["http://emulator:1", "http://emulator:1"]),
        ({BASE_URL: "http://emulator:1", SPEECH_BASE_URL: "http://tts:2"}, ["http://tts:2", "http://emulator:1"]),
        ({VERTEX_BASE_URL: "https://eu.example"}, ["https://texttospeech.googleapis.com", "https://eu.example"]),
    ],
)
def test_each_api_has_its_base_url(settings: dict[str, str], expected: list[str | None]) -> None:
    clients = backend_with(settings).clients

    assert [clients.speech.base_url if expected[0] else None, clients.vertex.base_url] == expected


def test_a_project_or_location_that_would_change_the_host_is_refused() -> None:
    assert backend_with({}).unavailable_because() is None
    assert backend_with({KEY: ""}).unavailable_because() == f"{KEY} is not set"
    location = backend_with({PROJECT: "p", LOCATION: "evil.example/"})
    assert location.unavailable_because() == f"{LOCATION} is not the ID of a location"
    assert location.clients.vertex.base_url == "https://aiplatform.googleapis.com"
    assert backend_with({PROJECT: "a/b"}).unavailable_because() == f"{PROJECT} is not the ID of a project"
