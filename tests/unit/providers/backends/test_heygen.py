"""The HeyGen backend against an emulator on a real socket."""

import base64
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from kit.errors import ContentViolation, DoitongError, GenerationFailed, InvalidInput, ProviderUnavailable
from providers.backend import (
    BackendState,
    Callback,
    GenerationType,
    Job,
    JSONObject,
    Output,
    Snapshot,
    SubmissionLost,
    SubmissionRefused,
    UpstreamBusy,
)
from providers.backends.heygen import (
    AVATAR_ID,
    BASE_URL,
    DEFINITION,
    KEY,
    MAX_CALLBACK,
    MAX_IMAGE,
    VOICE_ID,
    WEBHOOK_SECRET,
    HeyGenBackend,
)
from providers.settings import BackendContext
from tests.emulators.base import EmulatedJob, Scenario
from tests.emulators.heygen import AVATAR, VOICE, HeyGenEmulator
from tests.emulators.heygen import KEY as API_KEY
from tests.emulators.heygen import WEBHOOK_SECRET as SECRET
from tests.emulators.media import media_file
from tests.emulators.serving import EmulatorServer
from tests.support.backend_harness import Connection, body_of, error_of, finished, refusal
from tests.support.backend_jobs import a_job
from tests.support.manual_clock import START, ManualClock

pytestmark = pytest.mark.anyio

API = "https://api.heygen.com"
PNG, MP4 = media_file("image.png")[1], media_file("video.mp4")[1]
CALLBACK = "https://media.example.com/internal/upstream/heygen/gen_1/token"
LINK = "https://media.example.com/image.png"
FILES = "https://files.heygen.ai/v_1.mp4?signature=x"
SECONDS = int(START.timestamp())
JOB = EmulatedJob("heygen-job-1", {"callback_id": "gen_1-1"})


Connect = Connection[HeyGenEmulator, HeyGenBackend]


@pytest.fixture
def heygen(server: EmulatorServer) -> Connect:
    return Connect(server, HeyGenEmulator, lambda url, settings=None: backend_at(url, **(settings or {})))


def backend_at(url: str, **settings: str) -> HeyGenBackend:
    given = {KEY: API_KEY, BASE_URL: url, WEBHOOK_SECRET: SECRET, **settings}
    backend = DEFINITION.create(BackendContext(given, ManualClock()))
    assert isinstance(backend, HeyGenBackend)
    return backend


def an_avatar_job(workspace: Path, **parameters: object) -> Job:
    given = {"type": "avatar", "script": "Hello.", "avatar_id": AVATAR, "voice_id": VOICE, **parameters}
    return _job(workspace, "avatar", {name: value for name, value in given.items() if value is not None})


def a_picture_job(
    workspace: Path, *, files: Mapping[str, bytes] | None = None, links: Mapping[str, str] | None = None
) -> Job:
    given: JSONObject = {"type": "image", "script": "Hello.", "voice_id": VOICE}
    job = _job(workspace, "image", given, files={"image.png": PNG} if files is None else files)
    return replace(job, links=links or {}, media_fields={"image": "image"})


def _job(workspace: Path, model: str, parameters: object, *, files: Mapping[str, bytes] | None = None) -> Job:
    assert isinstance(parameters, dict)
    return a_job(
        workspace,
        type=GenerationType.AVATAR,
        model=model,
        parameters=parameters,
        files=files,
        callback_url=CALLBACK,
    )


def received(
    workspace: Path,
    delivery: tuple[dict[str, str], bytes],
    *,
    reference: JSONObject | None = None,
    url: str = API,
    **settings: str,
) -> Callback | None:
    """Return what a backend makes of a callback."""
    headers, body = delivery
    return backend_at(url, **settings).parse_callback(an_avatar_job(workspace), reference, headers=headers, body=body)


def callback_of(
    job: EmulatedJob = JOB,
    *,
    header: str = "heygen-signature",
    timestamp: int | str | None = SECONDS,
    event_type: str = "avatar_video.success",
    **data: str,
) -> tuple[dict[str, str], bytes]:
    """Return the headers and the body of a signed callback about a video on HeyGen's own files host."""
    data = {"url": FILES, **data}
    return HeyGenEmulator(API).callback(job, header=header, timestamp=timestamp, event_type=event_type, **data)


async def test_a_video_of_an_avatar_is_created_and_downloaded(heygen: Connect, tmp_path: Path) -> None:
    job = an_avatar_job(tmp_path, aspect_ratio="9:16", resolution="720p", voice_settings={"speed": 1.2})

    async with heygen() as (emulator, backend):
        accepted = await backend.submit(job)
        snapshot = await backend.poll(job, accepted.reference)

    submission, poll, download = emulator.requests
    assert (submission.method, submission.path) == ("POST", "/v3/videos")
    assert submission.headers["x-api-key"] == API_KEY
    assert submission.headers["idempotency-key"] == "gen_1-1"
    assert body_of(submission) == {
        "type": "avatar",
        "script": "Hello.",
        "avatar_id": AVATAR,
        "voice_id": VOICE,
        "aspect_ratio": "9:16",
        "resolution": "720p",
        "voice_settings": {"speed": 1.2},
        "callback_id": "gen_1-1",
        "callback_url": CALLBACK,
    }
    assert accepted.reference == {"id": "heygen-job-1"}
    assert (poll.method, poll.path) == ("GET", "/v3/videos/heygen-job-1")
    assert "x-api-key" not in download.headers
    [output] = snapshot.outputs
    assert output.path is not None
    assert output.path.read_bytes() == MP4


async def test_a_picture_is_sent_in_base64(heygen: Connect, tmp_path: Path) -> None:
    async with heygen() as (emulator, backend):
        snapshot = await finished(backend, a_picture_job(tmp_path))

    assert body_of(emulator.requests[0]) == {
        "type": "image",
        "script": "Hello.",
        "voice_id": VOICE,
        "image": {"type": "base64", "media_type": "image/png", "data": base64.b64encode(PNG).decode()},
        "callback_id": "gen_1-1",
        "callback_url": CALLBACK,
    }
    assert snapshot.state is BackendState.SUCCEEDED


async def test_a_large_picture_is_sent_as_a_link_or_refused(heygen: Connect, tmp_path: Path) -> None:
    job = a_picture_job(tmp_path)
    with job.files["image"].open("r+b") as file:
        file.truncate(MAX_IMAGE + 1)

    async with heygen() as (emulator, backend):
        await backend.submit(replace(job, links={"image": LINK}))
        error = await refusal(backend, job)

    assert body_of(emulator.requests[0])["image"] == {"type": "url", "url": LINK}
    assert error.message == "The picture has 32,000,001 bytes. HeyGen takes up to 32,000,000."
    assert error.field == "input.input.image"
    assert len(emulator.requests) == 1


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({AVATAR_ID: AVATAR}, {"avatar_id": AVATAR}),
        ({AVATAR_ID: AVATAR, VOICE_ID: VOICE}, {"avatar_id": AVATAR, "voice_id": VOICE}),
    ],
)
async def test_the_defaults_of_the_catalogue_are_the_operators(
    heygen: Connect, tmp_path: Path, settings: dict[str, str], expected: JSONObject
) -> None:
    job = an_avatar_job(tmp_path, avatar_id="professional-1", voice_id="en-US-neural")

    async with heygen(settings=settings) as (emulator, backend):
        await backend.submit(job)

    body = body_of(emulator.requests[0])
    assert {name: body[name] for name in ("avatar_id", "voice_id") if name in body} == expected


async def test_without_an_avatar_or_a_voice_the_request_names_the_option(heygen: Connect, tmp_path: Path) -> None:
    picture = a_picture_job(tmp_path)

    async with heygen() as (emulator, backend):
        avatar = await refusal(backend, an_avatar_job(tmp_path, avatar_id="professional-1"))
        voice = await refusal(backend, replace(picture, parameters={**picture.parameters, "voice_id": "en-US-neural"}))

    assert (avatar.field, avatar.message) == (
        "input.options.avatarId",
        "HeyGen needs the ID of one of its avatars. Give it as avatarId.",
    )
    assert voice.field == "input.options.voice"
    assert not emulator.requests


async def test_a_slow_video_is_queued_and_running_until_it_is_there(heygen: Connect, tmp_path: Path) -> None:
    job = an_avatar_job(tmp_path)

    async with heygen(Scenario.SLOW) as (_, backend):
        accepted = await backend.submit(job)
        seen = [(await backend.poll(job, accepted.reference)).state for _ in range(4)]

    assert seen == [BackendState.QUEUED, BackendState.RUNNING, BackendState.RUNNING, BackendState.SUCCEEDED]


async def test_an_unknown_state_is_running(heygen: Connect, tmp_path: Path) -> None:
    async with heygen() as (emulator, backend):
        emulator.status = "polishing"
        snapshot = await finished(backend, an_avatar_job(tmp_path))

    assert snapshot.state is BackendState.RUNNING


async def test_a_video_on_the_files_host_is_left_to_the_media_library(heygen: Connect, tmp_path: Path) -> None:
    async with heygen() as (emulator, backend):
        emulator.video_url = FILES
        snapshot = await finished(backend, an_avatar_job(tmp_path, output_format="webm"))

    assert snapshot.outputs == (Output("video/webm", url=FILES),)
    assert len(emulator.requests) == 2


async def test_captions_in_the_picture_are_another_file(heygen: Connect, tmp_path: Path) -> None:
    async with heygen() as (emulator, backend):
        await finished(backend, an_avatar_job(tmp_path, caption={"style": "default"}))
        await finished(backend, an_avatar_job(tmp_path, caption={"file_format": "srt"}))

    assert [request.path for request in emulator.requests if "files" in request.path] == [
        "/files/video-2.mp4",
        "/files/video-1.mp4",
    ]


@pytest.mark.parametrize(
    ("failure", "expected", "retryable"),
    [
        (("content_policy_violation", "Flagged."), ContentViolation, False),
        (("", "The script violates our terms."), ContentViolation, False),
        (("insufficient_credit", "Top up."), ProviderUnavailable, False),
        (("no_face_detected", "No face was found."), InvalidInput, False),
        (("render_failed", "An internal message"), GenerationFailed, True),
        ((None, None), GenerationFailed, True),
    ],
)
async def test_a_failed_video_is_mapped_by_its_code(
    heygen: Connect,
    tmp_path: Path,
    failure: tuple[str, str],
    expected: type[DoitongError],
    retryable: bool,
) -> None:
    async with heygen(Scenario.FAILED_LATER) as (emulator, backend):
        emulator.failure = failure
        snapshot = await finished(backend, an_avatar_job(tmp_path))

    error = error_of(snapshot)
    assert type(error) is expected
    assert error.extensions.get("retryable", error.retryable) is retryable
    assert "internal" not in error.message
    assert snapshot.diagnostics == {"status": "failed", **({"code": failure[0]} if failure[0] else {})}


@pytest.mark.parametrize(
    ("scenario", "expected"),
    [
        (Scenario.MODERATED_LATER, ContentViolation),
        (Scenario.EMPTY_SUCCESS, GenerationFailed),
        (Scenario.OUTPUT_EXPIRED, GenerationFailed),
    ],
)
async def test_a_video_without_an_output(
    heygen: Connect, tmp_path: Path, scenario: Scenario, expected: type[DoitongError]
) -> None:
    async with heygen(scenario) as (_, backend):
        snapshot = await finished(backend, an_avatar_job(tmp_path))

    assert isinstance(error_of(snapshot), expected)


@pytest.mark.parametrize("scenario", [Scenario.POLL_ERROR_ONCE, Scenario.OUTPUT_UNAVAILABLE_ONCE])
async def test_what_fails_for_a_moment_is_repeated(heygen: Connect, tmp_path: Path, scenario: Scenario) -> None:
    job = an_avatar_job(tmp_path)

    async with heygen(scenario) as (_, backend):
        accepted = await backend.submit(job)
        with pytest.raises(ProviderUnavailable):
            await backend.poll(job, accepted.reference)
        snapshot = await backend.poll(job, accepted.reference)

    assert snapshot.state is BackendState.SUCCEEDED


async def test_limited_polling_names_the_delay(heygen: Connect, tmp_path: Path) -> None:
    async with heygen() as (emulator, backend):
        emulator.is_polling_limited = True
        with pytest.raises(UpstreamBusy) as busy:
            await finished(backend, an_avatar_job(tmp_path))

    assert busy.value.retry_after == timedelta(seconds=3)


async def test_a_video_that_heygen_no_longer_knows_has_failed(heygen: Connect, tmp_path: Path) -> None:
    async with heygen() as (_, backend):
        snapshot = await backend.poll(an_avatar_job(tmp_path), {"id": "v_unknown"})

    assert isinstance(error_of(snapshot), GenerationFailed)
    assert snapshot.diagnostics == {"status": 404, "requestId": "req_heygen"}


@pytest.mark.parametrize("scenario", [Scenario.LOST_ANSWER, Scenario.SERVER_ERROR_ONCE])
async def test_a_lost_submission_is_sent_again_and_bought_once(
    heygen: Connect, tmp_path: Path, scenario: Scenario
) -> None:
    job = an_avatar_job(tmp_path)

    async with heygen(scenario) as (emulator, backend):
        with pytest.raises(SubmissionLost):
            await backend.submit(job)
        assert await backend.find_job(job) is None
        accepted = await backend.submit(job)
        snapshot = await backend.poll(job, accepted.reference)

    assert emulator.purchases.total() == 1
    assert snapshot.state is BackendState.SUCCEEDED


async def test_another_attempt_has_another_key(heygen: Connect, tmp_path: Path) -> None:
    job = an_avatar_job(tmp_path)

    async with heygen() as (emulator, backend):
        await backend.submit(job)
        await backend.submit(replace(job, client_request_id="gen_1-2/ä"))

    assert [request.headers["idempotency-key"] for request in emulator.requests] == ["gen_1-1", "gen_1-2--"]
    assert emulator.purchases.total() == 2


async def test_a_submission_that_is_still_processed_is_not_a_rejection(heygen: Connect, tmp_path: Path) -> None:
    async with heygen() as (emulator, backend):
        emulator.refusal = (409, "request_in_progress", None)
        with pytest.raises(SubmissionLost):
            await backend.submit(an_avatar_job(tmp_path))


@pytest.mark.parametrize("video_id", [None, 7, "", "../users/me", "x" * 101])
async def test_a_video_without_a_usable_id_is_lost(heygen: Connect, tmp_path: Path, video_id: object) -> None:
    async with heygen() as (emulator, backend):
        emulator.video_id = [] if video_id is None else video_id
        with pytest.raises(SubmissionLost):
            await backend.submit(an_avatar_job(tmp_path))


@pytest.mark.parametrize(
    ("scenario", "delay"),
    [
        (Scenario.BUSY_ONCE, timedelta(seconds=1)),
        (Scenario.BUSY_WITHOUT_RETRY_AFTER, None),
        (Scenario.UNAVAILABLE_ONCE, None),
    ],
)
async def test_a_limit_is_not_a_rejection(
    heygen: Connect, tmp_path: Path, scenario: Scenario, delay: timedelta | None
) -> None:
    job = an_avatar_job(tmp_path)

    async with heygen(scenario) as (emulator, backend):
        with pytest.raises(UpstreamBusy) as busy:
            await backend.submit(job)
        await backend.submit(job)

    assert busy.value.retry_after == delay
    assert emulator.purchases.total() == 1


@pytest.mark.parametrize(
    ("refused", "expected", "retryable"),
    [
        ((402, "insufficient_credit", None), ProviderUnavailable, False),
        ((400, "insufficient_credit", None), ProviderUnavailable, False),
        ((429, "quota_exceeded", None), ProviderUnavailable, False),
        ((401, "unauthorized", None), ProviderUnavailable, False),
        ((403, "forbidden", None), ProviderUnavailable, False),
        ((404, "not_found", None), ProviderUnavailable, True),
        ((400, "content_moderation_failed", "script"), ContentViolation, False),
        ((400, "validation_error", None), InvalidInput, False),
        ((413, "payload_too_large", None), InvalidInput, False),
    ],
)
async def test_a_rejected_submission_is_mapped_by_its_code(
    heygen: Connect, tmp_path: Path, refused: tuple[int, str, str | None], expected: type[DoitongError], retryable: bool
) -> None:
    async with heygen() as (emulator, backend):
        emulator.refusal = refused
        error = await refusal(backend, an_avatar_job(tmp_path))

    assert type(error) is expected
    assert error.extensions.get("retryable", error.retryable) is retryable


async def test_a_rejected_parameter_is_named_by_our_field(heygen: Connect, tmp_path: Path) -> None:
    async with heygen() as (_, backend):
        avatar = await refusal(backend, an_avatar_job(tmp_path, avatar_id="kate"))
        ratio = await refusal(backend, an_avatar_job(tmp_path, aspect_ratio="2:1"))

    assert (avatar.message, avatar.field) == (
        "HeyGen rejected the request: avatar_id: kate was not found",
        "input.options.avatarId",
    )
    assert (ratio.message, ratio.field) == (
        "HeyGen rejected the request: aspect_ratio: aspect_ratio is invalid",
        "input",
    )


async def test_moderation_of_the_script_is_a_content_violation(heygen: Connect, tmp_path: Path) -> None:
    async with heygen(Scenario.MODERATED_AT_SUBMISSION) as (emulator, backend):
        error = await refusal(backend, an_avatar_job(tmp_path))

    assert isinstance(error, ContentViolation)
    assert not emulator.purchases


async def test_the_key_is_in_no_error(heygen: Connect, tmp_path: Path) -> None:
    async with heygen(settings={KEY: "sk_wrong_key"}) as (_, backend):
        with pytest.raises(SubmissionRefused) as caught:
            await backend.submit(an_avatar_job(tmp_path))

    assert caught.value.error.message == "HeyGen cannot be used now: it rejected the operator's credentials."
    assert caught.value.diagnostics == {"status": 401, "requestId": "req_heygen"}
    assert "sk_wrong_key" not in repr((caught.value, caught.value.error.extensions))


async def test_a_video_is_never_deleted(heygen: Connect, tmp_path: Path) -> None:
    """DELETE removes a video for good; it does not cancel it."""
    job = an_avatar_job(tmp_path)

    async with heygen() as (emulator, backend):
        accepted = await backend.submit(job)
        await backend.cancel(job, accepted.reference)
        await backend.clean_up(job, accepted.reference)

    assert [request.method for request in emulator.requests] == ["POST"]


async def test_the_credentials_are_checked_without_buying(heygen: Connect) -> None:
    async with heygen() as (emulator, backend):
        assert await backend.check_credentials()
        emulator.refusal = (500, "internal_error", None)
        with pytest.raises(ProviderUnavailable):
            await backend.check_credentials()
    async with heygen(Scenario.UNAUTHORIZED) as (_, backend):
        with pytest.raises(ProviderUnavailable) as wrong:
            await backend.check_credentials()

    assert emulator.requests[0].path == "/v3/users/me"
    assert wrong.value.extensions["retryable"] is False


@pytest.mark.parametrize("header", ["heygen-signature", "x-heygen-signature", "signature", "x-signature"])
def test_a_signed_callback_is_the_end_of_the_video(tmp_path: Path, header: str) -> None:
    callback = received(tmp_path, callback_of(header=header), reference={"id": JOB.id})

    assert callback == Callback(
        True,
        Snapshot(
            BackendState.SUCCEEDED,
            100,
            (Output("video/mp4", url=FILES),),
            diagnostics={"status": "avatar_video.success"},
        ),
    )


def test_a_signed_callback_about_a_failure_says_why(tmp_path: Path) -> None:
    delivery = callback_of(event_type="avatar_video.fail", msg="The script violates our policy.")
    callback = received(tmp_path, delivery, reference={"id": JOB.id})

    assert callback is not None
    assert callback.verified
    assert isinstance(error_of(callback.snapshot), ContentViolation)


@pytest.mark.parametrize(
    ("how", "settings"),
    [
        ({}, {WEBHOOK_SECRET: ""}),
        ({}, {WEBHOOK_SECRET: "whsec_another"}),
        ({"header": "x-unknown"}, {}),
        ({"timestamp": SECONDS - 301}, {}),
        ({"timestamp": SECONDS + 301}, {}),
        ({"timestamp": "soon"}, {}),
        ({"timestamp": "٣"}, {}),
    ],
)
def test_a_callback_whose_signature_is_not_valid_now_is_a_hint(
    tmp_path: Path, how: dict[str, Any], settings: dict[str, str]
) -> None:
    callback = received(tmp_path, callback_of(**how), reference={"id": JOB.id}, **settings)

    assert callback == Callback(False, Snapshot(BackendState.RUNNING))


def test_a_changed_body_is_a_hint(tmp_path: Path) -> None:
    headers, body = callback_of()
    changed = body.replace(b"files.heygen.ai", b"files.example.ai")

    assert received(tmp_path, (headers, changed), reference={"id": JOB.id}) == Callback(
        False, Snapshot(BackendState.RUNNING)
    )


def test_a_callback_without_a_time_is_verified_by_its_signature(tmp_path: Path) -> None:
    callback = received(tmp_path, callback_of(timestamp=None), reference={"id": JOB.id})

    assert callback is not None
    assert callback.verified


def test_outputs_on_the_own_origin_are_left_to_the_poll(tmp_path: Path) -> None:
    delivery = callback_of(url=f"{API}/files/video-1.mp4")

    assert received(tmp_path, delivery, reference={"id": JOB.id}) == Callback(False, Snapshot(BackendState.RUNNING))


def test_another_event_of_the_video_changes_nothing(tmp_path: Path) -> None:
    callback = received(tmp_path, callback_of(event_type="avatar_video_gif.success"), reference={"id": JOB.id})

    assert callback is not None
    assert callback.snapshot.state is BackendState.RUNNING


def test_a_callback_brings_the_reference_of_a_lost_submission(tmp_path: Path) -> None:
    callback = received(tmp_path, callback_of())
    stranger = received(tmp_path, callback_of(EmulatedJob("v_2", {"callback_id": "gen_1-2"})))

    assert callback is not None
    assert callback.reference == {"id": JOB.id}
    assert stranger is None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"event_type": "avatar_video.success"}',
        b'{"event_data": []}',
        b'{"event_data": {"video_id": 7}}',
        b'{"event_data": {"video_id": "../x"}}',
        b'{"event_data": {"video_id": "another", "callback_id": "gen_1-1"}}',
        b"[" * 100_000,
        b'{"event_data": {"video_id": "heygen-job-1"}, "x": "' + b"x" * MAX_CALLBACK + b'"}',
        b"\xff\xfe",
    ],
)
def test_a_callback_about_nothing_of_ours_is_ignored(tmp_path: Path, body: bytes) -> None:
    assert received(tmp_path, ({}, body), reference={"id": JOB.id}) is None


def test_the_key_is_required() -> None:
    assert backend_at(API).unavailable_because() is None
    assert backend_at(API, **{KEY: ""}).unavailable_because() == f"{KEY} is not set"
