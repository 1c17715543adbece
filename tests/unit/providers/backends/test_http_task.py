"""The declarative backends against emulators on a real socket: what holds for every spec."""

import base64
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from starlette.responses import Response

from kit.errors import ContentViolation, GenerationFailed, InvalidInput, ProviderUnavailable
from providers.backend import BackendState, Snapshot, SubmissionLost, SubmissionRefused, UpstreamBusy
from tests.emulators.base import FILES, Scenario
from tests.emulators.media import media_file
from tests.support.http_task_cases import CASES, TASK_CASES
from tests.support.http_task_harness import CALLBACK_URL, Case, Upstream, Upstreams, serving_upstreams

pytestmark = pytest.mark.anyio
every_case = pytest.mark.parametrize("case", CASES, ids=str)
every_task = pytest.mark.parametrize("case", TASK_CASES, ids=str)


@pytest.fixture(scope="module")
async def upstreams() -> AsyncIterator[Upstreams]:
    async with serving_upstreams() as upstreams:
        yield upstreams


def expected(value: Any) -> Any:
    """Fill in `{base64:NAME}` and `{data:NAME}` of an expected body."""
    if isinstance(value, dict):
        return {name: expected(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [expected(inner) for inner in value]
    if not isinstance(value, str) or not value.startswith("{"):
        return value
    form, _, name = value.strip("{}").partition(":")
    media_type, content = media_file(name)
    encoded = base64.b64encode(content).decode()
    return encoded if form == "base64" else f"data:{media_type};base64,{encoded}"


async def refused(upstream: Upstream) -> SubmissionRefused:
    with pytest.raises(SubmissionRefused) as caught:
        await upstream.backend.submit(upstream.job())
    assert upstream.emulator.purchases.total() == 0
    return caught.value


@every_case
async def test_a_job_is_submitted_once_with_the_documented_body_and_its_output_is_fetched(
    case: Case, upstreams: Upstreams, tmp_path: Path
) -> None:
    async with upstreams.open(case, tmp_path) as upstream:
        snapshot = await upstream.run(upstream.job())

    submission = upstream.emulator.requests[0]
    assert (submission.method, submission.path) == ("POST", case.path)
    assert orjson.loads(submission.body) == expected(case.body)
    assert upstream.emulator.purchases.total() == 1
    assert (snapshot.state, snapshot.error) == (BackendState.SUCCEEDED, None)
    output = snapshot.outputs[0]
    assert output.path is not None
    assert output.path.read_bytes() in {media_file(f"x.{suffix}")[1] for suffix in ("png", "mp4", "mp3", "wav", "jpg")}
    downloads = [request for request in upstream.emulator.requests if request.path.startswith(FILES)]
    assert not [each for each in downloads if each.headers.keys() & {"authorization", "x-key"}]


@every_task
async def test_a_slow_job_is_queued_then_running(case: Case, upstreams: Upstreams, tmp_path: Path) -> None:
    async with upstreams.open(case, tmp_path, Scenario.SLOW) as upstream:
        job = upstream.job()
        accepted = await upstream.backend.submit(job)
        states = [(await upstream.backend.poll(job, accepted.reference)).state for _ in range(4)]

    assert states == [BackendState.QUEUED, BackendState.RUNNING, BackendState.RUNNING, BackendState.SUCCEEDED]


@every_case
async def test_moderation_at_submission_is_a_content_violation(
    case: Case, upstreams: Upstreams, tmp_path: Path
) -> None:
    async with upstreams.open(case, tmp_path, Scenario.MODERATED_AT_SUBMISSION) as upstream:
        assert type((await refused(upstream)).error) is ContentViolation


@every_case
async def test_an_invalid_input_is_refused_with_the_words_of_the_upstream(
    case: Case, upstreams: Upstreams, tmp_path: Path
) -> None:
    async with upstreams.open(case, tmp_path, Scenario.INVALID_INPUT) as upstream:
        error = (await refused(upstream)).error

    assert type(error) is InvalidInput
    assert Scenario.INVALID_INPUT.value in error.message


@every_case
async def test_a_busy_upstream_says_when_to_submit_again(case: Case, upstreams: Upstreams, tmp_path: Path) -> None:
    async with upstreams.open(case, tmp_path, Scenario.BUSY_ONCE) as upstream:
        with pytest.raises(UpstreamBusy) as caught:
            await upstream.backend.submit(upstream.job())
        assert upstream.emulator.purchases.total() == 0
        snapshot = await upstream.run(upstream.job())

    assert caught.value.retry_after == timedelta(seconds=1)
    assert snapshot.state is BackendState.SUCCEEDED


@every_case
async def test_a_limit_without_retry_after_is_busy_too(case: Case, upstreams: Upstreams, tmp_path: Path) -> None:
    async with upstreams.open(case, tmp_path, Scenario.BUSY_WITHOUT_RETRY_AFTER) as upstream:
        with pytest.raises(UpstreamBusy) as caught:
            await upstream.backend.submit(upstream.job())

    assert caught.value.retry_after is None


@every_case
async def test_an_overloaded_upstream_took_nothing(case: Case, upstreams: Upstreams, tmp_path: Path) -> None:
    async with upstreams.open(case, tmp_path, Scenario.UNAVAILABLE_ONCE) as upstream:
        with pytest.raises((UpstreamBusy, SubmissionRefused)):
            await upstream.backend.submit(upstream.job())
        assert upstream.emulator.purchases.total() == 0
        assert (await upstream.run(upstream.job())).state is BackendState.SUCCEEDED


@every_case
@pytest.mark.parametrize("scenario", [Scenario.UNAUTHORIZED, Scenario.BILLING_AS_429])
async def test_the_operators_account_is_not_the_clients_fault(
    case: Case, upstreams: Upstreams, tmp_path: Path, scenario: Scenario
) -> None:
    async with upstreams.open(case, tmp_path, scenario) as upstream:
        error = (await refused(upstream)).error

    assert type(error) is ProviderUnavailable
    assert error.extensions["retryable"] is False


@every_case
async def test_a_server_error_may_have_taken_the_job(case: Case, upstreams: Upstreams, tmp_path: Path) -> None:
    async with upstreams.open(case, tmp_path, Scenario.SERVER_ERROR_ONCE) as upstream:
        with pytest.raises(SubmissionLost):
            await upstream.backend.submit(upstream.job())


@every_case
async def test_a_lost_answer_never_buys_twice(case: Case, upstreams: Upstreams, tmp_path: Path) -> None:
    async with upstreams.open(case, tmp_path, Scenario.LOST_ANSWER) as upstream:
        job = upstream.job()
        with pytest.raises(SubmissionLost):
            await upstream.backend.submit(job)

        if case.backend == "kling":
            accepted = await upstream.backend.find_job(job)
            assert accepted is not None
            assert (await upstream.finish(job, accepted)).state is BackendState.SUCCEEDED
        else:
            with pytest.raises(SubmissionLost):
                await upstream.backend.find_job(job)

    assert upstream.emulator.purchases.total() == 1


@every_task
async def test_a_poll_that_fails_is_repeated(case: Case, upstreams: Upstreams, tmp_path: Path) -> None:
    async with upstreams.open(case, tmp_path, Scenario.POLL_ERROR_ONCE) as upstream:
        job = upstream.job()
        accepted = await upstream.backend.submit(job)
        with pytest.raises(ProviderUnavailable):
            await upstream.backend.poll(job, accepted.reference)
        assert (await upstream.finish(job, accepted)).state is BackendState.SUCCEEDED


@every_case
@pytest.mark.parametrize(
    ("scenario", "error"),
    [
        (Scenario.MODERATED_LATER, ContentViolation),
        (Scenario.FAILED_LATER, GenerationFailed),
        (Scenario.EMPTY_SUCCESS, GenerationFailed),
        (Scenario.OUTPUT_EXPIRED, GenerationFailed),
    ],
)
async def test_a_job_that_fails_later_says_why(
    case: Case, upstreams: Upstreams, tmp_path: Path, scenario: Scenario, error: type[Exception]
) -> None:
    async with upstreams.open(case, tmp_path, scenario) as upstream:
        if case.is_synchronous and scenario is Scenario.FAILED_LATER:
            return
        snapshot = await ended(upstream)

    if scenario is Scenario.OUTPUT_EXPIRED and snapshot.state is BackendState.SUCCEEDED:
        assert not [request for request in upstream.emulator.requests if request.path.startswith(FILES)]
        return
    assert (snapshot.state, type(snapshot.error)) == (BackendState.FAILED, error)


async def ended(upstream: Upstream) -> Snapshot:
    """Return the final state; a synchronous upstream may refuse the submission instead."""
    try:
        return await upstream.run(upstream.job())
    except SubmissionRefused as refusal:
        return Snapshot(BackendState.FAILED, error=refusal.error)


@every_case
async def test_an_output_that_cannot_be_downloaded_now_is_downloaded_later(
    case: Case, upstreams: Upstreams, tmp_path: Path
) -> None:
    async with upstreams.open(case, tmp_path, Scenario.OUTPUT_UNAVAILABLE_ONCE) as upstream:
        job = upstream.job()
        accepted = await upstream.backend.submit(job)
        if not case.is_synchronous:
            with pytest.raises(ProviderUnavailable):
                await upstream.backend.poll(job, accepted.reference)
        snapshot = await upstream.finish(job, accepted)

    assert snapshot.state is BackendState.SUCCEEDED
    assert upstream.emulator.purchases.total() == 1


@every_task
async def test_a_job_that_the_upstream_does_not_know_has_failed(
    case: Case, upstreams: Upstreams, tmp_path: Path
) -> None:
    async with upstreams.open(case, tmp_path) as upstream:
        job = upstream.job()
        accepted = await upstream.backend.submit(job)
        upstream.emulator.jobs.clear()
        snapshot = await upstream.backend.poll(job, accepted.reference)

    assert (snapshot.state, type(snapshot.error)) == (BackendState.FAILED, GenerationFailed)


@every_task
async def test_a_callback_is_a_hint_about_its_own_job_only(case: Case, upstreams: Upstreams, tmp_path: Path) -> None:
    async with upstreams.open(case, tmp_path) as upstream:
        backend, job = upstream.backend, upstream.job(callback_url=CALLBACK_URL)
        reference = (await backend.submit(job)).reference
        bought = next(iter(upstream.emulator.jobs.values()))
        if bought.callback_url is None:
            assert backend.parse_callback(job, reference, headers={}, body=b"{}") is None
            return
        own = orjson.dumps(upstream.emulator.callback(bought))
        foreign = own.replace(bought.id.encode(), b"another")

        assert bought.callback_url == CALLBACK_URL
        hint = backend.parse_callback(job, reference, headers={}, body=own)
        assert hint is not None
        assert (hint.verified, hint.snapshot.state) == (False, BackendState.RUNNING)
        assert backend.parse_callback(job, reference, headers={}, body=foreign) is None
        for garbage in (b"", b"{", b"[]", b"null", b'{"id": {}}', b"\xff\xfe", b"[" * 10_000):
            assert backend.parse_callback(job, reference, headers={}, body=garbage) is None
        found = backend.parse_callback(job, None, headers={}, body=own)
        assert found is not None
        assert found.reference is not None
        assert (await backend.poll(job, found.reference)).state is BackendState.SUCCEEDED


@every_task
async def test_strange_responses_to_a_poll_are_no_crash(case: Case, upstreams: Upstreams, tmp_path: Path) -> None:
    async with upstreams.open(case, tmp_path) as upstream:
        job = upstream.job()
        reference = (await upstream.backend.submit(job)).reference
        for status in (200, 301, 400, 404, 500):
            for body in STRANGE:
                upstreams.switch.app = Response(body, status, media_type="application/json")
                try:
                    snapshot = await upstream.backend.poll(job, reference)
                except (ProviderUnavailable, UpstreamBusy):
                    continue
                assert snapshot.state is not BackendState.SUCCEEDED


STRANGE = [
    b"",
    b"<html>",
    b"null",
    b"[]",
    b'{"data": null, "output": null, "task": null, "result": null}',
    b'{"data": [[]], "output": "x", "task": 1, "code": {}, "base_resp": []}',
    b'{"status": {"a": 1}, "code": 1e400}',
]


@every_case
async def test_a_response_without_an_id_is_a_lost_submission(case: Case, upstreams: Upstreams, tmp_path: Path) -> None:
    if case.is_synchronous:
        return
    async with upstreams.open(case, tmp_path, app=Response(b"<html>", 200)) as upstream:
        with pytest.raises(SubmissionLost):
            await upstream.backend.submit(upstream.job())


@every_case
async def test_a_credential_that_the_upstream_repeats_is_redacted(
    case: Case, upstreams: Upstreams, tmp_path: Path
) -> None:
    async with upstreams.open(case, tmp_path, Scenario.INVALID_INPUT) as upstream:
        secrets = {value for name, value in upstream.backend.settings.items() if name.endswith("_KEY") and value}
        body = orjson.dumps({"message": f"bad {secrets}", "detail": f"bad {secrets}", "msg": f"bad {secrets}"})
        upstreams.switch.app = Response(body, 400, media_type="application/json")
        error = (await refused(upstream)).error

    assert not [secret for secret in secrets if secret in error.message]
