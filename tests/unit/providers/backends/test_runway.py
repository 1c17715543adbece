"""The Runway backend against an emulator on a real socket."""

import base64
from collections.abc import Mapping
from datetime import timedelta
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
from providers.backends.runway import BASE_URL, DEFINITION, KEY, VERSION, RunwayBackend
from providers.settings import BackendContext
from tests.emulators.base import Scenario
from tests.emulators.media import media_file
from tests.emulators.runway import KEY as API_KEY
from tests.emulators.runway import RunwayEmulator
from tests.emulators.serving import EmulatorServer
from tests.support.asgi_server import free_socket
from tests.support.backend_harness import Connection
from tests.support.manual_clock import ManualClock

pytestmark = pytest.mark.anyio

PNG = media_file("image.png")[1]
PNG_URI = f"data:image/png;base64,{base64.b64encode(PNG).decode()}"
VIDEO: JSONObject = {"promptText": "A red kite over the sea", "ratio": "1280:720", "duration": 5, "seed": 7}
IMAGE: JSONObject = {"promptText": "A red kite", "ratio": "1024:1024"}


Connect = Connection[RunwayEmulator, RunwayBackend]


@pytest.fixture
def runway(server: EmulatorServer) -> Connect:
    return Connect(server, RunwayEmulator, backend_at)


def backend_at(url: str, *, key: str = API_KEY) -> RunwayBackend:
    backend = DEFINITION.create(BackendContext({KEY: key, BASE_URL: url}, ManualClock()))
    assert isinstance(backend, RunwayBackend)
    return backend


def a_job(
    workspace: Path,
    *,
    type: GenerationType = GenerationType.VIDEO,
    model: str = "gen4.5",
    parameters: JSONObject = VIDEO,
    media: Mapping[str, str] | None = None,
    files: Mapping[str, bytes] | None = None,
    links: Mapping[str, str] | None = None,
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
        provider="runway",
        model=model,
        mode="text-to-video",
        input={"text": "A red kite over the sea"},
        options={},
        seed=7,
        workspace=workspace,
        parameters=parameters,
        media_fields=media or {},
        files=paths,
        links=links or {},
    )


def submissions(emulator: RunwayEmulator) -> list[tuple[str, JSONObject]]:
    """Return the path and the body of each submission."""
    return [(request.path, orjson.loads(request.body)) for request in emulator.requests if request.method == "POST"]


async def test_a_text_is_sent_to_text_to_video_and_its_output_is_downloaded(runway: Connect, tmp_path: Path) -> None:
    job = a_job(tmp_path)

    async with runway() as (emulator, backend):
        accepted = await backend.submit(job)
        snapshot = await backend.poll(job, accepted.reference)

    headers = emulator.requests[0].headers
    assert submissions(emulator) == [("/v1/text_to_video", {**VIDEO, "model": "gen4.5"})]
    assert headers["authorization"] == f"Bearer {API_KEY}"
    assert headers["x-runway-version"] == VERSION == "2024-11-06"
    assert headers["content-type"] == "application/json"
    assert snapshot.state is BackendState.SUCCEEDED
    assert snapshot.cost == {"amount": 25, "unit": "credits"}
    [output] = snapshot.outputs
    assert output.media_type == "video/mp4"
    assert output.path is not None
    assert output.path.read_bytes() == media_file("video.mp4")[1]
    assert sum(emulator.purchases.values()) == 1


async def test_an_output_is_downloaded_without_the_key(runway: Connect, tmp_path: Path) -> None:
    job = a_job(tmp_path)

    async with runway() as (emulator, backend):
        accepted = await backend.submit(job)
        await backend.poll(job, accepted.reference)

    [download] = [request for request in emulator.requests if request.path.startswith("/files/")]
    assert "authorization" not in download.headers


async def test_a_picture_is_sent_to_image_to_video_as_a_data_uri(runway: Connect, tmp_path: Path) -> None:
    job = a_job(tmp_path, model="gen4_turbo", media={"image": "promptImage"}, files={"image.png": PNG})

    async with runway() as (emulator, backend):
        await backend.submit(job)

    body = {**VIDEO, "model": "gen4_turbo", "promptImage": PNG_URI}
    assert submissions(emulator) == [("/v1/image_to_video", body)]


async def test_a_picture_that_the_route_does_not_use_does_not_change_the_endpoint(
    runway: Connect, tmp_path: Path
) -> None:
    job = a_job(tmp_path, files={"image.png": PNG})

    async with runway() as (emulator, backend):
        await backend.submit(job)

    assert submissions(emulator)[0][0] == "/v1/text_to_video"


async def test_two_pictures_are_the_first_and_the_last_frame(runway: Connect, tmp_path: Path) -> None:
    files = {"images.0.png": PNG, "images.1.png": PNG}
    parameters: JSONObject = {"promptText": "A kite", "ratio": "1280:720", "duration": 5}
    job = a_job(tmp_path, model="veo3.1", parameters=parameters, media={"images": "promptImage"}, files=files)

    async with runway() as (emulator, backend):
        await backend.submit(job)

    [(_, body)] = submissions(emulator)
    assert body["promptImage"] == [{"uri": PNG_URI, "position": "first"}, {"uri": PNG_URI, "position": "last"}]


async def test_a_third_frame_is_invalid(runway: Connect, tmp_path: Path) -> None:
    files = {f"images.{number}.png": PNG for number in range(3)}
    job = a_job(tmp_path, model="veo3.1", media={"images": "promptImage"}, files=files)

    async with runway() as (emulator, backend):
        with pytest.raises(SubmissionRefused) as refused:
            await backend.submit(job)

    assert isinstance(refused.value.error, InvalidInput)
    assert emulator.requests == []


async def test_pictures_of_an_image_are_references(runway: Connect, tmp_path: Path) -> None:
    media = {"image": "referenceImages", "images": "referenceImages"}
    files = {"image.png": PNG, "images.0.png": PNG}
    job = a_job(tmp_path, type=GenerationType.IMAGE, model="gen4_image", parameters=IMAGE, media=media, files=files)

    async with runway() as (emulator, backend):
        accepted = await backend.submit(job)
        snapshot = await backend.poll(job, accepted.reference)

    body = {**IMAGE, "model": "gen4_image", "referenceImages": [{"uri": PNG_URI}, {"uri": PNG_URI}]}
    assert submissions(emulator) == [("/v1/text_to_image", body)]
    assert [output.media_type for output in snapshot.outputs] == ["image/png"]


async def test_several_images_are_several_outputs(runway: Connect, tmp_path: Path) -> None:
    parameters: JSONObject = {**IMAGE, "outputCount": 2}
    job = a_job(tmp_path, type=GenerationType.IMAGE, model="seedream5_pro", parameters=parameters)

    async with runway() as (_, backend):
        accepted = await backend.submit(job)
        snapshot = await backend.poll(job, accepted.reference)

    assert len({output.path for output in snapshot.outputs}) == 2


async def test_a_video_is_sent_to_video_to_video(runway: Connect, tmp_path: Path) -> None:
    video = media_file("video.mp4")[1]
    parameters: JSONObject = {"promptText": "At night"}
    job = a_job(
        tmp_path, model="aleph2", parameters=parameters, media={"video": "videoUri"}, files={"video.mp4": video}
    )

    async with runway() as (emulator, backend):
        await backend.submit(job)

    uri = f"data:video/mp4;base64,{base64.b64encode(video).decode()}"
    assert submissions(emulator) == [("/v1/video_to_video", {**parameters, "model": "aleph2", "videoUri": uri})]


async def test_a_character_and_a_performance_are_sent_to_character_performance(runway: Connect, tmp_path: Path) -> None:
    job = a_job(
        tmp_path,
        type=GenerationType.AVATAR,
        model="act_two",
        parameters={"ratio": "1280:720"},
        media={"image": "character", "video": "reference"},
        files={"image.png": PNG},
        links={"video": "https://media.example.com/performance.mp4"},
    )

    async with runway() as (emulator, backend):
        await backend.submit(job)

    assert submissions(emulator) == [
        (
            "/v1/character_performance",
            {
                "model": "act_two",
                "ratio": "1280:720",
                "character": {"type": "image", "uri": PNG_URI},
                "reference": {"type": "video", "uri": "https://media.example.com/performance.mp4"},
            },
        )
    ]


async def test_a_large_picture_is_sent_as_a_link(runway: Connect, tmp_path: Path) -> None:
    link = "https://media.example.com/image.png"
    job = a_job(tmp_path, media={"image": "promptImage"}, files={"image.png": bytes(3_800_000)}, links={"image": link})

    async with runway() as (emulator, backend):
        await backend.submit(job)

    assert submissions(emulator)[0][1]["promptImage"] == link


@pytest.mark.parametrize(
    "link", [None, "http://media.example.com/image.png", f"https://media.example.com/{'x' * 2048}"]
)
async def test_a_large_picture_without_a_usable_link_is_invalid(
    runway: Connect, tmp_path: Path, link: str | None
) -> None:
    links = {} if link is None else {"image": link}
    job = a_job(tmp_path, media={"image": "promptImage"}, files={"image.png": bytes(3_800_000)}, links=links)

    async with runway() as (emulator, backend):
        with pytest.raises(SubmissionRefused) as refused:
            await backend.submit(job)

    assert isinstance(refused.value.error, InvalidInput)
    assert refused.value.error.field == "input.image"
    assert "3.75 MB" in refused.value.error.message
    assert emulator.requests == []


async def test_a_video_may_be_larger_than_a_picture(runway: Connect, tmp_path: Path) -> None:
    files = {"video.mp4": bytes(3_800_000)}
    job = a_job(tmp_path, model="aleph2", parameters={}, media={"video": "videoUri"}, files=files)

    async with runway() as (emulator, backend):
        await backend.submit(job)

    assert str(submissions(emulator)[0][1]["videoUri"]).startswith("data:video/mp4;base64,")


async def test_a_throttled_task_is_queued_and_progress_is_a_percentage(runway: Connect, tmp_path: Path) -> None:
    job = a_job(tmp_path)

    async with runway(Scenario.SLOW) as (_, backend):
        accepted = await backend.submit(job)
        snapshots = [await backend.poll(job, accepted.reference) for _ in range(4)]

    assert [(snapshot.state, snapshot.progress) for snapshot in snapshots] == [
        (BackendState.QUEUED, None),
        (BackendState.QUEUED, None),
        (BackendState.RUNNING, 38),
        (BackendState.SUCCEEDED, 100),
    ]


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("SAFETY.INPUT.TEXT", ContentViolation),
        ("SAFETY.OUTPUT.VIDEO", ContentViolation),
        ("INPUT_PREPROCESSING.SAFETY.TEXT", InvalidInput),
        ("INPUT_PREPROCESSING.INTERNAL", InvalidInput),
        ("ASSET.INVALID", InvalidInput),
        ("INTERNAL.BAD_OUTPUT.CODE01", GenerationFailed),
        ("THIRD_PARTY.UNAVAILABLE", GenerationFailed),
    ],
)
async def test_a_failure_code_decides_the_error(
    runway: Connect, tmp_path: Path, code: str, error: type[DoitongError]
) -> None:
    job = a_job(tmp_path)

    async with runway() as (emulator, backend):
        emulator.failure_code = code
        accepted = await backend.submit(job)
        snapshot = await backend.poll(job, accepted.reference)

    assert snapshot.state is BackendState.FAILED
    assert type(snapshot.error) is error
    assert "unexpected" not in snapshot.error.message
    assert snapshot.diagnostics == {"status": 200, "code": code}
    assert snapshot.cost == {"amount": 0, "unit": "credits"}


async def test_success_without_an_output_has_failed(runway: Connect, tmp_path: Path) -> None:
    job = a_job(tmp_path)

    async with runway(Scenario.EMPTY_SUCCESS) as (_, backend):
        accepted = await backend.submit(job)
        snapshot = await backend.poll(job, accepted.reference)

    assert snapshot.state is BackendState.FAILED
    assert isinstance(snapshot.error, GenerationFailed)


async def test_an_invalid_request_is_refused_with_runways_explanation(runway: Connect, tmp_path: Path) -> None:
    job = a_job(tmp_path, parameters={**VIDEO, "style": "anime", "ratio": "1:1"})

    async with runway() as (emulator, backend):
        with pytest.raises(SubmissionRefused) as refused:
            await backend.submit(job)

    assert isinstance(refused.value.error, InvalidInput)
    assert "style: Unrecognized key" in refused.value.error.message
    assert "ratio: Invalid ratio" in refused.value.error.message
    assert not emulator.purchases


async def test_an_account_without_credits_is_not_the_clients_fault(runway: Connect, tmp_path: Path) -> None:
    async with runway() as (emulator, backend):
        emulator.no_credits = True
        with pytest.raises(SubmissionRefused) as refused:
            await backend.submit(a_job(tmp_path))

    assert isinstance(refused.value.error, ProviderUnavailable)
    assert refused.value.error.extensions == {"retryable": False}
    assert "balance" in refused.value.error.message


async def test_a_wrong_key_is_not_the_clients_fault(runway: Connect, tmp_path: Path) -> None:
    async with runway(key="key_wrong_secret") as (_, backend):
        with pytest.raises(SubmissionRefused) as refused:
            await backend.submit(a_job(tmp_path))
        with pytest.raises(ProviderUnavailable) as unavailable:
            await backend.check_credentials()

    for error in (refused.value.error, unavailable.value):
        assert isinstance(error, ProviderUnavailable)
        assert error.extensions == {"retryable": False}
        assert "key_wrong_secret" not in error.message


async def test_the_credentials_are_checked_without_buying(runway: Connect, tmp_path: Path) -> None:
    async with runway() as (emulator, backend):
        assert await backend.check_credentials()

    assert not emulator.purchases


@pytest.mark.parametrize(
    ("scenario", "delay"),
    [
        (Scenario.BUSY_ONCE, timedelta(seconds=1)),
        (Scenario.BUSY_WITHOUT_RETRY_AFTER, None),
        (Scenario.UNAVAILABLE_ONCE, None),
    ],
)
async def test_a_busy_upstream_takes_the_task_later(
    runway: Connect, tmp_path: Path, scenario: Scenario, delay: timedelta | None
) -> None:
    job = a_job(tmp_path)

    async with runway(scenario) as (emulator, backend):
        with pytest.raises(UpstreamBusy) as put_off:
            await backend.submit(job)
        await backend.submit(job)

    assert put_off.value.retry_after == delay
    assert sum(emulator.purchases.values()) == 1


@pytest.mark.parametrize("scenario", [Scenario.LOST_ANSWER, Scenario.SERVER_ERROR_ONCE])
async def test_a_task_whose_response_is_missing_cannot_be_found(
    runway: Connect, tmp_path: Path, scenario: Scenario
) -> None:
    job = a_job(tmp_path)

    async with runway(scenario) as (emulator, backend):
        with pytest.raises(SubmissionLost):
            await backend.submit(job)
        with pytest.raises(SubmissionLost):
            await backend.find_job(job)

    assert len(submissions(emulator)) == 1


async def test_an_unreachable_upstream_has_certainly_not_taken_the_task(tmp_path: Path) -> None:
    bound, url = free_socket()
    bound.close()
    backend = backend_at(url)

    with pytest.raises(SubmissionRefused) as refused:
        await backend.submit(a_job(tmp_path))

    assert isinstance(refused.value.error, ProviderUnavailable)


async def test_an_error_of_a_poll_is_not_the_end(runway: Connect, tmp_path: Path) -> None:
    job = a_job(tmp_path)

    async with runway(Scenario.POLL_ERROR_ONCE) as (_, backend):
        accepted = await backend.submit(job)
        with pytest.raises(ProviderUnavailable):
            await backend.poll(job, accepted.reference)
        snapshot = await backend.poll(job, accepted.reference)

    assert snapshot.state is BackendState.SUCCEEDED


async def test_a_task_that_does_not_exist_has_failed(runway: Connect, tmp_path: Path) -> None:
    async with runway() as (emulator, backend):
        snapshot = await backend.poll(a_job(tmp_path), {"id": "../organization"})

    assert snapshot.state is BackendState.FAILED
    assert isinstance(snapshot.error, GenerationFailed)
    assert [request.path for request in emulator.requests] != ["/v1/organization"]


async def test_an_output_that_is_unavailable_is_fetched_by_a_later_poll(runway: Connect, tmp_path: Path) -> None:
    job = a_job(tmp_path)

    async with runway(Scenario.OUTPUT_UNAVAILABLE_ONCE) as (_, backend):
        accepted = await backend.submit(job)
        with pytest.raises(ProviderUnavailable):
            await backend.poll(job, accepted.reference)
        snapshot = await backend.poll(job, accepted.reference)

    assert snapshot.outputs[0].path is not None


async def test_an_expired_output_has_failed(runway: Connect, tmp_path: Path) -> None:
    job = a_job(tmp_path)

    async with runway(Scenario.OUTPUT_EXPIRED) as (_, backend):
        accepted = await backend.submit(job)
        with pytest.raises(GenerationFailed):
            await backend.poll(job, accepted.reference)


async def test_a_cancelled_task_is_deleted_once_and_a_second_cancellation_is_no_error(
    runway: Connect, tmp_path: Path
) -> None:
    job = a_job(tmp_path)

    async with runway(Scenario.SLOW) as (emulator, backend):
        accepted = await backend.submit(job)
        await backend.cancel(job, accepted.reference)
        await backend.cancel(job, accepted.reference)
        snapshot = await backend.poll(job, accepted.reference)

    assert emulator.jobs == {}
    assert [request.method for request in emulator.requests[1:3]] == ["DELETE", "DELETE"]
    assert snapshot.state is BackendState.FAILED


async def test_callbacks_are_not_understood(tmp_path: Path) -> None:
    backend = backend_at("http://127.0.0.1:9")

    assert backend.takes_callbacks is False
    assert backend.parse_callback(a_job(tmp_path), {"id": "1"}, headers={}, body=b'{"id": "1"}') is None


def test_a_task_is_never_polled_more_often_than_every_five_seconds() -> None:
    schedule = RunwayBackend.poll_schedule
    ages = [timedelta(), timedelta(seconds=30), timedelta(minutes=10)]

    delays = [schedule.delay(f"gen_{number}", age=age) for number in range(500) for age in ages]

    assert min(delays) >= timedelta(seconds=5)


def test_the_key_is_required() -> None:
    assert backend_at("http://127.0.0.1:9", key="").unavailable_because() == "DOITONG_RUNWAY_API_KEY is not set"
    assert backend_at("http://127.0.0.1:9").unavailable_because() is None
