"""The Replicate backend against an emulator on a real socket."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from kit.errors import ContentViolation, GenerationFailed, InvalidInput, ProviderUnavailable
from providers.backend import (
    BackendState,
    Callback,
    GenerationType,
    Job,
    JSONObject,
    SubmissionLost,
    SubmissionRefused,
    UpstreamBusy,
)
from providers.backends.replicate import (
    BASE_URL,
    DEFINITION,
    KEY,
    MAX_DATA_URI,
    MAX_UPLOAD,
    WEBHOOK_SECRET,
    ReplicateBackend,
)
from providers.settings import BackendContext
from tests.emulators.base import EmulatedJob, Scenario
from tests.emulators.media import media_file
from tests.emulators.replicate import KEY as API_KEY
from tests.emulators.replicate import VERSION, ReplicateEmulator
from tests.emulators.replicate import WEBHOOK_SECRET as SECRET
from tests.emulators.serving import EmulatorServer
from tests.support.asgi_server import free_socket
from tests.support.backend_harness import Connection, body_of, data_uri, error_of, finished, refusal
from tests.support.backend_jobs import a_job
from tests.support.manual_clock import START, ManualClock

pytestmark = pytest.mark.anyio

API = "https://api.replicate.com"
FLUX, KONTEXT, NANO_BANANA = "black-forest-labs/flux-dev", "black-forest-labs/flux-kontext-pro", "google/nano-banana-2"
CALLBACK = "https://media.example.com/internal/upstream/replicate/gen_1/token"
LINK = "https://media.example.com/image.png"
DELIVERY = "https://replicate.delivery/xezq/out-0.webp"
PNG = media_file("image.png")[1]
COST = {"amount": 2.5, "unit": "seconds"}


Connect = Connection[ReplicateEmulator, ReplicateBackend]


@pytest.fixture
def replicate(server: EmulatorServer) -> Connect:
    return Connect(server, ReplicateEmulator, backend_at)


def backend_at(
    url: str, *, key: str = API_KEY, secret: str = SECRET, clock: ManualClock | None = None
) -> ReplicateBackend:
    settings = {KEY: key, BASE_URL: url, WEBHOOK_SECRET: secret}
    backend = DEFINITION.create(BackendContext(settings, clock or ManualClock()))
    assert isinstance(backend, ReplicateBackend)
    return backend


async def test_an_official_model_gets_its_input_and_the_output_is_downloaded(
    replicate: Connect, tmp_path: Path
) -> None:
    job = a_job(tmp_path, model=FLUX, parameters={"prompt": "A red kite", "num_outputs": 2}, callback_url=CALLBACK)

    async with replicate() as (emulator, backend):
        accepted = await backend.submit(job)
        snapshot = await backend.poll(job, accepted.reference)

    submission, poll, *downloads = emulator.requests
    assert (submission.method, submission.path) == ("POST", f"/v1/models/{FLUX}/predictions")
    assert body_of(submission) == {
        "input": {"prompt": "A red kite", "num_outputs": 2},
        "webhook": CALLBACK,
        "webhook_events_filter": ["start", "completed"],
    }
    assert submission.headers["authorization"] == f"Bearer {API_KEY}"
    assert submission.headers["content-type"] == "application/json"
    assert accepted.reference == {"id": "replicate-job-1"}
    assert (poll.method, poll.path) == ("GET", "/v1/predictions/replicate-job-1")
    assert (snapshot.state, snapshot.cost) == (BackendState.SUCCEEDED, COST)
    assert [output.media_type for output in snapshot.outputs] == ["image/webp", "image/webp"]
    assert all(output.path is not None and output.path.exists() for output in snapshot.outputs)
    assert {request.headers["authorization"] for request in downloads} == {f"Bearer {API_KEY}"}


async def test_a_version_is_named_in_the_body(replicate: Connect, tmp_path: Path) -> None:
    model = f"doitong/riffusion:{VERSION}"
    job = a_job(tmp_path, type=GenerationType.MUSIC, model=model, parameters={"prompt_a": "A waltz"})

    async with replicate() as (emulator, backend):
        snapshot = await finished(backend, job)

    assert emulator.requests[0].path == "/v1/predictions"
    assert body_of(emulator.requests[0]) == {"version": VERSION, "input": {"prompt_a": "A waltz"}}
    assert [output.media_type for output in snapshot.outputs] == ["audio/x-wav"]


async def test_a_small_input_is_a_data_uri_and_a_list_keeps_its_order(replicate: Connect, tmp_path: Path) -> None:
    other = media_file("image.jpg")[1]
    one = a_job(tmp_path, model=KONTEXT, media={"image": "input_image"}, files={"image.png": PNG})
    several = a_job(
        tmp_path,
        model=NANO_BANANA,
        media={"image": "image_input", "images": "image_input"},
        files={"images.0.png": PNG, "images.1.jpg": other},
    )

    async with replicate() as (emulator, backend):
        await backend.submit(one)
        await backend.submit(several)

    bodies = [body_of(request)["input"] for request in emulator.requests]
    prompt: JSONObject = {"prompt": "A red kite", "seed": 7}
    assert bodies == [
        {**prompt, "input_image": data_uri("image/png", PNG)},
        {**prompt, "image_input": [data_uri("image/png", PNG), data_uri("image/jpeg", other)]},
    ]


async def test_a_larger_input_is_uploaded_and_deleted_at_the_end(replicate: Connect, tmp_path: Path) -> None:
    large = PNG + bytes(MAX_DATA_URI)
    job = a_job(tmp_path, model=KONTEXT, media={"image": "input_image"}, files={"image.png": large})

    async with replicate() as (emulator, backend):
        accepted = await backend.submit(job)
        uploaded = dict(emulator.uploads)
        await backend.clean_up(job, accepted.reference)

    upload, submission, deletion = emulator.requests
    assert (upload.method, upload.path) == ("POST", "/v1/files")
    assert upload.headers["content-type"].startswith("multipart/form-data; boundary=")
    assert b'name="content"; filename="image.png"\r\nContent-Type: image/png' in upload.body
    assert uploaded == {"file-1": large}
    parameters = body_of(submission)["input"]
    assert isinstance(parameters, dict)
    assert parameters["input_image"] == f"{emulator.url}/v1/files/file-1"
    assert accepted.reference == {"id": "replicate-job-1", "files": ["file-1"]}
    assert (deletion.method, deletion.path) == ("DELETE", "/v1/files/file-1")
    assert emulator.uploads == {}


async def test_an_input_above_the_upload_limit_is_a_link_and_without_one_invalid(
    replicate: Connect, tmp_path: Path
) -> None:
    model = "wan-video/wan-2.2-animate-animation"
    path = tmp_path / "video.mp4"
    with path.open("wb") as file:
        file.truncate(MAX_UPLOAD + 1)
    base = a_job(tmp_path, type=GenerationType.VIDEO, model=model, parameters={}, media={"video": "video"})
    linked = a_job(
        tmp_path, type=GenerationType.VIDEO, model=model, parameters={}, media={"video": "video"}, links={"video": LINK}
    )

    async with replicate() as (emulator, backend):
        await backend.submit(with_file(linked, path))
        error = await refusal(backend, with_file(base, path))

    [submission] = emulator.requests
    assert body_of(submission) == {"input": {"video": LINK}}
    assert isinstance(error, InvalidInput)
    assert (error.message, error.field) == (
        "The video has 100,000,001 bytes. Replicate takes up to 100,000,000.",
        "input.video",
    )


@pytest.mark.parametrize(
    ("scenario", "expected"),
    [
        (Scenario.SERVER_ERROR_ONCE, SubmissionRefused),
        (Scenario.UNAVAILABLE_ONCE, UpstreamBusy),
        (Scenario.BUSY_ONCE, UpstreamBusy),
        (Scenario.UNAUTHORIZED, SubmissionRefused),
    ],
)
async def test_a_failed_upload_has_bought_nothing(
    scenario: Scenario, expected: type[Exception], replicate: Connect, tmp_path: Path
) -> None:
    large = bytes(MAX_DATA_URI + 1)
    job = a_job(tmp_path, model=KONTEXT, media={"image": "input_image"}, files={"image.png": large})

    async with replicate(scenario) as (emulator, backend):
        with pytest.raises(expected):
            await backend.submit(job)

    assert [request.path for request in emulator.requests] == ["/v1/files"]
    assert emulator.purchases == {}


@pytest.mark.parametrize(
    ("type", "output", "found"),
    [
        (GenerationType.IMAGE, DELIVERY, ["image/webp"]),
        (GenerationType.IMAGE, [DELIVERY, DELIVERY.replace("-0", "-1")], ["image/webp", "image/webp"]),
        (GenerationType.VIDEO, {"video": "https://replicate.delivery/a.mp4", "cover": DELIVERY}, ["video/mp4"]),
        (GenerationType.VIDEO, [{"file": {"url": "https://replicate.delivery/a"}}], ["video/mp4"]),
        (GenerationType.VIDEO, "https://replicate.delivery/a.gif", ["image/gif"]),
        (GenerationType.IMAGE, "A red kite", []),
        (GenerationType.IMAGE, ["data:image/png;base64,AAAA", 7, None], []),
        (GenerationType.IMAGE, {}, []),
        (GenerationType.IMAGE, "http://[", ["image/png"]),
        (GenerationType.IMAGE, [[[[[DELIVERY]]]]], []),
    ],
)
async def test_outputs_of_every_shape_are_found(
    type: GenerationType, output: object, found: list[str], replicate: Connect, tmp_path: Path
) -> None:
    async with replicate() as (emulator, backend):
        emulator.output = output
        snapshot = await finished(backend, a_job(tmp_path, type=type, model=FLUX))

    assert [item.media_type for item in snapshot.outputs] == found
    if not found:
        assert error_of(snapshot).message == "Replicate reported success without an output."


async def test_a_slow_prediction_is_queued_then_running_with_the_progress_of_its_logs(
    replicate: Connect, tmp_path: Path
) -> None:
    job = a_job(tmp_path, model=FLUX)

    async with replicate(Scenario.SLOW) as (_, backend):
        reference = (await backend.submit(job)).reference
        snapshots = [await backend.poll(job, reference) for _ in range(4)]

    assert [(snapshot.state, snapshot.progress) for snapshot in snapshots] == [
        (BackendState.QUEUED, None),
        (BackendState.RUNNING, 64),
        (BackendState.RUNNING, 64),
        (BackendState.SUCCEEDED, 100),
    ]


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("canceled", BackendState.CANCELLED),
        ("aborted", BackendState.FAILED),
        ("failed", BackendState.FAILED),
        ("postponed", BackendState.RUNNING),
    ],
)
async def test_every_state_is_mapped(status: str, state: BackendState, replicate: Connect, tmp_path: Path) -> None:
    async with replicate() as (emulator, backend):
        emulator.status = status
        snapshot = await finished(backend, a_job(tmp_path, model=FLUX))

    assert snapshot.state is state
    assert isinstance(snapshot.error, GenerationFailed) == (state is BackendState.FAILED)


async def test_a_failure_keeps_its_code_and_cost_for_the_operator(replicate: Connect, tmp_path: Path) -> None:
    async with replicate(Scenario.FAILED_LATER) as (_, backend):
        snapshot = await finished(backend, a_job(tmp_path, model=FLUX))

    assert error_of(snapshot).message == "Replicate could not finish the prediction."
    assert snapshot.cost == COST
    assert snapshot.diagnostics == {"requestId": "replicate-job-1", "status": "failed", "code": "E1001"}


@pytest.mark.parametrize("text", [None, "NSFW content detected. Try running it again, or try a different prompt."])
async def test_moderation_is_a_content_violation(text: str | None, replicate: Connect, tmp_path: Path) -> None:
    async with replicate(Scenario.FAILED_LATER if text else Scenario.MODERATED_LATER) as (emulator, backend):
        emulator.error = text or emulator.error
        snapshot = await finished(backend, a_job(tmp_path, model=FLUX))

    assert isinstance(error_of(snapshot), ContentViolation)
    assert "again" not in error_of(snapshot).message


@pytest.mark.parametrize(
    ("scenario", "retry_after"),
    [
        (Scenario.BUSY_ONCE, timedelta(seconds=1)),
        (Scenario.BUSY_WITHOUT_RETRY_AFTER, timedelta(seconds=30)),
        (Scenario.BILLING_AS_429, timedelta(seconds=5)),
        (Scenario.UNAVAILABLE_ONCE, None),
    ],
)
async def test_a_throttled_submission_has_bought_nothing_and_says_when_to_come_back(
    scenario: Scenario, retry_after: timedelta | None, replicate: Connect, tmp_path: Path
) -> None:
    job = a_job(tmp_path, model=FLUX)

    async with replicate(scenario) as (emulator, backend):
        with pytest.raises(UpstreamBusy) as caught:
            await backend.submit(job)
        assert emulator.purchases == {}
        snapshot = await finished(backend, job)

    assert caught.value.retry_after == retry_after
    assert snapshot.state is BackendState.SUCCEEDED


@pytest.mark.parametrize("scenario", [Scenario.SERVER_ERROR_ONCE, Scenario.LOST_ANSWER])
async def test_a_submission_without_a_response_is_lost_and_sent_once(
    scenario: Scenario, replicate: Connect, tmp_path: Path
) -> None:
    job = a_job(tmp_path, model=FLUX)

    async with replicate(scenario) as (emulator, backend):
        with pytest.raises(SubmissionLost):
            await backend.submit(job)
        with pytest.raises(SubmissionLost):
            await backend.find_job(job)

    assert len(emulator.requests) == 1


async def test_a_callback_brings_the_reference_of_a_lost_submission(replicate: Connect, tmp_path: Path) -> None:
    job = a_job(tmp_path, model=FLUX, callback_url=CALLBACK)

    async with replicate(Scenario.LOST_ANSWER) as (emulator, backend):
        with pytest.raises(SubmissionLost):
            await backend.submit(job)
        [bought] = emulator.jobs.values()
        headers, body = emulator.callback(bought, at=START)
        call = backend.parse_callback(job, None, headers=headers, body=body)
        assert call is not None
        assert call.reference is not None
        snapshot = await backend.poll(job, call.reference)

    assert call.reference == {"id": "replicate-job-1"}
    assert snapshot.state is BackendState.SUCCEEDED
    assert emulator.purchases == {"replicate-job-1": 1}


def test_a_signed_callback_is_the_final_state(tmp_path: Path) -> None:
    job, reference = a_job(tmp_path, model=FLUX), {"id": "replicate-job-1"}
    emulator, bought = finished_prediction()
    headers, body = emulator.callback(bought, at=START)
    backend = backend_at(API)

    call = backend.parse_callback(job, {**reference}, headers=headers, body=body)

    assert call is not None
    assert (call.verified, call.reference) == (True, None)
    assert call.snapshot.state is BackendState.SUCCEEDED
    assert [output.url for output in call.snapshot.outputs] == [DELIVERY]
    assert call.snapshot.cost == COST


def test_one_valid_signature_of_several_is_enough(tmp_path: Path) -> None:
    emulator, bought = finished_prediction()
    headers, body = emulator.callback(bought, at=START)
    signatures = f"v1,AAAA v1a,é {headers['webhook-signature']}"

    assert is_verified(backend_at(API), tmp_path, {**headers, "webhook-signature": signatures}, body)


def test_a_callback_is_only_a_hint_unless_its_signature_is_valid_and_recent(tmp_path: Path) -> None:
    emulator, bought = finished_prediction()
    headers, body = emulator.callback(bought, at=START)
    stale, _ = emulator.callback(bought, at=START - timedelta(minutes=6))
    early, _ = emulator.callback(bought, at=START + timedelta(minutes=6))
    clock = ManualClock()
    backend = backend_at(API, clock=clock)

    assert is_verified(backend, tmp_path, headers, body)
    for forged in (
        {},
        stale,
        early,
        {**headers, "webhook-id": "msg_2"},
        {**headers, "webhook-timestamp": "soon"},
        {**headers, "webhook-timestamp": "٣"},
        {**headers, "webhook-signature": ""},
        {**headers, "webhook-signature": "v1,AAAA"},
        emulator.callback(bought, at=START, secret="whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")[0],
    ):
        assert not is_verified(backend, tmp_path, forged, body)
    assert not is_verified(backend, tmp_path, headers, body.replace(b"out-0", b"out-1"))
    assert not is_verified(backend_at(API, secret=""), tmp_path, headers, body)
    assert not is_verified(backend_at(API, secret="whsec_é"), tmp_path, headers, body)
    clock.move(301)
    assert not is_verified(backend, tmp_path, headers, body)


def test_a_signed_callback_with_outputs_on_the_api_itself_is_a_hint(tmp_path: Path) -> None:
    emulator, bought = finished_prediction()
    emulator.output = f"{API}/v1/files/file-1/download"
    headers, body = emulator.callback(bought, at=START)

    assert not is_verified(backend_at(API), tmp_path, headers, body)


def test_callbacks_about_another_prediction_and_garbage_are_ignored(tmp_path: Path) -> None:
    job, backend = a_job(tmp_path, model=FLUX), backend_at(API)
    emulator, bought = finished_prediction()
    headers, body = emulator.callback(bought, at=START)

    assert backend.parse_callback(job, {"id": "another"}, headers=headers, body=body) is None
    for garbage in (b"", b"\xff", b"[]", b"null", b"{}", b'{"id": 7}', b'{"id": "../account"}', b"[" * 5000):
        assert backend.parse_callback(job, None, headers=headers, body=garbage) is None
        assert backend.parse_callback(job, {"id": "replicate-job-1"}, headers=headers, body=garbage) is None
    large = b'{"id": "replicate-job-1", "logs": "' + b"x" * 1_000_000 + b'"}'
    assert backend.parse_callback(job, None, headers=headers, body=large) is None
    odd = b'{"id": "x", "status": [], "output": {"a": ["http://["]}, "metrics": 7, "logs": {}, "error": []}'
    assert backend.parse_callback(job, None, headers=headers, body=odd) is not None


async def test_urls_that_replicate_names_get_no_request(replicate: Connect, tmp_path: Path) -> None:
    job = a_job(tmp_path, model=FLUX)

    async with replicate(Scenario.FOREIGN_STATUS_URL) as (emulator, backend):
        reference = (await backend.submit(job)).reference
        snapshot = await backend.poll(job, reference)

    assert emulator.foreign_url not in str(reference)
    assert snapshot.state is BackendState.SUCCEEDED


async def test_a_poll_error_is_temporary_and_an_unknown_prediction_has_failed(
    replicate: Connect, tmp_path: Path
) -> None:
    job = a_job(tmp_path, model=FLUX)

    async with replicate(Scenario.POLL_ERROR_ONCE) as (emulator, backend):
        reference = (await backend.submit(job)).reference
        with pytest.raises(ProviderUnavailable):
            await backend.poll(job, reference)
        emulator.jobs.clear()
        snapshot = await backend.poll(job, reference)

    assert error_of(snapshot).message == "Replicate no longer knows the prediction."


async def test_success_without_an_output_has_failed(replicate: Connect, tmp_path: Path) -> None:
    async with replicate(Scenario.EMPTY_SUCCESS) as (_, backend):
        snapshot = await finished(backend, a_job(tmp_path, model=FLUX))

    assert isinstance(error_of(snapshot), GenerationFailed)
    assert snapshot.cost == COST


async def test_an_expired_output_has_failed_and_an_unavailable_one_is_fetched_again(
    replicate: Connect, tmp_path: Path
) -> None:
    job = a_job(tmp_path, model=FLUX)

    async with replicate(Scenario.OUTPUT_EXPIRED) as (_, backend):
        expired = await finished(backend, job)
    async with replicate(Scenario.OUTPUT_UNAVAILABLE_ONCE) as (_, backend):
        reference = (await backend.submit(job)).reference
        with pytest.raises(ProviderUnavailable):
            await backend.poll(job, reference)
        again = await backend.poll(job, reference)

    assert isinstance(error_of(expired), GenerationFailed)
    assert expired.cost == COST
    assert again.state is BackendState.SUCCEEDED


async def test_cancelling_ends_a_prediction_and_is_fine_when_it_has_ended(replicate: Connect, tmp_path: Path) -> None:
    job = a_job(tmp_path, model=FLUX)

    async with replicate(Scenario.SLOW) as (emulator, backend):
        reference = (await backend.submit(job)).reference
        await backend.cancel(job, reference)
        emulator.scenario = Scenario.HAPPY
        snapshot = await backend.poll(job, reference)
        await backend.cancel(job, reference)
        emulator.jobs.clear()
        await backend.cancel(job, reference)

    assert (emulator.requests[1].method, emulator.requests[1].path) == (
        "POST",
        "/v1/predictions/replicate-job-1/cancel",
    )
    assert snapshot.state is BackendState.CANCELLED


async def test_bad_credentials_no_credit_and_an_unknown_model_allow_another_route(
    replicate: Connect, tmp_path: Path
) -> None:
    async with replicate(key="r8_wrong") as (_, backend):
        unauthorized = await refusal(backend, a_job(tmp_path, model=FLUX))
    async with replicate() as (emulator, backend):
        unknown = await refusal(backend, a_job(tmp_path, model="nobody/nothing"))
        none = await refusal(backend, a_job(tmp_path, model=None))
        emulator.has_no_credit = True
        no_credit = await refusal(backend, a_job(tmp_path, model=FLUX))

    assert {type(error) for error in (unauthorized, unknown, none, no_credit)} == {ProviderUnavailable}
    assert unauthorized.extensions["retryable"] is False
    assert no_credit.message == "Replicate cannot be used now: it has too little balance."
    assert no_credit.extensions["retryable"] is False


async def test_invalid_input_has_replicates_words_without_the_key(replicate: Connect, tmp_path: Path) -> None:
    async with replicate() as (emulator, backend):
        error = await refusal(backend, a_job(tmp_path, model=FLUX, parameters={"prompt": 7}))
        secret = await refusal(backend, a_job(tmp_path, model=f"{API_KEY}:{API_KEY}"))

    assert isinstance(error, InvalidInput)
    assert error.message == "Replicate rejected the request: - input: invalid; input.prompt: Invalid type."
    assert API_KEY not in secret.message
    assert emulator.purchases == {}


async def test_the_account_proves_the_key(replicate: Connect) -> None:
    async with replicate() as (emulator, backend):
        assert await backend.check_credentials()
    async with replicate(Scenario.UNAUTHORIZED) as (_, backend):
        with pytest.raises(ProviderUnavailable):
            await backend.check_credentials()

    assert emulator.requests[0].path == "/v1/account"


async def test_a_refused_connection_has_bought_nothing(tmp_path: Path) -> None:
    bound, url = free_socket()
    bound.close()
    backend = backend_at(url)
    large = a_job(tmp_path, model=KONTEXT, media={"image": "x"}, files={"image.png": bytes(MAX_DATA_URI + 1)})

    assert isinstance(await refusal(backend, a_job(tmp_path, model=FLUX)), ProviderUnavailable)
    assert isinstance(await refusal(backend, large), ProviderUnavailable)
    await backend.aclose()


def test_settings_and_defaults() -> None:
    assert backend_at(API).unavailable_because() is None
    assert backend_at(API, secret="").unavailable_because() is None
    assert backend_at(API, key="").unavailable_because() == "DOITONG_REPLICATE_API_KEY is not set"
    assert backend_at(API, secret="AAAA").unavailable_because() == (
        "DOITONG_REPLICATE_WEBHOOK_SECRET is not whsec_ and base64"
    )
    assert [setting.default for setting in DEFINITION.settings] == [None, "https://api.replicate.com", None]


def finished_prediction() -> tuple[ReplicateEmulator, EmulatedJob]:
    """Return an emulator with a prediction whose output is on Replicate's delivery host."""
    emulator = ReplicateEmulator(API)
    emulator.output = [DELIVERY]
    bought = emulator.buy({"input": {"prompt": "A red kite"}})
    bought.details |= {"model": FLUX, "media_type": "image/webp", "form": "list"}
    return emulator, bought


def is_verified(backend: ReplicateBackend, workspace: Path, headers: dict[str, str], body: bytes) -> bool:
    """Whether a callback is verified. The state in an unverified callback is ignored."""
    call: Callback | None = backend.parse_callback(
        a_job(workspace, model=FLUX), {"id": "replicate-job-1"}, headers=headers, body=body
    )
    assert call is not None
    assert call.verified or (call.snapshot.state, call.snapshot.outputs) == (BackendState.RUNNING, ())
    return call.verified


def with_file(job: Job, path: Path) -> Job:
    """Return the job with a video file."""
    return replace(job, files={"video": path})
