"""The backend of OpenAI and of compatible servers, against an emulator on a real socket."""

import asyncio
import base64
from collections.abc import Mapping
from datetime import timedelta
from email import message_from_bytes
from email.message import Message
from pathlib import Path

import orjson
import pytest

from kit.errors import ContentViolation, DoitongError, GenerationFailed, InvalidInput, ProviderUnavailable
from providers.backend import (
    BackendState,
    GenerationType,
    Job,
    JSONObject,
    SubmissionLost,
    SubmissionRefused,
    UpstreamBusy,
)
from providers.backends.openai_compatible import (
    BASE_URL,
    DEFINITION,
    KEY,
    MAX_IMAGES,
    OPENAI,
    OpenAICompatibleBackend,
    decode_images,
)
from providers.settings import BackendContext
from tests.emulators.base import RecordedRequest, Scenario
from tests.emulators.media import media_file
from tests.emulators.openai import KEY as API_KEY
from tests.emulators.openai import POLL_AFTER, TOKENS, OpenAIEmulator
from tests.emulators.serving import EmulatorServer
from tests.support.asgi_server import free_socket
from tests.support.backend_harness import Connection
from tests.support.manual_clock import ManualClock

pytestmark = pytest.mark.anyio

PNG, JPEG = media_file("image.png")[1], media_file("image.jpg")[1]
IMAGE: JSONObject = {"prompt": "A red kite over the sea", "size": "1024x768", "n": 1, "output_format": "png"}
SPEECH: JSONObject = {"input": "Good morning.", "voice": "alloy", "response_format": "mp3"}
VIDEO: JSONObject = {"prompt": "A red kite over the sea", "seconds": 4, "size": "832x480", "seed": 7}


Connect = Connection[OpenAIEmulator, OpenAICompatibleBackend]


@pytest.fixture
def openai(server: EmulatorServer) -> Connect:
    return Connect(server, OpenAIEmulator, lambda url, **given: backend_at(f"{url}/v1", **given))


def backend_at(url: str, *, key: str = API_KEY) -> OpenAICompatibleBackend:
    backend = DEFINITION.create(BackendContext({KEY: key, BASE_URL: url}, ManualClock()))
    assert isinstance(backend, OpenAICompatibleBackend)
    return backend


def a_job(
    workspace: Path,
    *,
    type: GenerationType = GenerationType.IMAGE,
    model: str | None = "gpt-image-2",
    parameters: JSONObject = IMAGE,
    media: Mapping[str, str] | None = None,
    files: Mapping[str, bytes] | None = None,
) -> Job:
    """Return a job. `files` are contents by field name with a suffix, such as `images.0.png`."""
    paths = {}
    for name, content in (files or {}).items():
        path = workspace / f"input-{name}"
        path.write_bytes(content)
        paths[name.rpartition(".")[0]] = path
    return Job(
        id="gen_1",
        client_request_id="gen_1-1",
        type=type,
        provider="gpt-image-2",
        model=model,
        mode="text-to-image",
        input={"text": "A red kite over the sea"},
        options={},
        seed=7,
        workspace=workspace,
        parameters=parameters,
        media_fields=media or {},
        files=paths,
    )


def a_speech(workspace: Path) -> Job:
    return a_job(workspace, type=GenerationType.AUDIO, model="gpt-4o-mini-tts", parameters=SPEECH)


def a_video(workspace: Path, **inputs: Mapping[str, bytes]) -> Job:
    media = {"image": "input_reference"}
    return a_job(workspace, type=GenerationType.VIDEO, model="wan", parameters=VIDEO, media=media, **inputs)


def form_of(request: RecordedRequest) -> list[tuple[str, str | None, str | None, bytes]]:
    """Return the parts of a multipart form: name, file name, media type and content."""
    head = f"Content-Type: {request.headers['content-type']}\r\n\r\n".encode()
    parts = message_from_bytes(head + request.body).get_payload()
    assert isinstance(parts, list)
    found = []
    for part in parts:
        assert isinstance(part, Message)
        name, media_type = part.get_param("name", header="content-disposition"), part.get("content-type")
        content = part.get_payload(decode=True)
        assert isinstance(name, str)
        assert isinstance(content, bytes)
        found.append((name, part.get_filename(), media_type, content))
    return found


async def test_only_a_video_is_not_the_response_to_its_submission(tmp_path: Path) -> None:
    backend = backend_at("https://api.example.com/v1")

    synchronous = [backend.submits_synchronously(make(tmp_path)) for make in (a_job, a_speech, a_video)]

    assert synchronous == [True, True, False]
    await backend.aclose()


async def test_an_image_is_one_request_and_its_file_is_in_the_workspace(openai: Connect, tmp_path: Path) -> None:
    job = a_job(tmp_path)

    async with openai() as (emulator, backend):
        accepted = await backend.submit(job)

    [request] = emulator.requests
    assert (request.method, request.path) == ("POST", "/v1/images/generations")
    assert request.headers["authorization"] == f"Bearer {API_KEY}"
    assert orjson.loads(request.body) == {**IMAGE, "model": "gpt-image-2"}
    assert accepted.reference == {}
    assert accepted.result is not None
    assert accepted.result.state is BackendState.SUCCEEDED
    assert accepted.result.cost == {"amount": TOKENS, "unit": "tokens"}
    [output] = accepted.result.outputs
    assert output.media_type == "image/png"
    assert output.path is not None
    assert output.path.read_bytes() == PNG
    assert emulator.purchases.total() == 1


@pytest.mark.parametrize(("form", "media_type"), [("jpeg", "image/jpeg"), ("webp", "image/webp")])
async def test_several_images_have_the_media_type_of_their_format(
    openai: Connect, tmp_path: Path, form: str, media_type: str
) -> None:
    job = a_job(tmp_path, parameters={**IMAGE, "n": 3, "output_format": form})

    async with openai() as (_, backend):
        accepted = await backend.submit(job)

    assert accepted.result is not None
    assert [output.media_type for output in accepted.result.outputs] == [media_type] * 3
    assert len({output.path for output in accepted.result.outputs}) == 3


async def test_an_image_with_a_picture_is_an_edit_as_a_multipart_form(openai: Connect, tmp_path: Path) -> None:
    job = a_job(tmp_path, media={"image": "image", "images": "image[]"}, files={"image.jpg": JPEG})

    async with openai() as (emulator, backend):
        await backend.submit(job)

    [request] = emulator.requests
    assert request.path == "/v1/images/edits"
    assert form_of(request) == [
        ("prompt", None, None, b"A red kite over the sea"),
        ("size", None, None, b"1024x768"),
        ("n", None, None, b"1"),
        ("output_format", None, None, b"png"),
        ("model", None, None, b"gpt-image-2"),
        ("image", "image.jpg", "image/jpeg", JPEG),
    ]


async def test_several_pictures_of_an_edit_are_a_list(openai: Connect, tmp_path: Path) -> None:
    files = {"images.0.png": PNG, "images.1.jpg": JPEG}
    job = a_job(tmp_path, media={"images": "image"}, files=files)

    async with openai() as (emulator, backend):
        await backend.submit(job)

    assert [part for part in form_of(emulator.requests[0]) if part[1] is not None] == [
        ("image[]", "images.0.png", "image/png", PNG),
        ("image[]", "images.1.jpg", "image/jpeg", JPEG),
    ]


async def test_only_models_other_than_gpt_image_are_asked_for_base64(openai: Connect, tmp_path: Path) -> None:
    job = a_job(tmp_path, model="stable-diffusion", parameters={"prompt": "A kite", "seed": 7})

    async with openai() as (emulator, backend):
        accepted = await backend.submit(job)

    body = {"prompt": "A kite", "seed": 7, "model": "stable-diffusion", "response_format": "b64_json"}
    assert orjson.loads(emulator.requests[0].body) == body
    assert accepted.result is not None
    assert accepted.result.outputs[0].path is not None


async def test_an_image_at_a_url_of_the_server_is_downloaded(openai: Connect, tmp_path: Path) -> None:
    job = a_job(tmp_path, model="stable-diffusion", parameters={"prompt": "A kite"})

    async with openai() as (emulator, backend):
        emulator.returns_urls = True
        accepted = await backend.submit(job)

    assert accepted.result is not None
    [output] = accepted.result.outputs
    assert output.path is not None
    assert output.path.read_bytes() == PNG


async def test_an_image_that_is_unavailable_is_downloaded_by_a_later_poll(openai: Connect, tmp_path: Path) -> None:
    job = a_job(tmp_path, model="stable-diffusion", parameters={"prompt": "A kite"})

    async with openai(Scenario.OUTPUT_UNAVAILABLE_ONCE) as (emulator, backend):
        emulator.returns_urls = True
        accepted = await backend.submit(job)
        snapshot = await backend.poll(job, accepted.reference)

    assert accepted.result is None
    assert snapshot.state is BackendState.SUCCEEDED
    assert snapshot.outputs[0].path is not None
    assert emulator.purchases.total() == 1


async def test_an_image_that_has_expired_has_failed(openai: Connect, tmp_path: Path) -> None:
    job = a_job(tmp_path, model="stable-diffusion", parameters={"prompt": "A kite"})

    async with openai(Scenario.OUTPUT_EXPIRED) as (emulator, backend):
        emulator.returns_urls = True
        accepted = await backend.submit(job)

    assert accepted.result is not None
    assert accepted.result.state is BackendState.FAILED
    assert isinstance(accepted.result.error, GenerationFailed)


async def test_an_image_on_another_host_is_left_to_the_media_library(openai: Connect, tmp_path: Path) -> None:
    job = a_job(tmp_path, model="stable-diffusion", parameters={"prompt": "A kite"})

    async with openai() as (emulator, backend):
        emulator.returns_urls, emulator.image_host = True, "https://images.example.com"
        accepted = await backend.submit(job)

    assert accepted.result is not None
    assert accepted.result.outputs[0].url == "https://images.example.com/files/image-1.png"
    assert len(emulator.requests) == 1


async def test_a_speech_is_one_request_whose_response_is_the_sound(openai: Connect, tmp_path: Path) -> None:
    job = a_speech(tmp_path)

    async with openai() as (emulator, backend):
        accepted = await backend.submit(job)

    [request] = emulator.requests
    assert request.path == "/v1/audio/speech"
    assert orjson.loads(request.body) == {**SPEECH, "model": "gpt-4o-mini-tts"}
    assert accepted.result is not None
    [output] = accepted.result.outputs
    assert output.media_type == "audio/mpeg"
    assert output.path is not None
    assert output.path.read_bytes() == media_file("speech.mp3")[1]


async def test_a_video_is_submitted_as_a_form_polled_and_downloaded_with_the_key(
    openai: Connect, tmp_path: Path
) -> None:
    job = a_video(tmp_path, files={"image.png": PNG})

    async with openai(Scenario.SLOW) as (emulator, backend):
        accepted = await backend.submit(job)
        snapshots = [await backend.poll(job, accepted.reference) for _ in range(4)]

    assert accepted.result is None
    assert accepted.reference == {"video": "openai-job-1"}
    assert emulator.requests[0].path == "/v1/videos"
    assert form_of(emulator.requests[0]) == [
        ("prompt", None, None, b"A red kite over the sea"),
        ("seconds", None, None, b"4"),
        ("size", None, None, b"832x480"),
        ("seed", None, None, b"7"),
        ("model", None, None, b"wan"),
        ("input_reference", "image.png", "image/png", PNG),
    ]
    assert [(snapshot.state, snapshot.progress) for snapshot in snapshots] == [
        (BackendState.QUEUED, None),
        (BackendState.RUNNING, 40),
        (BackendState.RUNNING, 40),
        (BackendState.SUCCEEDED, 100),
    ]
    assert snapshots[0].poll_after == timedelta(milliseconds=POLL_AFTER)
    [output] = snapshots[-1].outputs
    assert output.media_type == "video/mp4"
    assert output.path is not None
    assert output.path.read_bytes() == media_file("video.mp4")[1]
    download = emulator.requests[-1]
    assert download.path == "/v1/videos/openai-job-1/content"
    assert download.headers["authorization"] == f"Bearer {API_KEY}"


async def test_a_video_without_a_picture_is_a_multipart_form_too(openai: Connect, tmp_path: Path) -> None:
    async with openai() as (emulator, backend):
        await backend.submit(a_video(tmp_path))

    assert emulator.requests[0].headers["content-type"].startswith("multipart/form-data")


@pytest.mark.parametrize(
    ("scenario", "error", "code"),
    [
        (Scenario.MODERATED_LATER, ContentViolation, "moderation_blocked"),
        (Scenario.FAILED_LATER, GenerationFailed, "500"),
    ],
)
async def test_the_code_of_a_failed_video_decides_the_error(
    openai: Connect, tmp_path: Path, scenario: Scenario, error: type[DoitongError], code: str
) -> None:
    job = a_video(tmp_path)

    async with openai(scenario) as (_, backend):
        accepted = await backend.submit(job)
        snapshot = await backend.poll(job, accepted.reference)

    assert snapshot.state is BackendState.FAILED
    assert type(snapshot.error) is error
    assert "CUDA" not in snapshot.error.message
    assert snapshot.diagnostics == {"status": 200, "code": code}


async def test_a_video_that_does_not_exist_has_failed(openai: Connect, tmp_path: Path) -> None:
    async with openai() as (emulator, backend):
        snapshot = await backend.poll(a_video(tmp_path), {"video": "../models"})

    assert snapshot.state is BackendState.FAILED
    assert isinstance(snapshot.error, GenerationFailed)
    assert [request.path for request in emulator.requests] != ["/v1/models"]


async def test_an_error_of_a_poll_and_of_a_download_is_not_the_end(openai: Connect, tmp_path: Path) -> None:
    job = a_video(tmp_path)

    async with openai(Scenario.POLL_ERROR_ONCE) as (emulator, backend):
        accepted = await backend.submit(job)
        with pytest.raises(ProviderUnavailable):
            await backend.poll(job, accepted.reference)
        emulator.scenario = Scenario.OUTPUT_UNAVAILABLE_ONCE
        with pytest.raises(ProviderUnavailable):
            await backend.poll(job, accepted.reference)
        snapshot = await backend.poll(job, accepted.reference)

    assert snapshot.state is BackendState.SUCCEEDED


async def test_a_video_that_has_expired_has_failed(openai: Connect, tmp_path: Path) -> None:
    job = a_video(tmp_path)

    async with openai(Scenario.OUTPUT_EXPIRED) as (_, backend):
        accepted = await backend.submit(job)
        snapshot = await backend.poll(job, accepted.reference)

    assert snapshot.state is BackendState.FAILED
    assert isinstance(snapshot.error, GenerationFailed)


async def test_a_cancelled_video_is_deleted_and_further_cancellations_are_no_error(
    openai: Connect, tmp_path: Path
) -> None:
    job = a_video(tmp_path)

    async with openai(Scenario.SLOW) as (emulator, backend):
        accepted = await backend.submit(job)
        emulator.cancelling = True
        await backend.cancel(job, accepted.reference)
        emulator.cancelling = False
        await backend.cancel(job, accepted.reference)
        await backend.cancel(job, accepted.reference)

    assert emulator.jobs == {}
    assert [request.method for request in emulator.requests[1:]] == ["DELETE"] * 3


async def test_cancelling_an_image_closes_its_connection(openai: Connect, tmp_path: Path) -> None:
    job = a_job(tmp_path)

    async with openai(Scenario.SLOW) as (emulator, backend):
        submission = asyncio.create_task(backend.submit(job))
        await emulator.is_waiting.wait()
        submission.cancel()
        await emulator.is_disconnected.wait()
        await backend.cancel(job, {})
        with pytest.raises(asyncio.CancelledError):
            await submission

    assert len(emulator.requests) == 1


async def test_moderation_is_a_content_violation(openai: Connect, tmp_path: Path) -> None:
    async with openai(Scenario.MODERATED_AT_SUBMISSION) as (emulator, backend):
        with pytest.raises(SubmissionRefused) as refused:
            await backend.submit(a_job(tmp_path))

    assert isinstance(refused.value.error, ContentViolation)
    assert refused.value.diagnostics == {"status": 400, "requestId": "req_error"}
    assert not emulator.purchases


@pytest.mark.parametrize("size", ["1000x1000", "3840x1024", "4096x2160"])
async def test_a_size_that_the_model_does_not_make_is_refused_with_the_upstreams_explanation(
    openai: Connect, tmp_path: Path, size: str
) -> None:
    async with openai() as (_, backend):
        with pytest.raises(SubmissionRefused) as refused:
            await backend.submit(a_job(tmp_path, parameters={**IMAGE, "size": size}))

    assert isinstance(refused.value.error, InvalidInput)
    assert f"Invalid value: '{size}'" in refused.value.error.message


async def test_a_validation_error_of_a_local_server_is_understood(openai: Connect, tmp_path: Path) -> None:
    job = a_job(tmp_path, type=GenerationType.VIDEO, model="wan", parameters={**VIDEO, "size": "large"})

    async with openai() as (_, backend):
        with pytest.raises(SubmissionRefused) as refused:
            await backend.submit(job)

    assert isinstance(refused.value.error, InvalidInput)
    assert "Invalid size" in refused.value.error.message


async def test_an_account_without_credits_is_neither_busy_nor_the_clients_fault(
    openai: Connect, tmp_path: Path
) -> None:
    async with openai(Scenario.BILLING_AS_429) as (_, backend):
        with pytest.raises(SubmissionRefused) as refused:
            await backend.submit(a_job(tmp_path))

    assert isinstance(refused.value.error, ProviderUnavailable)
    assert refused.value.error.extensions == {"retryable": False}
    assert "balance" in refused.value.error.message


@pytest.mark.parametrize(
    ("scenario", "delay"),
    [
        (Scenario.BUSY_ONCE, timedelta(milliseconds=1500)),
        (Scenario.BUSY_WITHOUT_RETRY_AFTER, None),
        (Scenario.UNAVAILABLE_ONCE, None),
    ],
)
async def test_a_busy_upstream_takes_the_job_later(
    openai: Connect, tmp_path: Path, scenario: Scenario, delay: timedelta | None
) -> None:
    job = a_job(tmp_path)

    async with openai(scenario) as (emulator, backend):
        with pytest.raises(UpstreamBusy) as busy:
            await backend.submit(job)
        await backend.submit(job)

    assert busy.value.retry_after == delay
    assert emulator.purchases.total() == 1


@pytest.mark.parametrize("scenario", [Scenario.LOST_ANSWER, Scenario.SERVER_ERROR_ONCE])
@pytest.mark.parametrize("make", [a_job, a_speech, a_video])
async def test_a_job_whose_response_is_missing_is_lost(
    openai: Connect, tmp_path: Path, make: type, scenario: Scenario
) -> None:
    job = make(tmp_path)

    async with openai(scenario) as (emulator, backend):
        with pytest.raises(SubmissionLost):
            await backend.submit(job)
        with pytest.raises(SubmissionLost):
            await backend.find_job(job)

    assert len(emulator.requests) == 1


async def test_a_video_without_an_id_is_lost(openai: Connect, tmp_path: Path) -> None:
    async with openai(Scenario.EMPTY_SUCCESS) as (_, backend):
        with pytest.raises(SubmissionLost):
            await backend.submit(a_video(tmp_path))


@pytest.mark.parametrize("make", [a_job, a_speech])
async def test_a_result_is_found_by_the_next_process(openai: Connect, tmp_path: Path, make: type) -> None:
    job = make(tmp_path)

    async with openai() as (emulator, backend):
        accepted = await backend.submit(job)
        successor = backend_at("http://127.0.0.1:9")
        found = await successor.find_job(job)
        polled = await successor.poll(job, {})

    assert found == accepted
    assert polled == accepted.result
    assert emulator.purchases.total() == 1


@pytest.mark.parametrize("make", [a_job, a_speech])
async def test_success_without_an_output_has_failed(openai: Connect, tmp_path: Path, make: type) -> None:
    async with openai(Scenario.EMPTY_SUCCESS) as (_, backend):
        accepted = await backend.submit(make(tmp_path))

    assert accepted.result is not None
    assert accepted.result.state is BackendState.FAILED
    assert isinstance(accepted.result.error, GenerationFailed)


async def test_an_error_in_a_successful_response_is_its_error(openai: Connect, tmp_path: Path) -> None:
    async with openai(Scenario.OUTPUT_WRONG_TYPE) as (_, backend):
        accepted = await backend.submit(a_speech(tmp_path))

    assert accepted.result is not None
    assert accepted.result.state is BackendState.FAILED
    assert isinstance(accepted.result.error, ContentViolation)


async def test_a_wrong_key_is_not_the_clients_fault_and_stays_secret(openai: Connect, tmp_path: Path) -> None:
    async with openai(key="sk-wrong-secret") as (_, backend):
        with pytest.raises(SubmissionRefused) as refused:
            await backend.submit(a_job(tmp_path))
        with pytest.raises(ProviderUnavailable) as unavailable:
            await backend.check_credentials()

    for error in (refused.value.error, unavailable.value):
        assert isinstance(error, ProviderUnavailable)
        assert error.extensions == {"retryable": False}
        assert "sk-wrong-secret" not in error.message
    assert "sk-wrong-secret" not in str(refused.value.diagnostics)


async def test_the_credentials_are_checked_without_buying(openai: Connect, tmp_path: Path) -> None:
    async with openai() as (emulator, backend):
        assert await backend.check_credentials()

    assert [request.path for request in emulator.requests] == ["/v1/models"]
    assert not emulator.purchases


async def test_a_server_without_a_key_gets_none(openai: Connect, tmp_path: Path) -> None:
    job = a_job(tmp_path, model="stable-diffusion", parameters={"prompt": "A kite"})

    async with openai(key="") as (emulator, backend):
        emulator.key = None
        accepted = await backend.submit(job)

    assert "authorization" not in emulator.requests[0].headers
    assert accepted.result is not None
    assert accepted.result.state is BackendState.SUCCEEDED


def test_only_openai_itself_requires_a_key() -> None:
    assert backend_at(OPENAI, key="").unavailable_because() == "DOITONG_OPENAI_API_KEY is not set"
    assert backend_at(f"{OPENAI}/", key="").unavailable_because() == "DOITONG_OPENAI_API_KEY is not set"
    assert backend_at(OPENAI).unavailable_because() is None
    assert backend_at("http://gpu.internal:8080/v1", key="").unavailable_because() is None


async def test_music_is_refused_before_anything_is_sent(tmp_path: Path) -> None:
    backend = backend_at("http://127.0.0.1:9")

    with pytest.raises(SubmissionRefused) as refused:
        await backend.submit(a_job(tmp_path, type=GenerationType.MUSIC))

    assert isinstance(refused.value.error, ProviderUnavailable)


async def test_an_unreachable_server_has_certainly_not_taken_the_job(tmp_path: Path) -> None:
    bound, url = free_socket()
    bound.close()

    with pytest.raises(SubmissionRefused) as refused:
        await backend_at(url).submit(a_job(tmp_path))

    assert isinstance(refused.value.error, ProviderUnavailable)


def test_callbacks_are_not_understood(tmp_path: Path) -> None:
    backend = backend_at("http://127.0.0.1:9")

    assert backend.takes_callbacks is False
    assert backend.parse_callback(a_job(tmp_path), {}, headers={}, body=b'{"id": "1"}') is None


def test_base64_that_cannot_be_decoded_is_no_image_and_images_are_bounded() -> None:
    valid = base64.b64encode(PNG).decode()

    assert decode_images([{"b64_json": "!!!"}, {"b64_json": valid}, {"url": "file:///etc/passwd"}, 7]) == ([PNG], [])
    assert decode_images([{"url": f"https://example.com/{'x' * 9000}"}]) == ([], [])
    assert len(decode_images([{"url": "https://example.com/1.png"}] * 1000)[1]) == MAX_IMAGES
