"""What is particular to one upstream of the declarative backends."""

import base64
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pytest
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from kit.errors import ContentViolation, GenerationFailed, InvalidInput, ProviderUnavailable
from providers.backend import BackendState, GenerationType, SubmissionLost, SubmissionRefused, UpstreamBusy
from providers.backends.http_task.authorization import kling_token
from providers.backends.http_task.failures import MODERATION
from tests.emulators.base import FILES, Scenario
from tests.emulators.kling import ACCESS_KEY, SECRET_KEY
from tests.emulators.tasks import KEY
from tests.support import http_task_cases as cases
from tests.support.http_task_harness import CALLBACK_URL, Case, Upstreams, serving_upstreams
from tests.support.manual_clock import ManualClock

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
async def upstreams() -> AsyncIterator[Upstreams]:
    async with serving_upstreams() as upstreams:
        yield upstreams


async def test_a_polling_url_of_a_foreign_host_fails_the_job_and_gets_no_key(
    upstreams: Upstreams, tmp_path: Path
) -> None:
    async with upstreams.open(cases.BFL, tmp_path, Scenario.FOREIGN_STATUS_URL) as upstream:
        snapshot = await upstream.run(upstream.job())

    assert (snapshot.state, isinstance(snapshot.error, GenerationFailed)) == (BackendState.FAILED, True)
    assert "198.51.100.7" in str(snapshot.error)
    assert len(upstream.emulator.requests) == 1


@pytest.mark.parametrize(
    ("url", "is_own"),
    [
        ("https://api.us1.bfl.ai/v1/get_result?id=1", True),
        ("https://api.bfl.ai/v1/get_result?id=1", True),
        ("http://api.us1.bfl.ai/v1/get_result?id=1", False),
        ("https://bfl.ai.example/v1", False),
        ("https://key@api.us1.bfl.ai/", False),
        ("https://api.us1.bfl.ai:8443/", False),
    ],
)
async def test_the_key_of_bfl_goes_to_its_regional_hosts_alone(
    upstreams: Upstreams, tmp_path: Path, url: str, is_own: bool
) -> None:
    settings = {"DOITONG_BFL_API_KEY": KEY, "DOITONG_BFL_BASE_URL": "https://api.bfl.ai"}
    async with upstreams.open(cases.BFL, tmp_path, settings=settings) as upstream:
        assert upstream.backend.client.owns(url) is is_own


async def test_bfl_says_what_it_charged_and_how_far_it_is(upstreams: Upstreams, tmp_path: Path) -> None:
    async with upstreams.open(cases.BFL, tmp_path, Scenario.SLOW) as upstream:
        job = upstream.job()
        accepted = await upstream.backend.submit(job)
        await upstream.backend.poll(job, accepted.reference)
        running = await upstream.backend.poll(job, accepted.reference)
        snapshot = await upstream.finish(job, accepted)

    assert running.progress == 50
    assert snapshot.cost == {"amount": 4.0, "unit": "bfl credits"}


async def test_kling_is_authorized_by_a_token_that_expires(upstreams: Upstreams, tmp_path: Path) -> None:
    clock = ManualClock(datetime(2026, 5, 1, tzinfo=UTC))
    header, claims, _ = (
        part + "=" * (-len(part) % 4) for part in kling_token(ACCESS_KEY, SECRET_KEY, clock).split(".")
    )
    now = int(clock.now().timestamp())

    assert orjson.loads(base64.urlsafe_b64decode(header)) == {"alg": "HS256", "typ": "JWT"}
    assert orjson.loads(base64.urlsafe_b64decode(claims)) == {"iss": ACCESS_KEY, "exp": now + 1800, "nbf": now - 5}


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ({"API_KEY": "x"}, None),
        ({"ACCESS_KEY": "x", "SECRET_KEY": "y"}, None),
        ({"ACCESS_KEY": "x"}, "DOITONG_KLING_SECRET_KEY is not set"),
        ({}, "DOITONG_KLING_API_KEY is not set"),
    ],
)
async def test_kling_needs_a_key_or_a_pair_of_keys(
    upstreams: Upstreams, tmp_path: Path, given: dict[str, str], missing: str | None
) -> None:
    settings = {f"DOITONG_KLING_{name}": value for name, value in given.items()}
    async with upstreams.open(cases.KLING, tmp_path, settings=settings) as upstream:
        assert upstream.backend.unavailable_because() == missing


async def test_kling_finds_nothing_that_it_never_got(upstreams: Upstreams, tmp_path: Path) -> None:
    async with upstreams.open(cases.KLING, tmp_path) as upstream:
        assert await upstream.backend.find_job(upstream.job()) is None


async def test_kling_returning_another_job_is_no_finding(upstreams: Upstreams, tmp_path: Path) -> None:
    async with upstreams.open(cases.KLING, tmp_path) as upstream:
        body = {"code": 0, "data": {"task_id": "1", "task_info": {"external_task_id": "gen_2-1"}}}
        upstreams.switch.app = JSONResponse(body)
        with pytest.raises(SubmissionLost):
            await upstream.backend.find_job(upstream.job())


@pytest.mark.parametrize("status", [500, 429])
async def test_kling_that_cannot_be_asked_is_asked_later(upstreams: Upstreams, tmp_path: Path, status: int) -> None:
    async with upstreams.open(cases.KLING, tmp_path) as upstream:
        upstreams.switch.app = JSONResponse({}, status)
        with pytest.raises((ProviderUnavailable, UpstreamBusy)):
            await upstream.backend.find_job(upstream.job())


async def test_kling_moderation_in_words_and_the_cost(upstreams: Upstreams, tmp_path: Path) -> None:
    async with upstreams.open(cases.KLING, tmp_path) as upstream:
        snapshot = await upstream.run(upstream.job())

    assert snapshot.cost == {"amount": "2", "unit": "kling units"}
    assert snapshot.diagnostics == {"status": 200, "requestId": "request-1"}


async def test_a_mode_that_kling_does_not_have_is_refused_before_it_is_sent(
    upstreams: Upstreams, tmp_path: Path
) -> None:
    async with upstreams.open(cases.KLING, tmp_path) as upstream:
        with pytest.raises(SubmissionRefused) as caught:
            await upstream.backend.submit(upstream.job(mode="text-to-avatar"))

    assert caught.value.error.extensions["retryable"] is False
    assert upstream.emulator.requests == []


@pytest.mark.parametrize("case", [cases.LUMA, cases.APIXO, cases.KIE, cases.OMNIVIDEO], ids=str)
async def test_an_upstream_that_downloads_inputs_needs_a_public_base_url(
    upstreams: Upstreams, tmp_path: Path, case: Case
) -> None:
    async with upstreams.open(case, tmp_path) as upstream:
        with pytest.raises(SubmissionRefused) as caught:
            await upstream.backend.submit(upstream.job(links={}))

    assert type(caught.value.error) is ProviderUnavailable
    assert "DOITONG_BASE_URL" in caught.value.error.message
    assert caught.value.error.extensions["retryable"] is False
    assert upstream.emulator.requests == []


async def test_an_input_that_the_endpoint_does_not_take_is_refused(upstreams: Upstreams, tmp_path: Path) -> None:
    async with upstreams.open(cases.KONTEXT, tmp_path) as upstream:
        sound = upstream.job().files["images.0"]
        with pytest.raises(SubmissionRefused) as caught:
            await upstream.backend.submit(upstream.job(files={"audio": sound}, media_fields={"audio": "audio"}))

    assert "takes no audio" in caught.value.error.message


async def test_a_model_that_no_endpoint_serves_is_refused(upstreams: Upstreams, tmp_path: Path) -> None:
    async with upstreams.open(cases.BFL, tmp_path) as upstream:
        job = upstream.job(type=GenerationType.MUSIC)
        kie = replace(cases.KIE_SUNO, type=GenerationType.MUSIC)
        assert (await upstream.backend.submit(job)).reference["endpoint"] == "images"
    async with upstreams.open(kie, tmp_path) as upstream:
        assert (await upstream.backend.submit(upstream.job())).reference["endpoint"] == "suno"
    async with upstreams.open(cases.LUMA, tmp_path) as upstream:
        with pytest.raises(SubmissionRefused, match="does not offer"):
            await upstream.backend.submit(upstream.job(type=GenerationType.MUSIC))


async def test_a_job_of_an_endpoint_that_is_gone_has_failed(upstreams: Upstreams, tmp_path: Path) -> None:
    async with upstreams.open(cases.LUMA, tmp_path) as upstream:
        snapshot = await upstream.backend.poll(upstream.job(), {"endpoint": "old", "id": "1"})
        await upstream.backend.cancel(upstream.job(), {"endpoint": "old", "id": "1"})

    assert snapshot.state is BackendState.FAILED
    assert upstream.emulator.requests == []


async def test_the_agents_api_of_luma_may_have_a_key_of_its_own(upstreams: Upstreams, tmp_path: Path) -> None:
    settings = {"DOITONG_LUMA_API_KEY": "another-key-012345", "DOITONG_LUMA_AGENTS_API_KEY": KEY}
    async with upstreams.open(cases.LUMA_AGENTS, tmp_path, settings=settings) as upstream:
        assert (await upstream.run(upstream.job())).state is BackendState.SUCCEEDED


@pytest.mark.parametrize("case", [cases.LUMA, cases.APIXO, cases.KIE], ids=str)
async def test_credentials_are_checked_by_a_free_request(upstreams: Upstreams, tmp_path: Path, case: Case) -> None:
    async with upstreams.open(case, tmp_path) as upstream:
        assert await upstream.backend.check_credentials() is True
    settings = {f"DOITONG_{case.backend.upper()}_API_KEY": "another-key-012345"}
    async with upstreams.open(case, tmp_path, settings=settings) as upstream:
        with pytest.raises(ProviderUnavailable) as caught:
            await upstream.backend.check_credentials()

    assert caught.value.extensions["retryable"] is False


async def test_an_upstream_without_a_free_request_is_not_checked(upstreams: Upstreams, tmp_path: Path) -> None:
    async with upstreams.open(cases.BFL, tmp_path) as upstream:
        assert await upstream.backend.check_credentials() is False


async def test_the_challenge_of_minimax_is_sent_back(upstreams: Upstreams, tmp_path: Path) -> None:
    async with upstreams.open(cases.MINIMAX, tmp_path) as upstream:
        callback = upstream.backend.parse_callback(upstream.job(), None, headers={}, body=b'{"challenge": "c-1"}')

    assert callback is not None
    assert (callback.verified, callback.reference, callback.response) == (False, None, {"challenge": "c-1"})


async def test_minimax_looks_up_the_file_of_a_video(upstreams: Upstreams, tmp_path: Path) -> None:
    async with upstreams.open(cases.MINIMAX, tmp_path) as upstream:
        await upstream.run(upstream.job())

    asked = [(request.path, request.query) for request in upstream.emulator.requests[1:3]]
    assert asked == [
        ("/v1/query/video_generation", "task_id=minimax-job-1"),
        ("/v1/files/retrieve", "file_id=file-minimax-job-1"),
    ]


@pytest.mark.parametrize("case", [cases.MINIMAX_IMAGE, cases.ARK_IMAGE, cases.DASHSCOPE_IMAGE], ids=str)
async def test_a_result_is_found_after_the_process_was_killed(upstreams: Upstreams, tmp_path: Path, case: Case) -> None:
    async with upstreams.open(case, tmp_path) as upstream:
        bought = await upstream.backend.submit(upstream.job())
    async with upstreams.open(case, tmp_path) as upstream:
        found = await upstream.backend.find_job(upstream.job())
        polled = await upstream.backend.poll(upstream.job(), bought.reference)
        posts = [request for request in upstream.emulator.requests if request.method == "POST"]

    assert found is not None
    assert found.result == bought.result == polled
    assert posts == []


async def test_a_refusal_with_status_200_is_redacted_too(upstreams: Upstreams, tmp_path: Path) -> None:
    async with upstreams.open(cases.MINIMAX, tmp_path) as upstream:
        upstreams.switch.app = JSONResponse({"base_resp": {"status_code": 2013, "status_msg": f"bad {KEY}"}})
        with pytest.raises(SubmissionRefused) as caught:
            await upstream.backend.submit(upstream.job())

    assert caught.value.error.message == "MiniMax rejected the request: bad [redacted]"


async def test_a_token_that_kling_repeats_is_redacted(upstreams: Upstreams, tmp_path: Path) -> None:
    async with upstreams.open(cases.KLING_PICTURE, tmp_path) as upstream:
        token = upstream.backend.client.authorize()["Authorization"]
        upstreams.switch.app = JSONResponse({"code": 1201, "message": f"bad header {token}"}, 400)
        with pytest.raises(SubmissionRefused) as caught:
            await upstream.backend.submit(upstream.job())

    assert caught.value.error.message == "Kling rejected the request: bad header Bearer [redacted]"


async def test_a_result_that_is_gone_has_failed(upstreams: Upstreams, tmp_path: Path) -> None:
    async with upstreams.open(cases.MINIMAX_SPEECH, tmp_path) as upstream:
        snapshot = await upstream.backend.poll(upstream.job(), {"endpoint": "speech"})

    assert (snapshot.state, type(snapshot.error)) == (BackendState.FAILED, GenerationFailed)


async def test_speech_that_is_not_hexadecimal_has_failed(upstreams: Upstreams, tmp_path: Path) -> None:
    async with upstreams.open(cases.MINIMAX_SPEECH, tmp_path) as upstream:
        upstreams.switch.app = JSONResponse({"data": {"audio": "no hex"}, "base_resp": {"status_code": 0}})
        accepted = await upstream.backend.submit(upstream.job())

    assert accepted.result is not None
    assert accepted.result.state is BackendState.FAILED


@pytest.mark.parametrize(
    ("case", "method", "path"),
    [
        (cases.LUMA, "DELETE", "/dream-machine/v1/generations/luma-job-1"),
        (cases.MINIMAX_2, "DELETE", "/v2/video_generation/minimax-job-1"),
        (cases.ARK, "DELETE", "/api/v3/contents/generations/tasks/ark-job-1"),
        (cases.DASHSCOPE, "POST", "/api/v1/tasks/dashscope-job-1/cancel"),
    ],
    ids=str,
)
async def test_a_job_is_cancelled_only_before_its_end(
    upstreams: Upstreams, tmp_path: Path, case: Case, method: str, path: str
) -> None:
    async with upstreams.open(case, tmp_path, Scenario.SLOW) as upstream:
        job = upstream.job()
        reference = (await upstream.backend.submit(job)).reference
        await upstream.backend.cancel(job, reference)
        request = upstream.emulator.requests[-1]
        snapshot = await upstream.backend.poll(job, reference)
    async with upstreams.open(case, tmp_path) as upstream:
        reference = (await upstream.backend.submit(job)).reference
        await upstream.backend.cancel(job, reference)
        late = [(each.method, each.path) for each in upstream.emulator.requests]

    assert (request.method, request.path) == (method, path)
    assert snapshot.state in (BackendState.CANCELLED, BackendState.FAILED)
    assert (method, path) not in late


@pytest.mark.parametrize("case", [cases.BFL, cases.KLING, cases.APIXO, cases.KIE, cases.OMNIVIDEO], ids=str)
async def test_an_upstream_without_cancellation_is_not_told(upstreams: Upstreams, tmp_path: Path, case: Case) -> None:
    async with upstreams.open(case, tmp_path) as upstream:
        job = upstream.job()
        reference = (await upstream.backend.submit(job)).reference
        await upstream.backend.cancel(job, reference)

    assert len(upstream.emulator.requests) == 1


async def test_dashscope_keeps_the_good_images_and_says_that_one_is_missing(
    upstreams: Upstreams, tmp_path: Path
) -> None:
    async with upstreams.open(cases.DASHSCOPE_IMAGE_TASK, tmp_path) as upstream:
        snapshot = await upstream.run(upstream.job())

    assert len(snapshot.outputs) == 1
    assert [adjustment.reason for adjustment in snapshot.adjustments] == ["DashScope could not make 1 of the outputs"]
    assert snapshot.cost == {"amount": 1, "unit": "images"}


async def test_dashscope_with_all_images_blocked_is_a_content_violation(upstreams: Upstreams, tmp_path: Path) -> None:
    async with upstreams.open(cases.DASHSCOPE_IMAGE_TASK, tmp_path) as upstream:
        job = upstream.job()
        reference = (await upstream.backend.submit(job)).reference
        blocked = [{"code": "DataInspectionFailed", "message": "Blocked."}]
        upstreams.switch.app = JSONResponse({"output": {"task_status": "SUCCEEDED", "results": blocked}})
        snapshot = await upstream.backend.poll(job, reference)

    assert type(snapshot.error) is ContentViolation


async def test_suno_tracks_have_a_title_lyrics_and_a_cover(upstreams: Upstreams, tmp_path: Path) -> None:
    async with upstreams.open(cases.KIE_SUNO, tmp_path) as upstream:
        snapshot = await upstream.run(upstream.job())

    assert [(output.role, output.title) for output in snapshot.outputs] == [("output", "A waltz"), ("cover", None)] * 2
    assert snapshot.outputs[0].lyrics == "[Verse] la la la"


async def test_a_callback_url_changes_the_request_type_of_apixo(upstreams: Upstreams, tmp_path: Path) -> None:
    async with upstreams.open(cases.APIXO, tmp_path) as upstream:
        await upstream.backend.submit(upstream.job(callback_url=CALLBACK_URL))

    body = orjson.loads(upstream.emulator.requests[0].body)
    assert (body["request_type"], body["callback_url"]) == ("callback", CALLBACK_URL)


async def test_an_input_that_failed_the_job_later_is_said_to_the_client(upstreams: Upstreams, tmp_path: Path) -> None:
    async with upstreams.open(cases.APIXO, tmp_path) as upstream:
        job = upstream.job()
        reference = (await upstream.backend.submit(job)).reference
        data = {"taskId": "1", "state": "failed", "failCode": "INVALID_IMAGE_URL", "failMsg": f"Broken for {KEY}."}
        upstreams.switch.app = JSONResponse({"code": 200, "data": data})
        snapshot = await upstream.backend.poll(job, reference)

    assert type(snapshot.error) is InvalidInput
    assert "Broken for [redacted]." in str(snapshot.error)
    assert snapshot.diagnostics == {"status": 200, "code": "INVALID_IMAGE_URL"}


@pytest.mark.parametrize("case", [cases.APIXO, cases.KIE, cases.KLING, cases.MINIMAX], ids=str)
async def test_a_busy_upstream_limits_polls_too(upstreams: Upstreams, tmp_path: Path, case: Case) -> None:
    async with upstreams.open(case, tmp_path) as upstream:
        job = upstream.job()
        reference = (await upstream.backend.submit(job)).reference
        upstreams.switch.app = JSONResponse({}, 429, headers={"Retry-After": "7"})
        with pytest.raises(UpstreamBusy) as caught:
            await upstream.backend.poll(job, reference)

    assert caught.value.retry_after == timedelta(seconds=7)


async def test_an_id_cannot_leave_its_place_in_an_address(upstreams: Upstreams, tmp_path: Path) -> None:
    async with upstreams.open(cases.ARK, tmp_path) as upstream:
        reference = (await upstream.backend.submit(upstream.job())).reference
        asked: list[bytes] = []

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            asked.append(scope["raw_path"] + b"?" + scope["query_string"])
            await JSONResponse({})(scope, receive, send)

        upstreams.switch.app = app
        await upstream.backend.poll(upstream.job(), {**reference, "id": "../../x?y=1#z"})

    assert asked == [b"/api/v3/contents/generations/tasks/..%2F..%2Fx%3Fy%3D1%23z?"]


async def test_outputs_on_a_foreign_host_are_left_to_the_media_library(upstreams: Upstreams, tmp_path: Path) -> None:
    async with upstreams.open(cases.ARK, tmp_path) as upstream:
        job = upstream.job()
        reference = (await upstream.backend.submit(job)).reference
        content = {"video_url": "https://files.example/video.mp4"}
        upstreams.switch.app = JSONResponse({"status": "succeeded", "content": content})
        snapshot = await upstream.backend.poll(job, reference)

    assert [output.url for output in snapshot.outputs] == ["https://files.example/video.mp4"]
    assert not [request for request in upstream.emulator.requests if request.path.startswith(FILES)]


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://files.example/x", "javascript:alert(1)", "x"])
async def test_an_output_that_is_no_web_address_is_no_output(upstreams: Upstreams, tmp_path: Path, url: str) -> None:
    async with upstreams.open(cases.ARK, tmp_path) as upstream:
        job = upstream.job()
        reference = (await upstream.backend.submit(job)).reference
        upstreams.switch.app = JSONResponse({"status": "succeeded", "content": {"video_url": url}})
        snapshot = await upstream.backend.poll(job, reference)

    assert (snapshot.state, type(snapshot.error)) == (BackendState.FAILED, GenerationFailed)


@pytest.mark.parametrize(
    "text",
    [
        "Failure to pass the risk control system",
        "frame0 advanced moderation failed",
        "input new_sensitive",
        "内容违规",
        "Your prompt was flagged as violating content policies",
        "The request was blocked by our safety filter",
    ],
)
async def test_moderation_is_recognized_in_words(text: str) -> None:
    assert MODERATION.search(text)


@pytest.mark.parametrize(
    "text",
    [
        "safety_tolerance: Input should be less than 6",
        "prompt is case-sensitive",
        "The model failed",
        "policy_id missing",
    ],
)
async def test_other_complaints_are_not_taken_for_moderation(text: str) -> None:
    assert not MODERATION.search(text)


@pytest.mark.parametrize("case", cases.CASES, ids=lambda case: case.name)
async def test_every_upstream_without_balance_is_reported_in_the_same_words(
    upstreams: Upstreams, tmp_path: Path, case: Case
) -> None:
    async with upstreams.open(case, tmp_path, Scenario.BILLING_AS_429) as upstream:
        with pytest.raises(SubmissionRefused) as refused:
            await upstream.backend.submit(upstream.job())

    message = f"{upstream.backend.title} cannot be used now: it has too little balance."
    assert (refused.value.error.message, refused.value.error.extensions["retryable"]) == (message, False)


@pytest.mark.parametrize("case", cases.CASES, ids=lambda case: case.name)
async def test_each_endpoint_says_whether_its_response_is_the_result(
    upstreams: Upstreams, tmp_path: Path, case: Case
) -> None:
    async with upstreams.open(case, tmp_path) as upstream:
        assert upstream.backend.submits_synchronously(upstream.job()) is case.is_synchronous
