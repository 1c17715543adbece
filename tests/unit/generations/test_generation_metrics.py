"""The outcomes by which requests to upstreams are counted."""

import pytest

from generations.generation_metrics import counting_request
from kit.errors import ContentViolation, GenerationFailed, ProviderUnavailable
from kit.metrics import UPSTREAM_REQUESTS, UPSTREAM_SECONDS
from providers.backend import SubmissionLost, SubmissionRefused, UpstreamBusy

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (UpstreamBusy("busy"), "busy"),
        (SubmissionLost(), "lost"),
        (SubmissionRefused(ContentViolation("no")), "rejected"),
        (SubmissionRefused(ProviderUnavailable("no")), "unavailable"),
        (ProviderUnavailable("down"), "unavailable"),
        (GenerationFailed("failed"), "failed"),
        (TimeoutError(), "error"),
    ],
)
async def test_a_failed_request_is_counted_by_its_outcome(error: Exception, outcome: str) -> None:
    async def fail() -> None:
        raise error

    before = UPSTREAM_REQUESTS.series("fal", "submit", outcome).value
    timed = sum(UPSTREAM_SECONDS.series("fal", "submit").counts)

    with pytest.raises(type(error)):
        await counting_request("fal", "submit", fail())

    assert UPSTREAM_REQUESTS.series("fal", "submit", outcome).value == before + 1
    assert sum(UPSTREAM_SECONDS.series("fal", "submit").counts) == timed + 1
