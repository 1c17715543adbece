"""The fal backend against an emulator on a real socket."""

from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from kit.errors import ContentViolation, DoitongError, GenerationFailed, InvalidInput, ProviderUnavailable
from providers.backend import (
    BackendState,
    GenerationType,
    JSONObject,
    SubmissionLost,
    UpstreamBusy,
)
from providers.backends.fal import BASE_URL, DEFINITION, KEY, MAX_INLINE_FILE, QUEUE, FalBackend
from providers.settings import BackendContext
from tests.emulators.base import Scenario
from tests.emulators.fal import KEY as API_KEY
from tests.emulators.fal import MODELS, FalEmulator, Model, callback_body
from tests.emulators.media import media_file
from tests.emulators.serving import EmulatorServer
from tests.support.asgi_server import free_socket
from tests.support.backend_harness import Connection, body_of, data_uri, error_of, finished, refusal
from tests.support.backend_jobs import a_job
from tests.support.manual_clock import ManualClock

pytestmark = pytest.mark.anyio

FLUX, EDIT = "fal-ai/flux/dev", "fal-ai/flux/dev/image-to-image"
NANO_BANANA = "fal-ai/nano-banana-2/edit"
CALLBACK = "https://media.example.com/internal/upstream/fal/gen_1/token?a=b&c=d"
LINK = "https://media.example.com/image.png"
PNG = media_file("image.png")[1]


Connect = Connection[FalEmulator, FalBackend]


@pytest.fixture
def fal(server: EmulatorServer) -> Connect:
    return Connect(server, FalEmulator, backend_at)


def backend_at(url: str, *, key: str = API_KEY) -> FalBackend:
    backend = DEFINITION.create(BackendContext({KEY: key, BASE_URL: url}, ManualClock()))
    assert isinstance(backend, FalBackend)
    return backend


async def test_a_text_is_the_body_and_the_output_is_downloaded_without_the_key(fal: Connect, tmp_path: Path) -> None:
    job = a_job(tmp_path, model=FLUX, parameters={"prompt": "A red kite", "image_size": {"width": 64, "height": 48}})

    async with fal() as (emulator, backend):
        snapshot = await finished(backend, job)

    submission, status, result, download = emulator.requests
    assert (submission.method, submission.path, submission.query) == ("POST", f"/{FLUX}", "")
    assert body_of(submission) == {"prompt": "A red kite", "image_size": {"width": 64, "height": 48}}
    assert submission.headers["authorization"] == f"Key {API_KEY}"
    assert submission.headers["content-type"] == "application/json"
    assert (status.path, status.query) == ("/fal-ai/flux/requests/fal-job-1/status", "logs=1")
    assert (result.method, result.path) == ("GET", "/fal-ai/flux/requests/fal-job-1")
    assert "authorization" not in download.headers
    assert snapshot.state is BackendState.SUCCEEDED
    assert snapshot.cost == {"amount": 1.5, "unit": "billable units"}
    [output] = snapshot.outputs
    assert output.media_type == "image/png"
    assert output.path is not None
    assert output.path.read_bytes() == PNG


async def test_the_callback_url_is_a_query_parameter(fal: Connect, tmp_path: Path) -> None:
    async with fal() as (emulator, backend):
        await backend.submit(a_job(tmp_path, model=FLUX, callback_url=CALLBACK))

    assert parse_qs(emulator.requests[0].query) == {"fal_webhook": [CALLBACK]}
    assert emulator.jobs["fal-job-1"].callback_url == CALLBACK


async def test_inputs_are_data_uris_at_the_fields_of_the_route(fal: Connect, tmp_path: Path) -> None:
    avatar = "fal-ai/kling-video/ai-avatar/v2/standard"
    wav = media_file("audio.wav")[1]
    job = a_job(
        tmp_path,
        type=GenerationType.AVATAR,
        model=avatar,
        parameters={},
        media={"image": "image_url", "audio": "audio_url"},
        files={"image.png": PNG, "audio.wav": wav},
    )

    async with fal() as (emulator, backend):
        snapshot = await finished(backend, job)

    body = body_of(emulator.requests[0])
    assert body == {"image_url": data_uri("image/png", PNG), "audio_url": data_uri("audio/x-wav", wav)}
    assert snapshot.outputs[0].media_type == "video/mp4"


@pytest.mark.parametrize(
    ("media", "files", "count"),
    [
        ({"image": "image_urls"}, ["image.png"], 1),
        ({"image": "image_urls", "images": "image_urls"}, ["image.png", "images.0.png", "images.1.png"], 3),
        ({"images": "image_urls"}, [f"images.{number}.png" for number in range(11)], 11),
    ],
)
async def test_images_of_a_list_keep_their_order(
    media: dict[str, str], files: list[str], count: int, fal: Connect, tmp_path: Path
) -> None:
    contents = {name: PNG + str(index).encode() for index, name in enumerate(files)}
    job = a_job(tmp_path, model=NANO_BANANA, media=media, files=contents)

    async with fal() as (emulator, backend):
        snapshot = await finished(backend, job)

    expected = [data_uri("image/png", content) for content in contents.values()]
    assert body_of(emulator.requests[0]) == {"prompt": "A red kite", "seed": 7, "image_urls": expected}
    assert len(expected) == count
    assert snapshot.state is BackendState.SUCCEEDED


async def test_a_large_input_is_a_link_and_without_one_invalid(fal: Connect, tmp_path: Path) -> None:
    large = bytes(MAX_INLINE_FILE + 1)
    linked = a_job(
        tmp_path, model=EDIT, media={"image": "image_url"}, files={"image.png": large}, links={"image": LINK}
    )
    unlinked = a_job(tmp_path, model=EDIT, media={"image": "image_url"}, files={"image.png": large})

    async with fal() as (emulator, backend):
        await backend.submit(linked)
        error = await refusal(backend, unlinked)

    [submission] = emulator.requests
    assert body_of(submission)["image_url"] == LINK
    assert isinstance(error, InvalidInput)
    assert error.field == "input.image"
    assert error.message.startswith("The image has 8,000,001 bytes. fal takes up to 8,000,000 bytes a file")


async def test_data_uris_are_bounded_in_total(fal: Connect, tmp_path: Path) -> None:
    files = {f"images.{number}.png": bytes(MAX_INLINE_FILE) for number in range(5)}
    job = a_job(tmp_path, model=NANO_BANANA, media={"images": "image_urls"}, files=files, links={"images.4": LINK})

    async with fal() as (emulator, backend):
        await backend.submit(job)

    images = body_of(emulator.requests[0])["image_urls"]
    assert isinstance(images, list)
    assert [str(image)[:5] for image in images] == ["data:"] * 4 + ["https"]


async def test_the_parameters_of_the_job_are_not_changed(fal: Connect, tmp_path: Path) -> None:
    parameters: JSONObject = {"prompt": "A red kite", "control": {"strength": 0.5}}
    job = a_job(
        tmp_path, model=FLUX, parameters=parameters, media={"image": "control.image_url"}, links={"image": LINK}
    )

    async with fal() as (emulator, backend):
        await backend.submit(job)

    sent = {"prompt": "A red kite", "control": {"strength": 0.5, "image_url": LINK}}
    assert body_of(emulator.requests[0]) == sent
    assert parameters == {"prompt": "A red kite", "control": {"strength": 0.5}}


@pytest.mark.parametrize(
    ("type", "model", "parameters", "media_type"),
    [
        (GenerationType.AUDIO, "fal-ai/elevenlabs/tts/multilingual-v2", {"text": "Hello"}, "audio/mpeg"),
        (GenerationType.MUSIC, "cassetteai/music-generator", {"prompt": "A waltz", "duration": 5}, "audio/wav"),
        (GenerationType.IMAGE, "fal-ai/ideogram/upscale", {"image_url": LINK}, "image/png"),
        (GenerationType.IMAGE, "workflows/doitong/kite/draft", {"prompt": "A red kite"}, "image/png"),
    ],
)
async def test_results_of_every_shape_are_found(
    type: GenerationType, model: str, parameters: JSONObject, media_type: str, fal: Connect, tmp_path: Path
) -> None:
    job = a_job(tmp_path, type=type, model=model, parameters=parameters)

    async with fal() as (emulator, backend):
        snapshot = await finished(backend, job)

    assert [output.media_type for output in snapshot.outputs] == [media_type]
    assert MODELS[model] == Model(MODELS[model].required, MODELS[model].field, media_type)
    assert emulator.purchases == {"fal-job-1": 1}


@pytest.mark.parametrize(
    ("result", "found"),
    [
        ({"video": {"url": "https://v3.fal.media/a.webm", "content_type": "application/octet-stream"}}, "video/webm"),
        ({"video": {"url": "https://v3.fal.media/a", "content_type": None}}, "video/mp4"),
        ({"video": "https://v3.fal.media/a.mp4"}, "video/mp4"),
        ({"videos": [{"url": "https://v3.fal.media/a.mp4"}], "image": {"url": LINK}}, "video/mp4"),
        ({"image": {"url": LINK}}, None),
        ({"video": {"url": 7}}, None),
        ({"video": {"url": "file:///etc/passwd"}}, None),
        ({"video": [[]]}, None),
        ({"detail": "x"}, None),
    ],
)
async def test_odd_results_end_the_job(result: JSONObject, found: str | None, fal: Connect, tmp_path: Path) -> None:
    async with fal() as (emulator, backend):
        emulator.result = dict(result)
        snapshot = await finished(backend, a_job(tmp_path, type=GenerationType.VIDEO, model=FLUX))

    if found is None:
        assert isinstance(error_of(snapshot), GenerationFailed)
    else:
        [output] = snapshot.outputs
        assert (output.media_type, output.path) == (found, None)


async def test_a_slow_request_is_queued_then_running_with_the_progress_of_its_logs(
    fal: Connect, tmp_path: Path
) -> None:
    job = a_job(tmp_path, model=FLUX)

    async with fal(Scenario.SLOW) as (_, backend):
        reference = (await backend.submit(job)).reference
        snapshots = [await backend.poll(job, reference) for _ in range(4)]

    assert [(snapshot.state, snapshot.progress) for snapshot in snapshots] == [
        (BackendState.QUEUED, None),
        (BackendState.RUNNING, 43),
        (BackendState.RUNNING, 43),
        (BackendState.SUCCEEDED, 100),
    ]
    assert snapshots[0].diagnostics == {"queuePosition": 3}


async def test_moderation_at_submission_and_later_is_a_content_violation(fal: Connect, tmp_path: Path) -> None:
    job = a_job(tmp_path, model=FLUX)

    async with fal(Scenario.MODERATED_AT_SUBMISSION) as (_, backend):
        at_submission = await refusal(backend, job)
    async with fal(Scenario.MODERATED_LATER) as (emulator, backend):
        later = await finished(backend, job)
        emulator.status_error = True
        named_by_the_status = await finished(backend, job)

    assert isinstance(at_submission, ContentViolation)
    for snapshot in (later, named_by_the_status):
        assert isinstance(error_of(snapshot), ContentViolation)
        assert snapshot.diagnostics is not None
        assert snapshot.diagnostics["code"] == "content_policy_violation"


async def test_the_kind_of_a_failure_may_be_in_the_status_alone(fal: Connect, tmp_path: Path) -> None:
    async with fal(Scenario.FAILED_LATER) as (emulator, backend):
        emulator.failure, emulator.status_error = (422, {"detail": "Unprocessable"}), True
        emulator.status_kind = "content_policy_violation"
        snapshot = await finished(backend, a_job(tmp_path, model=FLUX))

    assert isinstance(error_of(snapshot), ContentViolation)


async def test_a_blanked_image_is_a_content_violation_and_others_are_delivered(fal: Connect, tmp_path: Path) -> None:
    job = a_job(tmp_path, model=FLUX, parameters={"prompt": "A red kite", "num_images": 2})

    async with fal() as (emulator, backend):
        emulator.nsfw = [True, True]
        all_blank = await finished(backend, job)
        emulator.nsfw = [False, True]
        one_blank = await finished(backend, job)

    assert isinstance(error_of(all_blank), ContentViolation)
    assert all_blank.cost is not None
    assert one_blank.state is BackendState.SUCCEEDED
    assert len(one_blank.outputs) == 1
    assert [adjustment.reason for adjustment in one_blank.adjustments] == ["fal's moderation withheld 1 of 2 outputs."]


async def test_invalid_input_names_our_field_and_fals_words(fal: Connect, tmp_path: Path) -> None:
    media = {"image": "image_url"}
    job = a_job(tmp_path, model=EDIT, media=media, links={"image": "ftp://example.com/image.png"})

    async with fal() as (_, backend):
        error = error_of(await finished(backend, job))
        missing = error_of(await finished(backend, a_job(tmp_path, model=FLUX, parameters={})))

    assert isinstance(error, InvalidInput)
    assert (error.message, error.field) == (
        "fal rejected the request: image_url: Failed to load the image.",
        "input.image",
    )
    assert (missing.message, missing.field) == ("fal rejected the request: prompt: field required", "input.text")


@pytest.mark.parametrize(
    ("status", "kind", "error"),
    [
        (504, "request_timeout", GenerationFailed),
        (504, "startup_timeout", ProviderUnavailable),
        (503, "runner_scheduling_failure", ProviderUnavailable),
        (502, "runner_incomplete_response", ProviderUnavailable),
        (500, "internal_error", ProviderUnavailable),
        (400, "bad_request", InvalidInput),
        (404, "not_found", GenerationFailed),
    ],
)
async def test_request_errors_are_told_apart(
    status: int, kind: str, error: type[DoitongError], fal: Connect, tmp_path: Path
) -> None:
    async with fal(Scenario.FAILED_LATER) as (emulator, backend):
        emulator.failure = (status, {"detail": "It failed.", "error_type": kind})
        job = a_job(tmp_path, model=FLUX)
        without_status = await finished(backend, job)
        emulator.status_error = True
        with_status = await finished(backend, job)

    for snapshot in (without_status, with_status):
        assert type(error_of(snapshot)) is error
        assert snapshot.diagnostics is not None
        assert (snapshot.diagnostics["status"], snapshot.diagnostics["code"]) == (status, kind)


@pytest.mark.parametrize(
    ("status", "kind", "error"),
    [
        (422, "no_media_generated", GenerationFailed),
        (500, "internal_server_error", GenerationFailed),
        (504, "generation_timeout", GenerationFailed),
        (400, "downstream_service_error", GenerationFailed),
        (500, "downstream_service_unavailable", ProviderUnavailable),
        (422, "image_too_small", InvalidInput),
    ],
)
async def test_model_errors_are_told_apart(
    status: int, kind: str, error: type[DoitongError], fal: Connect, tmp_path: Path
) -> None:
    async with fal(Scenario.FAILED_LATER) as (emulator, backend):
        emulator.failure = (status, {"detail": [{"loc": ["body"], "msg": "It failed.", "type": kind}]})
        snapshot = await finished(backend, a_job(tmp_path, model=FLUX))

    assert type(error_of(snapshot)) is error


async def test_a_result_that_is_unavailable_is_fetched_again(fal: Connect, tmp_path: Path) -> None:
    job = a_job(tmp_path, model=FLUX)

    async with fal(Scenario.FAILED_LATER) as (emulator, backend):
        emulator.failure = (502, {"detail": ""})
        reference = (await backend.submit(job)).reference
        with pytest.raises(ProviderUnavailable):
            await backend.poll(job, reference)
        emulator.scenario, emulator.failure = Scenario.HAPPY, None
        snapshot = await backend.poll(job, reference)

    assert snapshot.state is BackendState.SUCCEEDED
    assert emulator.purchases == {"fal-job-1": 1}


@pytest.mark.parametrize(
    ("scenario", "retry_after"),
    [
        (Scenario.BUSY_ONCE, timedelta(seconds=1)),
        (Scenario.BUSY_WITHOUT_RETRY_AFTER, None),
        (Scenario.UNAVAILABLE_ONCE, None),
    ],
)
async def test_a_busy_queue_has_taken_nothing(
    scenario: Scenario, retry_after: timedelta | None, fal: Connect, tmp_path: Path
) -> None:
    job = a_job(tmp_path, model=FLUX)

    async with fal(scenario) as (emulator, backend):
        with pytest.raises(UpstreamBusy) as caught:
            await backend.submit(job)
        assert emulator.purchases == {}
        snapshot = await finished(backend, job)

    assert caught.value.retry_after == retry_after
    assert snapshot.state is BackendState.SUCCEEDED


@pytest.mark.parametrize("scenario", [Scenario.SERVER_ERROR_ONCE, Scenario.LOST_ANSWER])
async def test_a_submission_without_a_response_is_lost_and_sent_once(
    scenario: Scenario, fal: Connect, tmp_path: Path
) -> None:
    job = a_job(tmp_path, model=FLUX)

    async with fal(scenario) as (emulator, backend):
        with pytest.raises(SubmissionLost):
            await backend.submit(job)
        with pytest.raises(SubmissionLost):
            await backend.find_job(job)

    assert len(emulator.requests) == 1


async def test_a_callback_brings_the_reference_of_a_lost_submission(fal: Connect, tmp_path: Path) -> None:
    job = a_job(tmp_path, model=FLUX, callback_url=CALLBACK)

    async with fal(Scenario.LOST_ANSWER) as (emulator, backend):
        with pytest.raises(SubmissionLost):
            await backend.submit(job)
        [bought] = emulator.jobs.values()
        call = backend.parse_callback(job, None, headers={}, body=callback_body(bought))
        assert call is not None
        assert call.reference is not None
        snapshot = await backend.poll(job, call.reference)

    assert (call.verified, call.snapshot.state) == (False, BackendState.RUNNING)
    assert call.reference == {
        "request_id": "fal-job-1",
        "status_url": "/fal-ai/flux/requests/fal-job-1/status",
        "response_url": "/fal-ai/flux/requests/fal-job-1",
        "cancel_url": "/fal-ai/flux/requests/fal-job-1/cancel",
    }
    assert snapshot.state is BackendState.SUCCEEDED
    assert emulator.purchases == {"fal-job-1": 1}


def test_a_workflow_keeps_its_namespace_in_the_reference_of_a_callback(tmp_path: Path) -> None:
    job = a_job(tmp_path, model="workflows/doitong/kite/draft")

    call = backend_at(QUEUE).parse_callback(job, {}, headers={}, body=b'{"request_id": "abc"}')

    assert call is not None
    assert call.reference is not None
    assert call.reference["response_url"] == "/workflows/doitong/kite/requests/abc"


def test_a_callback_about_our_request_is_a_hint_and_others_are_ignored(tmp_path: Path) -> None:
    backend, job, reference = backend_at(QUEUE), a_job(tmp_path, model=FLUX), {"request_id": "abc"}

    def parse(body: bytes, known: JSONObject | None) -> bool:
        return backend.parse_callback(job, known, headers={}, body=body) is not None

    own = backend.parse_callback(job, {**reference}, headers={}, body=b'{"request_id": "abc", "status": "ERROR"}')
    assert own is not None
    assert (own.verified, own.snapshot.state, own.reference) == (False, BackendState.RUNNING, None)
    assert not parse(b'{"request_id": "xyz"}', {**reference})
    for garbage in (b"", b"\xff", b"[]", b"null", b"{}", b'{"request_id": 7}', b'{"request_id": "../x"}', b"[" * 5000):
        assert not parse(garbage, None)
        assert not parse(garbage, {**reference})
    assert not parse(b'{"request_id": "abc", "payload": "' + b"x" * 1_000_000 + b'"}', None)


async def test_a_foreign_status_url_fails_at_once_and_gets_no_request(fal: Connect, tmp_path: Path) -> None:
    job = a_job(tmp_path, model=FLUX)

    async with fal(Scenario.FOREIGN_STATUS_URL) as (emulator, backend):
        accepted = await backend.submit(job)
        assert accepted.result is not None
        polled = await backend.poll(job, accepted.reference)
        await backend.cancel(job, accepted.reference)

    assert error_of(accepted.result).message == "fal named a URL on 198.51.100.7, which is not one of its own."
    assert accepted.result.diagnostics == {"status": 200, "requestId": "fal-job-1"}
    assert isinstance(error_of(polled), GenerationFailed)
    assert len(emulator.requests) == 1


@pytest.mark.parametrize(
    "host",
    [
        "https://queue.fal.run.example.com",
        "https://queue.fal.run@198.51.100.7",
        "https://queue.fal.run:444",
        ".example.com",
        "@x",
    ],
)
async def test_hosts_that_look_like_fals_are_foreign(host: str, fal: Connect, tmp_path: Path) -> None:
    job = a_job(tmp_path, model=FLUX)

    async with fal() as (emulator, backend):
        emulator.named_url = host
        accepted = await backend.submit(job)

    assert accepted.result is not None
    assert error_of(accepted.result)
    assert len(emulator.requests) == 1


async def test_urls_on_fals_own_host_are_below_the_base_url_of_a_proxy(fal: Connect, tmp_path: Path) -> None:
    job = a_job(tmp_path, model=FLUX)

    async with fal() as (emulator, backend):
        emulator.named_url = QUEUE
        accepted = await backend.submit(job)
        snapshot = await backend.poll(job, accepted.reference)
        await backend.cancel(job, accepted.reference)

    assert accepted.reference["status_url"] == f"{QUEUE}/fal-ai/flux/requests/fal-job-1/status"
    assert snapshot.state is BackendState.SUCCEEDED
    assert emulator.requests[-1].path == "/fal-ai/flux/requests/fal-job-1/cancel"


async def test_a_poll_error_is_temporary_and_an_unknown_request_has_failed(fal: Connect, tmp_path: Path) -> None:
    job = a_job(tmp_path, model=FLUX)

    async with fal(Scenario.POLL_ERROR_ONCE) as (emulator, backend):
        reference = (await backend.submit(job)).reference
        with pytest.raises(ProviderUnavailable):
            await backend.poll(job, reference)
        emulator.jobs.clear()
        snapshot = await backend.poll(job, reference)

    assert error_of(snapshot).message == "fal no longer knows the request."


async def test_success_without_an_output_has_failed(fal: Connect, tmp_path: Path) -> None:
    async with fal(Scenario.EMPTY_SUCCESS) as (_, backend):
        snapshot = await finished(backend, a_job(tmp_path, model=FLUX))

    assert error_of(snapshot).message == "fal reported success without an output."
    assert snapshot.cost == {"amount": 1.5, "unit": "billable units"}


async def test_an_expired_output_has_failed_and_an_unavailable_one_is_fetched_again(
    fal: Connect, tmp_path: Path
) -> None:
    job = a_job(tmp_path, model=FLUX)

    async with fal(Scenario.OUTPUT_EXPIRED) as (_, backend):
        expired = await finished(backend, job)
    async with fal(Scenario.OUTPUT_UNAVAILABLE_ONCE) as (_, backend):
        reference = (await backend.submit(job)).reference
        with pytest.raises(ProviderUnavailable):
            await backend.poll(job, reference)
        again = await backend.poll(job, reference)

    assert isinstance(error_of(expired), GenerationFailed)
    assert again.state is BackendState.SUCCEEDED


async def test_cancelling_ends_a_request_and_is_fine_when_it_has_ended(fal: Connect, tmp_path: Path) -> None:
    job = a_job(tmp_path, model=FLUX)

    async with fal(Scenario.SLOW) as (emulator, backend):
        reference = (await backend.submit(job)).reference
        await backend.cancel(job, reference)
        snapshot = await backend.poll(job, reference)
        emulator.scenario = Scenario.HAPPY
        await backend.cancel(job, reference)
        emulator.jobs.clear()
        await backend.cancel(job, reference)

    cancelled = emulator.requests[1]
    assert (cancelled.method, cancelled.path) == ("PUT", "/fal-ai/flux/requests/fal-job-1/cancel")
    assert snapshot.state is BackendState.CANCELLED


async def test_bad_credentials_a_locked_account_and_an_unknown_model_allow_another_route(
    fal: Connect, tmp_path: Path
) -> None:
    async with fal(key="wrong-key") as (_, backend):
        unauthorized = await refusal(backend, a_job(tmp_path, model=FLUX))
    async with fal() as (emulator, backend):
        unknown = await refusal(backend, a_job(tmp_path, model="fal-ai/no-such-model"))
        none = await refusal(backend, a_job(tmp_path, model=None))
        emulator.is_locked = True
        locked = await refusal(backend, a_job(tmp_path, model=FLUX))

    assert {type(error) for error in (unauthorized, unknown, none, locked)} == {ProviderUnavailable}
    assert unauthorized.extensions["retryable"] is False
    assert "wrong-key" not in unauthorized.message
    assert locked.message == "fal cannot be used now: it has too little balance."
    assert locked.extensions["retryable"] is False


async def test_the_key_is_redacted_from_fals_words(fal: Connect, tmp_path: Path) -> None:
    async with fal(Scenario.FAILED_LATER) as (emulator, backend):
        emulator.failure = (422, {"detail": [{"loc": ["body"], "msg": f"{API_KEY} is bad", "type": "value_error"}]})
        snapshot = await finished(backend, a_job(tmp_path, model=FLUX))

    assert error_of(snapshot).message == "fal rejected the request: [redacted] is bad"
    assert API_KEY not in repr(snapshot)


async def test_a_refused_connection_has_bought_nothing(tmp_path: Path) -> None:
    bound, url = free_socket()
    bound.close()
    backend = backend_at(url)

    error = await refusal(backend, a_job(tmp_path, model=FLUX))

    assert isinstance(error, ProviderUnavailable)
    await backend.aclose()


async def test_settings_and_defaults() -> None:
    backend = backend_at(QUEUE, key="")

    assert backend.unavailable_because() == "DOITONG_FAL_API_KEY is not set"
    assert [setting.default for setting in DEFINITION.settings] == [None, "https://queue.fal.run"]
    assert not await backend.check_credentials()
